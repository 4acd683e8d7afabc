"""Calls through a private Tor network: to an onion service, through an exit, to a single-hop service."""
from callrun import calls, circuits
from callrun.network import DOMAIN, Evidence, Network
from callrun.paths import EXIT, ONION, SINGLE_HOP
from callrun.raw_path import TorRawPath
from callrun.settings import Peer
from labnet.delays import HopDelay
from labnet.exit_target import ExitTarget
from labnet.topology import Size
from labnet.tor_lab import TorLab

# Raw round trips: (streams, echoes on each).
_FEW_CIRCUITS, _MANY_CIRCUITS = (3, 5), (12, 2)  # many where relays differ, so that circuits do
_UNEQUAL = Size(relays=12, exits=3)  # so many that circuits differ


class TorNetwork(Network):
    name, scheme, carrier, lab_class = "tor", "sip", "circuit", TorLab
    paths = {ONION: "an onion service", EXIT: "a TLS server through an exit", SINGLE_HOP: "a single-hop onion service"}
    program = "Tor", ("tor", "--version")

    def _size(self, hop_delay):
        return None if HopDelay.of(hop_delay).equal else _UNEQUAL

    def outward(self, user):
        return {"tor_control": f"unix:{self.lab.socket_path(user, 'control')}", "tor_socks": f"unix:{self.lab.socket_path(user, 'socks')}"}

    def inward(self, _user, socket):
        return {"onion_listen": f"unix:{socket}"}

    def start_bob(self, stack, binary, folder, ports, **settings):
        if self.path == SINGLE_HOP:  # by torrc only, so that the bridge runs the tor; it must live where its tor has a network
            settings = {"tor_control": None, "tor_socks": None, "extra_torrc": str(self.lab.folder / "client.torrc.inc"),
                        "single_hop": True, **settings}
        return super().start_bob(stack, binary, folder, ports, **settings)

    def where_bob_is(self, command):
        return self.lab.command("guest", command) if self.path == SINGLE_HOP else command

    def peer(self, stack, bob, folder, progress, domains=(DOMAIN,), name="bob"):
        if self.path == EXIT:
            bob.wait_up()
            progress.say("bob's sipveil runs behind a TLS server that exits reach")
            return self.exit_peer(stack, folder, domains, name)
        progress.say("bob's sipveil runs and publishes its onion service")
        address = self.wait_reachable(bob, lambda sentence: progress.say(f"bob: {sentence}"))
        progress.say(f"published as {address[:12]}...{address[-18:]}")
        return Peer(name, address, list(domains))

    def exit_peer(self, stack, folder, domains=(DOMAIN,), name="bob"):
        """bob behind a TLS server that exits reach; it ends with `stack`."""
        front = ExitTarget(self.lab, str(folder.parent / f"{folder.name}.sock"))
        stack.callback(front.close)
        return Peer(name, f"tls:{front.host}:{front.port}", list(domains), tls_ca_file=str(front.ca_file))

    def name_of(self, status):
        return f"tor:{status['onion'].removeprefix('tor:')}" if status["onion"] else ""

    def is_reachable(self, status):
        return status["published"]

    def is_ready(self, status):
        return "100%" in status["tor"]

    def state(self, status):
        return status["tor"]

    def raw_size(self, hop_delay):
        return _FEW_CIRCUITS if self._size(hop_delay) is None else _MANY_CIRCUITS

    def raw_path(self):
        return TorRawPath(self.lab, self.path)

    def witness(self, _folder):
        return TorWitness(self.lab)


class TorWitness:
    """The events of alice's tor."""

    def __init__(self, lab):
        self._lab, self._watch = lab, None

    def __enter__(self):
        self._watch = circuits.CircuitWatch(self._lab.socket_path("alice", "control"))
        return self

    def __exit__(self, *_):
        self._watch.close()

    def evidence(self, traces, caller_status, callee_status, peer, sequential):
        every, known = self._watch.record()
        target = peer.address.partition(":")[2]
        streams = [stream for stream in every.values() if stream.target == target]
        joined = calls.join(traces, caller_status, callee_status, circuits.Carriers(streams, known, sequential))
        carriers = [call.carrier for call in joined if call.carrier]
        distinct = circuits.distinct(joined, every.values())
        credentials = len({one.credential for one in carriers if one.credential})
        purposes = ", ".join(sorted({one.purpose for one in carriers if one.purpose})) or "unknown"
        return Evidence(joined, distinct, f"by tor's events  {distinct} circuits (purpose {purposes}) that carried one call each and "
                        f"nothing else, {credentials} SOCKS credentials", {"distinct_socks_credentials": credentials})

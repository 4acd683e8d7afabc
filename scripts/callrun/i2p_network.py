"""Calls through a private I2P network: to bob's destination by streaming, or to the same by the HTTP proxy of alice's router."""
import collections
import contextlib
import os
import pathlib
import re
import threading

from callrun import by_tunnels, calls, sam_record, tap
from callrun.calls import Carrier, digest
from callrun.children import Child
from callrun.network import DOMAIN, Evidence, Network
from callrun.paths import DESTINATION, HTTP
from callrun.raw_path import I2pRawPath
from callrun.settings import Destination, I2p, Peer
from labnet import sam
from labnet.errors import LabError
from labnet.i2p_console import Console
from labnet.i2p_lab import I2pLab

_LOOK_S = 2.0      # sessions of calls live longer
TUNNEL_LENGTH = 2  # in a network of ten routers; the bridge's own default is 3


class I2pNetwork(Network):
    """Its bridges reach their routers by the unix sockets of the lab, bob's by way of a tap while calls are watched. behind_taps: the
    lab as bridges see it."""

    name, scheme, carrier, lab_class = "i2p", "privasip-2-ecies", "session", I2pLab
    # i2pd takes 5 to 20 s for a session, and the bridge has four made at once: so many are ready when calls come so fast.
    standby, pause_s, standby_patience_s = 6, 5.0, 240.0
    reachable_patience_s = 300.0  # a destination that nobody reaches for a minute is made anew
    paths = {DESTINATION: "an I2P destination", HTTP: "an I2P destination by i2pd's HTTP proxy"}
    program = "i2pd", ("i2pd", "--version")

    def __init__(self, lab, path=None, tunnel_length=TUNNEL_LENGTH):
        super().__init__(lab, path)
        self.tunnel_length = tunnel_length
        self.behind_taps = _BehindTaps(lab)

    @property
    def one_each(self):
        return self.path != HTTP

    def settings(self):
        return {"tunnel_length": self.tunnel_length}

    def outward(self, user):
        return {"i2p": I2p(f"unix:{self.behind_taps.socket_path(user, 'sam')}", tunnel_length=self.tunnel_length)}

    def inward(self, _user, _socket):
        return {"destination": Destination(self.tunnel_length)}

    def made_name(self, user, state):
        public, private = sam.generate(self.behind_taps.socket_path(user, "sam"))
        state.mkdir(mode=0o700, parents=True)
        with open(os.open(state / "i2p_destination", os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="ascii") as file:
            file.write(private)
        return f"i2p:{sam.host_of(public)}"

    def peer(self, stack, bob, folder, progress, domains=(DOMAIN,), name="bob"):
        progress.say("bob's sipveil runs and builds the tunnels of its destination")
        address = self.wait_reachable(bob, lambda sentence: progress.say(f"bob: {sentence}"))
        progress.say(f"reachable as {address[:12]}...{address[-14:]}")
        if self.path == HTTP:
            return Peer(name, address, list(domains), "shared", via=f"http:unix:{self.lab.socket_path('alice', 'http_proxy')}")
        return Peer(name, address, list(domains))

    def name_of(self, status):
        return f"i2p:{status['i2p']['destination']}" if status["i2p"]["destination"] else ""

    def is_reachable(self, status):
        return status["i2p"]["reachable"]

    def is_ready(self, status):
        return status["i2p"]["ready"]

    def state(self, status):
        return status["i2p"]["state"]

    def raw_size(self, _hop_delay):
        return 4, 10

    def raw_path(self):
        return I2pRawPath(self.behind_taps, self.tunnel_length)

    @contextlib.contextmanager
    def tap(self, user, folder):
        """Until its end the user's bridges speak to their router through a tap that writes down what goes over each connection."""
        listen = pathlib.Path(folder) / "sam.sock"
        child = Child(f"tap of {user}", tap.command(f"unix:{listen}", f"unix:{self.lab.socket_path(user, 'sam')}", folder),
                      f"{folder}.log")
        try:
            child.wait_for(listen.exists, "listening")
            self.behind_taps.sockets[user] = listen
            yield
        finally:
            self.behind_taps.sockets.pop(user, None)
            child.stop()

    def compared(self, folder, count, progress):
        return by_tunnels.place(self, folder, count, progress)

    def witness(self, folder):
        return I2pWitness(self, folder)


class _BehindTaps:
    """A lab with taps before the SAM sockets of some users. `sockets`: theirs."""

    def __init__(self, lab):
        self._lab, self.sockets = lab, {}

    def __getattr__(self, name):
        return getattr(self._lab, name)

    def socket_path(self, user, what):
        return self.sockets[user] if what == "sam" and user in self.sockets else self._lab.socket_path(user, what)


class I2pWitness:
    """What bob's router hands over to his bridge: from which destination each stream came, and the calls on it; and which destinations
    alice's router has meanwhile."""

    def __init__(self, network, folder):
        self._network, self._folder = network, pathlib.Path(folder) / "sam-of-bob"
        self._stack = contextlib.ExitStack()
        self._at_alice = set()

    def __enter__(self):
        self._folder.mkdir(mode=0o700)
        self._stack.enter_context(self._network.tap("bob", self._folder))
        over = threading.Event()
        thread = threading.Thread(target=self._look, args=(over,), daemon=True)
        self._stack.callback(thread.join)
        self._stack.callback(over.set)
        thread.start()
        return self

    def __exit__(self, *details):
        return self._stack.__exit__(*details)

    def _look(self, over):
        console = _Destinations(self._network.lab, "alice")
        while not over.wait(_LOOK_S):
            with contextlib.suppress(OSError, LabError):
                self._at_alice |= console.destinations()

    def evidence(self, traces, caller_status, callee_status, _peer, _sequential):
        came = [(one.host.partition(".")[0], one.calls) for one in sam_record.callers(self._folder)]
        of_call = {digest(name): host for host, names in came for name in names}
        joined = calls.join(traces, caller_status, callee_status,
                            lambda _trace, _after, caller: Carrier(of_call[caller["wire"]]) if caller and caller["wire"] in of_call else None)
        streams = collections.Counter(host for host, _ in came)
        carried = collections.Counter(host for host, names in came for _ in names)
        mine = [call.carrier.name for call in joined if call.carrier]
        distinct = sum(streams[host] == carried[host] == 1 for host in mine)
        seen = len(set(mine) & self._at_alice)
        return Evidence(joined, distinct, f"by the routers  the calls came to bob from {len(set(mine))} destinations, {distinct} of which made "
                        f"one stream each, with one call on it; alice's router had {seen} of them",
                        {"distinct_caller_destinations": len(set(mine)), "of_these_at_alices_router": seen})


class _Destinations(Console):
    def destinations(self):
        """Names of the router's own destinations, without .b32.i2p."""
        return set(re.findall(r"b32=([a-z2-7]{52})", self._page("?page=local_destinations")))

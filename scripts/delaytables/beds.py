"""The test bed of a row: where its calls are placed, and how one is measured."""
import contextlib
import dataclasses
import pathlib
import shutil
import subprocess
import time

from callrun.errors import RunError
from callrun.i2p_network import I2pNetwork
from callrun.paths import EXIT, HTTP
from callrun.settings import Standby
from callrun.tor_network import TorNetwork
from delaytables import capture, parts, record, ways
from trapezoid import identities, overlays, timing
from trapezoid.bed import INNER_OF_PHONE, Options, Trapezoid
from trapezoid.pair import Pair

_PATIENCE_S = 100.0       # for a call
_POOL_S = 120.0           # for standby links to be there before the first call
_REGISTERED_S = 7200      # longer than any row
_POOL_OF_SESSIONS = 6     # I2P takes 5 to 20 s for one
# OPTIONS that nobody answers with success, for tshark to see.
_PROBE = ("OPTIONS sip:nobody@{host} SIP/2.0\r\nVia: SIP/2.0/UDP {host}:9;branch=z9hG4bKprobe\r\nFrom: <sip:probe@{host}>;tag=1\r\n"
          "To: <sip:nobody@{host}>\r\nCall-ID: probe\r\nCSeq: 1 OPTIONS\r\nMax-Forwards: 0\r\nContent-Length: 0\r\n\r\n")


@dataclasses.dataclass(frozen=True)
class Ground:
    """What all beds of a run share. labs: {"tor": TorLab, "i2p": I2pLab}, those that are up."""
    binary: pathlib.Path
    labs: dict
    profile: object  # profiles.Profile
    folder: pathlib.Path


def users(lane):
    """Of a lab: at the caller's proxy (or phone), at the callee's proxy, at the callee's phone."""
    return f"a{lane}", f"b{lane}", f"p{lane}"


def revive(lab, of_users, report):
    """What of the network belongs to them and has ended by itself, as i2pd 2.45.1 does now and then, runs again."""
    for user in of_users:
        if lab.revive(user):
            report(f"the {lab.network} of {user} had ended, and runs again")


def make(row, ground, lane, folder):
    """The Bed of a row, not started. `lane`: a number, which nobody else uses meanwhile; `folder` is made."""
    if row.way == "torsocks":
        from delaytables.plain_bed import PlainBed  # needs torsocks, which only this way does
        return PlainBed(row, ground, lane, folder)
    return SipveilBed(row, ground, lane, folder)


def network(way, ground):
    """The callrun.network.Network of a Way."""
    kind = TorNetwork if way.network == "tor" else I2pNetwork
    return kind(ground.labs[way.network], way.path)


def overlay(way, topology, ground, lane):
    """How the sipveils of a lane use the network."""
    at_a, at_b, at_p = users(lane)
    if topology == ways.PAPER:
        who, server = {"sipveil-a": at_a, "sipveil-b": at_b, "phone-b": at_p}, "sipveil-b"
    else:
        who, server = {"phone-a": at_a, "phone-b": at_p}, "phone-b"
    if way.path == EXIT:
        return overlays.ByExit(network(way, ground), who, server, lane, way.control)
    if way.path == HTTP:
        return overlays.ByHttp(network(way, ground), who, server)
    return overlays.ByName(network(way, ground), who)


class SipveilBed:
    """Calls from alice to bob by sipveil, in either topology. A context; stop() may come from another thread, and ends a place()."""

    def __init__(self, row, ground, lane, folder):
        self._row, self._way = row, ways.WAYS[row.way]
        self._folder = pathlib.Path(folder)
        self.pause_s = self._way.of(self._way.pause_s, row.standby)
        standby = Standby(0) if not row.standby else Standby(_POOL_OF_SESSIONS if self._way.network == "i2p" else None)
        options = Options(identities.named(row.scheme), self._way.network, "namespaces", standby=standby,
                          lan_delay_ms=ground.profile.lan_delay_ms, one_way=True)
        self._lab, self._users = ground.labs[self._way.network], users(lane)
        self._paper = row.topology == ways.PAPER
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        how = overlay(self._way, row.topology, ground, lane)
        self._bed = (Trapezoid(ground.binary, self._folder, options, how.network, overlay=how) if self._paper else
                     Pair(ground.binary, self._folder, options, how))
        self._passages = parts.Passages(self._bed.parts, parts.PAPER if self._paper else parts.PHONES)
        self._capture = None
        self._stopped = False

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()

    def start(self, report=lambda sentence: None):
        """Calls can be placed when it returns. RunError, LabError."""
        revive(self._lab, self._users, report)
        self._bed.start(report)
        if self._paper:
            self._register(report)
        self._bed.bob.take_calls()
        caller = self._bed.parts["phone-a"]
        self._capture = capture.Capture(lambda command: self._bed.command(caller.node, command), self._folder, INNER_OF_PHONE)
        self._capture.wait_ready(lambda: self._probe(caller))
        if self._row.standby:
            self._wait_standby(report)
        self._passages.skip()

    def place(self):
        """One call, as a record.Call without row and number."""
        if self._stopped:
            raise RunError("the bed has been stopped")
        begin = time.time()
        scenario = "call-caller" if self._paper else "call-unchallenged-caller"
        run = self._bed.alice.place_call(self._bed.bob.user, scenario)
        with contextlib.suppress(RunError):  # what fails is told as a call that is not complete
            run.finish(_PATIENCE_S)
        seen = timing.read(run.messages)
        times = seen[0] if seen else timing.Times("")
        call = self._measured(times, begin)
        if call.complete:
            shutil.rmtree(run.folder, ignore_errors=True)
        return call

    def stop(self):
        self._stopped = True
        if self._capture:
            self._capture.stop()
        self._bed.stop()

    # --- details ---

    def _register(self, report):
        """Through a network that has just come up, the first try may fail."""
        for last in (False, False, True):
            try:
                self._bed.bob.register(_REGISTERED_S)
                break
            except RunError as error:
                if last or self._stopped:
                    raise
                report(f"bob registers once more ({str(error).splitlines()[0]})")
        self._bed.alice.register(_REGISTERED_S)
        report("alice and bob are registered")

    def _probe(self, caller):
        with contextlib.suppress(RunError):
            send = ("import socket,sys; socket.socket(socket.AF_INET, socket.SOCK_DGRAM)"
                    ".sendto(sys.argv[1].encode(), (sys.argv[2], int(sys.argv[3])))")
            command = ["/usr/bin/python3", "-c", send, _PROBE.format(host=caller.host), caller.host, str(INNER_OF_PHONE)]
            subprocess.run(self._bed.command(caller.node, command), check=False, timeout=10)

    def _wait_standby(self, report):
        """Until each pool has as many links as it wants; a call finds out the rest."""
        deadline = time.monotonic() + _POOL_S
        while time.monotonic() < deadline and not self._stopped:
            pools = [pool for part in self._bed.parts.values() if hasattr(part, "report")
                     for pool in (part.report() or {}).get("standby", [])]
            if all(pool["ready"] >= pool["wanted"] for pool in pools):
                return
            time.sleep(0.5)
        report("not every standby link is ready")

    def _measured(self, times, begin):
        failed = times.failure is not None
        by_capture = self._capture.invite_to_180_s(times.call_id) if times.ringing is not None else None
        phone_s = None if times.ringing is None else times.ringing - (times.authorized or times.invite)
        complete = times.ringing is not None and times.answered is not None and times.ended is not None
        call = record.Call(started=times.invite or begin, complete=int(complete),
                           answer=times.failure if failed else 200 if times.answered is not None else None,
                           invite_to_180_s=by_capture, phone_s=phone_s, setup_s=times.set_up_s)
        self._capture.forget(times.call_id)
        found = parts.of(self._passages.take()) if times.ringing is not None else parts.Parts()
        for name in ("timeline_s", "circuit_s", "network_s", "proxies_s", "crypto_s", "bridge_s", "callee_s", "source", "moved", "credential"):
            setattr(call, name, getattr(found, name))
        call.other_s = found.other_s(by_capture)
        return call

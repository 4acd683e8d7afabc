"""What a user does without sipveil: a SIP phone that speaks TCP, under torsocks, calls through an exit.

SIPp 3.6.1 works under torsocks 2.3.0 with two settings, without which it does not start: AllowInbound, for SIPp listens for TCP even
where it only calls, and AllowOutboundLocalhost 2, for it has a UDP port for commands. IsolatePID makes user name and password for each
process, so that each call, which is a SIPp of its own, gets a circuit that no other stream uses; tor often has one ready, to which only
the exit's connection is missing. What this leaves in the clear is not hidden: the exit reads every message, the callee is known by her
address, and nobody can call back.

tshark sees the messages on their way to the SOCKS port, in the user's namespace: its SOCKS dissector hands on what follows the handshake
to that of SIP, if it is told so for the callee's port.
"""
import contextlib
import pathlib
import shutil
import threading
import time

from callrun.calls import digest
from callrun.circuits import CircuitWatch
from callrun.errors import RunError
from callrun.sipp import Callee, Caller, Where, without_100
from callrun.sipp_log import Reader
from delaytables import record, ways
from delaytables.beds import users
from delaytables.socks_capture import SocksCapture
from labnet.errors import LabError
from labnet.topology import SOCKS_PORT

_TRANSPORT = "t1"        # SIPp's word for one TCP connection
_DOMAIN = "b.example"
_FIRST_CALLEE_PORT = 5200
# One after the other: a port that has just been used waits for a minute (TIME_WAIT). Below the ephemeral ones.
_CALLER_PORTS = range(6000, 9000)
_PATIENCE_S = 100.0      # for a call
_LOGGED_S = 1.0          # until the callee's log has what the caller's has
_CONFIGURATION = """\
TorAddress {host}
TorPort {port}
AllowInbound 1
AllowOutboundLocalhost 2
IsolatePID 1
"""


class PlainBed:
    """Calls from the user a<lane> of the lab to a SIPp beside the lab's echo server, which exits reach. A context; stop() may come from
    another thread, and ends a place()."""

    def __init__(self, row, ground, lane, folder):
        self._lab = ground.labs["tor"]
        self._user, self._lane = users(lane)[0], lane
        self._folder = pathlib.Path(folder)
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        way = ways.WAYS[row.way]
        self.pause_s = way.of(way.pause_s, row.standby)
        self._number = 0
        self._stopped = threading.Event()
        self._stack = contextlib.ExitStack()
        self._caller = None

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()

    def start(self, report=lambda sentence: None):
        """Calls can be placed when it returns. RunError."""
        self._check()
        near, far = self._lab.node(self._user).address, self._lab.node("echo").address
        self._near, self._far, self._far_port = near, far, _FIRST_CALLEE_PORT + self._lane
        (self._folder / "torsocks.conf").write_text(_CONFIGURATION.format(host=near, port=SOCKS_PORT), encoding="ascii")
        self._scenario = without_100(self._folder)
        self._answered = CalleeTimes(self._hold(Callee(
            Where(self._far_port, far, lambda command: self._lab.command("echo", command), _TRANSPORT), self._folder, with_messages=True)))
        self._capture = self._hold(SocksCapture(self._within, self._folder, SOCKS_PORT, self._far_port))
        self._capture.wait_ready((near, SOCKS_PORT))
        self._watch = CircuitWatch(self._lab.socket_path(self._user, "control"))
        self._stack.callback(self._watch.close)
        if self._stopped.is_set():
            self.stop()
            raise RunError("the bed has been stopped")
        report("a SIPp listens where exits reach it")

    def place(self):
        """One call, as a record.Call without row and number."""
        if self._stopped.is_set():
            raise RunError("the bed has been stopped")
        self._answered.require_running()
        self._number += 1
        folder = self._folder / f"call-{self._number}"
        folder.mkdir()
        begin = time.time()
        deadline = time.monotonic() + _PATIENCE_S
        port = _CALLER_PORTS[self._number % len(_CALLER_PORTS)]
        under = ["env", f"TORSOCKS_CONF_FILE={self._folder / 'torsocks.conf'}", "torsocks"]
        caller = Caller(Where(port, self._near, lambda command: self._within([*under, *command]), _TRANSPORT),
                        (self._far, self._far_port), _DOMAIN, 1, folder, scenario=self._scenario)
        self._caller = caller
        trace = None
        try:
            with contextlib.suppress(RunError):  # what fails is told as a call that is not complete
                trace = caller.watch(also=lambda: self._check_time(deadline)).all()[0]
        finally:
            caller.stop(0.5)
        call = self._measured(trace, begin)
        if call.complete:
            shutil.rmtree(folder, ignore_errors=True)
        return call

    def stop(self):
        self._stopped.set()
        caller = self._caller
        if caller:
            caller.stop(0.5)
        self._stack.close()

    # --- details ---

    def _check(self):
        if not shutil.which("torsocks"):
            raise RunError("torsocks is not installed; mend: apt-get install torsocks")
        wire = self._lab.status().get("wire")
        if wire != "namespaces":
            raise RunError(f"the lab's wire is {wire or 'down'}; torsocks is tried where each node has a network namespace")

    def _hold(self, child):
        self._stack.callback(child.stop, 0.5)
        return child

    def _within(self, command):
        return self._lab.command(self._user, [str(part) for part in command])

    def _check_time(self, deadline):
        if self._stopped.is_set() or time.monotonic() > deadline:
            raise RunError("the call takes too long")

    def _measured(self, trace, begin):
        """The circuit is waited for before the INVITE is sent: with it the parts sum to set-up, not to INVITE -> 180."""
        if trace is None:
            return record.Call(started=begin)
        call = record.Call(started=trace.invite, complete=int(trace.complete_without_100), phone_s=trace.invite_to_ringing,
                           answer=200 if trace.answered is not None else trace.failure, credential=self._credential(begin))
        if trace.ringing is None:
            return call
        call.source, call.moved = "built", 0
        seen = self._capture.take(trace.call_id)
        call.invite_to_180_s, call.setup_s = seen.invite_to_180_s, seen.setup_s
        call.callee_s = self._answered.callee_s(trace.call_id)
        if None not in (call.invite_to_180_s, call.setup_s, call.callee_s):
            call.circuit_s = call.setup_s - call.invite_to_180_s
            call.network_s = call.invite_to_180_s - call.callee_s
            call.proxies_s = call.crypto_s = call.bridge_s = call.other_s = 0.0  # there are none
        return call

    def _credential(self, begin):
        """Digest of what torsocks gave to tor, as sipveil tells its own."""
        with contextlib.suppress(LabError, OSError):
            streams = [stream for stream in self._watch.record()[0].values()
                       if stream.target == f"{self._far}:{self._far_port}" and stream.credential and (stream.asked or 0) >= begin]
            if streams:
                return digest(":".join(part or "" for part in streams[-1].credential))
        return None


class CalleeTimes:
    """How long the callee took for each call, by its own log. `callee`: writes messages."""

    def __init__(self, callee):
        self._callee, self._reader, self._read = callee, Reader(), 0
        self._invites, self._took = {}, {}

    def require_running(self):
        self._callee.require_running()

    def callee_s(self, call_id):
        """From INVITE to 180; None if the log has not both."""
        deadline = time.monotonic() + _LOGGED_S
        while call_id not in self._took and time.monotonic() < deadline:
            self._feed()
            time.sleep(0.01)
        return self._took.pop(call_id, None)

    def _feed(self):
        data = b""
        with contextlib.suppress(FileNotFoundError), open(self._callee.messages, "rb") as file:
            file.seek(self._read)
            data = file.read()
        self._read += len(data)
        for message in self._reader.feed(data):
            if message.method == "INVITE" and not message.sent and not message.status:
                self._invites.setdefault(message.call_id, message.time)
            elif message.method == "INVITE" and message.sent and message.status == 180:
                self._took.setdefault(message.call_id, message.time - self._invites.pop(message.call_id, message.time))

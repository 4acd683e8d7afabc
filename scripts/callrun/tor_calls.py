"""Calls from alice to bob through a private Tor network, with everything measured that can be: the steps, in their order."""
import contextlib
import dataclasses
import time

from callrun import calls, ports
from callrun.bridge import Bridge, Peer, Settings
from callrun.circuits import CircuitWatch
from callrun.raw_path import RawPath
from callrun.sipp import Callee, Caller
from labnet.errors import LabError

_DOMAIN = "bob.example"
_RAW_STREAMS, _RAW_ECHOES = 3, 5  # before the calls and once more after them


@dataclasses.dataclass
class Result:
    calls: list            # of calls.Call
    distinct_circuits: int
    raw_round_trips_s: list
    complaints: str        # of SIPp and the bridges, when calls failed


def run(binary, lab, folder, count, progress):
    """Places `count` calls in a `lab` that is up, one after the other; nothing of it runs at the end. `folder` gets the logs."""
    with contextlib.ExitStack() as stack:
        callee_port, caller_port, callee_side, caller_side = ports.free(4)
        raw = stack.enter_context(RawPath(lab))
        bob = _start(stack, binary, folder / "bob", Settings(
            listen=f"127.0.0.1:{callee_side}", deliver_to=f"127.0.0.1:{callee_port}",
            onion_listen=f"unix:{folder / 'bob.sock'}", **_tor(lab, "bob")))
        progress.say("bob's sipveil runs and publishes its onion service")
        address = bob.wait_published(report=lambda sentence: progress.say(f"bob: {sentence}"))
        address = address if address.startswith("tor:") else f"tor:{address}"
        progress.say(f"published as {_short(address)}")
        alice = _start(stack, binary, folder / "alice", Settings(
            listen=f"127.0.0.1:{caller_side}", peers=[Peer("bob", address, _DOMAIN)], **_tor(lab, "alice")))
        alice.wait(lambda status: "100%" in status["tor"], "tor ready", report=lambda sentence: progress.say(f"alice: {sentence}"))
        progress.say("alice's sipveil runs; measuring raw round trips to an onion service")
        raw.wait_published()
        round_trips = raw.round_trips_s(_RAW_STREAMS, _RAW_ECHOES)

        watch = stack.enter_context(CircuitWatch(lab.socket_path("alice", "control")))
        callee = Callee(callee_port, folder)
        stack.callback(callee.stop, 0.5)
        caller = Caller(caller_port, caller_side, _DOMAIN, count, folder)
        stack.callback(caller.stop, 0.5)
        progress.say(f"{count} calls, one after the other: phone -> sipveil -> tor -> onion service -> sipveil -> phone")
        show = _CallProgress(count, progress)
        traces = caller.watch(show, also=lambda: [child.require_running() for child in (alice.child, bob.child, callee)]).all()

        progress.say("measuring raw round trips once more")
        try:
            round_trips += raw.round_trips_s(_RAW_STREAMS, _RAW_ECHOES)
        except (LabError, OSError, EOFError) as error:  # the calls' own figures are told nevertheless
            progress.say(f"no raw round trips after the calls: {error}")
        every_stream, circuits = watch.record()
        streams = [stream for stream in every_stream.values() if stream.target == address.removeprefix("tor:")]
        joined = calls.join(traces, alice.status(), bob.status(), streams, circuits)
        failed = len(joined) < count or not all(call.complete for call in joined)
        complaints = _complaints(caller, alice, bob) if failed else ""
        return Result(joined, calls.distinct_circuits(joined, every_stream.values()), round_trips, complaints)


def _start(stack, binary, folder, settings):
    bridge = Bridge(binary, folder, settings)
    stack.callback(bridge.stop)
    return bridge


def _tor(lab, user):
    return {"tor_control": f"unix:{lab.socket_path(user, 'control')}", "tor_socks": f"unix:{lab.socket_path(user, 'socks')}"}


def _short(address):
    return f"{address[:12]}...{address[-18:]}"


def _complaints(caller, *bridges):
    parts = [("SIPp", caller.complaints())]
    parts += [(bridge.child.name, bridge.child.last_words(6)) for bridge in bridges]
    return "\n".join(f"--- {name}\n{text}" for name, text in parts if text)


class _CallProgress:
    """A line for each call that has ended, and on a terminal how far the current one is."""

    def __init__(self, count, progress):
        self._count = count
        self._progress = progress
        self._told = 0

    def __call__(self, traces):
        every = traces.all()
        for index, trace in enumerate(every):
            over = trace.ended is not None or trace.failure is not None or index + 1 < len(every)
            if index >= self._told and over:
                self._told = index + 1
                self._progress.say(f"call {index + 1:3} of {self._count}: {_outcome(trace)}")
        if len(every) > self._told:
            self._progress.live(f"call {len(every):3} of {self._count}: {time.time() - every[-1].invite:4.1f} s since the INVITE")


def _outcome(trace):
    if trace.failure is not None:
        return f"refused with {trace.failure}"
    if not trace.complete:
        return f"incomplete, last step: {trace.last_step}"
    return f"rang after {trace.invite_to_ringing:6.3f} s, complete"

"""Calls from alice to bob through a private Tor network, with everything measured that can be: the steps, in their order."""
import collections.abc
import contextlib
import dataclasses
import time

from callrun import calls, paths, ports
from callrun.bridge import Standby
from callrun.circuits import CircuitWatch
from callrun.raw_path import RawPath
from callrun.sipp import Callee, Caller
from labnet.errors import LabError

# Raw round trips: (streams, echoes on each), before the calls and once more after them; (0, 0): none.
FEW_CIRCUITS = (3, 5)
MANY_CIRCUITS = (12, 2)  # where relays differ, so that circuits do


@dataclasses.dataclass
class Plan:
    count: int
    path: str = paths.ONION
    standby: Standby = dataclasses.field(default_factory=Standby)
    pause_s: float = 0.0          # from the end of a call to the next one
    burst: bool = False           # all of them within a second, instead of one after the other
    raw: tuple = FEW_CIRCUITS     # round trips to compare with
    sampler: collections.abc.Callable = None  # called often with (calls that have ended, alice's Bridge, bob's)


@dataclasses.dataclass
class Result:
    calls: list            # of calls.Call
    distinct_circuits: int
    raw_round_trips_s: list
    complaints: str        # of SIPp and the bridges, when calls failed
    pool: dict = None      # of the standby links to bob after the calls, as the status tells it; None: it tells none
    path: str = paths.ONION


def run(binary, lab, folder, plan, progress):
    """Places the calls of `plan` in a `lab` that is up; nothing of it runs at the end. `folder` gets the logs."""
    with contextlib.ExitStack() as stack:
        callee_port, caller_port, callee_side, caller_side = ports.free(4)
        raw = stack.enter_context(RawPath(lab, plan.path))
        bob = paths.start_bob(stack, binary, lab, folder / "bob", (callee_side, callee_port), plan.path)
        peer = _peer(stack, lab, bob, folder, plan.path, progress)
        watch = stack.enter_context(CircuitWatch(lab.socket_path("alice", "control")))
        alice = paths.start_alice(stack, binary, lab, folder / "alice", caller_side, [peer], plan.standby)
        _wait_ready(alice, progress)
        if plan.raw[0]:
            progress.say(f"measuring raw round trips to {paths.NAMES[plan.path]}")
        raw.wait_published()
        round_trips = raw.round_trips_s(*plan.raw)
        alice.wait_standby()

        callee = Callee(callee_port, folder, paths.where_bob_is(lab, plan.path))
        stack.callback(callee.stop, 0.5)
        caller = Caller(caller_port, caller_side, paths.DOMAIN, plan.count, folder, gap_ms=plan.pause_s * 1000, at_once=plan.burst)
        stack.callback(caller.stop, 0.5)
        progress.say(f"{plan.count} calls, {'within a second' if plan.burst else 'one after the other'}: phone -> sipveil -> tor -> "
                     f"{paths.NAMES[plan.path].split(' ', 1)[1]} -> sipveil -> phone")
        show = _CallProgress(plan, progress)
        sample = plan.sampler or (lambda *_: None)

        def watch_all(traces):
            show(traces)
            sample(show.ended, alice, bob)
        traces = caller.watch(watch_all, also=lambda: [child.require_running() for child in (alice.child, bob.child, callee)]).all()
        caller_status, callee_status = alice.status(), bob.status()
        every_stream, circuits = watch.record()

        if plan.raw[0]:
            progress.say("measuring raw round trips once more")
        try:
            round_trips += raw.round_trips_s(*plan.raw)
        except (LabError, OSError, EOFError) as error:  # the calls' own figures are told nevertheless
            progress.say(f"no raw round trips after the calls: {error}")
        streams = [stream for stream in every_stream.values() if stream.target == paths.target_of(peer)]
        joined = calls.join(traces, caller_status, callee_status, streams, circuits, sequential=not plan.burst)
        failed = len(joined) < plan.count or not all(call.complete for call in joined)
        complaints = _complaints(caller, alice, bob) if failed else ""
        pool = next(iter((caller_status or {}).get("standby") or []), None)
        return Result(joined, calls.distinct_circuits(joined, every_stream.values()), round_trips, complaints, pool, plan.path)


def _peer(stack, lab, bob, folder, path, progress):
    """How alice reaches bob, once he can be reached."""
    if path == paths.EXIT:
        bob.wait_up()
        progress.say("bob's sipveil runs behind a TLS server that exits reach")
        return paths.exit_peer(stack, lab, folder / "bob")
    progress.say("bob's sipveil runs and publishes its onion service")
    peer = paths.onion_peer(bob.wait_published(report=lambda sentence: progress.say(f"bob: {sentence}")))
    progress.say(f"published as {_short(peer.address)}")
    return peer


def _wait_ready(alice, progress):
    def report(sentence):
        progress.say(f"alice: {sentence}")
    alice.wait(lambda status: "100%" in status["tor"], "tor ready", report=report)
    pools = alice.wait_standby(report=report)
    if pools is None:
        progress.say("alice's sipveil runs; it is one that knows no standby links")
    elif not pools or not pools[0]["wanted"]:
        progress.say("alice's sipveil runs, without standby links")
    else:
        progress.say(f"alice's sipveil runs with {pools[0]['ready']} standby links")


def _short(address):
    return f"{address[:12]}...{address[-18:]}"


def _complaints(caller, *bridges):
    parts = [("SIPp", caller.complaints())]
    parts += [(bridge.child.name, bridge.child.last_words(6)) for bridge in bridges]
    return "\n".join(f"--- {name}\n{text}" for name, text in parts if text)


class _CallProgress:
    """A line for each call that has ended, and on a terminal how far the current one is."""

    def __init__(self, plan, progress):
        self._count, self._one_by_one = plan.count, not plan.burst
        self._progress = progress
        self._told = set()

    @property
    def ended(self):
        return len(self._told)

    def __call__(self, traces):
        every = traces.all()
        for index, trace in enumerate(every):
            over = trace.ended is not None or trace.failure is not None or self._one_by_one and index + 1 < len(every)
            if over and index not in self._told:
                self._told.add(index)
                self._progress.say(f"call {index + 1:3} of {self._count}: {_outcome(trace)}")
        if len(every) > len(self._told):
            self._progress.live(f"call {len(every):3} of {self._count}: {time.time() - every[-1].invite:4.1f} s since the INVITE")


def _outcome(trace):
    if trace.failure is not None:
        return f"refused with {trace.failure}"
    if not trace.complete:
        return f"incomplete, last step: {trace.last_step}"
    return f"rang after {trace.invite_to_ringing:6.3f} s, complete"

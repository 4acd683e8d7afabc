"""Calls from alice to bob through a private network, with everything measured that can be: the steps, in their order."""
import collections.abc
import contextlib
import dataclasses
import time

from callrun import network as networks
from callrun import ports, sealing
from callrun.settings import Standby
from callrun.sipp import Callee, Caller, Where
from labnet.errors import LabError


@dataclasses.dataclass
class Plan:
    count: int
    standby: Standby = dataclasses.field(default_factory=Standby)
    pause_s: float = 0.0          # from the end of a call to the next one
    burst: bool = False           # all of them within a second, instead of one after the other
    raw: tuple = (0, 0)           # round trips to compare with: (streams, echoes on each), before the calls and once more after them
    compared: int = 0             # calls without sipveil, if the network has something to place them by
    identity: object = None       # trapezoid.identities.Identity; None: names are not sealed
    sampler: collections.abc.Callable = None  # called often with (calls that have ended, alice's Bridge, bob's)


@dataclasses.dataclass
class Result:
    evidence: networks.Evidence
    raw: networks.RawTimes
    complaints: str        # of SIPp and the bridges, when calls failed
    compared: object = None  # what Network.compared gave
    pool: dict = None      # of the standby links to bob after the calls, as the status tells it; None: it tells none

    @property
    def calls(self):
        return self.evidence.calls


def run(binary, network, folder, plan, progress):
    """Places the calls of `plan` in a `network` whose lab is up; nothing of it runs at the end. `folder` gets the logs."""
    with contextlib.ExitStack() as stack:
        callee_port, caller_port, callee_side, caller_side = ports.free(4)
        witness = stack.enter_context(network.witness(folder))
        raw = stack.enter_context(network.raw_path()) if plan.raw[0] else None
        at_alice, at_bob = sealing.settings_of_pair(binary, folder, plan.identity)
        bob = network.start_bob(stack, binary, folder / "bob", (callee_side, callee_port), **at_bob)
        peer = network.peer(stack, bob, folder / "bob", progress)
        alice = network.start_alice(stack, binary, folder / "alice", caller_side, [peer], standby=plan.standby, **at_alice)
        _wait_ready(network, alice, progress)
        raw_times = networks.RawTimes([], [])
        if raw:
            progress.say(f"measuring raw round trips to {network.paths[network.path]}")
            raw.wait_published()
            raw_times += raw.times(*plan.raw)
            alice.wait_standby()

        callee = Callee(Where(callee_port, within=network.where_bob_is), folder)
        stack.callback(callee.stop, 0.5)
        caller = Caller(Where(caller_port), ("127.0.0.1", caller_side), networks.DOMAIN, plan.count, folder, gap_ms=plan.pause_s * 1000,
                        at_once=plan.burst)
        stack.callback(caller.stop, 0.5)
        progress.say(f"{plan.count} calls, {'within a second' if plan.burst else 'one after the other'}: phone -> sipveil -> {network.name} "
                     f"-> {network.paths[network.path].split(' ', 1)[1]} -> sipveil -> phone")
        show = _CallProgress(plan, progress)
        sample = plan.sampler or (lambda *_: None)

        def watch_all(traces):
            show(traces)
            sample(show.ended, alice, bob)
        traces = caller.watch(watch_all, also=lambda: [child.require_running() for child in (alice.child, bob.child, callee)]).all()
        caller_status, callee_status = alice.status(), bob.status()
        evidence = witness.evidence(traces, caller_status, callee_status, peer, not plan.burst)

        if raw:
            progress.say("measuring raw round trips once more")
            try:
                raw_times += raw.times(*plan.raw)
            except (LabError, OSError, EOFError) as error:  # the calls' own figures are told nevertheless
                progress.say(f"no raw round trips after the calls: {error}")
        compared = network.compared(folder, plan.compared, progress) if plan.compared else None
        failed = len(traces) < plan.count or not all(trace.complete for trace in traces)
        complaints = _complaints(caller, alice, bob) if failed else ""
        return Result(evidence, raw_times, complaints, compared, next(iter((caller_status or {}).get("standby") or []), None))


def _wait_ready(network, alice, progress):
    def report(sentence):
        progress.say(f"alice: {sentence}")
    network.wait_ready(alice, report)
    pools = alice.wait_standby(network.standby_patience_s, report, network.state)
    if pools is None:
        progress.say("alice's sipveil runs; it is one that knows no standby links")
    elif not pools or not pools[0]["wanted"]:
        progress.say("alice's sipveil runs, without standby links")
    else:
        progress.say(f"alice's sipveil runs with {pools[0]['ready']} standby links")


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

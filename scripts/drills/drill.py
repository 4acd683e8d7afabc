"""One drill: calls in progress, the blow, what becomes of them, and when the next call gets through."""
import dataclasses
import time

from drills import blows
from drills.bed import Talk
from drills.errors import DrillError
from drills.phone import GIVES_UP

_POLL_S = 0.01
_CALL_EVERY_S = 1.0
_LONGEST_S = 90.0  # until a call gets through


@dataclasses.dataclass
class Crossing:
    """A request of one end of a call in progress. Times in seconds since the blow, None for what did not happen."""
    end: str
    method: str
    asked_s: float
    arrived_s: float = None
    answered_s: float = None
    status: int = None
    reason: str = ""

    @property
    def good(self):
        return self.arrived_s is not None and self.status is not None and 200 <= self.status < 300


@dataclasses.dataclass
class Outcome:
    name: str
    what: str
    victim: str
    limit_s: float
    keeps_calls: bool          # every request of the calls in progress is to arrive
    calls_hit: int             # of those in progress, how many went over the victim
    crossings: list            # of Crossing
    next_call_s: float = None  # from the blow until a call rings that was placed after it
    attempts: int = 0
    refused: list = dataclasses.field(default_factory=list)  # how those ended that did not ring
    seen_twice: int = 0        # calls of which the callee's phone got two INVITEs
    next_way: str = None       # name of the peer by which that call went
    moved: int = None          # as alice's bridge tells it of the calls in progress
    settled_s: float = None    # until all was in order, after it was mended
    remark: str = ""           # what was not in order even then

    @property
    def lost(self):
        """Requests of the calls in progress that were, a sentence each."""
        return [f"{one.method} of the {one.end} lost ({_ending(one)})" for one in self.crossings if not one.good]

    @property
    def failures(self):
        """Sentences; none if all is well."""
        found = self.lost if self.keeps_calls else []
        if self.next_call_s is None:
            found.append(f"no call got through within {_LONGEST_S:g} s")
        elif self.next_call_s > self.limit_s:
            found.append(f"next call after {self.next_call_s:.1f} s, limit {self.limit_s:g} s")
        if self.seen_twice:
            found.append(f"the callee saw {self.seen_twice} calls twice")
        return found


def run(bed, blow, progress):
    """The Outcome. Afterwards blow.mend() and bed.settle() are due."""
    talks, victim, hit = _prepare(bed, blow)
    progress.say(f"{blow.name}: {len(talks)} calls in progress, {hit} of them over {victim}; the blow")
    talks_and_ends = list(zip(talks, ("callee", "caller")))
    bed.alice.child.require_running()
    bed.bob.child.require_running()
    blow.strike(bed)
    struck = time.monotonic()
    outcome = Outcome(blow.name, blow.what, victim, blow.limit_s, blow.keeps_calls, hit, [])
    prober = Prober(bed, bed.path_of(blow), struck, outcome)
    running = [prober.run(), *(_talk_on(talk, end, struck, outcome.crossings) for talk, end in talks_and_ends), _supervise(bed, blow, struck)]
    while running:
        running = [one for one in running if _goes_on(one)]
        time.sleep(_POLL_S)
    outcome.seen_twice = sum(len(talk.received) > 1 for talk in [*talks, *prober.talks])
    moved = [talk.record().get("moved") for talk in talks]
    outcome.moved = None if None in moved else sum(moved)
    progress.say(f"{blow.name}: {_short(outcome)}; putting things in order")
    return outcome


def _prepare(bed, blow):
    """(two talks, the first of which goes over the victim, the victim's name, how many of them go over it)"""
    talks = [bed.establish(bed.path_of(blow)) for _ in range(blow.calls)]
    victim, carried = blow.choose(bed, talks)
    if not carried:
        raise DrillError(f"{blow.name}: no relay to strike: {[bed.carrier(talk) for talk in talks]}")
    chosen = [*carried, *(talk for talk in talks if talk not in carried)][:2]
    for talk in talks:
        if talk not in chosen:
            talk.hang_up()
    bed.wait(lambda: False, 0.5)  # the BYEs above are gone
    return chosen, victim, sum(talk in carried for talk in chosen)


def _goes_on(one):
    try:
        next(one)
        return True
    except StopIteration:
        return False


def _supervise(bed, blow, struck):
    while time.monotonic() < struck + blows.SUPERVISOR_S:
        yield
    blow.supervise(bed)


def _talk_on(talk, end, struck, crossings):
    """Both ends in different talks, so that their requests do not cross; INVITE within a dialog, then BYE."""
    for method in ("INVITE", "BYE"):
        phone, dialog, other, other_call_id = talk.end(end)
        asked = phone.ask(dialog, method)
        crossing = Crossing(end, method, asked.sent - struck)
        crossings.append(crossing)
        while not asked.over:
            yield
        for arrival in other.arrivals(method):
            if arrival.request.call_id == other_call_id and arrival.request.sequence == asked.request.sequence:
                crossing.arrived_s = arrival.time - struck
                break
        crossing.status, crossing.reason = asked.status, asked.reason
        crossing.answered_s = None if asked.final is None else asked.final - struck


class Prober:
    """Places a call each second until one rings, and ends what was answered."""

    def __init__(self, bed, path, struck, outcome):
        self._bed, self._path, self._struck, self._outcome = bed, path, struck, outcome
        self.talks = []

    def run(self):
        open_talks, due = [], self._struck
        while True:
            now = time.monotonic()
            if self._outcome.next_call_s is None and now >= due and now < self._struck + _LONGEST_S:
                self.talks.append(Talk(self._bed, self._path))
                open_talks.append(self.talks[-1])
                due += _CALL_EVERY_S
            open_talks = [talk for talk in open_talks if not self._ended(talk)]
            through = self._outcome.next_call_s is not None or now >= self._struck + _LONGEST_S
            if through and (not open_talks or now > self._struck + _LONGEST_S + GIVES_UP):
                break
            yield
        self._outcome.attempts = len(self.talks)
        self._outcome.refused = [_ending(talk.asked) for talk in self.talks if talk.asked.ringing is None]

    def _ended(self, talk):
        asked = talk.asked
        if asked.ringing is not None:
            rang = asked.ringing - self._struck
            if self._outcome.next_call_s is None or rang < self._outcome.next_call_s:
                self._outcome.next_call_s, self._outcome.next_way = rang, talk.record().get("way")
        if asked.final is not None:
            talk.hang_up()
            return True
        return asked.over


def _ending(one):
    """Of an Asked or a Crossing."""
    return "no answer" if one.status is None else f"{one.status} {one.reason}".strip()


def _short(outcome):
    next_call = "no call got through" if outcome.next_call_s is None else f"next call after {outcome.next_call_s:.1f} s"
    good = sum(one.good for one in outcome.crossings)
    return f"{next_call}, {good} of {len(outcome.crossings)} requests of the calls in progress arrived"

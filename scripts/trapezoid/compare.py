"""Calls through one trapezoid or several, a round at a time, so that what one scheme adds is not what the machine did meanwhile."""
import dataclasses
import statistics

from callrun import figures
from callrun.errors import RunError
from trapezoid import timing


@dataclasses.dataclass
class Round:
    """One call by each scheme, all in the same direction."""
    forth: bool   # alice calls bob; else bob calls alice
    times: dict   # {scheme: timing.Times}


def place_rounds(beds, count, tell=lambda index, scheme, times: None):
    """`beds`: {scheme: Trapezoid} that run and are registered. Directions take turns, and so does who begins."""
    callees = [phone.take_calls() for bed in beds.values() for phone in (bed.alice, bed.bob)]
    rounds, names = [], list(beds)
    for index in range(count):
        one = Round(index % 2 == 0, {})
        begin = index % len(names)
        for name in names[begin:] + names[:begin]:
            one.times[name] = _call(beds[name], one.forth)
            tell(index + 1, name, one.times[name])
        rounds.append(one)
    for callee in callees:
        callee.stop()
    return rounds


def _call(bed, forth):
    caller, callee = (bed.alice, bed.bob) if forth else (bed.bob, bed.alice)
    run = caller.place_call(callee.user)
    try:
        run.finish(90.0)
    except RunError:  # a call that fails is told as one that is not complete
        pass
    times = timing.read(run.messages)
    return times[0] if times else timing.Times("")


def summary(rounds, scheme):
    """Of one scheme, seconds."""
    every = [one.times[scheme] for one in rounds]
    forth = [one.times[scheme] for one in rounds if one.forth]
    return {
        "calls": len(every), "completed": sum(times.complete for times in every),
        "completed_forth": sum(times.complete for times in forth), "completed_back":
            sum(times.complete for times in every) - sum(times.complete for times in forth),
        "set_up_s": figures.summary([times.set_up_s for times in every if times.set_up_s is not None], 6),
        "invite_to_180_s": figures.summary([times.invite_to_180_s for times in every if times.invite_to_180_s is not None], 6),
    }


def added(rounds, scheme, baseline):
    """What `scheme` adds to `baseline`, in seconds: medians of the differences within the rounds, None without a pair."""
    found = {}
    for name in ("set_up_s", "invite_to_180_s"):
        pairs = [(getattr(one.times[scheme], name), getattr(one.times[baseline], name)) for one in rounds]
        differences = [with_it - without for with_it, without in pairs if None not in (with_it, without)]
        found[name] = round(statistics.median(differences), 6) if differences else None
    return found

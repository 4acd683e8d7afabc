"""Calls through the trapezoid in which one part crashes."""
from trapezoid_bed import both_ways, running
from waiting import until

# The part is killed as soon as the calls are established, and within this time it stands again, even under sanitizers.
_TALK_MS = 6000


def scenario(place, name):
    """Both ways at once: first the callers put on hold and hang up, then the callees. The phones can be reached by their own
    links alone, so whoever has lost one has to be called by it again."""
    with running(place) as bed:
        for who in ("reinvite-by-caller", "reinvite-by-callee"):
            both_ways(bed, who, talk_ms=_TALK_MS, meanwhile=lambda callees: _crash(bed.parts[name], callees))


def _crash(part, callees):
    for callee in callees:
        until(lambda run=callee: b"\nACK " in run.messages.read_bytes(), 20, f"{callee.id} is in a call")
    part.kill()
    part.start()

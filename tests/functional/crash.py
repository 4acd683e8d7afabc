"""Calls through the trapezoid in which one part crashes."""
from trapezoid_bed import both_ways, running
from waiting import until

# The part is killed as soon as the calls are established; within this time it stands again and can be reached through Tor.
_TALK_MS = 15_000
# Each sipveil beside a proxy has its own tor; bob's phone shares that of the other side.
TORS = {"sipveil-a": "alice", "sipveil-b": "bob", "phone-b": "alice"}


def scenario(place, name):
    """Both ways at once: first the callers put on hold and hang up, then the callees. Through Tor, since that is where a part
    that has lost its links can be dialled again."""
    with running(place, lab=place.tor, tors=TORS, options={"network": "tor"}) as bed:
        for who in ("reinvite-by-caller", "reinvite-by-callee"):
            both_ways(bed, who, talk_ms=_TALK_MS, meanwhile=lambda callees: _crash(bed, name, callees), seconds=90)


def _crash(bed, name, callees):
    for callee in callees:
        until(lambda run=callee: b"\nACK " in run.messages.read_bytes(), 20, f"{callee.id} is in a call")
    bed.parts[name].kill()
    bed.parts[name].start()
    if name in bed.behind_tor():
        bed.parts[name].wait_tor()

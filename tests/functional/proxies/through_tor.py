"""The whole trapezoid of the paper: between the proxies and to bob's phone through Tor, to alice's phone by her LAN."""
from trapezoid_bed import both_ways, running

SLOW = True
# Each sipveil beside a proxy has its own tor; bob's phone shares that of the other side.
_TORS = {"sipveil-a": "alice", "sipveil-b": "bob", "phone-b": "alice"}


def scenario(place):
    with running(place, lab=place.tor, tors=_TORS, options={"network": "tor"}) as bed:
        for name in ("call", "reinvite-by-callee", "cancel"):
            both_ways(bed, name)

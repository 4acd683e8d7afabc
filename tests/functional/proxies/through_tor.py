"""The whole trapezoid of the paper: between the proxies and to bob's phone through Tor, to alice's phone by her LAN."""
import crash
from trapezoid_bed import both_ways, running

SLOW = True


def scenario(place):
    with running(place, lab=place.tor, tors=crash.TORS, options={"network": "tor"}) as bed:
        for name in ("call", "reinvite-by-callee", "cancel"):
            both_ways(bed, name)

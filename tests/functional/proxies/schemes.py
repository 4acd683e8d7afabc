"""With every scheme a phone registers, calls and is called."""
from trapezoid import identities
from trapezoid_bed import both_ways, running

SLOW = True


def scenario(place):
    for scheme in identities.SCHEMES:
        with running(place, scheme, name=scheme) as bed:
            both_ways(bed, "call")

"""The same without [identity]: sipveil carries and cleans, and seals no names."""
from trapezoid_bed import SCENARIOS, both_ways, running

SLOW = True


def scenario(place):
    with running(place, "sip") as bed:
        for name in SCENARIOS:
            both_ways(bed, name)

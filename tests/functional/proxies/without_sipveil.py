"""Every scenario of scripts/sipp goes well between two plain Kamailios: what fails behind sipveil is sipveil's doing."""
from trapezoid_bed import SCENARIOS, both_ways, running

SLOW = True


def scenario(place):
    with running(place, "sip", options={"without_sipveil": True}) as bed:
        for name in SCENARIOS:
            both_ways(bed, name)

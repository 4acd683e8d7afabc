"""Calls, holds, transfers, messages, subscriptions and refusals go through all of it, sealed by PrivaSIP-2, in both directions."""
from trapezoid_bed import SCENARIOS, both_ways, running

SLOW = True


def scenario(place):
    with running(place) as bed:
        for name in SCENARIOS:
            both_ways(bed, name)

"""Every privacy class carries a call: by home with Digest, past it without; and so does a hidden domain."""
from trapezoid_bed import both_ways, running

SLOW = True


def scenario(place):
    for known_to in ("nobody", "callee", "callee-home"):
        with running(place, name=known_to, caller_known_to=known_to) as bed:
            both_ways(bed, "call", "call-unchallenged")
    with running(place, name="hidden", hide_domain=True) as bed:
        both_ways(bed, "call")

"""The same for calls in the other direction, from the side that has no corporate network."""
import audit_bed

SLOW = True


def scenario(place):
    audit_bed.clean(place, "--scheme", "privasip-2", "--direction", "b>a")

"""Who learns what of calls with PrivaSIP-2 is what the matrix says, at every vantage point, in every kind of dialog."""
import audit_bed

SLOW = True


def scenario(place):
    audit_bed.clean(place, "--scheme", "privasip-2", "--direction", "a>b")

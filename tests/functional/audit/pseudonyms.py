"""With view = "pseudonym" no proxy learns a name, not even of its own users."""
import audit_bed

SLOW = True


def scenario(place):
    audit_bed.clean(place, "--view", "pseudonym", "--direction", "a>b")

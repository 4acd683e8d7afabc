"""sipveil-a is killed and started again in the middle of calls: re-INVITE and BYE from either side still find their way."""
import crash

SLOW = True


def scenario(place):
    crash.scenario(place, "sipveil-a")

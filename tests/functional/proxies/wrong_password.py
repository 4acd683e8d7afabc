"""A wrong password registers nobody and places no call."""
import dataclasses

from trapezoid_bed import running
from waiting import equal


def scenario(place):
    with running(place, register=False) as bed:
        bed.bob.register()
        bed.alice.user = dataclasses.replace(bed.alice.user, password="guessed")
        bed.alice.register(scenario="register-refused")
        equal(bed.kamailio_a.location(), [], "who is registered")
        bed.alice.place_call(bed.bob.user, "call-unauthorized").finish()
        equal([line for line in bed.kamailio_b.messages() if "INVITE" in line], [], "calls that reached bob's proxy")

"""A wrong password, the phone's and its sipveil's, registers nobody and places no call."""
from trapezoid_bed import running
from waiting import equal


def scenario(place):
    with running(place, register=False, options={"passwords_at_proxies": (("alice", "another"),)}) as bed:
        bed.bob.register()
        bed.alice.register(scenario="register-refused")
        equal(bed.kamailio_a.location(), [], "who is registered")
        bed.alice.place_call(bed.bob.user, "call-unauthorized").finish()
        equal([line for line in bed.kamailio_b.messages() if "INVITE" in line], [], "calls that reached bob's proxy")

"""Phones register through sipveil with their real passwords, are found, refresh without a second entry, and sign off."""
from trapezoid_bed import running
from waiting import equal


def scenario(place):
    with running(place) as bed:
        for proxy, phone in ((bed.kamailio_a, bed.alice), (bed.kamailio_b, bed.bob)):
            equal([row["username"] for row in proxy.location()], [phone.user.name], "who is registered")
            phone.register()
            equal(len(proxy.location()), 1, "entries after the phone has registered anew")
            phone.register(expires=0)
            equal(proxy.location(), [], "entries after the phone has signed off")
            phone.register()
            phone.unregister()
            equal(proxy.location(), [], "entries after the phone has signed off with Contact: *")

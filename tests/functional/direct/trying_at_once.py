"""100 comes at once and a repeated INVITE goes no further (RFC 3261 section 17.2.1)."""
import time

from call import Call
from configs import start_pair
from waiting import check, equal

ALONE = True


def scenario(place):
    a, _ = start_pair(place)
    alice, bob = place.alice(), place.bob()
    fastest = min(delay_of_100(alice, bob) for _ in range(3))
    check(fastest < 0.2, f"100 took {fastest:.3f} s")

    call = Call(alice, bob).send()
    alice.expect(100, of=call.invite)
    for _ in range(3):
        alice.send(call.invite)
        alice.expect(100, of=call.invite)
    call.ring()
    alice.send(call.invite)
    alice.expect(180, of=call.invite)
    call.pick_up().confirm().hang_up()
    equal(bob.count("INVITE", of=call.received), 1, "INVITEs at bob")
    equal(a.status()["absorbed"], 4, "retransmissions absorbed")


def delay_of_100(alice, bob):
    call = Call(alice, bob)
    begin = time.monotonic()
    alice.send(call.invite)
    alice.expect(100, of=call.invite)
    delay = time.monotonic() - begin
    call.arrive().refuse(486, "Busy Here")
    call.acknowledge_refusal(alice.answer(call.invite))
    return delay

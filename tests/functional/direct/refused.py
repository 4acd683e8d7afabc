"""486 from the callee: each hop acknowledges it, the caller's ACK goes no further."""
from call import Call
from configs import start_pair
from waiting import equal


def scenario(place):
    a, b = start_pair(place)
    alice, bob = place.alice(), place.bob()
    call = Call(alice, bob).send().ring()
    # Some phones name their address in a refusal; and what they say of the reason does not cross but as the usual phrase.
    call.refuse(486, "Talking to Carol", [("Contact", f"<{bob.address}>")])
    answer = alice.answer(call.invite)
    equal(answer.start, "SIP/2.0 486 Busy Here", "the answer")
    call.acknowledge_refusal(answer)
    for bridge in (a, b):
        bridge.wait_status(lambda status: status["calls"][-1]["status"] == 486, "486 in status")
        bridge.wait_status(lambda status: status["calls_open"] == 0, "no call open")
    equal(bob.count("ACK", of=call.received), 1, "ACKs at bob")

"""CANCEL before any answer: on UDP it waits for the callee's first provisional one (RFC 3261 section 9.1)."""
from call import Call
from configs import start_pair
from waiting import equal


def scenario(place):
    start_pair(place)
    alice, bob = place.alice(), place.bob()
    call = Call(alice, bob).send()
    call.cancel()
    bob.read_for(0.4)
    equal(bob.count("CANCEL", of=call.received), 0, "CANCELs before a provisional response")
    bob.send(call.received.response(100, "Trying"))
    cancel = bob.expect("CANCEL", of=call.received)
    equal(cancel.branch, call.received.branch, "the branch of CANCEL")
    bob.send(cancel.response(200, "OK"))
    call.refuse(487, "Request Terminated")
    answer = alice.answer(call.invite)
    equal(answer.status, 487, "the answer to INVITE")
    call.acknowledge_refusal(answer)

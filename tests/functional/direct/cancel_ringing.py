"""CANCEL after 180: it reaches the phone that rings; 487 comes back, acknowledged hop by hop."""
from call import Call
from configs import start_pair
from waiting import equal


def scenario(place):
    start_pair(place)
    alice, bob = place.alice(), place.bob()
    call = Call(alice, bob).send().ring()
    call.cancel()
    end_cancelled(call)


def end_cancelled(call):
    cancel = call.callee.expect("CANCEL", of=call.received)
    equal(cancel.branch, call.received.branch, "the branch of CANCEL")
    equal(cancel.uri, call.received.uri, "the Request-URI of CANCEL")
    call.callee.send(cancel.response(200, "OK"))
    call.refuse(487, "Request Terminated")
    answer = call.caller.answer(call.invite)
    equal(answer.status, 487, "the answer to INVITE")
    call.acknowledge_refusal(answer)

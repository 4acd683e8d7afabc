"""Two bridges that route to each other: 482 instead of a request that goes round until Max-Forwards is used up."""
from call import Call
from configs import callee, caller
from place import A_INNER
from waiting import check, equal


def scenario(place):
    a = place.bridge("a", caller(place)).start()
    b = place.bridge("b", callee(place, deliver=f"{place.host}:{A_INNER}")).start()
    alice = place.alice()
    call = Call(alice, alice)
    alice.send(call.invite)
    answer = alice.answer(call.invite)
    equal(answer.status, 482, "the answer")
    call.acknowledge_refusal(answer)
    for bridge in (a, b):
        check(bridge.status()["requests"] <= 2, "the request went round")
        bridge.wait_status(lambda status: status["calls_open"] == 0, "no call open")

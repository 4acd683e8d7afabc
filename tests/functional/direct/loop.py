"""Two bridges that route to each other: 483 when Max-Forwards is used up, and nothing stays behind. Neither sees the other's
Vias, nor twice the same Call-ID, so that nothing else could end it."""
from call import Call
from configs import callee, caller
from place import A_INNER
from waiting import equal

HOPS = 10


def scenario(place):
    a = place.bridge("a", caller(place)).start()
    b = place.bridge("b", callee(place, deliver=f"{place.host}:{A_INNER}")).start()
    alice = place.alice()
    call = Call(alice, alice, headers=[("Max-Forwards", str(HOPS))])
    alice.send(call.invite)
    answer = alice.answer(call.invite)
    equal(answer.status, 483, "the answer")
    call.acknowledge_refusal(answer)
    for bridge in (a, b):
        equal(bridge.status()["requests"], HOPS // 2, f"requests that {bridge.name} passed on")
        bridge.wait_status(lambda status: status["calls_open"] == 0, "no call open")

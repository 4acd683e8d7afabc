"""Two bridges that route to each other: 483 when Max-Forwards is used up. Neither sees the other's Vias, nor twice the same
Call-ID, by which it could know the request again. A loop of many hops ends before that with 400, since each bridge seals the
identifiers that the other has sealed, until they are too long. Nothing stays behind."""
from call import Call
from configs import callee, caller
from place import A_INNER
from waiting import check, equal


def scenario(place):
    a = place.bridge("a", caller(place)).start()
    b = place.bridge("b", callee(place, deliver=f"{place.host}:{A_INNER}")).start()
    alice = place.alice()
    for hops, status, most in ((10, 483, 5), (70, 400, 10)):
        before = [bridge.status()["requests"] for bridge in (a, b)]
        call = Call(alice, alice, headers=[("Max-Forwards", str(hops))])
        alice.send(call.invite)
        answer = alice.answer(call.invite)
        equal(answer.status, status, f"the answer with Max-Forwards {hops}")
        call.acknowledge_refusal(answer)
        for bridge, requests in zip((a, b), before):
            check(bridge.status()["requests"] - requests <= most, f"the request went round more than {most} times")
            bridge.wait_status(lambda status: status["calls_open"] == 0, "no call open")

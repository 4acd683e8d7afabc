"""No phone at deliver_to: 480, over TCP, and over UDP by the ICMP message."""
from call import Call
from configs import callee, caller
from waiting import equal


def scenario(place):
    place.bridge("a", caller(place)).start()
    alice = place.alice()
    for transport in ("tcp", "udp"):
        b = place.bridge(transport, callee(place, transport)).start()
        call = Call(alice, alice)
        alice.send(call.invite)
        answer = alice.answer(call.invite, seconds=32)
        equal(answer.status, 480, f"the answer with {transport}")
        call.acknowledge_refusal(answer)
        b.terminate()

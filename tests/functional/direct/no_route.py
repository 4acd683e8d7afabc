"""A domain without a route: 404 that says so, and nobody is connected to. No Max-Forwards left: 483."""
import select
import socket

from call import Call
from configs import caller
from place import B_TUNNEL
from waiting import check, equal


def scenario(place):
    listener = place.own(socket.create_server((place.host, B_TUNNEL)))
    a = place.bridge("a", caller(place)).start()
    alice = place.alice()
    for uri in ("sip:bob@other.example", "sip:bob@sub.bob.example", "sip:bob@bob.example.other"):
        call = Call(alice, alice, uri)
        alice.send(call.invite)
        answer = alice.answer(call.invite)
        equal(answer.status, 404, f"the answer for {uri}")
        check("[[route]]" in (answer.get("Reason") or ""), f"Reason does not say what mends it: {answer.get('Reason')}")
        call.acknowledge_refusal(answer)
    spent = alice.send(alice.request("OPTIONS", "sip:bob@bob.example", [("Max-Forwards", "0")]))
    equal(alice.answer(spent).status, 483, "the answer without Max-Forwards")
    check(not select.select([listener], [], [], 0)[0], "somebody was connected to")
    equal(a.status()["links"], [], "links")

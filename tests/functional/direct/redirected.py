"""302 from the callee: the caller learns whom to call instead, and nothing else of the Contact."""
from call import Call
from configs import start_pair
from waiting import equal


def scenario(place):
    start_pair(place)
    alice, bob = place.alice(), place.bob()
    call = Call(alice, bob).send()
    call.refuse(302, "Holidays", [("Contact", '"Carol at work" <sip:carol@carol.example;line=7>;q=0.5;+sip.instance="<urn:uuid:8>"')])
    answer = alice.answer(call.invite)
    equal((answer.start, answer.all("Contact")), ("SIP/2.0 302 Moved Temporarily", ["<sip:carol@carol.example>"]), "the answer")
    call.acknowledge_refusal(answer)

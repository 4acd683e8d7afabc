"""302 from the callee: the caller learns whom to call instead by a name that his own bridge understands, and nothing else of
the Contact."""
from call import Call
from configs import start_pair
from waiting import check, equal


def scenario(place):
    start_pair(place)
    alice, bob = place.alice(), place.bob()
    call = Call(alice, bob).send()
    call.refuse(302, "Holidays", [("Contact", '"Carol at work" <sip:carol@carol.example;line=7>;q=0.5;+sip.instance="<urn:uuid:8>"')])
    answer = alice.answer(call.invite)
    (contact,) = answer.all("Contact")
    equal(answer.start, "SIP/2.0 302 Moved Temporarily", "the answer")
    check(contact.startswith("<sip:") and contact.endswith("@anonymous.invalid>"), f"{contact} is no alias")
    call.acknowledge_refusal(answer)

"""Phones that speak TCP: the caller's connection is used for answers and, once it is closed, the phone's listener."""
from call import Call
from configs import start_pair
from waiting import check, equal


def scenario(place):
    start_pair(place, transport="tcp")
    alice, bob = place.alice(transport="tcp"), place.bob(transport="tcp")
    call = Call(alice, bob).establish()
    equal(call.received.get("Via").split()[0], "SIP/2.0/TCP", "the transport in Via at bob")
    call.in_dialog("callee", "INFO")
    alice.wire.drop_all()
    call.hang_up("callee")
    check(alice.wire.accepted >= 1, "the BYE came by no new connection")

    call = Call(alice, bob).send().ring()
    call.refuse(603, "Decline")
    equal(alice.answer(call.invite).status, 603, "the answer")

"""CANCEL while the peer is still being dialled: 487 at once, and the callee is left alone."""
import socket

from call import Call
from configs import caller
from onion_names import unserved_onion
from place import A_INNER, EXTRA
from waiting import equal


def scenario(place):
    # A SOCKS proxy that accepts and says nothing.
    place.own(socket.create_server((place.host, EXTRA)))
    place.bridge("a", caller(place, f"tor:{unserved_onion()}:5060", f"socks:{place.host}:{EXTRA}")).start()
    alice = place.phone(0, A_INNER, "alice")
    call = Call(alice, alice)
    alice.send(call.invite)
    alice.expect(100, of=call.invite)
    call.cancel()
    answer = alice.answer(call.invite)
    equal(answer.status, 487, "the answer to INVITE")
    call.acknowledge_refusal(answer)

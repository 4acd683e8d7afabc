"""A peer that takes the connection and never says a word: 408 within 32 s, much sooner by the keepalive."""
import time

import fake_servers
from call import Call
from configs import caller
from place import B_TUNNEL
from waiting import check, equal

SLOW = True


def scenario(place):
    place.own(fake_servers.Silent((place.host, B_TUNNEL)))
    a = place.bridge("a", caller(place)).start()
    alice = place.alice()
    begin = time.monotonic()
    call = Call(alice, alice)
    alice.send(call.invite)
    answer = alice.answer(call.invite, seconds=32)
    equal(answer.status, 408, "the answer")
    check(answer.get("Reason"), "no Reason")
    check(time.monotonic() - begin < 20, "the keepalive did not find it")
    call.acknowledge_refusal(answer)
    message = alice.send(alice.request("MESSAGE", "sip:bob@bob.example"))
    equal(alice.answer(message, seconds=32).status, 504, "the answer to MESSAGE")
    check(a.alive(), "the bridge has ended")

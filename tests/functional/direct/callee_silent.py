"""The callee's phone takes the INVITE and says nothing: 408 after 32 s (timer B)."""
import time

from call import Call
from configs import start_pair
from waiting import check, equal

SLOW = True


def scenario(place):
    start_pair(place)
    alice, bob = place.alice(), place.bob()
    begin = time.monotonic()
    call = Call(alice, bob).send()
    answer = alice.answer(call.invite, seconds=36)
    equal(answer.status, 408, "the answer")
    check(30 < time.monotonic() - begin < 34, f"it took {time.monotonic() - begin:.1f} s")
    call.acknowledge_refusal(answer)
    bob.read_for(0.2)
    check(bob.count("INVITE", of=call.received) >= 6, "the INVITE was not repeated")

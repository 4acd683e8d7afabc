"""The callee's bridge is killed in a call and while a phone rings: answers come, the caller's bridge lives, and calls work
again as soon as the other is back."""
from call import Call
from configs import start_pair
from waiting import check, equal

SLOW = True


def scenario(place):
    a, b = start_pair(place)
    alice, bob = place.alice(), place.bob()
    running = Call(alice, bob).establish()
    ringing = Call(alice, bob).send().ring()
    b.kill()
    bye = alice.send(running.caller_end.request("BYE"))
    fresh = Call(alice, bob)
    alice.send(fresh.invite)
    answer = alice.answer(ringing.invite, seconds=32)
    equal(answer.status, 480, "the answer to the call that rang")
    check(answer.get("Reason"), "480 without Reason")
    ringing.acknowledge_refusal(answer)
    equal(alice.answer(bye, seconds=32).status, 480, "the answer to BYE while nobody listens")
    answer = alice.answer(fresh.invite, seconds=32)
    equal(answer.status, 480, "the answer to a new call")
    fresh.acknowledge_refusal(answer)

    b.start()
    Call(alice, bob).establish().hang_up()
    check(a.alive(), "the caller's bridge has ended")

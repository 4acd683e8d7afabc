"""No SAM: a call fails at once, with a sentence that says so, and dials nothing; when the router is back, calls go out and come in
again by themselves."""
import time

import i2p_pair
from call import Call
from waiting import check, equal, until

SLOW = True


def scenario(place):
    pair = i2p_pair.start(place)
    alice, bob = place.alice(), place.bob()
    Call(alice, bob).establish().hang_up()

    pair.router_a.close()
    pair.a.wait_status(lambda status: not status["i2p"]["ready"], "that the router is gone")
    begin = time.monotonic()
    call = Call(alice, alice)
    alice.send(call.invite)
    answer = alice.answer(call.invite)
    check(time.monotonic() - begin < 2, "the phone is told late")
    equal((answer.status, answer.get("Retry-After")), (503, "10"), "the answer and its Retry-After")
    check("I2P router" in answer.get("Reason"), f"Reason: {answer.get('Reason')}")
    call.acknowledge_refusal(answer)
    check(len([line for line in pair.a.log().splitlines() if "I2P router" in line and "warning" in line]) < 3, "the log repeats itself")

    router = pair.open_router(i2p_pair.A_ROUTER)
    pair.a.wait_status(lambda status: status["i2p"]["ready"], "that the router is back")
    Call(alice, bob).establish(seconds=30).hang_up()
    check(router.sessions, "the call did not go by the new router")

    name = pair.name
    pair.router_b.close()
    pair.b.wait_status(lambda status: not status["i2p"]["reachable"], "that nobody reaches the callee")
    pair.open_router(i2p_pair.B_ROUTER)
    pair.b.wait_status(lambda status: status["i2p"]["reachable"], "that the callee is reachable again", seconds=60)
    equal(pair.b.status()["i2p"]["destination"], name, "its name")
    Call(alice, bob).establish(seconds=30).hang_up()

    pair.a.terminate()
    pair.b.terminate()
    until(lambda: not pair.network.sessions, 5, "that no session is left")

"""A bridge that starts without a router: 503 with Reason, a line in the log that says what mends it; and calls as soon as it is there."""
import i2p_pair
from call import Call
from waiting import check, equal


def scenario(place):
    pair = i2p_pair.Pair(place)
    pair.start_callee()
    pair.router_a.close()
    pair.a = place.bridge("a", pair.caller_config()).start()
    pair.a.wait_log("[i2p] sam")
    alice, bob = place.alice(), place.bob()
    call = Call(alice, alice)
    alice.send(call.invite)
    answer = alice.answer(call.invite)
    equal(answer.status, 503, "the answer")
    check("[i2p] sam" in answer.get("Reason"), f"Reason does not say what mends it: {answer.get('Reason')}")
    call.acknowledge_refusal(answer)
    equal(pair.a.status()["links"], [], "links")
    pair.open_router(i2p_pair.A_ROUTER)
    pair.a.wait_log("i2p: the router answers")
    Call(alice, bob).establish(seconds=30).hang_up()

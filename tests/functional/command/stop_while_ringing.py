"""SIGTERM at either end of a call that rings: 503 to the caller, CANCEL to the callee, exit 0 within 5 s."""
from call import Call
from configs import start_pair
from waiting import check, equal


def scenario(place):
    bridges = start_pair(place)
    alice, bob = place.alice(), place.bob()
    for bridge in bridges:
        call = Call(alice, bob).send().ring()
        code, seconds = bridge.terminate()
        equal(code, 0, "exit code")
        check(seconds < 5, f"the end took {seconds:.1f} s")
        answer = alice.answer(call.invite)
        equal(answer.status, 503, "the answer to the caller")
        if bridge is bridges[0]:  # why a bridge stops is told to its own phone only, never to a peer
            check(answer.get("Retry-After") and answer.get("Reason"), "503 without Retry-After or Reason")
        bob.expect("CANCEL", of=call.received)
        bridge.start()

"""The callee's tor is killed: 480 within 32 s. When it is back, the bridge publishes again and calls work."""
import onion_calls
from call import Call
from waiting import equal

SLOW = True


def scenario(place):
    lab = place.tor
    b = onion_calls.callee_bridge(place, onion_calls.tor_section(lab, "bob-b"))
    onion = onion_calls.published(b)
    onion_calls.caller_bridge(place, lab, onion)
    alice, bob = place.alice(), place.bob()
    lab.kill("bob-b")
    b.wait_status(lambda status: not status["published"], "no longer published")
    onion_calls.check_refused(alice, 480)
    lab.restart("bob-b")
    equal(onion_calls.published(b), onion, "the onion address")
    Call(alice, bob).establish(seconds=31).hang_up()

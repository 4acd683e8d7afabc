"""The callee's bridge has ended after it was published: 480 within 32 s."""
import onion_calls
from call import Call

SLOW = True


def scenario(place):
    lab = place.tor
    b = onion_calls.callee_bridge(place, onion_calls.tor_section(lab, "bob"))
    onion_calls.caller_bridge(place, lab, onion_calls.published(b))
    alice = place.alice()
    Call(alice, place.bob()).establish(seconds=30).hang_up()
    b.terminate()
    onion_calls.check_refused(alice, 480)

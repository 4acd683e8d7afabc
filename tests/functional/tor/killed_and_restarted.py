"""kill -9 of the callee's bridge and a new start: the same onion address, and the next call works."""
import onion_calls
from call import Call
from waiting import equal


def scenario(place):
    lab = place.tor
    b = onion_calls.callee_bridge(place, onion_calls.tor_section(lab, "bob"))
    onion = onion_calls.published(b)
    onion_calls.caller_bridge(place, lab, onion)
    alice, bob = place.alice(), place.bob()
    Call(alice, bob).establish(seconds=31).hang_up()
    b.kill()
    b.start()
    equal(onion_calls.published(b), onion, "the onion address")
    Call(alice, bob).establish(seconds=31).hang_up()

"""kill -9 of the callee's bridge and a new start: the same destination, and the next call works, with the caller's bridge that has
sessions from before."""
import i2p_calls
from waiting import check, equal

SLOW = True


def scenario(place):
    lab = place.i2p
    b = i2p_calls.callee_bridge(place, i2p_calls.i2p_section(lab, "bob"))
    destination = i2p_calls.reachable(b)
    check((b.state / "i2p_destination").stat().st_mode & 0o777 == 0o600, "others can read the destination's key")
    i2p_calls.caller_bridge(place, i2p_calls.i2p_section(lab, "alice"), destination)
    alice, bob = place.alice(), place.bob()
    i2p_calls.called(alice, bob).hang_up()
    b.kill()
    b.start()
    equal(i2p_calls.reachable(b), destination, "the destination")
    i2p_calls.called(alice, bob).hang_up()

"""A callee's bridge that is killed, one that is ended, and one that is killed while its session is so young that the router does not
notice, each started again at once: the next calls get through to the same name within two minutes, and go on doing so."""
import time

import i2p_calls
from waiting import equal

SLOW = True
# Until then i2pd 2.45 has noticed the end of any session, and cleared its destination away.
_CLEARED_S = 30


def scenario(place):
    lab = place.i2p
    b = i2p_calls.callee_bridge(place, i2p_calls.i2p_section(lab, "bob"))
    destination = i2p_calls.reachable(b)
    i2p_calls.caller_bridge(place, i2p_calls.i2p_section(lab, "alice"), destination)
    alice, bob = i2p_calls.phones(place)
    i2p_calls.called(alice, bob).hang_up()

    def seconds_after(end):
        """Until the next call is established."""
        end()
        begin = time.monotonic()
        b.start()
        i2p_calls.called(alice, bob).hang_up()
        took = time.monotonic() - begin
        equal(i2p_calls.reachable(b), destination, "the destination")
        return took

    def kill_young():
        b.kill()
        b.start()
        b.wait_status(lambda status: "builds tunnels" in status["i2p"]["state"], "its session is asked for", i2p_calls.REACHABLE_S)
        b.kill()

    killed = seconds_after(b.kill)
    ended = seconds_after(lambda: equal(b.terminate()[0], 0, "exit code"))
    young = seconds_after(kill_young)
    b.wait_status(lambda status: status["uptime_s"] > _CLEARED_S, "the router has cleared everything", _CLEARED_S)
    i2p_calls.called(alice, bob).hang_up()
    return f"the next call was there after {killed:.0f} s (killed), {ended:.0f} s (ended), {young:.0f} s (killed young)"

"""A destination for known callers only: whoever shows another one, or one that nobody knows, does not get through; the one on the list
does, always under its own name."""
import i2p_calls
from call import Call
from tor_events import calls_of
from waiting import equal

SLOW = True


def scenario(place):
    lab = place.i2p
    own = '[destination]\n' + i2p_calls.TUNNELS
    more = i2p_calls.i2p_section(lab, "alice") + own
    # Alice's bridge makes its destination at its first start, so that bob can be told.
    a = place.bridge("a", i2p_calls.head_of_caller(place, deliver=True) + more).start()
    of_alice = i2p_calls.reachable(a)
    equal(a.terminate()[0], 0, "exit code")

    tapped, callers = place.enter(i2p_calls.recorded(lab, place.folder / "sam"))
    b = i2p_calls.callee_bridge(place, i2p_calls.i2p_section(tapped, "bob"), i2p_calls.TUNNELS + f'allow = ["{of_alice}"]\n')
    destination = i2p_calls.reachable(b)
    alice, bob = i2p_calls.phones(place)

    stranger = i2p_calls.caller_bridge(place, i2p_calls.i2p_section(lab, "alice"), destination)
    i2p_calls.check_refused(alice)
    equal(stranger.terminate()[0], 0, "exit code")
    equal(bob.count("INVITE"), 0, "INVITEs of a stranger")

    a.configure(i2p_calls.caller_config(place, more, destination, circuit="per-peer", more_of_peer='i2p_identity = "own"\n', deliver=True))
    a.start()
    i2p_calls.reachable(a)
    i2p_calls.called(alice, bob).hang_up()
    Call(alice, bob).establish().hang_up("callee")
    equal(set(i2p_calls.destinations_of([record for record in calls_of(a) if record["status"] == 200], callers())), {of_alice},
          "where the calls came from")

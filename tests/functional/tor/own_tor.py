"""spawn = true: the bridge's own tor comes up, publishes and carries a call; no tor is left after SIGTERM or kill -9."""
import onion_calls
from call import Call
from programs import of_bridge
from waiting import check, equal, until

SLOW = True


def scenario(place):
    lab = place.tor
    tor = f'[tor]\nspawn = true\nextra_torrc = "{lab.folder / "client.torrc.inc"}"\n'
    b = onion_calls.callee_bridge(place, tor)
    onion = onion_calls.published(b)
    onion_calls.caller_bridge(place, lab, onion)
    alice, bob = place.alice(), place.bob()
    Call(alice, bob).establish(seconds=31).hang_up()
    check(of_bridge("tor", b), "no tor runs for the bridge")
    code, seconds = b.terminate()
    equal(code, 0, "exit code")
    check(seconds < 5, f"the end took {seconds:.1f} s")
    equal(of_bridge("tor", b), [], "tors left by SIGTERM")

    b.start()
    until(lambda: of_bridge("tor", b), 20, "the bridge starts tor again")
    onion_calls.wait_tor(b, 60)
    b.kill()
    until(lambda: not of_bridge("tor", b), 20, "tor ends when the bridge is killed")
    b.start()
    equal(onion_calls.published(b), onion, "the onion address")


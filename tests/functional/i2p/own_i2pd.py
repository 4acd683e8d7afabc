"""spawn = true: the bridge's own i2pd joins the network, makes a destination reachable, carries a call; no i2pd is left after SIGTERM,
a new one has the same destination, and what a kill -9 of the bridge leaves is ended by its next start."""
import i2p_calls
from leakaudit import sockets
from place import BOB
from programs import of_bridge
from waiting import check, equal, until

SLOW = True


def scenario(place):
    lab = place.i2p

    def at_guest(command):
        """Where an i2pd that is none of the lab's can join: callee, his phone and his router live there."""
        return lab.command("guest", [str(part) for part in command])
    i2p = f'[i2p]\nspawn = true\nextra_conf = "{lab.folder / "client.i2pd.conf.inc"}"\n' + i2p_calls.TUNNELS
    b = i2p_calls.callee_bridge(place, i2p, within=at_guest)
    destination = i2p_calls.reachable(b)
    i2p_calls.caller_bridge(place, i2p_calls.i2p_section(lab, "alice"), destination)
    (at_bob,) = sockets.opened(at_guest, [f"udp:{place.host}:{BOB}"])
    alice, bob = i2p_calls.phones(place, bound=at_bob)
    i2p_calls.called(alice, bob).hang_up()

    check(of_bridge("i2pd", b), "no i2pd runs for the bridge")
    code, seconds = b.terminate()
    equal(code, 0, "exit code")
    check(seconds < 5, f"the end took {seconds:.1f} s")
    equal(of_bridge("i2pd", b), [], "i2pds left by SIGTERM")
    b.start()
    until(lambda: of_bridge("i2pd", b), 20, "the bridge starts i2pd again")
    b.wait_status(lambda status: status["i2p"]["destination"], "the destination has a name")
    equal(b.status()["i2p"]["destination"], destination, "the destination")
    left = of_bridge("i2pd", b)
    b.kill()
    b.start()  # i2pd 2.45 often hangs when it is asked to end
    until(lambda: of_bridge("i2pd", b) and not set(left) & set(of_bridge("i2pd", b)), 20, "a new i2pd instead of the one left behind")

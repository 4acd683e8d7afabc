"""The way to the control port is lost while tor lives on: calls go out as before, and a service is published again, under its
address, as soon as the way is back."""
import fake_servers
import onion_calls
from call import Call
from configs import caller
from place import EXTRA
from waiting import equal

SLOW = True


def scenario(place):
    lab = place.tor
    before_bob = control_of(place, lab, "bob", EXTRA)
    b = onion_calls.callee_bridge(place, tor_section(before_bob))
    onion = onion_calls.published(b)
    before_alice = control_of(place, lab, "alice", EXTRA + 1)
    # Without tor.socks: the port is asked from tor, and still known when tor can no longer be asked.
    a = place.bridge("a", caller(place, f"tor:{onion}", None, tor_section(before_alice))).start()
    onion_calls.wait_tor(a)
    alice, bob = place.alice(), place.bob()
    Call(alice, bob).establish(seconds=31).hang_up()

    before_alice.close()
    a.wait_status(lambda status: "control" in status["tor"] and "100%" not in status["tor"], "the control port is missed")
    Call(alice, bob).establish(seconds=31).hang_up()

    before_bob.cut()
    b.wait_status(lambda status: not status["published"], "no longer published")
    equal(onion_calls.published(b), onion, "the onion address")
    Call(alice, bob).establish(seconds=31).hang_up()

    control_of(place, lab, "alice", EXTRA + 1)
    onion_calls.wait_tor(a, 10)


def control_of(place, lab, user, port):
    """A relay in front of that tor's control port."""
    host, number = lab.status()["nodes"][user]["control"].rsplit(":", 1)
    return place.own(fake_servers.Relay((place.host, port), (host, int(number))))


def tor_section(relay):
    return f'[tor]\ncontrol = "{relay.address[0]}:{relay.address[1]}"\n'

"""The caller's own tor is killed: it is started again within a second, and the next call works."""
import os
import signal
import time

import onion_calls
from call import Call
from configs import caller
from labnet.torctl import Controller
from waiting import check, until

SLOW = True
# The target is 10 s for a release build alone on the machine; sanitizers and neighbours take their time.
_PATIENCE = 31


def scenario(place):
    lab = place.tor
    b = onion_calls.callee_bridge(place, onion_calls.tor_section(lab, "bob"))
    onion = onion_calls.published(b)
    tor = f'[tor]\nspawn = true\nextra_torrc = "{lab.folder / "client.torrc.inc"}"\n'
    a = place.bridge("a", caller(place, f"tor:{onion}", None, tor)).start()
    onion_calls.wait_tor(a, 60)
    alice, bob = place.alice(), place.bob()
    Call(alice, bob).establish(seconds=31).hang_up()
    first = pid(a)
    os.kill(first, signal.SIGKILL)
    begin = time.monotonic()
    until(lambda: a.log().count("tor runs as process") == 2, 5, "tor runs again")
    check(time.monotonic() - begin < 2, f"tor was started again after {time.monotonic() - begin:.1f} s")
    onion_calls.wait_tor(a)
    check(pid(a) != first, "the killed tor lives")
    Call(alice, bob).establish(seconds=_PATIENCE).hang_up()


def pid(bridge):
    with Controller(bridge.state / "tor" / "control") as control:
        return int(control.get_info("process/pid"))

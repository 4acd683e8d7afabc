"""When calls are over, the caller's tor keeps no circuit of theirs."""
import re

import onion_calls
from call import Call
from configs import caller
from waiting import check, until

SLOW = True
CALLS = 5
# A link outlives its call by some seconds, and an introduction circuit its link by up to 20 s.
_PATIENCE = 60
# Links opened ahead would come and go beside the calls.
_NO_STANDBY = "[standby]\nmin = 0\nmax = 0\n"


def scenario(place):
    lab = place.tor
    b = onion_calls.callee_bridge(place, onion_calls.tor_section(lab, "bob"))
    onion = onion_calls.published(b)
    a = place.bridge("a", caller(place, f"tor:{onion}", None, onion_calls.tor_section(lab, "alice") + _NO_STANDBY)).start()
    onion_calls.wait_tor(a)
    alice, bob = place.alice(), place.bob()
    with lab.control("alice") as control:
        control.command("SETEVENTS CIRC STREAM")
        calls = [Call(alice, bob).establish(seconds=30) for _ in range(CALLS)]
        ours = credentials(control, onion.split(":")[0])
        check(len(ours) == CALLS, f"{len(ours)} credentials for {CALLS} calls")
        check(len(circuits(control, ours)) >= 2 * CALLS, "each call has a rendezvous and an introduction circuit")
        for call in calls:
            call.hang_up()
        until(lambda: not circuits(control, ours), _PATIENCE, lambda: f"gone: {circuits(control, ours)}")
    check(a.alive(), "the bridge has ended, and its circuits with it")


def credentials(control, host):
    """SOCKS passwords of the streams to `host`. Other scenarios use the same tor for other services."""
    return {found[1] for event in list(control.events)
            if event.line.startswith("STREAM ") and host in event.line
            and (found := re.search(r'SOCKS_PASSWORD="([0-9a-f]+)"', event.line))}


def circuits(control, passwords):
    """Those that exist now with one of these credentials."""
    return [line for line in control.get_info("circuit-status").splitlines()
            if any(f'SOCKS_PASSWORD="{password}"' in line for password in passwords)]

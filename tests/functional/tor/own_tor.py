"""spawn = true: the bridge's own tor comes up, publishes and carries a call; no tor is left after SIGTERM or kill -9."""
import os

import onion_calls
from call import Call
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
    check(tors_of(b), "no tor runs for the bridge")
    code, seconds = b.terminate()
    equal(code, 0, "exit code")
    check(seconds < 5, f"the end took {seconds:.1f} s")
    equal(tors_of(b), [], "tors left by SIGTERM")

    b.start()
    until(lambda: tors_of(b), 20, "the bridge starts tor again")
    onion_calls.wait_tor(b, 60)
    b.kill()
    until(lambda: not tors_of(b), 20, "tor ends when the bridge is killed")
    b.start()
    equal(onion_calls.published(b), onion, "the onion address")


def tors_of(bridge):
    """Pids of tors that name the bridge's state directory in their command line."""
    found = []
    for entry in os.listdir("/proc"):
        try:
            with open(f"/proc/{entry}/cmdline", encoding="utf-8", errors="replace") as file:
                words = file.read().split("\0")
        except OSError:
            continue
        if os.path.basename(words[0]) == "tor" and any(str(bridge.state) in word for word in words):
            found.append(int(entry))
    return found

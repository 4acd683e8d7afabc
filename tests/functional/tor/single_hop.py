"""A single-hop service keeps its address, has circuits of one hop, carries calls, and is back when its tor is killed."""
import json
import os
import signal

import onion_calls
from call import Call
from configs import caller
from labnet.torctl import Controller
from waiting import check, equal

SLOW = True
_NOT_HIDDEN = "this machine's address is not hidden"


def scenario(place):
    lab = place.tor
    tor = f'[tor]\nspawn = true\nextra_torrc = "{lab.folder / "client.torrc.inc"}"\n'
    b = onion_calls.callee_bridge(place, tor)
    onion = onion_calls.published(b)
    b.terminate()
    b.configure(b.config.read_text() + 'single_hop = "not-anonymous"\n')
    b.start()
    equal(onion_calls.published(b), onion, "the onion address")
    check(_NOT_HIDDEN in b.status()["tor"], "status does not say what single-hop gives up")
    b.wait_log(f"onion service published (single-hop, {_NOT_HIDDEN})")

    a = place.bridge("a", caller(place, f"tor:{onion}", None, onion_calls.tor_section(lab, "alice"))).start()
    onion_calls.wait_tor(a)
    alice, bob = place.alice(), place.bob()
    call = Call(alice, bob).establish(seconds=31)
    with Controller(b.state / "tor-service" / "control") as control:
        met = [line for line in control.get_info("circuit-status").splitlines() if "HS_STATE=HSSR_JOINED" in line]
        check(met, "the service's tor has no rendezvous")
        equal({len(line.split()[2].split(",")) for line in met}, {1}, f"hops to the rendezvous in {met}")
        killed = int(control.get_info("process/pid"))
    checks = json.loads(b.command("doctor", "--json").stdout)["checks"]
    verdict = {one["id"]: (one["verdict"], one["detail"]) for one in checks}["single_hop"]
    equal(verdict[0], "ok", f"doctor's verdict of single-hop ({verdict[1]})")
    check(_NOT_HIDDEN in verdict[1], "doctor does not say what single-hop gives up")
    call.hang_up()

    os.kill(killed, signal.SIGKILL)
    b.wait_status(lambda status: not status["published"], "no longer published")
    equal(onion_calls.published(b), onion, "the onion address after the service's tor was killed")
    Call(alice, bob).establish(seconds=31).hang_up()

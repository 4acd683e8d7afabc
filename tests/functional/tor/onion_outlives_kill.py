"""kill -9 of the callee's bridge beside a tor that lives: its onion service stays there, so that it is in reach as soon as the
bridge is back, without a new descriptor; until then callers get 480. SIGTERM takes it away."""
import onion_calls
from call import Call
from labnet.torctl import Controller
from waiting import check, equal, until

SLOW = True  # 480 comes when the dial has been tried again for 20 s

_KEPT = "onion service kept from before: "


def scenario(place):
    lab = place.tor
    b = onion_calls.callee_bridge(place, onion_calls.tor_section(lab, "bob"))
    onion = onion_calls.published(b)
    service = onion.split(".")[0]
    onion_calls.caller_bridge(place, lab, onion)
    alice, bob = place.alice(), place.bob()
    Call(alice, bob).establish(seconds=31).hang_up()
    with Controller(lab.socket_path("bob", "control")) as tor:
        tor.command("SETEVENTS HS_DESC")
        check(service in detached(tor), "the service is not detached")
        target = (b.state / "onion_target").read_text()
        for refused in (False, True):
            b.kill()
            if refused:
                onion_calls.check_refused(alice, 480)
            kept_before = b.log().count(_KEPT)
            b.start()
            b.wait_log(lambda log, kept=kept_before: log.count(_KEPT) > kept, "the service is kept")
            status = b.status()
            check(status["published"], "not published")
            equal(status["onion"], onion, "the onion address")
            equal((b.state / "onion_target").read_text(), target, "where tor delivers")
            Call(alice, bob).establish(seconds=31).hang_up()
        equal([event.line for event in tor.events if f" UPLOAD {service} " in event.line], [], "new uploads")

        b.ask_to_end()
        equal(b.wait_end(), 0, "exit code")
        until(lambda: service not in detached(tor), 5, "the service is gone from tor")
        check(not (b.state / "onion_target").exists(), "a record of a service that is gone")


def detached(tor):
    return tor.get_info("onions/detached").split()

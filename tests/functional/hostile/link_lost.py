"""The link of a call is cut: it is dialled again by itself, so that the callee reaches the caller too."""
import fake_servers
from call import Call
from configs import callee, caller
from place import B_TUNNEL, EXTRA
from waiting import until


def scenario(place):
    relay = place.own(fake_servers.Relay((place.host, EXTRA), (place.host, B_TUNNEL)))
    a = place.bridge("a", caller(place, f"tcp:{place.host}:{EXTRA}")).start()
    place.bridge("b", callee(place)).start()
    alice, bob = place.alice(), place.bob()
    call = Call(alice, bob).establish()
    for end in ("callee", "caller"):
        before = relay.count
        relay.cut()
        until(lambda: relay.count > before, 15, "the link is dialled again")  # pylint: disable=cell-var-from-loop
        a.wait_status(lambda status: any(link["open"] for link in status["links"]), "the link is open")
        call.in_dialog(end, "INFO")
    call.hang_up("callee")

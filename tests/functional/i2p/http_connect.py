"""By the HTTP proxy of alice's router instead of SAM: calls get through, all from the proxy's one destination."""
import i2p_calls
from call import Call
from tor_events import calls_of
from waiting import equal

SLOW = True


def scenario(place):
    lab = place.i2p
    tapped, callers = place.enter(i2p_calls.recorded(lab, place.folder / "sam"))
    b = i2p_calls.callee_bridge(place, i2p_calls.i2p_section(tapped, "bob"))
    destination = i2p_calls.reachable(b)
    proxy = f"http:unix:{lab.socket_path('alice', 'http_proxy')}"
    a = i2p_calls.caller_bridge(place, "", destination, via=proxy, circuit="shared")
    alice, bob = i2p_calls.phones(place)
    i2p_calls.called(alice, bob).hang_up()
    call = Call(alice, bob).establish()
    call.in_dialog("callee", "INFO")
    call.hang_up()
    records = [record for record in calls_of(a) if record["status"] == 200]
    equal(len(set(i2p_calls.destinations_of(records, callers()))), 1, "destinations of the calls")

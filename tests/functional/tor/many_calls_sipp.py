"""20 calls of SIPp through an onion service, 5 a second."""
import onion_calls
import sipp
from place import A_INNER, ALICE, BOB
from waiting import equal

CALLS = 20


def scenario(place):
    lab = place.tor
    b = onion_calls.callee_bridge(place, onion_calls.tor_section(lab, "bob"))
    a = onion_calls.caller_bridge(place, lab, onion_calls.published(b))
    place.own(sipp.Callee(place.folder, (place.host, BOB)))
    result = sipp.call(place.folder, (place.host, ALICE), (place.host, A_INNER), "bob.example", CALLS, rate=5)
    equal(result, {"successful": CALLS, "failed": 0}, "calls")
    equal([record["status"] for record in a.status()["calls"]], [200] * CALLS, "status of the calls")

"""200 calls of SIPp, 50 a second, to a SIPp that answers."""
import sipp
from configs import start_pair
from place import A_INNER, ALICE, BOB
from waiting import equal

CALLS = 200


def scenario(place):
    a, b = start_pair(place)
    callee = place.own(sipp.Callee(place.folder, (place.host, BOB)))
    result = sipp.call(place.folder, (place.host, ALICE), (place.host, A_INNER), "bob.example", CALLS, rate=50)
    equal(result, {"successful": CALLS, "failed": 0}, "calls")
    for bridge in (a, b):
        equal([record["status"] for record in bridge.status()["calls"]], [200] * CALLS, "status of the calls")
        bridge.wait_status(lambda status: status["calls_open"] == 0, "no call open")
    callee.check_running()

"""Calls through an onion service, each on a circuit of its own, as tor's own events tell."""
import onion_calls
from call import Call
from tor_events import Streams, calls_of
from waiting import equal


def scenario(place):
    lab = place.tor
    b = onion_calls.callee_bridge(place, onion_calls.tor_section(lab, "bob"))
    onion = onion_calls.published(b)
    streams = place.own(Streams(lab, onion.rsplit(":", 1)[0].removeprefix("tor:")))
    a = onion_calls.caller_bridge(place, lab, onion)
    alice, bob = place.alice(), place.bob()
    calls = [Call(alice, bob).establish(seconds=30) for _ in range(3)]
    for call in calls:
        call.in_dialog("callee", "INFO")
    records = calls_of(a)
    equal(len(set(streams.circuits_of(records))), 3, "circuits of 3 calls")
    for call in calls:
        call.hang_up("callee")
    equal(calls_of(a), records, "calls after they have ended")
    streams.check_nothing_shared()
    equal([record["status"] for record in records], [200] * 3, "calls at alice's bridge")
    equal([record["wire"] for record in records], [record["wire"] for record in calls_of(b)], "calls")

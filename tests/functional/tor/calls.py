"""Calls through an onion service, each on a circuit of its own, as tor's own events tell."""
import onion_calls
from call import Call
from waiting import equal, until


def scenario(place):
    lab = place.tor
    b = onion_calls.callee_bridge(place, onion_calls.tor_section(lab, "bob"))
    onion = onion_calls.published(b)
    a = onion_calls.caller_bridge(place, lab, onion)
    alice, bob = place.alice(), place.bob()
    with lab.control("alice") as control:
        control.command("SETEVENTS CIRC STREAM")
        calls = [Call(alice, bob).establish(seconds=30) for _ in range(3)]
        for call in calls:
            call.in_dialog("callee", "INFO")
        host = onion.split(":")[0]
        until(lambda: len(circuits(control, host)) >= 3, 10, "three streams at tor")
        for call in calls:
            call.hang_up("callee")
        equal(len(circuits(control, host)), 3, "streams of 3 calls")
        equal(len(set(circuits(control, host))), 3, "circuits of 3 calls")
        built = " ".join(event.line for event in control.events if event.line.startswith("CIRC "))
        for circuit in circuits(control, host):
            equal(f"CIRC {circuit} " in built, True, f"circuit {circuit} was built for its call")
    equal([record["status"] for record in a.status()["calls"]], [200] * 3, "calls at alice's bridge")
    equal([record["wire"] for record in a.status()["calls"]], [record["wire"] for record in b.status()["calls"]], "calls")


def circuits(control, host):
    """The circuit of each stream to `host` that succeeded: "STREAM id SUCCEEDED circuit host:port ..."."""
    words = [event.line.split() for event in control.events if event.line.startswith("STREAM ")]
    return [word[3] for word in words if word[2] == "SUCCEEDED" and word[4].split(":")[0] in (host, host.split(".")[0])]

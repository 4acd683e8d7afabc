"""Whole calls through real I2P, each on a session of its own: bob's router names another destination for each, and alice's router has
each of them."""
import i2p_calls
from call import Call
from tor_events import calls_of
from waiting import check, equal

SLOW = True
_CALLS = 3


def scenario(place):
    lab = place.i2p
    tapped, callers = place.enter(i2p_calls.recorded(lab, place.folder / "sam"))
    b = i2p_calls.callee_bridge(place, i2p_calls.i2p_section(tapped, "bob"))
    destination = i2p_calls.reachable(b)
    a = i2p_calls.caller_bridge(place, i2p_calls.i2p_section(lab, "alice") + f"[standby]\nmin = {_CALLS}\n", destination)
    a.wait_status(lambda status: status["standby"][0]["ready"] >= _CALLS, "standby links are ready", i2p_calls.REACHABLE_S)
    alice, bob = i2p_calls.phones(place)
    calls = [Call(alice, bob).establish() for _ in range(_CALLS)]
    for call in calls:
        call.in_dialog("callee", "INFO")
    records = calls_of(a)
    hosts = i2p_calls.destinations_of(records, callers())
    equal(len(set(hosts)), _CALLS, f"destinations of {_CALLS} calls")
    check(destination not in hosts, "a call shows a destination that is somebody's name")
    for caller in callers():
        check(len(caller.calls) <= 1, f"a session carried {len(caller.calls)} calls")
    for call in calls:
        call.hang_up("callee")
    equal([record["status"] for record in calls_of(a)], [200] * _CALLS, "calls at alice's bridge")
    equal([record["source"] for record in records], ["standby"] * _CALLS, "where the links came from")

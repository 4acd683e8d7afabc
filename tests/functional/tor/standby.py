"""Links opened ahead through tor: the pool fills by itself, a call leaves at once on a stream that was there before it, the pool is
filled again, two calls at once have one each, and of a burst of 10 every call is complete, each on a circuit of its own."""
import time

import onion_calls
import sipp
from call import Call
from callrun.calls import digest
from configs import caller
from place import A_INNER, ALICE, BOB
from tor_events import Streams, calls_of
from waiting import check, equal

SLOW = True
_MIN = 2
_BURST = 10


def scenario(place):
    lab = place.tor
    b = onion_calls.callee_bridge(place, onion_calls.tor_section(lab, "bob"))
    onion = onion_calls.published(b)
    streams = place.own(Streams(lab, onion.rsplit(":", 1)[0].removeprefix("tor:")))
    standby = f"[standby]\nmin = {_MIN}\n"
    a = place.bridge("a", caller(place, f"tor:{onion}", None, onion_calls.tor_section(lab, "alice") + standby)).start()
    alice, bob = place.alice(), place.bob()
    filled(a)

    calls = one_call(a, streams, alice, bob)
    filled(a)
    calls += [Call(alice, bob).send(31) for _ in range(2)]
    for call in calls[1:]:
        call.ring().pick_up().confirm()
    for record in calls_of(a)[1:]:
        check_at_once(record)
    equal(len(set(streams.circuits_of(calls_of(a)))), 3, "circuits of 3 calls")
    for call in calls:
        call.hang_up()
    filled(a)
    pool = a.status()["standby"][0]
    equal((pool["taken"], pool["missed"]), (3, 0), "taken and missed links")
    for phone in (alice, bob):
        phone.close()
    burst(place, a)
    equal(len(set(streams.circuits_of(calls_of(a)))), 3 + _BURST, "circuits of all calls")
    streams.check_nothing_shared()


def filled(a):
    def full(status):
        pool = status["standby"][0]
        return pool["ready"] >= max(_MIN, pool["wanted"]) and not pool["building"]
    a.wait_status(full, "the pool is full", 60)


def check_at_once(record):
    equal((record["source"], record["moved"]), ("standby", 0), "source of the link, and moves")
    check(record["link_ready_ms"] < 1, f"the link was ready after {record['link_ready_ms']} ms")


def one_call(a, streams, alice, bob):
    before = {digest(":".join(stream.credential)) for stream in streams.all()}
    invited = time.time()
    call = Call(alice, bob).establish(31)
    record = calls_of(a)[-1]
    check_at_once(record)
    check(record["credential"] in before, "the call's stream was not there before its INVITE")
    check(streams.of(record)[0].connected < invited, "the call's stream was opened after its INVITE")
    return [call]


def burst(place, a):
    """Twice what the pool may hold."""
    place.own(sipp.Callee(place.folder, (place.host, BOB)))
    result = sipp.call(place.folder, (place.host, ALICE), (place.host, A_INNER), "bob.example", _BURST, rate=10 * _BURST)
    equal(result, {"successful": _BURST, "failed": 0}, "calls of the burst")
    records = calls_of(a)[3:]
    equal([record["status"] for record in records], [200] * _BURST, "status of the calls of the burst")
    sources = [record["source"] for record in records]
    check("standby" in sources and "built" in sources, f"sources of the links of the burst: {sources}")

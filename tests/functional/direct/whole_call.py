"""A call with all its messages; the hang-up of each end; what status tells about it."""
from call import Call
from configs import start_pair
from waiting import check, equal


def scenario(place):
    a, b = start_pair(place)
    alice, bob = place.alice(), place.bob()
    for end in ("caller", "callee"):
        Call(alice, bob).establish().hang_up(end)
    records_a, records_b = a.status()["calls"], b.status()["calls"]
    equal([record["status"] for record in records_a + records_b], [200] * 4, "status of the calls")
    equal([record["wire"] for record in records_a], [record["wire"] for record in records_b], "the calls of both ends")
    for record in records_a:
        order = [record[key] for key in ("link_ready_ms", "sent_ms", "first_answer_ms", "ringing_ms", "answered_ms")]
        check(None not in order and order == sorted(order), f"times out of order: {record}")
        check(record["outbound"], "outbound is not said")
    check(not records_b[0]["outbound"], "inbound is not said")

"""What a call's delay is taken apart into, by the records of the sipveils on its way."""
import unittest

from delaytables import parts


def passage(received_to_ringing, waited, sent=2.0, busy=1.0, identity=0.25, link_ready=None, source="none", moved=0):
    return {"outbound": True, "ringing_ms": received_to_ringing, "sent_ms": sent, "first_answer_ms": sent + waited, "busy_ms": busy,
            "identity_ms": identity, "link_ready_ms": sent if link_ready is None else link_ready, "source": source, "moved": moved,
            "credential": "00aa", "wire": "one call"}


# 1,000 ms on the first leg and 300 ms on the second; each Kamailio takes 5 ms, the callee 7 ms, the first circuit 200 ms.
def papers_call():
    phone_b = passage(8.0, 7.0)
    b_out = passage(310.0, 308.0)           # 300 on the way
    b_in = passage(316.0, 315.0)            # 5 in Kamailio B
    a_out = passage(1518.0, 1316.0, sent=201.0, link_ready=201.0, source="built", moved=1)
    a_in = passage(1524.0, 1523.0)          # 5 in Kamailio A
    phone_a = passage(1526.0, 1524.0)
    return [phone_a, a_in, a_out, b_in, b_out, phone_b]


class Parts(unittest.TestCase):
    def test_a_call_of_the_papers_topology(self):
        found = parts.of(papers_call())
        self.assertAlmostEqual(found.timeline_s, 1.526)
        self.assertAlmostEqual(found.network_s, 1.3)
        self.assertAlmostEqual(found.circuit_s, 0.200 + 0.001)  # the second leg's link took it 1 ms after its own work
        self.assertAlmostEqual(found.proxies_s, 0.010)
        self.assertAlmostEqual(found.callee_s, 0.007)
        self.assertAlmostEqual(found.crypto_s, 0.0015)
        self.assertAlmostEqual(found.bridge_s, 0.0045)
        self.assertEqual((found.source, found.moved, found.credential), ("built", 1, "00aa"))

    def test_what_is_left_makes_the_whole(self):
        found = parts.of(papers_call())
        named = (found.circuit_s, found.network_s, found.proxies_s, found.crypto_s, found.bridge_s, found.callee_s)
        self.assertAlmostEqual(sum(named) + found.other_s(1.53), 1.53)
        self.assertIsNone(found.other_s(None))

    def test_without_proxies(self):
        found = parts.of([passage(500.0, 498.0, source="standby"), passage(8.0, 7.0)])
        self.assertAlmostEqual(found.network_s, 0.490)
        self.assertEqual(found.proxies_s, 0)
        self.assertEqual(found.source, "standby")

    def test_a_record_that_is_missing_leaves_the_parts_unknown(self):
        records = papers_call()
        records[3] = None
        found = parts.of(records)
        self.assertAlmostEqual(found.timeline_s, 1.526)
        self.assertIsNone(found.network_s)
        self.assertIsNone(found.other_s(1.53))


class Sipveil:
    def __init__(self):
        self.calls = []

    def report(self):
        return {"calls": self.calls}


class Passages(unittest.TestCase):
    def setUp(self):
        self.parts = {"phone-a": Sipveil(), "phone-b": Sipveil()}
        self.passages = parts.Passages(self.parts, parts.PHONES)

    def add(self, name, outbound, **changes):
        self.parts[name].calls.append({**passage(10.0, 7.0), "outbound": outbound, **changes})

    def test_the_newest_of_each_direction_is_taken_once(self):
        self.add("phone-a", True, source="first")
        self.passages.skip()
        self.add("phone-a", True, source="second")
        self.add("phone-b", False)
        self.add("phone-b", True, source="other direction")
        found = self.passages.take()
        self.assertEqual(found[0]["source"], "second")
        self.assertFalse(found[1]["outbound"])
        self.assertEqual(self.passages.take(), [None, None])

    def test_records_of_two_calls_are_not_put_together(self):
        self.add("phone-a", True)
        self.add("phone-b", False, wire="another call")
        found = self.passages.take()
        self.assertIsNotNone(found[0])
        self.assertIsNone(found[1])

    def test_what_did_not_ring_does_not_count(self):
        self.add("phone-a", True, ringing_ms=None)  # challenged, say
        self.assertEqual(self.passages.take(), [None, None])


if __name__ == "__main__":
    unittest.main()

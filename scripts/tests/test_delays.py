import unittest

from labnet import topology
from labnet.delays import HopDelay
from labnet.errors import LabError


class Delays(unittest.TestCase):
    def test_a_number_and_a_range(self):
        self.assertEqual((20.0, 20.0, True, "20"), self.facts(20))
        self.assertEqual((20.0, 20.0, True, "20"), self.facts("20"))
        self.assertEqual((10.0, 80.0, False, "10-80"), self.facts("10-80"))
        self.assertEqual(45.0, HopDelay.of("10-80").mean_ms)

    @staticmethod
    def facts(value):
        delay = HopDelay.of(value)
        return delay.low_ms, delay.high_ms, delay.equal, str(delay)

    def test_what_is_no_delay_is_refused(self):
        for value in ("", "x", "80-10", "-5", "1001", "10-80-90", "nan"):
            with self.assertRaisesRegex(LabError, "no delay"):
                HopDelay.of(value)

    def test_relays_are_spread_evenly_in_an_order_that_the_seed_decides(self):
        first = HopDelay(10.0, 80.0, seed=1).at_relays(6)
        self.assertEqual([10.0, 24.0, 38.0, 52.0, 66.0, 80.0], sorted(first))
        self.assertEqual(first, HopDelay(10.0, 80.0, seed=1).at_relays(6))
        self.assertNotEqual(first, HopDelay(10.0, 80.0, seed=2).at_relays(6))

    def test_the_network_has_them_at_relays_and_exits_only(self):
        nodes = topology.build(["alice"], "127.80.1", "10-80", topology.Size(relays=12, exits=3))
        carriers = [node.delay_ms for node in nodes if node.kind in ("relay", "exit")]
        self.assertEqual((15, 10.0, 80.0), (len(carriers), min(carriers), max(carriers)))
        self.assertEqual({0.0}, {node.delay_ms for node in nodes if node.kind == "authority"})
        self.assertEqual({22.5}, {node.delay_ms for node in nodes if node.kind in ("user", "guest")})


if __name__ == "__main__":
    unittest.main()

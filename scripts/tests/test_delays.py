import unittest

from labnet import i2p_topology, topology
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

    def test_jitter_loss_and_seed_out_of_range_are_refused(self):
        for what, complaint in (({"jitter_ms": -1}, "no jitter"), ({"jitter_ms": 101}, "no jitter"), ({"jitter_ms": float("nan")}, "no jitter"),
                                ({"loss_percent": 21}, "no loss"), ({"seed": -1}, "no seed")):
            with self.subTest(what=what), self.assertRaisesRegex(LabError, complaint):
                HopDelay(20.0, 20.0, **what)

    def test_jitter_and_loss_are_told_beside_the_delay(self):
        delay = HopDelay(10.0, 80.0, jitter_ms=2, loss_percent=0.1)
        self.assertEqual(("10-80", ", jitter 2 ms, loss 0.1 %", False), (str(delay), delay.unsteadiness, delay.steady))
        self.assertEqual(("", True), (HopDelay.of(20).unsteadiness, HopDelay.of(20).steady))

    def test_jitter_is_shared_out_as_the_delay_and_loss_is_the_same_on_each_line(self):
        delay = HopDelay(20.0, 20.0, jitter_ms=4.0, loss_percent=0.5)
        nodes = topology.build(["alice"], "127.80.1", delay) + i2p_topology.build(["alice"], "198.18.88", delay)
        lines = {node.kind: (node.jitter_ms, node.loss_percent) for node in nodes}
        relay, user = (4.0, 0.5), (2.0, 0.5)
        self.assertEqual({"authority": (0.0, 0.0), "relay": relay, "exit": relay, "floodfill": relay, "router": relay, "user": user, "guest": user,
                          "echo": (1.0, 0.5)}, lines)

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

import unittest

from labnet import i2p_measure, i2p_topology
from labnet.i2p_topology import Size


class Topology(unittest.TestCase):
    def test_routers_then_users_then_a_guest_each_with_an_address_of_its_own(self):
        nodes = i2p_topology.build(["alice", "bob"], "198.18.88", 20, Size(7))
        self.assertEqual([f"router{i}" for i in range(7)] + ["alice", "bob", "guest"], [node.name for node in nodes])
        self.assertEqual(["floodfill"] * 4 + ["router"] * 3 + ["user"] * 2 + ["guest"], [node.kind for node in nodes])
        self.assertEqual(len(nodes), len({node.address for node in nodes}))
        self.assertEqual(len(nodes), len({i2p_topology.local_address(node) for node in nodes}))
        self.assertEqual([20.0] * 7 + [10.0] * 3, [node.delay_ms for node in nodes])

    def test_a_range_is_spread_over_the_routers_and_users_have_half_of_its_mean(self):
        nodes = i2p_topology.build(["alice"], "198.18.88", "10-100")
        self.assertEqual([10.0 * i for i in range(1, 11)], sorted(node.delay_ms for node in nodes if node.name.startswith("router")))
        self.assertEqual({27.5}, {node.delay_ms for node in nodes if node.kind in ("user", "guest")})

    def test_expected_round_trip_counts_both_ends_of_every_link(self):
        # There: alice 10, then 2 x 20 at each of 2 x 3 routers, bob 10.
        self.assertEqual(2 * (10 + 6 * 40 + 10), i2p_topology.expected_round_trip_ms(20, 3))
        self.assertEqual({"1": 200.0, "2": 360.0, "3": 520.0}, i2p_topology.expected_round_trips_ms(20))
        self.assertEqual(40, i2p_topology.expected_round_trip_ms(20, 0))


class PathDelay(unittest.TestCase):
    def setUp(self):
        self.nodes = {node.name: node for node in i2p_topology.build(["alice", "bob"], "198.18.88", 20)}

    def node(self, name):
        return self.nodes[name]

    def test_of_different_routers_is_what_is_expected(self):
        path = ["alice", "router0", "router1", "bob", "router2", "router3", "alice"]
        self.assertEqual(i2p_topology.expected_round_trip_ms(20, 1), i2p_measure.path_delay_ms(self, path))

    def test_a_router_that_joins_two_tunnels_needs_no_link_to_itself(self):
        path = ["alice", "router0", "router0", "bob", "router2", "router3", "alice"]
        self.assertEqual(160, i2p_measure.path_delay_ms(self, path))


if __name__ == "__main__":
    unittest.main()

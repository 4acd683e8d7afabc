import pathlib
import unittest

from labnet import topology, torrc, wires

NODES = topology.build(["alice"], "127.80.1", 20.0)
DIRECTORY = "DirAuthority auth0 orport=21001 v3ident=AA 127.80.1.10:21002 BB\n"


def text_of(name, behind_relay=False):
    node = next(node for node in NODES if node.name == name)
    return torrc.for_node(node, pathlib.Path("/lab/nodes") / name, DIRECTORY, "/lab/bandwidths", behind_relay).splitlines()


class Torrc(unittest.TestCase):
    def test_no_node_can_reach_another_network(self):
        for node in NODES:
            if node.is_tor:
                lines = text_of(node.name)
                self.assertIn(DIRECTORY.strip(), lines)
                self.assertIn(f"OutboundBindAddress {node.address}", lines)
        self.assertIn("OutboundBindAddress 127.80.1.21", torrc.guest(DIRECTORY, "127.80.1.21"))

    def test_only_exits_let_traffic_out(self):
        for name, policy in (("auth0", "reject *:*"), ("relay3", "reject *:*"), ("exit1", "accept *:*")):
            self.assertIn(f"ExitPolicy {policy}", text_of(name))

    def test_port_stands_behind_a_delay_relay(self):
        self.assertIn("ORPort 127.80.1.13:21001", text_of("relay0"))
        lines = text_of("relay0", behind_relay=True)
        self.assertIn("ORPort 127.80.1.13:21001 NoListen", lines)
        self.assertIn("ORPort 127.80.1.13:21101 NoAdvertise", lines)

    def test_users_isolate_by_credential_and_tell_onion_errors(self):
        ports = [line for line in text_of("alice") if line.startswith("SocksPort")]
        self.assertEqual(2, len(ports))
        for port in ports:
            self.assertTrue(port.endswith(" IsolateSOCKSAuth ExtendedErrors"), port)


class Delays(unittest.TestCase):
    def test_sum_of_access_delays(self):
        self.assertEqual({"exit": 270.0, "onion": 520.0, "single-hop": 280.0}, topology.expected_round_trips_ms(20.0))

    def test_two_labs_choose_different_addresses(self):
        self.assertNotEqual(wires.Loopback.choose_subnet("/tmp/a"), wires.Loopback.choose_subnet("/tmp/b"))


if __name__ == "__main__":
    unittest.main()

import configparser
import pathlib
import unittest

from labnet import i2p_topology, i2pd_conf

NODES = {node.name: node for node in i2p_topology.build(["alice"], "198.18.88", 20.0)}


def parsed(text):
    parser = configparser.ConfigParser(strict=True)  # i2pd refuses repeated options, too
    parser.read_string("[top]\n" + text)
    return parser


def conf_of(name):
    return parsed(i2pd_conf.for_node(NODES[name], pathlib.Path("/lab/nodes") / name, "/lab/seed.zip"))


def everyone():
    return [conf_of("router0"), conf_of("router9"), conf_of("alice"), parsed(i2pd_conf.guest(NODES["guest"], "/lab/seed.zip"))]


class I2pdConf(unittest.TestCase):
    def test_no_router_asks_anybody_outside(self):
        for conf in everyone():
            self.assertEqual(("", "", "/lab/seed.zip"), tuple(conf["reseed"][key] for key in ("urls", "yggurls", "zipfile")))
            self.assertEqual("false", conf["nettime"]["enabled"])
            self.assertNotEqual("2", conf["top"]["netid"])
            self.assertEqual(conf["top"]["host"], conf["top"]["address4"])
            self.assertTrue(conf["top"]["host"].startswith("198.18.88."))

    def test_address_book_is_on_because_i2pd_crashes_without(self):
        conf = conf_of("alice")
        self.assertEqual(("true", ""), (conf["addressbook"]["enabled"], conf["addressbook"]["subscriptions"]))

    def test_half_of_the_routers_are_floodfills_and_users_carry_nothing(self):
        self.assertEqual(["true", "false", "false"], [conf_of(name)["top"]["floodfill"] for name in ("router4", "router5", "alice")])
        self.assertEqual("true", conf_of("alice")["top"]["notransit"])
        self.assertNotIn("notransit", conf_of("router0")["top"])

    def test_only_users_have_clients_and_each_on_an_address_of_its_own(self):
        for section in ("sam", "httpproxy", "http"):
            self.assertEqual(("true", "false"), (conf_of("alice")[section]["enabled"], conf_of("router0")[section]["enabled"]))
            self.assertEqual("127.0.1.20", conf_of("alice")[section]["address"])

    def test_a_guest_leaves_its_own_settings_to_itself(self):
        conf = parsed(i2pd_conf.guest(NODES["guest"], "/lab/seed.zip"))
        self.assertEqual({"top", "nettime", "reseed"}, set(conf.sections()))
        self.assertNotIn("log", conf["top"])


if __name__ == "__main__":
    unittest.main()

import json
import pathlib
import tempfile
import tomllib
import unittest

from callrun import ports
from callrun.bridge import Bridge
from callrun.errors import RunError
from callrun.settings import Destination, I2p, Peer, Route, Settings, Standby
from callrun.tor_network import TorNetwork

# A stand-in: answers `status` with the file "answer" beside its configuration once that is there, and runs until a signal.
PROGRAM = """#!/bin/sh
case $1 in
  status) exec cat "$(dirname "$4")/answer" ;;
  run) echo started; [ ! -e "$(dirname "$3")/broken" ] || { echo "port in use"; exit 2; }; exec sleep 60 ;;
esac
"""


class BridgeProcess(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name) / "bob"
        self.folder.mkdir()
        self.program = pathlib.Path(folder.name) / "sipveil"
        self.program.write_text(PROGRAM, encoding="ascii")
        self.program.chmod(0o755)

    def start(self):
        bridge = Bridge(self.program, self.folder, Settings(listen="127.0.0.1:1"))
        self.addCleanup(bridge.stop)
        return bridge

    def test_configuration(self):
        settings = Settings(listen="127.0.0.1:5060", deliver_to="127.0.0.1:5062", tor_control="unix:/c", tor_socks="unix:/s",
                            onion_listen="unix:/o", peers=[Peer("bob", "tor:x.onion:5060", ["bob.example"])])
        self.assertEqual({
            "role": "phone", "state_dir": "/state \"1\"", "inner": {"listen": ["127.0.0.1:5060"], "deliver_to": "127.0.0.1:5062"},
            "tor": {"control": "unix:/c", "socks": "unix:/s"}, "onion": {"listen": "unix:/o"},
            "peer": [{"name": "bob", "address": "tor:x.onion:5060"}],
            "route": [{"domain": "bob.example", "peers": ["bob"], "circuit": "per-call"}], "log": {"level": "info"},
        }, tomllib.loads(settings.toml("/state \"1\"")))

    def test_configuration_of_standby_links_and_of_a_tor_of_its_own(self):
        def read(**settings):
            return tomllib.loads(Settings(listen="127.0.0.1:5060", **settings).toml("/state"))
        self.assertNotIn("standby", read())
        self.assertEqual({"min": 0, "max": 0}, read(standby=Standby(0))["standby"])
        self.assertEqual({"min": 3, "max": 8, "candidates": 4}, read(standby=Standby(3, 4))["standby"])
        self.assertEqual({"min": 20, "max": 20}, read(standby=Standby(20))["standby"])
        alone = read(extra_torrc="/x", onion_listen="unix:/o", single_hop=True)
        self.assertEqual(({"spawn": True, "extra_torrc": "/x"}, "not-anonymous"), (alone["tor"], alone["onion"]["single_hop"]))

    def test_configuration_of_i2p(self):
        read = tomllib.loads(Settings(listen="127.0.0.1:5060", i2p=I2p("unix:/s", tunnel_length=2), destination=Destination(1, ["x"])).toml("/"))
        self.assertEqual(({"sam": "unix:/s", "tunnel_length": 2}, {"tunnel_length": 1, "allow": ["x"]}), (read["i2p"], read["destination"]))
        own = tomllib.loads(Settings(listen="127.0.0.1:5060", i2p=I2p(extra_conf="/x")).toml("/"))
        self.assertEqual({"spawn": True, "extra_conf": "/x"}, own["i2p"])
        self.assertNotIn("destination", own)

    def test_configuration_of_several_ways(self):
        peers = [Peer("bob", "tor:x.onion:5060"), Peer("bob-i2p", "i2p:x.b32.i2p", same_as="bob")]
        for race, ways in ((False, [("bob", 1), ("bob-i2p", 2)]), (True, [("bob", 1), ("bob-i2p", 1)])):
            read = tomllib.loads(Settings(listen="127.0.0.1:5060", peers=peers,
                                          routes=[Route("bob.example", ["bob", "bob-i2p"], race=race)]).toml("/"))
            (route,) = read["route"]
            self.assertEqual(ways, [(way["peer"], way["priority"]) for way in route["peers"]])
            self.assertEqual(race, route.get("race", False))
            self.assertEqual("bob", read["peer"][1]["same_as"])

    def test_waits_until_every_pool_is_full(self):
        def answer(ready, building):
            (self.folder / "answer").write_text(json.dumps({"tor": str(ready), "standby": [
                {"peer": "bob", "ready": ready, "wanted": 2, "building": building, "waiting": 0}]}), encoding="ascii")
        answer(1, 1)
        pools = self.start().wait_standby(10, lambda told: answer(2, 0))
        self.assertEqual(2, pools[0]["ready"])

    def test_one_that_knows_no_standby_links(self):
        (self.folder / "answer").write_text('{"tor": ""}', encoding="ascii")
        self.assertIsNone(self.start().wait_standby(10))

    def test_killed_and_started_again(self):
        bridge = self.start()
        bridge.kill()
        self.assertEqual(-9, bridge.child.exit_code)
        bridge.start()
        bridge.child.require_running()

    def test_waits_until_published_and_tells_what_tor_does(self):
        bridge, told = self.start(), []

        def publish(sentence):
            told.append(sentence)
            (self.folder / "answer").write_text('{"tor": "done", "published": true, "onion": "tor:x.onion:5060"}', encoding="ascii")

        (self.folder / "answer").write_text('{"tor": "Bootstrapped 50%", "published": false, "onion": ""}', encoding="ascii")
        self.assertEqual("tor:x.onion:5060", TorNetwork(None).wait_reachable(bridge, publish, 10))
        self.assertEqual(["Bootstrapped 50%"], told)

    def test_one_that_ends_is_told_with_its_last_words(self):
        (self.folder / "broken").touch()
        with self.assertRaisesRegex(RunError, "ended with 2.*\n.*\n?port in use"):
            self.start().wait_up(10)

    def test_one_that_never_gets_ready(self):
        with self.assertRaisesRegex(RunError, "up not within 0 s"):
            self.start().wait_up(0.2)

    def test_stop_twice(self):
        bridge = self.start()
        self.assertEqual(-15, bridge.stop())
        self.assertEqual(-15, bridge.stop())

    def test_missing_program(self):
        with self.assertRaisesRegex(RunError, "cannot be started: No such file"):
            Bridge("/nonexistent/sipveil", self.folder, Settings(listen="127.0.0.1:1"))

    def test_free_ports_differ(self):
        self.assertEqual(5, len(set(ports.free(5))))

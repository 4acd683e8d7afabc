import unittest

from callrun.calls import digest
from drills import beds, blows, i2p_blows, tor_blows
from drills.carriers import carrier_of, carriers, introductions
from drills.errors import DrillError

STATUS = "\n".join([
    '3 BUILT $AA~relay6,$BB~relay1 BUILD_FLAGS=NEED_CAPACITY PURPOSE=HS_VANGUARDS TIME_CREATED=2026-11-21T13:00:00',
    '7 BUILT $AA~relay6,$CC~relay2,$DD~relay3 BUILD_FLAGS=IS_INTERNAL PURPOSE=HS_CLIENT_REND HS_STATE=HSCR_JOINED REND_QUERY=abc '
    'TIME_CREATED=2026-11-21T13:00:01 SOCKS_USERNAME="<torS0X>0" SOCKS_PASSWORD="p1"',
    '8 BUILT $AA~relay6,$CC~relay2,$EE~auth0 PURPOSE=HS_CLIENT_HSDIR HS_STATE=HSCI_CONNECTING SOCKS_USERNAME="<torS0X>0" SOCKS_PASSWORD="p1"',
    '9 BUILT $FF~relay5,$CC~relay2,$GG~exit1 PURPOSE=GENERAL SOCKS_USERNAME="<torS0X>0" SOCKS_PASSWORD="p2"',
    '10 EXTENDED $AA~relay6 PURPOSE=GENERAL SOCKS_USERNAME="<torS0X>0" SOCKS_PASSWORD="p3"',
    '11 LAUNCHED PURPOSE=GENERAL'])


class Carriers(unittest.TestCase):
    def test_only_circuits_that_carry_streams(self):
        self.assertEqual([(7, ("relay6", "relay2", "relay3")), (9, ("relay5", "relay2", "exit1"))],
                         [(one.number, one.path) for one in carriers(STATUS)])

    def test_a_call_is_found_by_its_credential(self):
        self.assertEqual(7, carrier_of(STATUS, digest("<torS0X>0:p1")).number)
        self.assertIsNone(carrier_of(STATUS, digest("<torS0X>0:p3")))

    def test_introductions(self):
        line = "12 BUILT $AA~relay6,$CC~relay2,$DD~relay3,$EE~relay4 PURPOSE=HS_SERVICE_INTRO HS_STATE=HSSI_ESTABLISHED"
        self.assertEqual([("relay6", "relay2", "relay3", "relay4")], introductions(f"{STATUS}\n{line}"))


class Victims(unittest.TestCase):
    def test_the_relay_on_most_paths_but_no_authority_and_rather_none_of_the_introduction_circuits(self):
        paths = [("g", "a", "b"), ("g", "b", "c"), ("g", "auth0", "a")]
        self.assertEqual("a", blows.most_carrying({"a", "b", "c"}, paths, [("b", "x")]))
        self.assertEqual("c", blows.most_carrying({"a", "b", "c"}, paths, [("b", "x"), ("y", "a")]))
        self.assertEqual("b", blows.most_carrying({"a", "b"}, paths, [("a", "b"), ("y", "a")]))
        self.assertIsNone(blows.most_carrying({"auth0"}, paths, []))

    def test_each_blow_finds_its_kind_of_relay(self):
        paths = [("g1", "a", "x"), ("g2", "g1", "y")]
        self.assertEqual({"g1", "g2"}, tor_blows.Guard().candidates(paths))
        self.assertEqual({"a", "x", "y"}, tor_blows.Middle().candidates(paths))
        self.assertEqual({"x", "y"}, tor_blows.Exit().candidates(paths))
        self.assertEqual({"g1", "g2", "a", "x", "y"}, i2p_blows.Transit().candidates(paths))

    def test_every_drill_says_what_it_does(self):
        for network, least in (("tor", 9), ("i2p", 7), ("tor,i2p", 3), ("race", 3)):
            chosen = beds.KINDS[network].chosen()
            self.assertEqual(least, len(chosen))
            self.assertEqual(len(chosen), len({blow.name for blow in chosen}))
            for blow in chosen:
                self.assertTrue(blow.what and 5.0 <= blow.limit_s <= (10.0 if network == "tor" else 60.0))

    def test_no_such_drill(self):
        with self.assertRaisesRegex(DrillError, "no drill 'guard'; there are: transit, "):
            beds.KINDS["i2p"].chosen(["guard"])


if __name__ == "__main__":
    unittest.main()

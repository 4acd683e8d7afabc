import unittest

from delaytables import plan
from delaytables.plan import Batch, Row
from delaytables.timeleft import TimeLeft
from delaytables.ways import WAYS

DIRECT = "direct"  # as register.DIRECT, which plan cannot know without the test beds
EVERYTHING = plan.rows(plan.networks(), plan.SCHEMES)


class Rows(unittest.TestCase):
    def test_every_scheme_by_the_papers_ways_with_and_without_standby(self):
        names = {row.name for row in EVERYTHING}
        for way in ("tor-exit", "tor-onion", "i2p"):
            for scheme in plan.SCHEMES:
                self.assertLessEqual({f"{way}/paper/{scheme}/fresh", f"{way}/paper/{scheme}/standby"}, names)
        self.assertEqual(len(names), len(EVERYTHING))

    def test_what_a_way_cannot_do_is_no_row(self):
        self.assertEqual(["torsocks/phones/sip/fresh"], [row.name for row in EVERYTHING if row.way == "torsocks"])
        self.assertEqual([], plan.rows(["tor"], ["privasip-2-rsa"], ["phones"], ["torsocks"]))

    def test_only_what_is_asked_for(self):
        found = plan.rows(["tor"], ["sip", "privasip-2-rsa"], ["paper"], ["tor-exit", "i2p"])
        self.assertEqual(["tor-exit/paper/sip/fresh", "tor-exit/paper/privasip-2-rsa/fresh", "tor-exit/paper/sip/standby",
                          "tor-exit/paper/privasip-2-rsa/standby"], [row.name for row in found])

    def test_titles_are_as_in_the_papers(self):
        self.assertEqual("PrivaSIP-2 (RSA) over Tor, standby", Row("tor-exit", "paper", "privasip-2-rsa", True).title)
        self.assertEqual("SIP over Tor, phone to phone", Row("tor-exit", "phones", "sip", False).title)
        self.assertEqual("PrivaSIP-1 (ECIES, P-256)", plan.scheme_title("privasip-1-ecies-p256"))

    def test_rows_whose_calls_take_very_long_get_a_share_and_say_so(self):
        row = Row("i2p", "paper", "sip", False)
        share = WAYS["i2p"].share[0]
        self.assertLess(share, 1.0)
        self.assertEqual(round(100 * share), row.wanted(100))
        self.assertIn("instead of 100", row.note(100))
        self.assertEqual(1, row.wanted(1))
        self.assertEqual("", Row("tor-exit", "paper", "sip", False).note(100))

    def test_the_register_test_is_for_one_way_of_each_network(self):
        self.assertEqual({"tor-exit": "tor", "i2p": "i2p"}, plan.register_ways(EVERYTHING))
        self.assertEqual({}, plan.register_ways(plan.rows(["tor"], ["sip"], ways=["torsocks"])))


class Batches(unittest.TestCase):
    def test_each_row_is_in_one_batch_which_is_no_wider_than_it_may_be(self):
        for lanes in (2, 3, 5, 9):
            made = plan.batches(EVERYTHING, lanes)
            self.assertEqual(sorted(row.name for row in EVERYTHING), sorted(row.name for batch in made for row in batch.rows))
            self.assertLessEqual(max(batch.lanes for batch in made), lanes)

    def test_the_schemes_of_one_way_are_side_by_side_and_with_standby_beside_the_raw_round_trips(self):
        for lanes in (None, 5):
            made = plan.batches(EVERYTHING, lanes)
            for way in ("tor-exit", "tor-onion", "i2p"):
                for standby in (False, True):
                    (batch,) = [batch for batch in made if Row(way, "paper", "sip", standby) in batch.rows]
                    self.assertLessEqual({Row(way, "paper", scheme, standby) for scheme in plan.SCHEMES}, set(batch.rows))
                    self.assertEqual(int(standby), sum(way in raw.ways and raw.topology == "paper" for raw in batch.raws))

    def test_each_network_has_its_own_number_of_lanes(self):
        for batch in plan.batches(EVERYTHING):
            self.assertLessEqual(batch.lanes, plan.LANES[batch.network][batch.rows[0].standby])
        self.assertEqual(set(plan.networks()), set(plan.LANES))
        self.assertEqual(set(plan.networks()), set(plan.LAB_S))
        self.assertEqual({*plan.networks(), DIRECT}, set(plan.REGISTER_S))

    def test_one_network_after_the_other(self):
        networks = [batch.network for batch in plan.batches(EVERYTHING)]
        self.assertEqual(sorted(networks, reverse=True), networks)
        for batch in plan.batches(EVERYTHING):
            self.assertEqual(1, len({row.network for row in batch.rows}))

    def test_fresh_rows_and_those_with_standby_are_apart(self):
        for batch in plan.batches(EVERYTHING):
            self.assertEqual(1, len({row.standby for row in batch.rows}), batch.title)

    def test_rows_that_leave_lanes_free_are_packed_together_and_ways_of_one_path_share_the_raw_lane(self):
        fresh, ready = plan.batches(plan.rows(["tor"], ["sip"], ["phones"], ["tor-exit", "torsocks"]))
        self.assertEqual({"tor-exit", "torsocks"}, {row.way for row in fresh.rows})
        self.assertEqual((), fresh.raws)
        self.assertEqual([(("tor-exit", "torsocks"), "phones")], [(raw.ways, raw.topology) for raw in ready.raws])

    def test_a_way_that_has_no_standby_anywhere_is_measured_beside_its_raw_round_trips(self):
        (batch,) = plan.batches(plan.rows(["tor"], ["sip"], ["phones"], ["torsocks"]))
        self.assertEqual([(("torsocks",), "phones")], [(raw.ways, raw.topology) for raw in batch.raws])

    def test_raw_round_trips_stay_with_rows_that_lack_calls(self):
        (batch,) = [batch for batch in plan.batches(plan.rows(["tor"], ["sip"], ways=["tor-exit"])) if batch.rows[0].standby]
        missing = {row.name: int(row.topology == "paper") for row in batch.rows}
        self.assertEqual([(("tor-exit",), "paper")], [(raw.ways, raw.topology) for raw in batch.without_complete(missing).raws])

    def test_rows_that_have_their_calls_are_left_out(self):
        batch = Batch((Row("tor-exit", "paper", "sip", False), Row("tor-exit", "paper", "sip", True)))
        missing = {batch.rows[0].name: 0, batch.rows[1].name: 3}
        self.assertEqual((batch.rows[1],), batch.without_complete(missing).rows)
        self.assertIsNone(batch.without_complete(dict.fromkeys(missing, 0)))

    def test_the_estimate_is_that_of_the_slowest_row(self):
        fast, slow = Row("tor-exit", "paper", "sip", False), Row("tor-exit", "paper", "sip", True)
        batch = Batch((fast, slow))
        slowest = max(fast.call_s, slow.call_s)
        self.assertAlmostEqual(batch.start_s + 100 * slowest, batch.seconds({fast.name: 100, slow.name: 100}))
        self.assertEqual(0.0, batch.seconds({fast.name: 0, slow.name: 0}))

    def test_the_plan_names_every_row(self):
        text = plan.text(plan.batches(EVERYTHING), 100, 3000.0)
        for row in EVERYTHING:
            self.assertIn(f"{row.name} ", text)
        self.assertIn("about 50 min", text)

    def test_a_title_names_the_schemes_once(self):
        rows = tuple(Row("tor-exit", "paper", scheme, False) for scheme in ("sip", "privasip-2-rsa"))
        self.assertEqual("tor-exit/paper/{sip,privasip-2-rsa}/fresh", Batch(rows).title)


class Once(unittest.TestCase):
    def test_what_comes_once(self):
        alone, beside = plan.other_s(["tor", "i2p"], {"direct": "direct", "tor-exit": "tor", "i2p": "i2p"}, True)
        self.assertEqual({"tor network", "i2p network", "register tor-exit", "report"}, set(alone))
        self.assertEqual({"register direct", "register i2p", "audit"}, set(beside))
        self.assertEqual(({"report": plan.REPORT_S}, {}), plan.other_s([], {}, False))
        self.assertEqual({"register tor-exit"}, set(plan.other_s(["tor"], {"tor-exit": "tor"}, False)[1]))

    def test_the_whole(self):
        batches = plan.batches(EVERYTHING)
        wanted = {row.name: row.wanted(10) for row in EVERYTHING}
        bare = plan.seconds(batches, wanted)
        registers = {"direct": "direct", **plan.register_ways(EVERYTHING)}
        self.assertAlmostEqual(bare + plan.AUDIT_S, plan.seconds(batches, wanted, audit=True))
        self.assertAlmostEqual(bare + plan.REGISTER_S["tor"] + max(plan.AUDIT_S, plan.REGISTER_S["i2p"]),
                               plan.seconds(batches, wanted, registers, True))


class Left(unittest.TestCase):
    def setUp(self):
        self.first, self.second = Row("tor-exit", "paper", "sip", False), Row("tor-onion", "paper", "sip", False)
        self.batches = [Batch((self.first,)), Batch((self.second,))]
        self.left = TimeLeft(self.batches, {self.first.name: 100, self.second.name: 100}, {"audit": 50.0})

    def expected(self, row, calls):
        return calls * row.call_s

    def test_before_any_call_it_is_what_is_expected(self):
        self.assertAlmostEqual(50.0 + sum(batch.start_s for batch in self.batches) + self.expected(self.first, 100)
                               + self.expected(self.second, 100), self.left.seconds())

    def test_of_what_goes_on_side_by_side_the_longest_counts(self):
        before = self.left.seconds()
        left = TimeLeft(self.batches, {self.first.name: 100, self.second.name: 100}, {"audit": 50.0}, {"register i2p": 90.0, "register direct": 30.0})
        self.assertAlmostEqual(before + 90.0, left.seconds())
        left.over("register i2p")
        self.assertAlmostEqual(before + 30.0, left.seconds())
        left.over("register direct")
        self.assertAlmostEqual(before, left.seconds())

    def test_what_is_over_counts_no_more(self):
        self.left.over("audit")
        self.left.over(self.batches[0])
        self.left.begun(self.batches[1])
        self.assertAlmostEqual(self.expected(self.second, 100), self.left.seconds())
        self.left.given_up(self.second)
        self.assertEqual(0.0, self.left.seconds())

    def test_what_was_measured_takes_the_place_of_what_was_expected(self):
        self.left.over("audit")
        self.left.begun(self.batches[0])
        for _ in range(90):
            self.left.call(self.first, 2 * self.first.call_s)
        rest = self.batches[1].start_s + self.expected(self.second, 100) * 2  # as wrong as the first row's
        self.assertAlmostEqual(rest + self.expected(self.first, 10) * 2, self.left.seconds(), delta=0.1)

    def test_one_slow_call_does_not_upset_it(self):
        before = self.left.seconds()
        self.left.call(self.first, 100 * self.first.call_s)
        self.assertLess(self.left.seconds(), 30 * before)

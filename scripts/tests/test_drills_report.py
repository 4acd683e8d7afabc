import unittest

from drills import report
from drills.drill import Crossing, Outcome


def outcome(**changed):
    values = {"name": "middle", "what": "a relay is killed", "victim": "relay2", "limit_s": 5.0, "keeps_calls": True, "calls_hit": 2, "next_call_s": 1.25,
              "attempts": 2, "crossings": [Crossing("callee", "INVITE", 0.0, 1.5, 2.0, 200), Crossing("caller", "BYE", 0.0, 0.5, 1.0, 200)]}
    return Outcome(**{**values, **changed})


class Report(unittest.TestCase):
    def test_a_good_one(self):
        self.assertEqual([], outcome().failures)
        self.assertEqual("1 passed, 0 failed", report.table([outcome()]).splitlines()[-1])

    def test_what_makes_one_fail(self):
        lost = Crossing("callee", "BYE", 2.0, None, 2.1, 480, "SIP;cause=480")
        unanswered = Crossing("callee", "BYE", 2.0, 2.5, None, None)
        for changed, words in (({"crossings": [lost]}, "BYE of the callee lost (480 SIP;cause=480)"),
                               ({"crossings": [unanswered]}, "BYE of the callee lost (no answer)"),
                               ({"next_call_s": 5.1}, "next call after 5.1 s, limit 5 s"), ({"next_call_s": None}, "no call got through within 90 s"),
                               ({"seen_twice": 1}, "the callee saw 1 calls twice")):
            self.assertEqual([words], outcome(**changed).failures)
            self.assertEqual("0 passed, 1 failed", report.table([outcome(**changed)]).splitlines()[-1])

    def test_a_remark_is_told_but_fails_nothing(self):
        lines = report.table([outcome(remark="standby links not back: bob 1 of 8 ready")]).splitlines()
        self.assertEqual(["middle: afterwards standby links not back: bob 1 of 8 ready", "1 passed, 0 failed"], lines[-2:])

    def test_json(self):
        (drill,) = report.as_json([outcome(next_call_s=1.23456)], {"wire": "loopback"})["drills"]
        self.assertEqual((1.235, [], 1.5), (drill["next_call_s"], drill["failures"], drill["crossings"][0]["arrived_s"]))


if __name__ == "__main__":
    unittest.main()

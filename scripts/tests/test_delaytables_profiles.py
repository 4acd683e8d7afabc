import pathlib
import tempfile
import unittest

from callrun.errors import RunError
from delaytables import profiles

GOOD = 'description = "d"\nrelay_delay_ms = "4-80"\njitter_ms = 1\nloss_percent = 0.05\nlan_delay_ms = 0.5\nsource = "s"\n'


class Profiles(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.file = pathlib.Path(folder.name) / "own.toml"

    def load(self, text):
        self.file.write_text(text, encoding="utf-8")
        return profiles.load(self.file, seed=3)

    def test_those_that_come_along_can_be_loaded_and_say_where_they_are_from(self):
        self.assertLessEqual({"none", "continental", "global", "paper"}, set(profiles.names()))
        for name in profiles.names():
            with self.subTest(name=name):
                profile = profiles.load(name)
                self.assertEqual(name, profile.name)
                self.assertTrue(profile.source and profile.description)
        self.assertTrue(profiles.load("none").hop_delay.steady)
        self.assertEqual(0, profiles.load("none").hop_delay.high_ms)

    def test_a_file_of_ones_own(self):
        profile = self.load(GOOD)
        self.assertEqual(("own", 4.0, 80.0, 1.0, 0.05, 3, 0.5),
                         (profile.name, profile.hop_delay.low_ms, profile.hop_delay.high_ms, profile.hop_delay.jitter_ms,
                          profile.hop_delay.loss_percent, profile.hop_delay.seed, profile.lan_delay_ms))
        self.assertEqual({"name": "own", "description": "d", "relay_delay_ms": "4-80", "jitter_ms": 1.0, "loss_percent": 0.05, "lan_delay_ms": 0.5,
                          "source": "s"}, profile.facts())

    def test_an_unknown_name_is_told_with_those_there_are(self):
        for name in ("mars", "../profiles"):
            with self.subTest(name=name), self.assertRaisesRegex(RunError, "no profile 'mars'; there are .*paper|Is a directory|No such file"):
                profiles.load(name)

    def test_what_is_wrong_is_named(self):
        for old, new, complaint in (
                ("jitter_ms = 1", "jitter_ms = -1", "no jitter"), ("jitter_ms = 1", 'jitter_ms = "1"', "jitter_ms is to be a number"),
                ("jitter_ms = 1", "jitter_ms = true", "jitter_ms is to be a number"), ("jitter_ms = 1\n", "", "'jitter_ms' is missing"),
                ("jitter_ms", "jiter_ms", "'jiter_ms' is unknown"), ("0.05", "30", "no loss"), ('"4-80"', '"80-4"', "no delay"),
                ('"4-80"', "[4, 80]", "relay_delay_ms is to be"), ("0.5", "500", "lan_delay_ms is to be from 0 to 100"),
                ('"s"', '" "', "source is to be a text"), ('"s"', '"s', "profile .*own.toml: "), ("0.05", "nan", "no loss")):
            with self.subTest(new=new), self.assertRaisesRegex(RunError, complaint):
                self.assertIn(old, GOOD)
                self.load(GOOD.replace(old, new))


if __name__ == "__main__":
    unittest.main()

import os
import unittest

from callrun import growth
from callrun.growth import Sample


def samples(what, series):
    return [Sample(50 * index, {("alice", what): value}) for index, value in enumerate(series)]


def verdict(what, series):
    (trend,) = growth.trends(samples(what, series))
    return trend.grows


class Growth(unittest.TestCase):
    def test_memory_that_fills_its_caches_first_does_not_grow(self):
        self.assertFalse(verdict("rss_mib", [12.0] * 4 + [16.0] * 16))
        self.assertFalse(verdict("rss_mib", [12.0] * 4 + [16.0 + 0.01 * index for index in range(16)]))

    def test_a_leak_grows(self):
        self.assertTrue(verdict("rss_mib", [12.0 + 0.2 * index for index in range(20)]))

    def test_circuits_that_end_only_after_ten_minutes_grow(self):
        self.assertTrue(verdict("circuits", [4, 50, 100, 200, 300] + [400] * 15))
        self.assertFalse(verdict("circuits", [4, 12, 9, 14] + [10, 13] * 8))

    def test_a_single_peak_is_no_growth(self):
        self.assertFalse(verdict("descriptors", [15] * 18 + [90] + [15]))

    def test_too_few_samples_say_nothing(self):
        self.assertEqual([], growth.trends(samples("rss_mib", range(9))))

    def test_memory_of_this_process(self):
        self.assertGreater(growth.resident_mib(os.getpid()), 1)


if __name__ == "__main__":
    unittest.main()

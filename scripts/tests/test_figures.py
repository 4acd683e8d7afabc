import unittest

from callrun import figures


class Figures(unittest.TestCase):
    def test_summary(self):
        summary = figures.summary([4.0, 1.0, 3.0, 2.0])
        self.assertEqual({"median": 2.5, "mean": 2.5, "sd": 1.291, "p95": 4.0, "max": 4.0}, summary)

    def test_summary_of_one_and_of_none(self):
        self.assertEqual({"median": 2.0, "mean": 2.0, "sd": 0.0, "p95": 2.0, "max": 2.0}, figures.summary([2.0]))
        self.assertEqual({None}, set(figures.summary([]).values()))

    def test_percentile_is_the_nearest_rank(self):
        values = list(range(1, 21))
        self.assertEqual(19, figures.percentile(values, 95))
        self.assertEqual(1, figures.percentile(values, 1))
        self.assertEqual(20, figures.percentile(values, 100))

    def test_histogram_rounds_half_up_to_tenths(self):
        self.assertEqual([(0.0, 1), (0.3, 2), (2.9, 1)], figures.histogram([0.25, 0.34, 2.94, 0.049]))

    def test_histogram_lines_show_short_gaps_and_shorten_long_ones(self):
        self.assertEqual(["  0.5 s | ## 2", "  0.6 s |", "  0.7 s | # 1", "    ...", "  2.0 s | # 1"],
                         figures.histogram_lines([0.5, 0.52, 0.7, 2.0]))
        self.assertEqual([], figures.histogram_lines([]))

    def test_histogram_lines_keep_within_the_screen(self):
        lines = figures.histogram_lines([0.5] * 1000 + [0.6])
        self.assertEqual("  0.5 s | " + "#" * 50 + " 1000", lines[0])
        self.assertEqual("  0.6 s | # 1", lines[1])

    def test_rows_are_as_fine_as_the_values_need(self):
        self.assertEqual(0.01, figures.fitting_step([0.52, 0.53, 0.6] * 10))
        self.assertEqual(0.1, figures.fitting_step([0.5, 2.4]))
        self.assertEqual(1.0, figures.fitting_step([1.0, 30.0]))
        self.assertEqual([" 0.52 s | # 1", " 0.53 s |", " 0.54 s | # 1"], figures.histogram_lines([0.52, 0.54], 0.01))

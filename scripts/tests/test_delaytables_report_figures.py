import unittest

from delaytables.record import Call
from delaytables.report import against_raw, papers, sealing, stats, units, verdicts
from delaytables.report.run import Row, Run


def row(scheme="sip", standby=False, delays=(), parts=None, way="tor-exit"):
    calls = [Call("", number, 0.0, 1, 200, delay, **(parts or {})) for number, delay in enumerate(delays, 1)]
    name = f"{way}/paper/{scheme}/{'standby' if standby else 'fresh'}"
    return Row(name, way, "tor", "paper", scheme, standby, len(calls), f"{scheme} over Tor", calls=calls)


def run(*rows, raw=(), about=None):
    return Run(about or {"arguments": {"seed": 1}}, list(rows), {("tor-exit", "paper"): list(raw)} if raw else {}, {}, None, [])


def parts(**seconds):
    return dict.fromkeys(("circuit_s", "network_s", "proxies_s", "crypto_s", "bridge_s", "callee_s", "other_s"), 0.0) | seconds


class Stats(unittest.TestCase):
    def test_rounds_half_up(self):
        self.assertEqual({2: 1, 3: 1, 10: 2, 11: 1}, stats.tenths([0.15, 0.25, 0.95, 1.049999, 1.05]))

    def test_bins_begin_with_their_least(self):
        self.assertEqual({2: 2, 3: 1}, stats.bins([0.02, 0.029999, 0.03], 0.01))

    def test_long_gaps_are_one_row(self):
        self.assertEqual([1, 2, 3, None, 9], stats.with_gaps({1, 3, 9}))

    def test_summary(self):
        told = stats.summary([1.0, 2.0, 3.0, 4.0])
        self.assertEqual((4, 2.5, 2.5, 4.0, 4.0), (told.count, told.mean, told.median, told.p95, told.max))
        self.assertAlmostEqual(1.290994, told.sd, 6)
        self.assertIsNone(stats.summary([]))
        self.assertEqual(0.0, stats.summary([1.0]).sd)

    def test_interval_of_a_difference(self):
        low, high = [1.0 + step / 1000 for step in range(60)], [1.1 + step / 1000 for step in range(60)]
        found = stats.median_difference(high, low, 3)
        self.assertAlmostEqual(0.1, found.value)
        self.assertTrue(0.07 < found.low < 0.1 < found.high < 0.13)
        self.assertEqual(found, stats.median_difference(high, low, 3))
        self.assertNotEqual(found, stats.median_difference(high, low, 4))

    def test_no_interval_of_too_few(self):
        self.assertEqual(stats.Difference(0.5, None, None), stats.median_difference([1.5], [1.0, 1.0], 1))
        self.assertIsNone(stats.median_difference([], [1.0], 1))

    def test_means_of_parts_sum_up(self):
        calls = row(delays=(1.0, 2.0), parts=parts(circuit_s=0.7, network_s=0.3)).calls
        calls[1].circuit_s, calls[1].other_s = 1.5, None
        self.assertEqual({"circuit_s": 1.1, "other_s": 0.0}, stats.part_means(calls, ("circuit_s", "other_s")))


class Papers(unittest.TestCase):
    def test_tables_are_of_100_calls(self):
        self.assertEqual((100, 100), (sum(papers.TABLE_2.values()), sum(papers.TABLE_3.values())))
        self.assertEqual(("0.966", "1.927"), (f"{papers.mean_of(papers.TABLE_2):.3f}", f"{papers.mean_of(papers.TABLE_3):.3f}"))

    def test_rows_that_the_papers_have(self):
        self.assertEqual(1.9582, papers.mean_for("tor-exit/paper/privasip-2-rsa/fresh"))
        self.assertIsNone(papers.mean_for("tor-exit/paper/privasip-2-rsa/standby"))


class Titles(unittest.TestCase):
    def test_topology_and_standby_are_said_once(self):
        for title, base in (("SIP over Tor", "SIP over Tor"), ("SIP over Tor, standby", "SIP over Tor"),
                            ("SIP over Tor, phone to phone", "SIP over Tor"), ("SIP over Tor, phone to phone, standby", "SIP over Tor"),
                            ("SIP by torsocks, without sipveil, phone to phone", "SIP by torsocks, without sipveil")):
            self.assertEqual(base, Row("", "", "", "", "", False, 0, title).base)


class Sealed(unittest.TestCase):
    def word(self, plain, sealed, plain_parts=None, sealed_parts=None):
        (found,) = sealing.compare(run(row(delays=plain, parts=plain_parts), row("privasip-2-rsa", delays=sealed, parts=sealed_parts)))
        return found.word

    def test_clear_cases(self):
        self.assertEqual("met", self.word([1.0] * 20, [1.001] * 20))
        self.assertEqual("missed", self.word([1.0] * 20, [1.003] * 20))
        self.assertEqual("missed, not by sealing",
                         self.word([1.0] * 20, [1.003] * 20, parts(network_s=0.5), parts(network_s=0.503, crypto_s=0.001)))

    def test_what_chance_hides_is_told_by_the_parts(self):
        plain, other = [0.9 + step / 100 for step in range(20)], [0.905 + step / 100 for step in range(20)]
        self.assertEqual("undecided", self.word(plain, other))
        self.assertEqual("met in its parts", self.word(plain, other, parts(proxies_s=0.003), parts(proxies_s=0.003, crypto_s=0.0015)))
        self.assertEqual("missed in its parts", self.word(plain, other, parts(proxies_s=0.003), parts(proxies_s=0.003, crypto_s=0.0025)))

    def test_only_privasip_2_is_judged_and_a_plain_row_is_needed(self):
        (found,) = sealing.compare(run(row(delays=[1.0]), row("privasip-1-aes", delays=[2.0])))
        self.assertEqual("not asked", found.word)
        self.assertEqual([], sealing.compare(run(row(delays=[1.0]), row("privasip-2-rsa", True, [2.0]))))

    def test_a_miss_is_explained(self):
        found = sealing.compare(run(row(delays=[1.0] * 5, parts=parts(network_s=1.0)),
                                    row("privasip-2-rsa", delays=[1.008] * 5, parts=parts(network_s=1.005, crypto_s=0.003))))
        self.assertIn("the mean call differs by +8.0 ms (circuit +0.0, network +5.0, proxies +0.0, crypto +3.0",
                      sealing.blocks(found)[-1].lines[0])


class AgainstRaw(unittest.TestCase):
    def test_limit(self):
        for delay, word in ((1.05, "met"), (1.06, "missed")):
            (found,) = against_raw.compare(run(row(standby=True, delays=[delay] * 3), row(delays=[9.0]), raw=[1.0, 1.0]))
            self.assertEqual(word, found.word)

    def test_a_miss_is_explained(self):
        missed = row(standby=True, delays=[1.2] * 3, parts=parts(circuit_s=0.15, network_s=1.04, proxies_s=0.01))
        missed.calls[0].source, missed.calls[1].source, missed.calls[2].source = "standby", "built", "standby"
        line = against_raw.blocks(against_raw.compare(run(missed, raw=[1.0])))[-1].lines[0]
        self.assertIn("1.200 x, 150.0 ms above the limit", line)
        self.assertIn("circuit +150.0, network beyond the raw round trip +40.0, proxies +10.0 ms", line)
        self.assertIn("1 built, 2 standby", line)


class Verdicts(unittest.TestCase):
    def table(self, *rows, raw=(), **about):
        table = verdicts.blocks(run(*rows, raw=raw, about={"arguments": {"calls": 10}, **about}))[0]
        return {line[0].split(" ", 1)[0]: line[-1] for line in table.rows}

    def test_the_papers_own_row(self):
        paper = {"profile": {"name": "paper"}}
        self.assertEqual("met", self.table(row(delays=[1.04]), **paper)["Plain"])
        self.assertTrue(self.table(row(delays=[1.3]), **paper)["Plain"].startswith("missed: "))
        self.assertTrue(self.table(row(delays=[1.3]), profile={"name": "global"})["Plain"].startswith("not asked of profile `global`"))
        self.assertTrue(self.table()["Plain"].startswith("undecided"))

    def test_the_worst_comes_first(self):
        rows = [row(standby=True, delays=[1.0]), row("privasip-2-rsa", True, [1.1]), row("privasip-2-ecies", True, [1.0])]
        self.assertEqual("missed in 1, met in 2 of 3 rows", self.table(*rows, raw=[1.0])["Rows"])

    def test_how_long_the_run_took(self):
        self.assertEqual("met", self.table(took_s=600, finished="then")["The"])
        self.assertEqual("missed", self.table(took_s=601, finished="then")["The"])
        self.assertEqual("undecided: the run did not come to its end", self.table(took_s=1, finished=None)["The"])


class Units(unittest.TestCase):
    def test_text(self):
        self.assertEqual(["-", "+0.0", "-1.5", "48 min 12 s", "1 h 02 min", "9.4 s"],
                         [units.ms(None), units.signed_ms(-0.00001), units.signed_ms(-0.0015),
                          *(units.duration(value) for value in (2892, 3720, 9.4))])
        self.assertEqual(["", "a", "a and b", "a, b and c"], [units.join(names) for names in ([], ["a"], ["a", "b"], ["a", "b", "c"])])


if __name__ == "__main__":
    unittest.main()

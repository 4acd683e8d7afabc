import json
import pathlib
import re
import sys
import tempfile
import unittest
from html.parser import HTMLParser
from unittest import mock

import delay_runs
from delaytables import report
from delaytables.report import html, markdown, reading, sections


class Page(HTMLParser):
    """Every tag is closed in its order; what the page refers to."""
    _EMPTY = ("meta", "img", "br")

    def __init__(self, text):
        super().__init__()
        self.open, self.references, self.wrong = [], [], []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.references += [value for name, value in attrs if name in ("src", "href")]
        if tag not in self._EMPTY:
            self.open.append(tag)

    def handle_endtag(self, tag):
        if not self.open or self.open.pop() != tag:
            self.wrong.append(tag)


def text_of(folder):
    """The report as Markdown, without its plots, which take long."""
    return markdown.render("Report", sections.build(reading.read(folder), {}))


class Folder(unittest.TestCase):
    def setUp(self):
        holder = tempfile.TemporaryDirectory()
        self.addCleanup(holder.cleanup)
        self.folder = pathlib.Path(holder.name)

    def make(self, **what):
        return delay_runs.make(self.folder, **{"calls": 15, "ways": ("tor-exit",)} | what)

    def change_run(self, **what):
        file = self.folder / "run.json"
        file.write_text(json.dumps({**json.loads(file.read_text()), **what}))


class WholeRun(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.holder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(cls.holder.cleanup)
        cls.folder = delay_runs.make(pathlib.Path(cls.holder.name), calls=15, ways=("tor-exit", "i2p"))
        cls.files = report.write(cls.folder)
        cls.text, cls.page = ((cls.folder / name).read_text(encoding="utf-8") for name in ("report.md", "report.html"))

    def test_sections_in_their_order(self):
        self.assertEqual(["What was run", "What was to be shown", "Delays", "Frequencies, as Tables 2 and 3",
                          "Distributions, as Figures 3 and 4", "Where the time goes", "REGISTER, as ANOSIP's Table 1",
                          "Capture, timeline and SIPp's log", "Qualities, as Table 6", "How to read this"],
                         re.findall(r"^## (.+)$", self.text, re.MULTILINE))

    def test_html_refers_to_nothing_outside(self):
        page = Page(self.page)
        self.assertEqual(([], []), (page.wrong, page.open))
        self.assertTrue(any(one.startswith("data:image/svg+xml") for one in page.references))
        for one in page.references:
            self.assertTrue(one.startswith(("#", "data:")), one[:60])
        self.assertNotIn("@import", self.page)
        self.assertNotIn("url(", self.page)

    def test_every_link_in_the_page_has_its_heading(self):
        for anchor in re.findall(r'href="#([^"]*)"', self.page):
            self.assertEqual(1, self.page.count(f' id="{anchor}"'), anchor)

    def test_plots_as_png_and_svg_and_each_in_the_report(self):
        names = {file.stem for file in self.files if file.suffix == ".png"}
        self.assertEqual(names, {file.stem for file in self.files if file.suffix == ".svg"})
        self.assertEqual(names, set(re.findall(r"\(plots/([^)]+)\.png\)", self.text)))
        self.assertLessEqual({"frequencies-table-2", "frequencies-table-3", "cumulative-tor-paper", "cumulative-i2p-phones", "boxes-tor-paper",
                              "parts-tor-paper-fresh", "parts-i2p-phones-standby", "registers-tor-exit", "registers-direct"}, names)
        self.assertNotIn("registers-tor-exit-with-challenge", names)

    def test_tables_are_even(self):
        for table in re.findall(r"(?:^\|.*\n)+", self.text, re.MULTILINE):
            widths = {len(re.findall(r"(?<!\\)\|", line)) for line in table.splitlines()}
            self.assertEqual(1, len(widths), table[:200])

    def test_what_was_run(self):
        self.assertIn("| took | 47 min 12 s |", self.text)
        self.assertIn("relay delay 18-42 ms, jitter 4.0 ms, loss 0.1 %", self.text)
        self.assertIn("- lane 3 lost its tor once | it was started again", self.text)

    def test_failed_calls_are_counted_and_named(self):
        self.assertRegex(self.text, r"\| SIP over Tor, fresh \| 15 \| 14 \| 1 \|")
        self.assertIn("1 call failed (1 never rang, answered with 504)", self.text)

    def test_fewer_calls_are_told_with_the_reason(self):
        self.assertIn("fewer calls than were asked for: 3 calls instead of 15: each takes about 25 s.", self.text)

    def test_what_a_connection_takes_is_told(self):
        self.assertRegex(self.text, r"SIP by torsocks, without sipveil, fresh \(phones\): what comes before .* makes it \d\.\d{3} s")

    def test_beside_the_papers(self):
        self.assertRegex(self.text, r"\| PrivaSIP over Tor \| 1\.9582 \| PrivaSIP-2 \(RSA\) over Tor \| \d\.\d{3} \|")
        self.assertIn("| 1.9 | 37 |", self.text)
        self.assertIn("| 20 to 30 | 58 |", self.text)

    def test_qualities(self):
        self.assertIn("| Privacy against proxies | yes | no | - |", self.text)
        self.assertIn("| Privacy against third parties | PrivaSIP-2 over Tor; SIP over Tor | yes | 0 of 41 canaries in 1203 packets |",
                      self.text)
        self.assertIn("- Maturity of the codebase: a judgement.", self.text)


class OneRow(Folder):
    """Of the least that can be: a single row, and no file that it can do without."""

    def setUp(self):
        super().setUp()
        name = "tor-exit/paper/sip/fresh"
        self.make()
        lines = (self.folder / "calls.csv").read_text().splitlines()
        (self.folder / "calls.csv").write_text("\n".join([lines[0], *(line for line in lines if line.startswith(name + ",")), ""]))
        self.change_run(rows=[row for row in json.loads((self.folder / "run.json").read_text())["rows"] if row["name"] == name])
        for file in ("register.csv", "criteria.json", "raw.csv"):
            (self.folder / file).unlink()

    def test_what_is_missing_is_told(self):
        text = text_of(self.folder)
        for words in ("No row with sealed names has a plain row beside it", "The REGISTER test was not run.", "There is no qualitative table",
                      "The rows for it (`tor-exit/paper/privasip-2-rsa/fresh` and the same with standby) were not run"):
            self.assertIn(words, text)

    def test_plots_of_an_earlier_report_go_and_nothing_else(self):
        (self.folder / "plots").mkdir()
        for name in ("boxes-gone.png", "mine.png"):
            (self.folder / "plots" / name).write_bytes(b"")
        files = report.write(self.folder)
        self.assertEqual({"frequencies-table-2", "cumulative-tor-paper", "boxes-tor-paper", "parts-tor-paper-fresh", "mine"},
                         {file.stem for file in files[2:]})

    def test_the_same_run_gives_the_same_report(self):
        first, second = (report.write(self.folder)[1].read_text(encoding="utf-8") for _ in range(2))
        self.assertEqual(first, second)


class BrokenRun(Folder):
    def test_nothing_at_all(self):
        text = text_of(self.folder)
        for words in ("`run.json` is missing", "`calls.csv` is missing", "No call was placed.", "The REGISTER test was not run.",
                      "There is nothing to draw."):
            self.assertIn(words, text)
        self.assertEqual(2, len(report.write(self.folder)))

    def test_no_raw_round_trips(self):
        self.make()
        (self.folder / "raw.csv").unlink()
        text = text_of(self.folder)
        self.assertIn("`raw.csv` is missing: no delay can be set against a raw round trip.", text)
        self.assertIn("undecided: no row with standby has a raw round trip beside it", text)
        self.assertIn("SIP over Tor, standby (paper), undecided: there is no raw round trip of this way and topology", text)

    def test_interrupted(self):
        self.make()
        file = self.folder / "calls.csv"
        lines = file.read_text().splitlines()
        file.write_text("\n".join([*lines[:24], lines[24][:40]]))  # one row, part of the next, half a line
        self.change_run(finished=None)
        text = text_of(self.folder)
        self.assertIn("The run did not come to its end", text)
        self.assertIn("1 line of `calls.csv` could not be read and is left out.", text)
        self.assertIn("SIP over Tor, standby (paper): 8 of 15 calls were placed; the run has not come to its end.", text)
        self.assertIn("undecided: the run did not come to its end", text)

    def test_half_a_line_that_looks_whole(self):
        self.make()
        file = self.folder / "raw.csv"
        file.write_text(file.read_text()[:-4])
        self.assertIn("1 line of `raw.csv` could not be read and is left out.", text_of(self.folder))

    def test_a_row_of_which_no_call_rang(self):
        self.make()
        file = self.folder / "calls.csv"
        lines = file.read_text().splitlines()
        file.write_text("\n".join([lines[0], *(",".join([*line.split(",")[:3], "0", "408", *[""] * 14]) for line in lines[1:]), ""]))
        self.assertIn("| SIP over Tor, fresh | 15 | 0 | 15 | - |", text_of(self.folder))
        report.write(self.folder)

    def test_calls_without_run_json(self):
        self.make()
        (self.folder / "run.json").unlink()
        text = text_of(self.folder)
        self.assertIn("what was run, on what machine and how is not known", text)
        self.assertIn("| privasip-2-rsa by tor-exit, standby | 15 | 14 | 1 |", text)

    def test_files_that_are_no_json(self):
        self.make()
        (self.folder / "run.json").write_text("{")
        (self.folder / "criteria.json").write_text("[]")
        text = text_of(self.folder)
        self.assertIn("`run.json` cannot be read", text)
        self.assertIn("`criteria.json` holds no object", text)

    def test_a_call_that_is_there_twice_counts_once(self):
        self.make(failing=False)
        file = self.folder / "calls.csv"
        lines = file.read_text().splitlines()
        file.write_text("\n".join([*lines, lines[3], ""]))
        self.assertIn("| SIP over Tor, fresh | 15 | 15 | 0 |", text_of(self.folder))

    def test_without_matplotlib(self):
        self.make()
        hidden = {"delaytables.report.plots": None, "matplotlib": None}
        with mock.patch.dict(sys.modules, hidden), mock.patch.object(report, "plots", create=True):
            del report.plots  # as if it had never been imported
            text = report.write(self.folder)[0].read_text(encoding="utf-8")
        self.assertIn("There are no plots", text)
        self.assertIn("python3-matplotlib", text)

    def test_what_is_no_markup_is_not_taken_for_it(self):
        self.make()
        self.change_run(problems=["<b>a</b> *b* | c"])
        blocks = sections.build(reading.read(self.folder), {})
        self.assertIn(r"- \<b>a\</b> \*b\* | c", markdown.render("", blocks))
        self.assertIn("<li>&lt;b&gt;a&lt;/b&gt; *b* | c</li>", html.render("", blocks, self.folder))


if __name__ == "__main__":
    unittest.main()

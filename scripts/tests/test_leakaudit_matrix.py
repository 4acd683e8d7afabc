import itertools
import pathlib
import tempfile
import unittest

from leakaudit.errors import AuditError
from leakaudit.matrix import FILE, MAY, MUST, NEVER, Matrix, Setting, compare

HEAD = """
[vantage]
here = "x"
there = "y"
[fact]
name = "z"
[groups]
both = ["here", "there"]
[linkage]
"""


class Rules(unittest.TestCase):
    def matrix(self, rules, setting=Setting("privasip-2", "home", "real")):
        with tempfile.TemporaryDirectory() as folder:
            file = pathlib.Path(folder) / "rules"
            file.write_text(HEAD + rules, encoding="utf-8")
            return Matrix(file, setting)

    def expected(self, *arguments):
        cells = self.matrix(*arguments).cells
        return cells["name", "here"].expected, cells["name", "there"].expected

    def test_the_last_that_fits_holds(self):
        rules = """
            [[rule]]
            facts = ["name"]
            must = ["@both"]
            reason = "first"
            [[rule]]
            facts = ["name"]
            scheme = ["privasip-2"]
            may = ["there"]
            reason = "second"
            """
        self.assertEqual((NEVER, MAY), self.expected(rules))
        self.assertEqual((MUST, MUST), self.expected(rules, Setting("none", "home", "real")))

    def test_mistakes(self):
        for wrong in ('facts = ["name"]\nmust = ["nowhere"]\nreason = "r"', 'facts = ["nothing"]\nreason = "r"', 'facts = ["name"]',
                      'facts = ["name"]\nreason = "r"\nmsut = []'):
            with self.assertRaises(AuditError, msg=wrong):
                self.matrix(f"[[rule]]\n{wrong}\n")
        with self.assertRaises(AuditError, msg="a fact without a rule"):
            self.matrix('[[rule]]\nfacts = ["name"]\nscheme = ["none"]\nreason = "r"\n')

    def test_differences_in_both_directions(self):
        matrix = self.matrix('[[rule]]\nfacts = ["name"]\nmust = ["here"]\nreason = "because"\n')
        looked_at = {"here": {"name"}, "there": {"name"}}
        self.assertEqual([], compare(matrix, {("name", "here")}, looked_at))
        (leak,) = compare(matrix, {("name", "here"), ("name", "there")}, looked_at)
        self.assertEqual(("there", True, "because"), (leak.vantage, leak.found, leak.reason))
        (missing,) = compare(matrix, set(), looked_at)
        self.assertEqual(("here", False), (missing.vantage, missing.found))

    def test_merged_columns_allow_what_any_of_them_allows(self):
        matrix = self.matrix('[[rule]]\nfacts = ["name"]\nmay = ["here"]\nreason = "because"\n').merged(["here", "there"], "all", "x")
        self.assertEqual(MAY, matrix.cells["name", "all"].expected)
        self.assertEqual(["all"], list(matrix.vantages))


class Expected(unittest.TestCase):
    def cell(self, fact, vantage, scheme="privasip-2", known_to="home", view="real"):
        return Matrix(FILE, Setting(scheme, known_to, view)).cells[fact, vantage].expected

    def test_every_run_has_a_rule_for_every_fact(self):
        for setting in itertools.product(("none", "privasip-1", "privasip-2"), ("home", "nobody", "callee", "callee-home"),
                                         ("real", "pseudonym")):
            matrix = Matrix(FILE, Setting(*setting))
            self.assertEqual(len(matrix.facts) * len(matrix.vantages), len(matrix.cells))

    def test_what_the_paper_promises(self):
        """PrivaSIP over Tor, section 4.2."""
        for view in ("real", "pseudonym"):
            for vantage in ("callee-phone", "callee-proxy", "callee-log", "callee-db", "tunnel", "caller-link", "callee-link"):
                self.assertEqual(NEVER, self.cell("caller-user", vantage, view=view), vantage)
            for vantage in ("caller-proxy", "caller-log", "caller-db", "tunnel", "caller-link", "callee-link"):
                self.assertEqual(NEVER, self.cell("callee-user", vantage, view=view), vantage)
        for vantage in ("caller-proxy", "caller-log", "caller-db"):
            self.assertEqual((MUST, NEVER), (self.cell("caller-user", vantage), self.cell("caller-user", vantage, view="pseudonym")))

    def test_the_classes(self):
        knows = {known_to: [vantage for vantage in ("callee-phone", "callee-proxy")
                            if self.cell("caller-user", vantage, known_to=known_to) == MUST]
                 for known_to in ("nobody", "callee", "home", "callee-home")}
        self.assertEqual({"nobody": [], "callee": ["callee-phone"], "home": [], "callee-home": ["callee-proxy"]}, knows)

"""Who may learn what, read from expected.toml, and how it compares with what was found."""
import dataclasses
import pathlib
import tomllib

from leakaudit.errors import AuditError

FILE = pathlib.Path(__file__).with_name("expected.toml")
MUST, MAY, NEVER = "must", "may", "never"


@dataclasses.dataclass(frozen=True)
class Setting:
    """What a rule may ask of a run. `scheme` is "none", "privasip-1" or "privasip-2"; `known_to` the privacy class. `network`: its
    section, if it has one, adds vantage points, facts and rules."""
    scheme: str
    known_to: str
    view: str
    network: str = "direct"

    def fits(self, rule):
        return all(value in rule.get(key, (value,)) for key, value in
                   (("scheme", self.scheme), ("class", self.known_to), ("view", self.view)))


@dataclasses.dataclass(frozen=True)
class Cell:
    """What is expected of one fact at one vantage point, and the reason that the rule gives."""
    expected: str
    reason: str


class Matrix:
    """`cells[fact, vantage]`, and what facts and vantage points mean."""

    def __init__(self, file, setting):
        with open(file, "rb") as opened:
            try:
                table = tomllib.load(opened)
            except tomllib.TOMLDecodeError as error:
                raise AuditError(f"{file}: {error}") from error
        self.setting = setting
        more = table.get(setting.network, {})
        self.vantages, self.facts = table["vantage"] | more.get("vantage", {}), table["fact"] | more.get("fact", {})
        self.linkage = table["linkage"]
        self._groups = table["groups"]
        self.cells = {}
        for rule in [*table["rule"], *more.get("rule", [])]:
            self._check(file, rule)
            if setting.fits(rule):
                for fact in rule["facts"]:
                    self._apply(fact, rule)
        missing = [fact for fact in self.facts if (fact, next(iter(self.vantages))) not in self.cells]
        if missing:
            raise AuditError(f"{file} has no rule for {missing[0]} with {setting}")

    def _check(self, file, rule):
        known = {"facts", "must", "may", "reason", "scheme", "class", "view"}
        names = [*rule["facts"], *self._spread(rule.get("must", ())), *self._spread(rule.get("may", ()))]
        unknown = [*(set(rule) - known), *(name for name in names if name not in self.facts and name not in self.vantages)]
        if unknown or not rule.get("reason"):
            raise AuditError(f"{file}: a rule for {rule['facts']} has no reason, or names {unknown or 'nothing unknown'}")

    def _apply(self, fact, rule):
        must, may = self._spread(rule.get("must", ())), self._spread(rule.get("may", ()))
        for vantage in self.vantages:
            expected = MUST if vantage in must else MAY if vantage in may else NEVER
            self.cells[fact, vantage] = Cell(expected, rule["reason"])

    def _spread(self, names):
        return [one for name in names for one in (self._groups[name[1:]] if name.startswith("@") else [name])]

    def merged(self, vantages, name, text):
        """The same with several vantage points seen as one: what is expected at any of them may be found there."""
        for fact in self.facts:
            cells = [self.cells.pop((fact, one)) for one in vantages]
            strongest = next(kind for kind in (MUST, MAY, NEVER) if any(cell.expected == kind for cell in cells))
            self.cells[fact, name] = Cell(strongest, cells[0].reason)
        self.vantages = {key: value for key, value in self.vantages.items() if key not in vantages} | {name: text}
        return self


@dataclasses.dataclass
class Difference:
    fact: str
    vantage: str
    found: bool
    expected: str
    reason: str


def compare(matrix, found, looked_at):
    """Differences between the matrix and `found`, a set of (fact, vantage). Only vantage points of `looked_at` count, and only
    facts that were planted: `looked_at` is {vantage: facts}."""
    differences = []
    for (fact, vantage), cell in matrix.cells.items():
        if fact not in looked_at.get(vantage, ()):
            continue
        seen = (fact, vantage) in found
        if seen and cell.expected == NEVER or not seen and cell.expected == MUST:
            differences.append(Difference(fact, vantage, seen, cell.expected, cell.reason))
    return differences

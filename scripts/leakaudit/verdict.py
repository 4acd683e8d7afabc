"""What a Record means: leaks, what was not looked at, and what links calls."""
import dataclasses

from leakaudit import linkage, matrix
from leakaudit.evidence import Evidence
from leakaudit.i2p_bed import NAMES, ROUTER
from leakaudit.search import Searcher

MERGED = "links"
_MERGED_TEXT = "every link between two machines: on loopback it cannot be told which is which"
_LINKS = ("caller-link", "tunnel", "callee-link")
# Where SIP has to pass in every run; what is empty there was not looked at.
_HAVE_SIP = ("caller-phone", "caller-proxy", "callee-proxy", "callee-phone")


@dataclasses.dataclass
class Verdict:
    record: object
    matrix: matrix.Matrix
    findings: list          # every evidence.Finding
    differences: list       # matrix.Difference
    leaks: list             # those of `findings` that the matrix forbids
    problems: list          # sentences
    links: list             # linkage.Link
    looked_at: dict         # vantage -> {"bytes", "messages", "dialogs"}
    found: set              # (fact, vantage)

    @property
    def clean(self):
        return not (self.leaks or self.differences or self.problems or self.links)


def judge(record, expected=matrix.FILE, setting=None):
    """`setting`: judge as if the run had been this one, to see that the audit can fail."""
    setting = setting or setting_of(record.plan)
    table = _with_pseudonyms(matrix.Matrix(expected, setting), record.canaries)
    if setting.network == "i2p":
        table.merged((*_i2p_links(record.plan), ROUTER), ROUTER, table.vantages[ROUTER])
    if MERGED in record.evidence:
        table.merged(_LINKS, MERGED, _MERGED_TEXT)
        _fold(record, _LINKS, MERGED)
    searcher = Searcher(record.canaries)
    seen_at = [record.evidence[vantage] for vantage in table.vantages if vantage in record.evidence]
    findings = [one for seen in seen_at for one in seen.findings(searcher)]
    found = {(one.fact, one.vantage) for one in findings}
    planted = {one.fact for one in record.canaries}
    looked_at = {vantage: planted for vantage in table.vantages}
    differences = matrix.compare(table, found, looked_at)
    if record.plan.only:  # of some scenarios it cannot be said what they must show
        differences = [one for one in differences if one.found]
    forbidden = {(one.fact, one.vantage) for one in differences if one.found}
    leaks = [one for one in findings if (one.fact, one.vantage) in forbidden]
    unsent = _unsent(record, findings)
    problems = [*record.problems, *(f"{name}: {text}" for name, text in record.silent.items()), *_empty(record, table), *unsent]
    seen = {vantage: {"bytes": one.size, "messages": len(one.messages), "dialogs": len(one.dialogs)}
            for vantage, one in record.evidence.items()}
    return Verdict(record, table, findings, differences, leaks, problems, _links(record, table), seen, found)


def setting_of(plan):
    identity = plan.identity
    if identity is None:
        return matrix.Setting("none", "home", "real", plan.network)
    return matrix.Setting(identity.scheme, identity.caller_known_to, identity.view, plan.network)


def _i2p_links(plan):
    """The links that are I2P: all but the LAN between alice's phone and her proxy."""
    return _LINKS[1:] if plan.direction == "a>b" else _LINKS[:2]


def _with_pseudonyms(table, canaries):
    """Rows for the pseudonyms of a run: the user's own domain has them, and nobody else."""
    for fact in sorted({one.fact for one in canaries if one.fact.endswith("-pseudonym")}):
        own = "caller" if fact.startswith("caller") else "callee"
        table.facts = {**table.facts, fact: f"by what name the proxy of its domain knows the {fact.split('-')[0]}"}
        for vantage in table.vantages:
            at_home = vantage in (f"{own}-proxy", f"{own}-log", f"{own}-db")
            asked = own == "callee" or table.setting.known_to == "home" or vantage == "caller-db"
            expected = matrix.NEVER if not at_home else matrix.MUST if asked else matrix.MAY
            table.cells[fact, vantage] = matrix.Cell(expected, "pseudonyms are between a sipveil and the proxy beside it")
    return table


def _fold(record, vantages, name):
    whole = record.evidence[name]
    for vantage in vantages:
        if vantage in record.evidence:
            whole.take(record.evidence.pop(vantage))


def _empty(record, table):
    if table.setting.known_to != "home":  # calls do not pass the caller's proxy then, and he does not register
        passed = [vantage for vantage in table.vantages if vantage not in ("caller-link", "caller-proxy", "caller-log")]
    else:
        passed = table.vantages
    for vantage in passed:
        seen = record.evidence.get(vantage, Evidence(vantage))
        if vantage in _HAVE_SIP and not seen.messages:
            yield f"{vantage}: not a single SIP message was seen: nothing was looked at"
        elif vantage != "elsewhere" and vantage not in (*_LINKS, MERGED, ROUTER) and not seen.size:
            yield f"{vantage}: nothing was there to be looked at"
        elif vantage == "elsewhere" and seen.messages:
            yield f"elsewhere: {len(seen.messages)} SIP messages went a way that is none of those known, {seen.messages[0][0]}"
    if not any(record.evidence.get(vantage, Evidence(vantage)).messages for vantage in ("tunnel", MERGED, ROUTER)):
        yield "tunnel: not a single SIP message was seen: nothing was looked at"


def _unsent(record, findings):
    """The positive control, canary by canary: what a phone was given to say must be on its own wire."""
    seen = {one.canary for one in findings if one.vantage.endswith("-phone")}
    if record.plan.only or record.silent:
        return
    silent = [one.name for one in record.canaries
              if one.name not in seen and not one.fact.endswith(("-password", "-pseudonym", NAMES))]
    if silent:
        yield f"{len(silent)} canaries were never sent, so nobody could have found them: {', '.join(silent[:8])}"


def _links(record, table):
    """Words that are canaries do not count: they are leaks, or may be there."""
    ignored = [one.text.lower() for one in record.canaries]
    rules, found = table.linkage, []
    handed_on = rules["handed_on"]
    for name, other in rules["apart"]:
        if name in record.evidence and other in record.evidence:
            found += linkage.between(name, record.evidence[name], other, record.evidence[other], handed_on, ignored)
    for name in rules["calls_apart"]:
        if name in record.evidence:  # not where links are merged: a registration's token rightly is in each call to it
            found += linkage.between_calls(name, record.evidence[name], handed_on, ignored)
    return found

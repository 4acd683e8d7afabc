"""What the leak audit and a look at the test bed find of each scheme: the material of the qualitative table (criteria.py).

Who learns a name does not depend on what carries the messages, so schemes are audited on plain TCP, where each link can be read. What
can be read between the domains, and who learns whose address, is asked once for each network, with plain SIP: it seals nothing, so what
is not found then is not found with any scheme.
"""
import contextlib
import dataclasses
import json
import pathlib
import sys
import threading
import time

from callrun import networks
from callrun.children import Child
from callrun.errors import RunError
from delaytables import crossing
from labnet.errors import LabError
from leakaudit import report as audit_report
from leakaudit import run, verdict
from leakaudit.bed import namespaces_available
from leakaudit.errors import AuditError
from trapezoid import identities, look

PLAIN = "plain"  # plain SIP without any sipveil: the proxies call each other
# Two calls between the same people, so that it can be asked whether they are linked. Registration and its end are always played.
SCENARIOS = ("completed-call", "ended-by-callee")
_SCRIPTS = pathlib.Path(__file__).resolve().parents[1]
_FOUND = ("yes", "may", "LEAK")
_NETWORK_AUDIT_S, _NETWORK_ENDS_S = 300.0, 60.0
_CROSSED = "tor"  # the audit itself watches the machines' packets with I2P


@dataclasses.dataclass(frozen=True)
class Audit:
    """A run of the leak audit. found: (fact, vantage point). looked_at: {vantage point: {"bytes", "messages", "dialogs"}}. links:
    {"what", "word", ...}, words that show that two things belong together."""
    title: str
    canaries: int
    found: frozenset
    looked_at: dict
    links: list
    problems: list
    sockets: dict

    @classmethod
    def of(cls, title, told):
        """From what scripts/leak-audit --json writes, of one run."""
        (one,) = told["runs"]
        (matrix,) = told["matrix"].values()
        found = {(fact, vantage) for fact, row in matrix.items() for vantage, sign in row.items() if sign in _FOUND}
        return cls(title, one["canaries"], frozenset(found), one["looked_at"], one["links"], one["problems"], one["sockets"])

    @property
    def programs(self):
        """As crossing.Crossing, where sockets were watched: a sipveil that speaks to a router of its own has one beside it."""
        return {node: ["sipveil", *(["i2pd"] if any("its own router" in what for what in used) else [])]
                for node, used in self.sockets.items() if node.startswith("phone-")}

    def bytes_at(self, vantage):
        return self.looked_at.get(vantage, {}).get("bytes", 0)


@dataclasses.dataclass
class Material:
    """By column: PLAIN or a scheme. What could not be had is missing, and `problems` says why."""
    audits: dict = dataclasses.field(default_factory=dict)      # column -> Audit
    pseudonyms: dict = dataclasses.field(default_factory=dict)  # scheme -> Audit with view = "pseudonym"
    looks: dict = dataclasses.field(default_factory=dict)       # scheme -> look.Look
    networks: dict = dataclasses.field(default_factory=dict)    # network -> Audit of plain SIP over it
    crossings: dict = dataclasses.field(default_factory=dict)   # PLAIN or network -> crossing.Crossing
    problems: list = dataclasses.field(default_factory=list)


def gather(binary, folder, of_networks, schemes, report):
    """The Material. Nothing runs when it returns; `folder` is made."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    made = Material()
    if not namespaces_available(folder / "probe"):
        made.problems.append("no network namespaces can be had here, so that nothing could be audited")
        return made
    with contextlib.ExitStack() as stack:
        audits = {name: _NetworkAudit(binary, folder, name, report) for name in of_networks}
        for wait_or_end in (_NetworkAudit.wait, _NetworkAudit.end):  # at the end: first all are told, then all are waited for
            for one in audits.values():
                stack.callback(wait_or_end, one)
        _audit_schemes(made, binary, folder, schemes, report)
        _cross(made, binary, folder, of_networks, report)
        for name, one in audits.items():
            with _told(made, f"leak audit over {name}", report):
                made.networks[name] = one.verdict()
    return made


@contextlib.contextmanager
def _told(made, what, report):
    """What fails within becomes a problem."""
    begin = time.monotonic()
    try:
        yield
        report(f"{what}: done ({time.monotonic() - begin:.1f} s)")
    except (RunError, LabError, AuditError, OSError) as error:
        made.problems.append(f"{what}: {error}")
        report(made.problems[-1])


def _audit_schemes(made, binary, folder, schemes, report):
    for number, (kept, column, plan) in enumerate(_plans(made, schemes)):
        title = PLAIN if plan.without_sipveil else f"{column}{', view pseudonym' if kept is made.pseudonyms else ''}"
        with _told(made, f"leak audit, {title}", report):
            # A short name: below it lie Unix sockets, whose path may have 107 characters.
            record = run.play(binary, folder / str(number), plan, lambda sentence: None)
            kept[column] = Audit.of(title, audit_report.as_json([verdict.judge(record)]))
    for column in schemes:
        with _told(made, f"size of an INVITE, {column}", report):
            made.looks[column] = look.at(binary, folder / f"look-{column}", identities.named(column))


def _plans(made, schemes):
    """(where the Audit is kept, column, run.Plan)"""
    yield made.audits, PLAIN, run.Plan(None, only=SCENARIOS, without_sipveil=True)
    for name in schemes:
        yield made.audits, name, run.Plan(identities.named(name), only=SCENARIOS)
    for name in schemes:
        if identities.named(name):
            yield made.pseudonyms, name, run.Plan(identities.named(name, view="pseudonym"), only=SCENARIOS)


def _cross(made, binary, folder, of_networks, report):
    with _told(made, "a call without sipveil", report):
        made.crossings[PLAIN] = crossing.look(binary, folder / "c0")
    if _CROSSED in of_networks:
        with _told(made, f"a call over {_CROSSED}", report):
            network = networks.KINDS[_CROSSED](networks.KINDS[_CROSSED].lab_class(folder / "l"))
            with contextlib.ExitStack() as stack:
                network.up(stack, users=crossing.USERS)
                made.crossings[_CROSSED] = crossing.look(binary, folder / "c1", network)


# --- over a network: the command itself, which sees to its rights, and brings the network up while others are at work ---

class _NetworkAudit:
    """Begins when it is made, in a thread; end() ends it before its time."""

    def __init__(self, binary, folder, name, report):
        self._name, self._report, self._file, self._log = name, report, folder / f"{name}.json", folder / f"{name}.log"
        self._command = ["env", f"PYTHONPATH={_SCRIPTS}", sys.executable, "-B", "-m", "leakaudit", "--network", name, "--scheme", "none",
                         "--direction", "a>b", "--scenarios", ",".join(SCENARIOS), "--binary", binary, "--json", self._file, "--quiet"]
        self._ended, self._failure = threading.Event(), None
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def verdict(self):
        """Waits for it; the Audit."""
        self.wait()
        if self._failure:
            raise self._failure
        return Audit.of(f"sip over {self._name}", json.loads(self._file.read_text(encoding="utf-8")))

    def end(self):
        self._ended.set()

    def wait(self):
        self._thread.join()

    def _run(self):
        """Networks fail to come up now and then: it is tried once more."""
        try:
            words = self._try()
            if words and not self._ended.is_set():
                self._report(f"leak audit over {self._name}: once more, for {words[-1]}")
                words = self._try()
            self._failure = RunError(f"no verdict; its last words: {' '.join(words)}") if words else None
        except (RunError, OSError) as error:
            self._failure = error

    def _try(self):
        """Its last words, [] if there is a verdict."""
        child = Child(f"leak-audit --network {self._name}", self._command, self._log)
        try:
            deadline = time.monotonic() + _NETWORK_AUDIT_S
            while child.exit_code is None and time.monotonic() < deadline and not self._ended.wait(0.1):
                pass
        finally:
            child.stop(_NETWORK_ENDS_S)
        return [] if self._file.exists() else child.last_words(3).splitlines() or ["none"]

"""--pcap FILE --canaries FILE: the same search in a capture that was made elsewhere."""
import collections
import dataclasses

from leakaudit import canary, evidence
from leakaudit.search import Searcher


@dataclasses.dataclass
class Verdict:
    leaks: list      # of evidence.Finding that nobody expected
    expected: list   # of those that the canary allows
    problems: list   # sentences: why nothing, or not everything, was looked at, and what had to be there and was not
    canaries: list
    messages: dict   # kind -> count
    dialogs: int
    frames: int

    @property
    def clean(self):
        return not self.leaks and not self.problems


def judge(capture, canaries_file):
    """The Verdict over the capture file; AuditError if a file cannot be read."""
    canaries = canary.load(canaries_file)
    captured = evidence.read_capture(capture)
    seen = evidence.Evidence(capture.name)
    for flow in captured.flows:
        seen.add_flow(flow)
    findings = seen.findings(Searcher(canaries))
    expects = {one.name: one.expect for one in canaries}
    found = {finding.canary for finding in findings}
    problems = _not_looked_at(captured, seen)
    problems += [f"{one.name!r} had to be there and was not found: was the right place captured?"
                 for one in canaries if one.expect == "must" and one.name not in found]
    leaks = [finding for finding in findings if expects[finding.canary] == "never"]
    expected = [finding for finding in findings if expects[finding.canary] != "never"]
    kinds = collections.Counter(message.kind for _, message in seen.messages)
    return Verdict(leaks, expected, problems, canaries, dict(kinds), len(seen.dialogs), captured.frames)


def _not_looked_at(captured, seen):
    problems = []
    if not captured.frames:
        problems.append("the capture holds no packet: nothing was looked at")
    elif not seen.messages:
        problems.append("the capture holds no readable SIP message (encrypted, or another place): nothing was looked at")
    if captured.cut:
        problems.append(f"{captured.cut} packets were cut when they were captured; capture whole ones (tcpdump -s 0)")
    if seen.missing:
        problems.append(f"{seen.missing} bytes of TCP streams are missing in the capture: they were not looked at")
    return problems

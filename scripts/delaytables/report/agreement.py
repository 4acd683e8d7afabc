"""How far the three ways to measure a call differ: capture, sipveil's timeline, SIPp's log."""
import statistics

from delaytables.report import units
from delaytables.report.document import Table, Text

_OTHERS = (("timeline_s", "sipveil's timeline"), ("phone_s", "SIPp's log"))


def blocks(run):
    rows = [row for row in run.rows if row.delays]
    found = {field: [one for row in rows for one in _differences(row, field)] for field, _ in _OTHERS}
    if not any(found.values()):
        return [Text("No call was measured in more than one way.")]
    told = [Text("The figures of this report are those of the capture at the caller (tshark), the papers' way. " + " ".join(
        _sentence(name, found[field]) for field, name in _OTHERS) + " A positive difference: longer than by the capture.")]
    lines = []
    for row in rows:
        cells = [_cells(_differences(row, field)) for field, _ in _OTHERS]
        lines.append([row.label, row.topology, units.seconds(statistics.fmean(row.delays)), _mean(row, "timeline_s"), *cells[0], *cells[1]])
    head = ["row", "topology", "capture: mean, s", "timeline: mean, s", "timeline: calls", "median, ms", "largest, ms", "SIPp: calls",
            "median, ms", "largest, ms"]
    return [*told, Text("Means are of all calls that each has; medians and largest are of the differences."), Table(head, lines, "llrrrrrrrr")]


def _mean(row, field):
    values = [getattr(call, field) for call in row.calls if getattr(call, field) is not None]
    return units.seconds(statistics.fmean(values)) if values else "-"


def _differences(row, field):
    return [getattr(call, field) - call.invite_to_180_s for call in row.calls
            if call.invite_to_180_s is not None and getattr(call, field) is not None]


def _sentence(name, differences):
    if not differences:
        return f"No call has a time by {name}."
    return (f"By {name}, {units.count(len(differences), 'call')} differ from it by {units.signed_ms(statistics.median(differences), 2)} ms "
            f"in the median, by {units.ms(max(map(abs, differences)), 2)} ms at most.")


def _cells(differences):
    if not differences:
        return [0, "-", "-"]
    return [len(differences), units.signed_ms(statistics.median(differences), 2), units.signed_ms(max(differences, key=abs), 2)]

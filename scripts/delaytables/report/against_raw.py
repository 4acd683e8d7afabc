"""Calls over standby links against the raw round trip on the same kind of path: the limit of what can be had."""
import dataclasses
import statistics

from delaytables.record import PARTS
from delaytables.report import stats, units
from delaytables.report.document import Bullets, Table, Text

LIMIT = 1.05
_HEAD = ["row", "topology", "calls", "median, s", "raw median, s", "echoes", "ratio", "links of the calls", f"within {LIMIT} x"]
_SMALLEST_PART_S = 0.0005  # what counts less is left out of a sentence


@dataclasses.dataclass(frozen=True)
class AgainstRaw:
    """raw: seconds of every raw round trip of the row's way and topology in the same run."""
    row: object
    raw: list

    @property
    def median(self):
        return statistics.median(self.row.delays) if self.row.delays else None

    @property
    def raw_median(self):
        return statistics.median(self.raw) if self.raw else None

    @property
    def ratio(self):
        return self.median / self.raw_median if self.median is not None and self.raw_median else None

    @property
    def word(self):
        if self.ratio is None:
            return "undecided"
        return "met" if self.ratio <= LIMIT else "missed"


def compare(run):
    return [AgainstRaw(row, run.raw.get((row.way, row.topology), [])) for row in run.rows if row.standby and row.calls]


def blocks(found):
    if not found:
        return [Text("No row with standby was run.")]
    rows = [[one.row.label, one.row.topology, len(one.row.delays), units.seconds(one.median), units.seconds(one.raw_median), len(one.raw),
             "-" if one.ratio is None else f"{one.ratio:.3f}", _sources(one.row), one.word] for one in found]
    told = [Text("Rows with standby: the median of the calls against 1.05 x the median raw round trip (an echo of 600 bytes on a stream "
                 "that is open, leg by leg) of the same way and topology, measured beside the calls. What an "
                 "INVITE is longer than that, and the TLS server in front of the callee's proxy where there is one, counts as network beyond it."),
            Table(_HEAD, rows, "llrrrrrll")]
    why = [_why(one) for one in found if one.word != "met"]
    return [*told, *([Bullets(why)] if why else [])]


def _sources(row):
    counts = {}
    for call in row.calls:
        if call.source:
            counts[call.source] = counts.get(call.source, 0) + 1
    moved = sum(1 for call in row.calls if call.moved)
    return ", ".join([*(f"{count} {source}" for source, count in sorted(counts.items())), *([f"{moved} moved"] if moved else [])]) or "-"


def _why(one):
    """By means: only they sum up. The network part is set against the mean raw round trip."""
    name = f"{one.row.label} ({one.row.topology}), {one.word}"
    if one.ratio is None:
        return f"{name}: no call rang." if one.median is None else f"{name}: there is no raw round trip of this way and topology in this run."
    if not one.row.measured:
        return f"{name}: {one.ratio:.3f} x; the parts of its calls are not known."
    means, raw = stats.part_means(one.row.measured, PARTS), statistics.fmean(one.raw)
    mean = one.row.measured_mean
    means["network_s"] -= raw
    largest = sorted((part for part in PARTS if abs(means[part]) >= _SMALLEST_PART_S), key=lambda part: -abs(means[part]))
    parts = ", ".join(f"{'network beyond the raw round trip' if part == 'network_s' else part.removesuffix('_s')} "
                      f"{units.signed_ms(means[part])}"
                      for part in largest)
    return (f"{name}: {one.ratio:.3f} x, {units.ms(one.median - LIMIT * one.raw_median)} ms above the limit. The mean call is "
            f"{units.signed_ms(mean - raw)} ms from the mean raw round trip: {parts or 'no part of 0.5 ms or more'} ms. Links of the "
            f"calls: {_sources(one.row)}.")

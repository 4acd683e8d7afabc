"""What was to be shown, and whether it is."""
import statistics

from delaytables.report import against_raw, papers, sealing, stats, units
from delaytables.report.document import Heading, Table, Text

_NEAR_S, _AROUND_S = 1.0, 0.1
# {calls: minutes} that a default run may take
_MINUTES = {100: 60, 10: 10}


def blocks(run):
    sealed, standby = sealing.compare(run), against_raw.compare(run)
    rows = [_plain(run), _sealed(sealed), _standby(standby), _took(run)]
    return [Table(["what", "asked", "measured", "verdict"], rows, "llll"),
            Heading("What sealing names adds", 3), *sealing.blocks(sealed),
            Heading("Standby against the raw round trip", 3), *against_raw.blocks(standby),
            Heading("Beside the papers' means", 3), *_papers(run)]


def _plain(run):
    """What makes every other row comparable with the papers': their own set-up has to take as long as theirs did."""
    what = [f"Plain SIP as the papers ran it (`{papers.TABLE_2_ROW}`)",
            f"median near {_NEAR_S:.1f} s ({_NEAR_S - _AROUND_S:.1f} to {_NEAR_S + _AROUND_S:.1f} s)"]
    row = next((row for row in run.rows if row.name == papers.TABLE_2_ROW), None)
    if row is None or not row.delays:
        return [*what, "-", "undecided: the row was not run, or no call rang"]
    median = statistics.median(row.delays)
    measured = f"{median:.3f} s over {units.count(len(row.delays), 'call')}"
    if abs(median - _NEAR_S) <= _AROUND_S:
        return [*what, measured, "met"]
    if not _calibrated(run.profile):
        return [*what, measured, f"not asked of profile `{run.profile.get('name', 'unknown')}`, only of the calibrated one"]
    means = stats.part_means(row.measured, ("circuit_s", "network_s"))
    return [*what, measured,
            f"missed: in the mean {means['circuit_s']:.3f} s wait for circuits, {means['network_s']:.3f} s are the legs' round trips"]


def _calibrated(profile):
    return str(profile.get("description", "")).startswith("calibrated") or profile.get("name") == "paper"


def _sealed(found):
    what = ["PrivaSIP-2 rows against the plain row of the same way, topology and standby", "within 2 ms (in the paper: about 1 s)"]
    found = [one for one in found if one.targeted]
    whole = [one.whole.value for one in found if one.whole]
    if not whole:
        return [*what, "-", "undecided: no such pair of rows was run"]
    measured = [_range(f"INVITE to 180, {kind}", [one.whole.value for one in found if one.whole and one.row.kind == kind])
                for kind in ("standby", "fresh")]
    measured.append(_range("what sealing can change of it", [one.parts.value for one in found if one.parts]))
    return [*what, "; ".join(filter(None, measured)), _counted(found)]


def _range(name, values):
    return f"{name}: {units.signed_ms(min(values))} to {units.signed_ms(max(values))} ms" if values else ""


def _standby(found):
    what = ["Rows with standby against the raw round trip", f"median within {against_raw.LIMIT} x"]
    ratios = [one.ratio for one in found if one.ratio is not None]
    if not ratios:
        return [*what, "-", "undecided: no row with standby has a raw round trip beside it"]
    return [*what, f"{min(ratios):.3f} to {max(ratios):.3f} x", _counted(found)]


def _counted(found):
    """met in 7 of 9 rows, ...: begins with what the worst of them is."""
    counts = {}
    for one in found:
        counts[one.word] = counts.get(one.word, 0) + 1
    if set(counts) == {"met"}:
        return f"met in all {units.count(len(found), 'row')}" if len(found) > 1 else "met"
    worst_first = sorted(counts, key=lambda word: (not word.startswith("missed"), not word.startswith("undecided"), word))
    return ", ".join(f"{word} in {counts[word]}" for word in worst_first) + f" of {units.count(len(found), 'row')}"


def _took(run):
    calls, took = run.arguments.get("calls"), run.about.get("took_s")
    limit = _MINUTES.get(calls)
    what = ["The run", f"within {limit} minutes on 2 cores" if limit else "100 calls within 60 minutes, 10 calls within 10, on 2 cores"]
    if not isinstance(took, (int, float)):
        return [*what, "-", "undecided: how long it took is not known"]
    measured = f"{units.duration(took)}, {units.count(calls, 'call') if calls else 'calls'} a row"
    if not run.about.get("finished"):
        return [*what, measured, "undecided: the run did not come to its end"]
    if limit is None:
        return [*what, measured, "not asked of this number of calls"]
    return [*what, measured, "met" if took <= limit * 60 else "missed"]


def _papers(run):
    """The paper's mean, and what the row that is built as theirs takes here, fresh and with standby."""
    by_name, rows, shared = {row.name: row for row in run.rows}, [], []
    for name, mean in papers.MEANS.items():
        fresh = by_name.get(papers.row_of(name))
        shared += [fresh.base] if fresh and fresh.shares else []
        standby = fresh.sibling(run.rows, standby=True) if fresh else None
        rows.append([name, f"{mean:.4f}", fresh.base if fresh else "not part of sipveil" if name.startswith("OnionSIP") else "not run",
                     *_mean_and_factor(fresh, mean), *_mean_and_factor(standby, mean)])
    return [Text("Means in seconds. The papers' way is a new circuit for each call and nothing opened ahead (fresh); standby is ours. A "
                 "factor above 1: so many times as fast as the paper. The earlier paper's Tables 2 and 3 give means of "
                 f"{papers.mean_of(papers.TABLE_2):.3f} s (plain) and {papers.mean_of(papers.TABLE_3):.3f} s (PrivaSIP-2 with RSA); those "
                 "below are the later paper's."),
            Table(["paper's row", "paper's mean", "our row", "fresh", "factor", "standby", "factor"], rows, "lrlrrrr"),
            *([Text(f"{units.join(shared)}: all calls share one stream, also in the row called fresh; the paper does not say whether its "
                    "calls did.")] if shared else [])]


def _mean_and_factor(row, paper_mean):
    if row is None or not row.delays:
        return ["-", "-"]
    mean = statistics.fmean(row.delays)
    return [units.seconds(mean), f"{paper_mean / mean:.2f}"]

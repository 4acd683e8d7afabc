"""The main table: every row's delays, beside the raw round trip and the paper."""
import statistics

from delaytables.report import papers, stats, units
from delaytables.report.document import Bullets, Heading, Table, Text

NETWORKS = {"tor": "Tor", "i2p": "I2P"}
TOPOLOGIES = {"paper": "the papers' topology", "phones": "phone to phone"}
_LONG_BEFORE_S = 0.05  # a user would feel more
_HEAD = ["row", "wanted", "rang", "failed", "mean", "median", "sd", "p95", "max", "raw median", "ratio", "paper's mean"]


def title(network, topology):
    return f"{NETWORKS.get(network, network)}, {TOPOLOGIES.get(topology, topology)}"


def blocks(run):
    groups = run.groups()
    if not groups:
        return [Text("There are no calls.")]
    found = [Text("INVITE sent to 180 received at the caller, in seconds, by the capture there; over all calls that rang. Failed calls "
                  "did not get from INVITE to the end of BYE. Ratio: the median by the raw median, of echoes on open streams of the same "
                  "way and topology.")]
    for (network, topology), rows in groups:
        lines = [_line(row, run.raw.get((row.way, row.topology), [])) for row in rows]
        found += [Heading(title(network, topology), 3), Table(_HEAD, lines, "l" + "r" * 11)]
    notes = [*_grouped((note, row) for row in run.rows for note in _notes(row, run.arguments.get("calls"), bool(run.about.get("finished")))), *_raw_notes(run, groups)]
    return [*found, *([Text("Notes:"), Bullets(notes)] if notes else [])]


def _line(row, raw):
    told, raw_median, paper = stats.summary(row.delays), statistics.median(raw) if raw else None, papers.mean_for(row.name)
    head = [row.label, row.wanted, len(row.delays), row.failed]
    if told is None:
        return [*head, *["-"] * 5, units.seconds(raw_median), "-", "-" if paper is None else f"{paper:.4f}"]
    return [*head, *(units.seconds(value) for value in (told.mean, told.median, told.sd, told.p95, told.max, raw_median)),
            units.ratio(told.median, raw_median), "-" if paper is None else f"{paper:.4f}"]


def _grouped(notes):
    """Rows of which the same is to be said are one line."""
    rows = {}
    for note, row in notes:
        rows.setdefault(note, []).append(f"{row.label} ({row.topology})")
    return [f"{'; '.join(names)}: {note}" for note, names in rows.items()]


def _notes(row, asked, over):
    if asked and row.wanted < asked:
        yield f"fewer calls than were asked for: {row.note or f'{row.wanted} instead of {asked}'}."
    elif row.note:
        yield row.note
    if len(row.calls) < row.wanted:
        why = "the others could not be" if over else "the run has not come to its end"
        yield f"{len(row.calls)} of {units.count(row.wanted, 'call')} were placed; {why}."
    if row.shares:
        yield "its calls share one stream: none waits for a circuit or session of its own, whatever the row is called."
    if row.failed:
        yield f"{units.count(row.failed, 'call')} failed ({_failures(row)})."
    setups = [call.setup_s for call in row.calls if call.invite_to_180_s is not None and call.setup_s is not None]
    if setups and statistics.median(setups) - statistics.median(row.delays) > _LONG_BEFORE_S:
        yield ("what comes before the INVITE that counts (opening a connection, or being asked for credentials) makes it "
               f"{statistics.median(setups):.3f} s in the median from the beginning to 180.")


def _failures(row):
    """What became of them: 2 never rang with 504, 1 rang and broke off."""
    counts = {}
    for call in row.calls:
        if not call.complete:
            rang = "rang and broke off" if call.invite_to_180_s is not None else "never rang"
            what = rang if call.answer is None else f"{rang}, answered with {call.answer}"
            counts[what] = counts.get(what, 0) + 1
    return "; ".join(f"{count} {what}" for what, count in sorted(counts.items()))


def _raw_notes(run, groups):
    missing = dict.fromkeys((row.way, row.topology) for _, rows in groups for row in rows if not run.raw.get((row.way, row.topology)))
    return [f"No raw round trip of `{way}`, topology `{topology}`, was measured." for way, topology in missing]

"""The REGISTER test of ANOSIP, section 6: ten a second for 30 s, through the tunnel."""
from delaytables.report import papers, stats, units
from delaytables.report.document import Heading, Table, Text

_MOST_BINS = 40  # lines of a table that is still read
_CHALLENGED = " with challenge"  # after a way: the same registrations from the REGISTER without credentials on, so two round trips
_HEAD = ["way", "sent", "200", "other", "none", "median, s", "p95, s", "max, s", "median of first third, s", "of last third, s", "raw, s"]
_TITLES = {"direct": "plain TCP, no overlay"}  # ways of this test alone


def blocks(run, pictures):
    """`pictures`: {way: [Picture]}."""
    if not run.registrations:
        return [Text("The REGISTER test was not run.")]
    found = [Text("REGISTER through the tunnel, ten a second for 30 s, as in ANOSIP's section 6. Its Table 1 lists 97 of 200 responses, "
                  "all within 40 ms; it does not tell the delays of its network, and no response over Tor or I2P can come before the "
                  "round trip of the path. Its Figure 5 has first responses that come quickly and later ones after 2.5 to 3 s: whether "
                  "ours grow is seen from the first and the last third. Where the registrar asks for credentials, the time is that of the "
                  "REGISTER with them; with challenge: from the one without, so two round trips. Raw: the median round trip of one leg.")]
    found.append(Table(_HEAD, [_line(way, every, run.raw) for way, every in run.registrations.items()], "l" + "r" * 10))
    for way, every in shown(run):
        found += [Heading(f"REGISTER by {title(way)}", 3), *pictures.get(way, []), _bins(every)]
    return found


def shown(run):
    """[(way, [Registration])] that are drawn and counted: without those that tell the same with the challenge."""
    return [(way, every) for way, every in run.registrations.items() if not way.endswith(_CHALLENGED)]


def title(way):
    base = way.removesuffix(_CHALLENGED)
    return _TITLES.get(base, base) + way.removeprefix(base)


def good_seconds(every):
    return [one.seconds for one in every if one.good]


def _line(way, every, raw):
    told, ordered = stats.summary(good_seconds(every)), sorted(every, key=lambda one: one.sent_s)
    third = max(1, len(ordered) // 3)
    ends = [stats.summary(good_seconds(part)) for part in (ordered[:third], ordered[-third:])]
    # A registration goes one leg's way, as calls from phone to phone do.
    leg = stats.summary(raw.get((way.removesuffix(_CHALLENGED), "phones"), []))
    figures = [*((told.median, told.p95, told.max) if told else (None, None, None)), *(one.median if one else None for one in (*ends, leg))]
    return [title(way), len(every), len(good_seconds(every)), sum(one.answer is not None and one.answer != 200 for one in every),
            sum(one.answer is None for one in every), *(units.seconds(value) for value in figures)]


def _bins(every):
    ours = stats.bins(good_seconds(every), papers.REGISTER_BIN_S)
    indexes = stats.with_gaps(set(ours) | set(papers.REGISTER_TABLE))
    rows = [["...", "", ""] if index is None else [_of_bins(index, index), papers.REGISTER_TABLE.get(index, ""), ours.get(index, "")]
            for index in indexes[:_MOST_BINS]]
    rest = [index for index in indexes[_MOST_BINS:] if index is not None]
    if rest:
        rows.append([_of_bins(rest[0], rest[-1]), "", sum(ours.get(index, 0) for index in rest)])
    return Table(["response time, ms", "ANOSIP's Table 1: responses", "ours: responses"], rows, "rrr")


def _of_bins(first, last):
    return f"{first * 10} to {last * 10 + 10}"

"""Calls for each tenth of a second, beside the papers' tables."""
from delaytables.report import papers, stats, units
from delaytables.report.document import Heading, Table, Text

# What each is called, what it is of, its calls, and the row that is built as it was.
TABLES = (("Table 2", "plain SIP over Tor", papers.TABLE_2, papers.TABLE_2_ROW),
          ("Table 3", "PrivaSIP-2 (RSA) over Tor", papers.TABLE_3, papers.TABLE_3_ROW))


def of(run, row_name):
    """(fresh row, standby row) that are built as the paper's; None for one that has no call that rang."""
    fresh = next((row for row in run.rows if row.name == row_name), None)
    standby = next((row for row in run.rows if row.name == row_name.replace("/fresh", "/standby")), None)
    return tuple(row if row is not None and row.delays else None for row in (fresh, standby))


def blocks(run, pictures):
    """`pictures`: {name of the table: Picture}, those that there are."""
    found = [Text("Delays rounded to 0.1 s, half up, and counted, as in the first paper. An empty field is 0 calls.")]
    for name, what, paper, row_name in TABLES:
        fresh, standby = of(run, row_name)
        found.append(Heading(f"{name}: {what}", 3))
        if fresh is None and standby is None:
            found.append(Text(f"The rows for it (`{row_name}` and the same with standby) were not run, or no call rang."))
            continue
        found += [pictures[name]] if name in pictures else []
        found.append(_table(name, paper, fresh, standby))
    return found


def _table(name, paper, fresh, standby):
    columns = [paper, *(stats.tenths(row.delays) if row else {} for row in (fresh, standby))]
    rows = [["..."] + [""] * 3 if tenth is None else [f"{tenth / 10:.1f}", *(column.get(tenth, "") for column in columns)]
            for tenth in stats.with_gaps(set().union(*columns))]
    if any(map(_silent, (fresh, standby))):
        rows.append(["never rang", "", *(_silent(row) or "" for row in (fresh, standby))])
    rows.append(["all that rang", *(sum(column.values()) for column in columns)])
    rows.append(["mean, s", f"{papers.mean_of(paper):.3f}", *(_mean(row) for row in (fresh, standby))])
    return Table(["delay, s", f"paper's {name}: calls", f"ours, fresh: {_calls(fresh)}", f"ours, standby: {_calls(standby)}"], rows, "rrrr")


def _silent(row):
    return 0 if row is None else len(row.calls) - len(row.delays)


def _calls(row):
    return "not run" if row is None else "calls"


def _mean(row):
    return "-" if row is None else units.seconds(stats.summary(row.delays).mean)

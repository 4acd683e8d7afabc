"""The qualitative table, as criteria.json has it."""
from delaytables.report.document import Bullets, Table, Text


def blocks(criteria):
    columns = [one for one in (criteria or {}).get("columns") or [] if isinstance(one, dict) and one.get("name")]
    rows = [one for one in (criteria or {}).get("criteria") or [] if isinstance(one, dict) and one.get("name")]
    if not columns or not rows:
        return [Text("There is no qualitative table: `criteria.json` is missing or empty.")]
    cells = criteria.get("cells") or {}
    table = [[_title(row), *(str(_cell(cells, column, row).get("value", "-")) for column in columns)] for row in rows]
    return [Text("As the later paper's Table 6, but each cell is what the leak audit or a measurement found; where from stands below."),
            Table(["", *(_title(column) for column in columns)], table, "l" * (len(columns) + 1)),
            Table(["criterion", "how it is found"], [[_title(row), row.get("how") or "-"] for row in rows], "ll"),
            Table(["criterion", "column", "found", "what measured it"], _sources(columns, rows, cells), "llll"), *_rest(criteria)]


def _rest(criteria):
    left_out = [f"{one.get('title', '-')}: {one.get('why', '-')}." for one in criteria.get("left_out") or [] if isinstance(one, dict)]
    problems = [str(one) for one in criteria.get("problems") or []]
    found = [Text("Of the paper's criteria, left out:"), Bullets(left_out)] if left_out else []
    return [*found, Text("Problems on the way to this table:"), Bullets(problems)] if problems else found


def _title(one):
    return one.get("title") or one["name"]


def _cell(cells, column, row):
    found = (cells.get(column["name"]) or {}).get(row["name"])
    return found if isinstance(found, dict) else {}


def _sources(columns, rows, cells):
    """Columns in which a criterion was found the same, by the same, are one line."""
    lines = []
    for row in rows:
        same = {}
        for column in columns:
            cell = _cell(cells, column, row)
            if cell:
                same.setdefault((str(cell.get("value", "-")), str(cell.get("from") or "-")), []).append(_title(column))
        lines += [[_title(row), "; ".join(titles), value, source] for (value, source), titles in same.items()]
    return lines

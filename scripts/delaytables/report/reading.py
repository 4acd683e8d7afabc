"""DIR into a Run. Nothing that is missing or broken ends a report: it becomes a sentence in it."""
import csv
import json

from delaytables.record import Call
from delaytables.report.run import Registration, Row, Run

_ROW_FIELDS = ("name", "way", "network", "topology", "scheme", "standby", "wanted", "title", "note")


def read(directory):
    gaps = []
    about = _json(directory / "run.json", gaps, "what was run, on what machine and how is not known") or {}
    criteria = _json(directory / "criteria.json", gaps, "there is no qualitative table")
    calls = _lines(directory / "calls.csv", gaps, _call, "there are no calls to report")
    raw = _lines(directory / "raw.csv", gaps, _raw, "no delay can be set against a raw round trip")
    registrations = _lines(directory / "register.csv", gaps, _registration, "there is no REGISTER test")
    return Run(about, _rows(about, calls), _grouped(raw), _grouped(registrations), criteria, gaps)


def _json(file, gaps, consequence):
    try:
        found = json.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        gaps.append(f"`{file.name}` is missing: {consequence}.")
        return None
    except (OSError, ValueError) as error:
        gaps.append(f"`{file.name}` cannot be read ({error}): {consequence}.")
        return None
    if not isinstance(found, dict):
        gaps.append(f"`{file.name}` holds no object: {consequence}.")
        return None
    return found


def _lines(file, gaps, make, consequence):
    """A run that was cut off may have left half a line, which may look like a whole one: it is left out and counted."""
    try:
        whole, _, half = file.read_text(encoding="utf-8", errors="replace").rpartition("\n")
    except FileNotFoundError:
        gaps.append(f"`{file.name}` is missing: {consequence}.")
        return []
    except OSError as error:
        gaps.append(f"`{file.name}` cannot be read ({error}): {consequence}.")
        return []
    found, broken = [], int(bool(half))
    for line in csv.DictReader(whole.splitlines()):
        try:
            found.append(make(line))
        except (KeyError, TypeError, ValueError):
            broken += 1
    if broken:
        gaps.append(f"{broken} line{'s' if broken > 1 else ''} of `{file.name}` could not be read and {'are' if broken > 1 else 'is'} left "
                    "out.")
    if not found:
        gaps.append(f"`{file.name}` is empty: {consequence}.")
    return found


def _rows(about, calls):
    """Rows as run.json has them, then those that only calls.csv knows. Of a call that is there twice the last counts."""
    rows = {}
    for one in about.get("rows") or []:
        if isinstance(one, dict) and one.get("name"):
            row = _row_of_name(one["name"])
            for field in _ROW_FIELDS:
                if one.get(field) is not None:
                    setattr(row, field, one[field])
            rows[row.name] = row
    by_row = {}
    for call in calls:
        by_row.setdefault(call.row, {})[call.number] = call
    for name, numbered in by_row.items():
        row = rows.setdefault(name, _row_of_name(name))
        row.calls = [numbered[number] for number in sorted(numbered)]
        row.wanted = max(row.wanted, len(row.calls))
    return list(rows.values())


def _row_of_name(name):
    """What way/topology/scheme/standby tells by itself."""
    way, topology, scheme, kind = (name.split("/") + ["", "", "", ""])[:4]
    network = "i2p" if way.startswith("i2p") else "tor"
    return Row(name, way, network, topology, scheme, kind == "standby", 0, f"{scheme} by {way}{', standby' if kind == 'standby' else ''}")


def _call(line):
    call = Call.of(line)
    if not call.row or call.number is None:
        raise ValueError("a call of no row")
    return call


def _raw(line):
    return (line["way"], line["topology"]), float(line["total_s"])


def _registration(line):
    answer, seconds = line["answer"], line["seconds"]
    return line["way"], Registration(float(line["sent_s"]), int(answer) if answer else None, float(seconds) if seconds else None)


def _grouped(pairs):
    groups = {}
    for key, value in pairs:
        groups.setdefault(key, []).append(value)
    return groups

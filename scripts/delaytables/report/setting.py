"""What was run, on what, how long, and what went wrong."""
from delaytables.report import units
from delaytables.report.delays import NETWORKS
from delaytables.report.document import Bullets, Table, Text

_TOLD = ("name", "description", "source")
_UNITS = {"ms": " ms", "s": " s", "gib": " GiB", "percent": " %"}  # by the last word of a key


def blocks(run):
    found = [Text(_sentence(run))]
    if run.about and not run.about.get("finished"):
        found.append(Text("The run did not come to its end: this report is of what there is. The same command goes on where it stopped."))
    found.append(Table(["", ""], _facts(run), "ll"))
    problems = [str(problem) for problem in run.about.get("problems") or []] + run.gaps
    if problems:
        return [*found, Text("Problems and gaps:"), Bullets(problems)]
    return [*found, Text("No problems were noted." if run.about else "What problems there were is not known.")]


def _sentence(run):
    rows = [row for row in run.rows if row.calls]
    if not rows:
        return "No call was placed."
    placed, wanted = sum(len(row.calls) for row in rows), sum(row.wanted for row in run.rows)
    networks = units.join(NETWORKS.get(name, name) for name in dict.fromkeys(row.network for row in rows))
    schemes = units.join(f"`{name}`" for name in dict.fromkeys(row.scheme for row in rows))
    profile = run.profile
    delays = f", with the delays of profile `{profile['name']}`{_about(profile)}" if profile.get("name") else ""
    return (f"{units.count(placed, 'call')} ({wanted} wanted) in {units.count(len(rows), 'row')} over private networks of {networks} on "
            f"one machine{delays}; schemes {schemes}. A row is a way from caller to callee, a topology, a scheme, and whether links are "
            "opened ahead (standby) or each call waits for a new circuit or session of its own (fresh).")


def _about(profile):
    return f" ({str(profile['description']).rstrip('.')})" if profile.get("description") else ""


def _facts(run):
    about = run.about
    return [[name, value] for name, value in (
        ("machine", _named(about.get("machine"))),
        ("versions", _named(about.get("versions"))),
        ("profile", _named({key: value for key, value in run.profile.items() if key not in _TOLD}, str(run.profile.get("name", "")))),
        ("what the profile stands for", str(run.profile.get("source") or "-")),
        ("seed", str(run.arguments.get("seed", "-"))),
        ("circuits", str(run.arguments.get("circuit", "-"))),
        ("command line", f"`{about['command_line']}`" if about.get("command_line") else "-"),
        ("started", str(about.get("started") or "-")),
        ("took", units.duration(about.get("took_s"))),
    )]


def _named(values, first=""):
    if not isinstance(values, dict):
        return str(values) if values else "-"
    parts = [_measure(key, value) for key, value in values.items() if value not in (None, "")]
    return ", ".join(filter(None, [first, *parts])) or "-"


def _measure(key, value):
    """relay_delay_ms: [18, 42] as "relay delay 18 to 42 ms"."""
    name, _, last = str(key).rpartition("_")
    unit = _UNITS.get(last, "") if name else ""
    return f"{(name if unit else str(key)).replace('_', ' ')} {_plain(value)}{unit}"


def _plain(value):
    if isinstance(value, dict):
        return "(" + ", ".join(_measure(key, one) for key, one in value.items()) + ")"
    return " to ".join(_plain(one) for one in value) if isinstance(value, list) else str(value)

"""scripts/delay-tables: the papers' delay tables, measured anew on this machine, with sipveil's own ways beside theirs.

Builds their test bed in private Tor and I2P networks, places calls one after the other by each scheme and way, and writes a report.
"""
import argparse
import contextlib
import datetime
import json
import pathlib
import shlex
import sys

from callrun import command
from callrun.errors import RunError
from callrun.progress import Progress
from delaytables import machine, plan, profiles, store
from delaytables.ways import WAYS

_MOST_CALLS = 1000  # hours of them
_MOST_LANES = 16  # each with three users of the network
_EPILOG = """Who interrupts a run goes on with it by the same command and its --out: only calls that are missing are placed. With more --calls
a finished run is continued, too. Exit: 0 every call was placed, 1 some could not be, or another error, 2 usage, 130 interrupted."""


def main(arguments=None):
    arguments = sys.argv[1:] if arguments is None else arguments
    options = _parse(arguments)
    progress = Progress("delay-tables", options.quiet)
    return command.guarded("delay-tables", progress, lambda: _run(options, arguments, progress))


def _parse(arguments):
    paragraphs = __doc__.split(": ", 1)[1].replace("\n\n", " ").replace("\n", " ").strip()
    parser = argparse.ArgumentParser(prog="scripts/delay-tables", description=paragraphs, epilog=_EPILOG)
    what = parser.add_argument_group("what is measured (lists: names with commas between)")
    what.add_argument("--network", type=_list_of("network", plan.networks()), default=list(plan.networks()), metavar="LIST",
                      help=f"of {', '.join(plan.networks())} (default: all)")
    what.add_argument("--scheme", type=_list_of("scheme", plan.known_schemes()), default=list(plan.SCHEMES), metavar="LIST",
                      help=f"how names are sealed, of {', '.join(plan.known_schemes())} (default {','.join(plan.SCHEMES)})")
    what.add_argument("--topology", type=_list_of("topology", plan.TOPOLOGIES), default=list(plan.TOPOLOGIES), metavar="LIST",
                      help="paper: phone, LAN, Kamailio A, network, Kamailio B, network, phone; phones: phone to phone (default: both)")
    what.add_argument("--way", type=_list_of("way", WAYS), metavar="LIST",
                      help=f"of {', '.join(WAYS)} (default: all of the networks)")
    what.add_argument("--circuit", type=_circuit, default="per-call", metavar="per-call", help="each call has a circuit of its own, as in "
                      "the papers: there is nothing else")
    what.add_argument("--calls", type=int, default=100, metavar="N", help="for each row, one after the other (default 100); rows whose "
                      "calls take very long get a share of it, as --plan shows")
    what.add_argument("--profile", default="paper", metavar="NAME|FILE", help="delays, jitter and loss of the network: "
                      f"{', '.join(profiles.names())}, or a file like theirs (default paper)")
    what.add_argument("--seed", type=_seed, default=1, metavar="N", help="which relay gets which delay, and what is drawn for packets "
                      "(default 1)")
    what.add_argument("--lanes", type=int, metavar="N", help="how much is measured at the same time, raw round trips included "
                      f"(default: {', '.join(f'{network} {fresh}, with standby {ready}' for network, (fresh, ready) in plan.LANES.items())})")
    what.add_argument("--no-audit", dest="audit", action="store_false", help="leave out the table of who learns what")
    what.add_argument("--no-register", dest="register", action="store_false", help="leave out the register test")
    other = parser.add_argument_group("where it goes")
    other.add_argument("--out", type=pathlib.Path, metavar="DIR", help="the report and all measurements; a run that was interrupted there "
                       "goes on (default: a new folder delay-tables-DATE here)")
    other.add_argument("--json", action="store_true", help="print the summary as JSON")
    other.add_argument("--plan", action="store_true", help="only tell what would be measured, and how long it would take")
    other.add_argument("--report-only", type=pathlib.Path, metavar="DIR", help="only write the report of a run anew")
    parser.add_argument("--binary", type=pathlib.Path, metavar="FILE", help="use this sipveil and build nothing")
    parser.add_argument("--keep", action="store_true", help="leave the logs and configurations of the test beds at the end")
    parser.add_argument("--quiet", action="store_true", help="no progress, only the result")
    options = parser.parse_args(arguments)
    if not 1 <= options.calls <= _MOST_CALLS:
        parser.error(f"--calls: 1 to {_MOST_CALLS}")
    if options.lanes is not None and not 2 <= options.lanes <= _MOST_LANES:
        parser.error(f"--lanes: 2 to {_MOST_LANES}")
    try:
        options.profile = profiles.load(options.profile, options.seed)
    except RunError as error:
        parser.error(f"--profile: {error}")
    options.rows = plan.rows(options.network, options.scheme, options.topology, options.way)
    if not options.rows and not options.report_only:
        parser.error(f"there is no row of that kind; there are:\n{_known_rows()}")
    return options


def _list_of(what, known):
    def names(text):
        found = [name.strip() for name in text.split(",")]
        for name in found:
            if name not in known:
                raise argparse.ArgumentTypeError(f"no {what} {name!r}; there are: {', '.join(known)}")
            if found.count(name) > 1:
                raise argparse.ArgumentTypeError(f"{name} is there twice")
        return sorted(found, key=list(known).index)  # the order says nothing
    return names


def _circuit(text):
    if text != "per-call":
        raise argparse.ArgumentTypeError(f"{text!r} cannot be measured: the tables are about calls with a circuit each, which per-call, the "
                                         "only choice, says (ways that can do nothing but share, i2p-http, do so)")
    return text


def _seed(text):
    if not (text.isascii() and text.isdigit() and len(text) <= 18):
        raise argparse.ArgumentTypeError(f"{text!r} is no seed: a whole number from 0 to 10^18 - 1")
    return int(text)


def _known_rows():
    return "\n".join(f"  --network {way.network} --way {way.name} --topology {topology} --scheme "
                     f"{','.join(schemes) if schemes else 'any'}" for way in WAYS.values() for topology, schemes in way.topologies.items())


def _run(options, arguments, progress):
    if options.report_only:
        store.read(options.report_only)
        return _report(options, options.report_only, progress)
    batches = plan.batches(options.rows, options.lanes)
    if options.plan:
        _print_plan(options, batches)
        return 0
    from delaytables import run  # and with it the test beds
    binary = command.binary(options, progress)
    directory = options.out or pathlib.Path(f"delay-tables-{datetime.datetime.now():%Y%m%d-%H%M%S}")
    with contextlib.ExitStack() as stack:
        found = stack.enter_context(store.Store(directory, _asked(options, arguments, binary)))
        stack.enter_context(run.resumable(found, lambda kept: _hint(kept, arguments, directory, progress)))
        folder = command.folder(stack, "sipveil-dt-", options.keep, "logs and configurations of the test beds")
        one = run.Run(found, batches, _registers(options), options.audit, binary, options.profile, folder, progress, options.keep)
        if one.nothing_left:
            progress.say(f"the run in {directory} is complete: only its report is written anew (more --calls would continue it)")
        else:
            progress.say(f"{'goes on with' if found.resumed else 'writes to'} {directory}")
            one.run()
    return _report(options, directory, progress)


def _registers(options):
    """{way: network, or "direct"} of the register test."""
    if not options.register:
        return {}
    from delaytables import register
    return {register.DIRECT: register.DIRECT, **plan.register_ways(options.rows)}


def _print_plan(options, batches):
    wanted = {row.name: row.wanted(options.calls) for row in options.rows}
    total_s = plan.seconds(batches, wanted, _registers(options), options.audit)
    if options.json:
        print(json.dumps({"seconds": round(total_s), "batches": [
            {"network": batch.network, "rows": {row.name: wanted[row.name] for row in batch.rows}, "raw": [raw.name for raw in batch.raws],
             "seconds": round(batch.seconds(wanted))} for batch in batches]}, indent=1))
    else:
        print(plan.text(batches, options.calls, total_s))


def _asked(options, arguments, binary):
    """What run.json says of the run."""
    named = ("calls", "network", "scheme", "topology", "way", "circuit", "profile", "seed", "lanes")
    return {
        "command_line": shlex.join(["scripts/delay-tables", *arguments]),
        "arguments": {**{name: getattr(options, name) for name in named}, "profile": options.profile.name},
        "profile": options.profile.facts(),
        "machine": machine.describe(),
        "versions": machine.versions(binary, options.network),
        "rows": [{"name": row.name, "way": row.way, "network": row.network, "topology": row.topology, "scheme": row.scheme,
                  "standby": row.standby, "wanted": row.wanted(options.calls), "title": row.title, "note": row.note(options.calls),
                  "about": row.kind.about} for row in options.rows]}


def _hint(kept, arguments, directory, progress):
    progress.end_live()
    again = list(arguments)
    if not any(one == "--out" or one.startswith("--out=") for one in again):
        again += ["--out", str(directory)]
    print(f"delay-tables: {kept}; this goes on with them:\n  scripts/delay-tables {shlex.join(again)}", file=sys.stderr)


def _report(options, directory, progress):
    from delaytables import report, run
    progress.say("the report is being written")
    report.write(directory)
    progress.end_live()
    found = run.summary(directory)
    if options.json:
        print(json.dumps(found, indent=1))
    else:
        print(f"\n{run.text(found)}\n\n{directory}/report.html, report.md, plots, calls.csv")
    return 0 if run.complete(found) else 1


if __name__ == "__main__":
    sys.exit(main())

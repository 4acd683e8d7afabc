"""scripts/drill: kills and freezes what carries a call, in a private network, and tells what became of the calls."""
import argparse
import contextlib
import json
import pathlib
import sys

from callrun import command
from callrun.errors import RunError
from callrun.progress import Progress
from callrun.settings import Standby
from drills import beds, blows, drill, report
from drills.errors import DrillError
from labnet.delays import HopDelay
from labnet.errors import LabError


def main():
    options = _parse()
    progress = Progress("drill", options.quiet)
    return command.guarded("drill", progress, lambda: _run(options, progress), DrillError)


def _parse():
    every = "; ".join(f"with --network {network}: " + ", ".join(f"{blow.name} ({blow.what})" for blow in bed.blows)
                      for network, bed in beds.KINDS.items() if network != "race")
    parser = argparse.ArgumentParser(prog="scripts/drill", description=__doc__.split(": ", 1)[1], epilog=f"drills {every}")
    parser.add_argument("--network", choices=beds.KINDS, default="tor", help="what calls go through (default tor); tor,i2p: two ways to "
                        "one callee, Tor first; race: the same two, by whichever link is ready first")
    parser.add_argument("--only", type=lambda text: text.split(","), metavar="NAME,NAME", help="these drills (default: all)")
    parser.add_argument("--hop-delay", default="20", metavar="MS|LOW-HIGH", help="one-way delay at each relay or router (default 20)")
    parser.add_argument("--standby", type=int, metavar="N", help="keep N links opened ahead; 0: none (default: sipveil's own)")
    parser.add_argument("--json", type=pathlib.Path, metavar="FILE", help="write the outcomes there, too")
    command.add_common(parser)
    options = parser.parse_args()
    try:
        HopDelay.of(options.hop_delay)
        options.blows = beds.KINDS[options.network].chosen(options.only)
    except (DrillError, LabError) as error:
        parser.error(str(error))
    command.check_folder_of(parser, options.json)
    return options


def _run(options, progress):
    binary = command.binary(options, progress)
    with contextlib.ExitStack() as stack:
        folder = command.folder(stack, "sipveil-drill-", options.keep)
        bed, labs = beds.started(beds.KINDS[options.network], stack, binary, folder, Standby(options.standby), progress, options.hop_delay,
                                 options.keep)
        if not bed.has_standby:
            progress.say("this sipveil knows no standby links")
        outcomes, broken_off = _play(bed, options.blows, progress)
    wire = ", ".join(sorted({lab["wire"] for lab in labs}))
    print(f"\nwire: {wire}, {options.hop_delay} ms at each relay; times in seconds since the blow\n")
    print(report.table(outcomes))
    if options.json:
        settings = {"network": options.network, "hop_delay": options.hop_delay, "wire": wire, "supervisor_s": blows.SUPERVISOR_S,
                    "standby_links": bed.has_standby, "broken_off": broken_off}
        options.json.write_text(json.dumps(report.as_json(outcomes, settings), indent=1) + "\n", encoding="utf-8")
    if broken_off:
        print(f"drill: {broken_off}", file=sys.stderr)
    return 1 if broken_off or any(one.failures for one in outcomes) else 0


def _play(bed, chosen, progress):
    """(outcomes, why not all of them could be played; "" if they could)"""
    outcomes = []
    try:
        bed.settle()
        for blow in chosen:
            outcomes.append(drill.run(bed, blow, progress))
            blow.mend(bed)
            outcomes[-1].settled_s, outcomes[-1].remark = bed.settle()
            progress.say(f"{blow.name}: calls ring soon again after {outcomes[-1].settled_s:.1f} s {outcomes[-1].remark}".rstrip())
    except (DrillError, LabError, RunError) as error:
        return outcomes, str(error)
    return outcomes, ""


if __name__ == "__main__":
    sys.exit(main())

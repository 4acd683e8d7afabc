"""scripts/drill: kills and freezes what carries a call, in a private Tor network, and tells what became of the calls."""
import argparse
import contextlib
import json
import pathlib
import sys

from callrun import command
from callrun.bridge import Standby
from callrun.errors import RunError
from callrun.progress import Progress
from drills import blows, drill, report
from drills.bed import Bed
from drills.errors import DrillError
from labnet.delays import HopDelay
from labnet.errors import LabError
from labnet.topology import Size
from labnet.tor_lab import TorLab

_SIZE = Size(relays=16, exits=3)  # so large that one relay is on few circuits, as in the real network


def main():
    options = _parse()
    progress = Progress("drill", options.quiet)
    return command.guarded("drill", progress, lambda: _run(options, progress), DrillError)


def _parse():
    parser = argparse.ArgumentParser(prog="scripts/drill", description=__doc__.split(": ", 1)[1], epilog="drills: " + "; ".join(
        f"{name}, {blow.what}" for name, blow in blows.ALL.items()))
    parser.add_argument("--only", type=lambda text: text.split(","), metavar="NAME,NAME", help="these drills (default: all)")
    parser.add_argument("--hop-delay", default="20", metavar="MS|LOW-HIGH", help="one-way delay at each relay (default 20)")
    parser.add_argument("--standby", type=int, metavar="N", help="keep N links opened ahead; 0: none (default: sipveil's own)")
    parser.add_argument("--json", type=pathlib.Path, metavar="FILE", help="write the outcomes there, too")
    command.add_common(parser)
    options = parser.parse_args()
    unknown = [name for name in options.only or () if name not in blows.ALL]
    if unknown:
        parser.error(f"no drill {unknown[0]!r}; there are: {', '.join(blows.ALL)}")
    command.check_folder_of(parser, options.json)
    return options


def _run(options, progress):
    binary = command.binary(options, progress)
    with contextlib.ExitStack() as stack:
        folder = command.folder(stack, "sipveil-drill-", options.keep)
        lab = TorLab(folder / "lab", lambda line: progress.say(f"tor network: {line}"))
        if not options.keep:
            stack.callback(lab.down)
        status = lab.up(["alice", "bob"], HopDelay.of(options.hop_delay), size=_SIZE)
        bed = Bed(stack, binary, lab, folder, Standby(options.standby), progress)
        if not bed.has_standby:
            progress.say("this sipveil knows no standby links")
        outcomes, broken_off = _play(bed, [blows.ALL[name]() for name in options.only or blows.ALL], progress)
    print(f"\nwire: {status['wire']}, {options.hop_delay} ms at each relay; times in seconds since the blow\n")
    print(report.table(outcomes))
    if options.json:
        settings = {"hop_delay": options.hop_delay, "wire": status["wire"], "supervisor_s": blows.SUPERVISOR_S,
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

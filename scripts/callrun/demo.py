"""scripts/demo: real SIP calls through a private Tor network on this machine, and how long they took."""
import argparse
import contextlib
import json
import pathlib
import shutil
import sys

from callrun import command, paths, plot, real_use, report, tor_calls
from callrun.bridge import Standby
from callrun.progress import Progress
from labnet.delays import HopDelay
from labnet.errors import LabError
from labnet.topology import Size
from labnet.tor_lab import TorLab
from trapezoid import demo as proxies

_UNEQUAL = Size(relays=12, exits=3)  # so many that circuits differ
_PAUSE_S = 3.0
_MOST_CALLS = 1000  # the bridges remember the times of their last 1,024


def main():
    options = _parse()
    progress = Progress("demo", options.quiet)
    return command.guarded("demo", progress, lambda: _run(options, progress))


def _parse():
    parser = argparse.ArgumentParser(prog="scripts/demo", description=__doc__.split(": ", 1)[1].replace("\n", " "))
    parser.add_argument("--calls", type=int, default=20, metavar="N", help="how many, one after the other (default 20)")
    parser.add_argument("--hop-delay", "--relays", default="20", metavar="MS|LOW-HIGH", help="one-way delay at each relay, in ms, or a "
                        "range over which the relays are spread, such as 10-80; by namespaces if they can be had, else by TCP relays "
                        "(default 20; 0: plain loopback)")
    parser.add_argument("--json", type=pathlib.Path, metavar="FILE", help="write the figures there, too")
    parser.add_argument("--plot", type=pathlib.Path, metavar="FILE.png", help="draw the histogram with gnuplot")
    command.add_common(parser)
    _add_links(parser)
    _add_proxies(parser)
    options = parser.parse_args()
    try:
        options.hop_delay = HopDelay.of(options.hop_delay)
    except LabError as error:
        parser.error(f"--hop-delay: {error}")
    if options.burst is not None:
        options.calls = options.burst
    if not 1 <= options.calls <= _MOST_CALLS:
        parser.error(f"--calls, --burst: 1 to {_MOST_CALLS}")
    for name, value, least, most in (("standby", options.standby, 0, 64), ("candidates", options.candidates, 1, 8),
                                     ("pause", options.pause, 0, 600)):
        if value is not None and not least <= value <= most:
            parser.error(f"--{name}: {least} to {most}")
    command.check_folder_of(parser, options.json, options.plot)
    if options.plot and not shutil.which("gnuplot"):
        parser.error("--plot: gnuplot is not installed; scripts/setup --only bench installs it")
    problem = _only_without_proxies(options) or proxies.check(options) if options.proxies else _only_with_proxies(options)
    if problem:
        parser.error(problem)
    return options


def _add_links(parser):
    group = parser.add_argument_group("how the calls go")
    group.add_argument("--path", choices=paths.PATHS, default=paths.ONION, help="to bob's onion service (default), to a TLS server in "
                       "front of him through an exit, or to a single-hop onion service of his")
    group.add_argument("--standby", type=int, metavar="N", help="keep N links opened ahead; 0: none (default: sipveil's own)")
    group.add_argument("--candidates", type=int, metavar="N", help="open N links for each that a call takes, to choose the fastest "
                       "(default: sipveil's own; 1: no choice)")
    group.add_argument("--pause", type=float, metavar="S",
                       help="seconds between two calls (default 3: people do not call back to back, and a pool refills meanwhile)")
    group.add_argument("--burst", type=int, metavar="N", help="N calls within a second instead of one after the other")


def _add_proxies(parser):
    group = parser.add_argument_group("calls between two domains with a Kamailio each")
    group.add_argument("--proxies", action="store_true", help="phone, sipveil, Kamailio with sipveil on either side")
    group.add_argument("--scheme", metavar="NAME", help="sip, privasip-1-aes, privasip-1-rsa, "
                       "privasip-1-ecies, privasip-2-rsa, privasip-2-ecies (default)")
    group.add_argument("--compare", type=lambda text: text.split(","), metavar="NAME,NAME", help="several schemes, call by call in "
                       "turn, and what each adds to the first")
    group.add_argument("--view", choices=("real", "pseudonym"), default="real", help="how the Kamailios see their own users")
    group.add_argument("--network", choices=("tor", "direct"), default="tor", help="direct: plain TCP between the domains")


def _only_without_proxies(options):
    given = options.path != paths.ONION or (options.standby, options.candidates, options.pause, options.burst) != (None,) * 4
    return "--path, --standby, --candidates, --pause and --burst are not for --proxies" if given else ""


def _only_with_proxies(options):
    given = options.scheme or options.compare or options.network != "tor" or options.view != "real"
    return "--scheme, --compare, --view and --network are for --proxies" if given else ""


def _plan(options):
    pause = _PAUSE_S if options.pause is None else options.pause
    return tor_calls.Plan(options.calls, options.path, Standby(options.standby, options.candidates), pause,
                          options.burst is not None, raw=tor_calls.FEW_CIRCUITS if options.hop_delay.equal else tor_calls.MANY_CIRCUITS)


def _run(options, progress):
    binary = command.binary(options, progress)
    versions = {"sipveil": command.version("sipveil", [binary, "--version"]), "tor": command.version("Tor", ["tor", "--version"]),
                "sipp": command.version("SIPp", ["sipp", "-v"])}
    if options.proxies:
        versions["kamailio"] = command.version("kamailio", ["kamailio", "-v"])
        return proxies.run(options, binary, versions, progress)
    with contextlib.ExitStack() as stack:
        folder = command.folder(stack, "sipveil-demo-", options.keep)
        lab = TorLab(folder / "lab", lambda line: progress.say(f"tor network: {line}"))
        if not options.keep:
            stack.callback(lab.down)
        status = lab.up(["alice", "bob"], options.hop_delay, size=Size() if options.hop_delay.equal else _UNEQUAL)
        result = tor_calls.run(binary, lab, folder, _plan(options), progress)
        figures = report.as_json(result, options.calls, {
            "burst": options.burst is not None, "hop_delay_ms": options.hop_delay.mean_ms, "hop_delay": str(options.hop_delay),
            "wire": status["wire"], "versions": versions})
        progress.say("done")
    print(f"\nsipveil {versions['sipveil']}, tor {versions['tor']}, SIPp {versions['sipp']}; wire: {status['wire']}, "
          f"{options.hop_delay} ms at each relay\n")
    print(report.text(result, figures))
    if options.json:
        options.json.write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")
    if options.plot:
        plot.draw([call.invite_to_180_s for call in result.calls if call.invite_to_180_s is not None], options.plot,
                  figures["raw_round_trip_s"]["median"])
    good = figures["completed"] == options.calls and (
        figures["distinct_circuits"] == options.calls or options.burst is not None and not figures["calls_by_source"])
    if result.complaints:
        print(f"\n{result.complaints}", file=sys.stderr)
    if good and not options.quiet:
        print(f"\n{real_use.text(_shown(binary))}")
    return 0 if good else 1


def _shown(path):
    """As short as it can be typed here."""
    here = pathlib.Path.cwd()
    return path.relative_to(here) if path.is_relative_to(here) else path


if __name__ == "__main__":
    sys.exit(main())

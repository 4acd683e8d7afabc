"""scripts/demo: real SIP calls through a private Tor network on this machine, and how long they took."""
import argparse
import contextlib
import json
import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import tempfile

from callrun import plot, real_use, report, tor_calls
from callrun.errors import RunError
from callrun.progress import Progress
from labnet.errors import LabError
from labnet.tor_lab import TorLab
from trapezoid import demo as proxies

_ROOT = pathlib.Path(__file__).resolve().parents[2]
_BUILT = _ROOT / "build/release/bridge/sipveil"
_ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
_MOST_CALLS = 1000  # the bridges remember the times of their last 1,024


def main():
    # Users other than root often lack the folders of ip and tor.
    os.environ["PATH"] = os.environ.get("PATH", "/usr/bin:/bin") + ":/usr/sbin:/sbin"
    options = _parse()
    progress = Progress("demo", options.quiet)
    for number in _ENDING:
        signal.signal(number, _interrupt)
    try:
        return _run(options, progress)
    except (LabError, RunError, OSError, EOFError, subprocess.TimeoutExpired) as error:
        progress.end_live()
        print(f"demo: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        progress.end_live()
        print("demo: interrupted; nothing is left running", file=sys.stderr)
        return 130


def _interrupt(*_):
    """Once: what follows is cleaning up, which a second Ctrl-C must not cut off."""
    for number in _ENDING:
        signal.signal(number, signal.SIG_IGN)
    raise KeyboardInterrupt


def _parse():
    parser = argparse.ArgumentParser(prog="scripts/demo", description=__doc__.split(": ", 1)[1].replace("\n", " "))
    parser.add_argument("--calls", type=int, default=20, metavar="N", help="how many, one after the other (default 20)")
    parser.add_argument("--hop-delay", type=float, default=20.0, metavar="MS", help="one-way delay at each relay, in ms; by namespaces "
                        "if they can be had, else by TCP relays (default 20; 0: plain loopback)")
    parser.add_argument("--json", type=pathlib.Path, metavar="FILE", help="write the figures there, too")
    parser.add_argument("--plot", type=pathlib.Path, metavar="FILE.png", help="draw the histogram with gnuplot")
    parser.add_argument("--binary", type=pathlib.Path, metavar="FILE", help="use this sipveil and build nothing")
    parser.add_argument("--keep", action="store_true", help="leave the private network and the logs at the end")
    parser.add_argument("--quiet", action="store_true", help="no progress, only the result")
    _add_proxies(parser)
    options = parser.parse_args()
    if not 1 <= options.calls <= _MOST_CALLS:
        parser.error(f"--calls: 1 to {_MOST_CALLS}")
    if not 0 <= options.hop_delay <= 1000:
        parser.error("--hop-delay: 0 to 1000")
    for file in (options.json, options.plot):
        if file and not file.absolute().parent.is_dir():
            parser.error(f"{file.absolute().parent} is no folder")
    if options.plot and not shutil.which("gnuplot"):
        parser.error("--plot: gnuplot is not installed; scripts/setup --only bench installs it")
    problem = proxies.check(options) if options.proxies else _only_with_proxies(options)
    if problem:
        parser.error(problem)
    return options


def _add_proxies(parser):
    group = parser.add_argument_group("calls between two domains with a Kamailio each")
    group.add_argument("--proxies", action="store_true", help="phone, sipveil, Kamailio with sipveil on either side")
    group.add_argument("--scheme", metavar="NAME", help="sip, privasip-1-aes, privasip-1-rsa, "
                       "privasip-1-ecies, privasip-2-rsa, privasip-2-ecies (default)")
    group.add_argument("--compare", type=lambda text: text.split(","), metavar="NAME,NAME", help="several schemes, call by call in "
                       "turn, and what each adds to the first")
    group.add_argument("--view", choices=("real", "pseudonym"), default="real", help="how the Kamailios see their own users")
    group.add_argument("--network", choices=("tor", "direct"), default="tor", help="direct: plain TCP between the domains")


def _only_with_proxies(options):
    given = options.scheme or options.compare or options.network != "tor" or options.view != "real"
    return "--scheme, --compare, --view and --network are for --proxies" if given else ""


def _run(options, progress):
    binary = _binary(options, progress)
    versions = {"sipveil": _version("sipveil", [binary, "--version"]), "tor": _version("Tor", ["tor", "--version"]),
                "sipp": _version("SIPp", ["sipp", "-v"])}
    if options.proxies:
        versions["kamailio"] = _version("kamailio", ["kamailio", "-v"])
        return proxies.run(options, binary, versions, progress)
    with contextlib.ExitStack() as stack:
        folder = pathlib.Path(tempfile.mkdtemp(prefix="sipveil-demo-"))
        stack.callback(_leave if options.keep else shutil.rmtree, folder)
        lab = TorLab(folder / "lab", lambda line: progress.say(f"tor network: {line}"))
        if not options.keep:
            stack.callback(lab.down)
        status = lab.up(["alice", "bob"], options.hop_delay)
        result = tor_calls.run(binary, lab, folder, options.calls, progress)
        figures = report.as_json(result, options.calls, {
            "hop_delay_ms": options.hop_delay, "wire": status["wire"], "versions": versions})
        progress.say("done")
    print(f"\nsipveil {versions['sipveil']}, tor {versions['tor']}, SIPp {versions['sipp']}; wire: {status['wire']}, "
          f"{options.hop_delay:g} ms at each relay\n")
    print(report.text(result, figures))
    if options.json:
        options.json.write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")
    if options.plot:
        plot.draw([call.invite_to_180_s for call in result.calls if call.invite_to_180_s is not None], options.plot)
    good = figures["completed"] == figures["distinct_circuits"] == options.calls
    if result.complaints:
        print(f"\n{result.complaints}", file=sys.stderr)
    if good and not options.quiet:
        print(f"\n{real_use.text(_shown(binary))}")
    return 0 if good else 1


def _binary(options, progress):
    """The sipveil to run, built first unless one was named."""
    if options.binary is None:
        progress.say("building (the first time takes some minutes)")
        if subprocess.run([_ROOT / "scripts/build"], stdout=sys.stderr, check=False).returncode != 0:
            raise RunError("the build failed, see above; --binary FILE takes a sipveil that is built already")
    binary = (options.binary or _BUILT).absolute()
    if not os.access(binary, os.X_OK) or binary.is_dir():
        raise RunError(f"{binary} is no program; scripts/build makes {_BUILT}")
    return binary


def _version(name, command):
    try:
        answer = subprocess.run([str(part) for part in command], capture_output=True, text=True, timeout=30, check=False)
    except OSError as error:
        raise RunError(f"{command[0]} cannot be started: {error.strerror}") from error
    found = re.search(rf"\b{name}\b\D*(\d+(\.\d+)+)", answer.stdout + answer.stderr)
    if not found:
        raise RunError(f"{command[0]} is no {name} that tells its version (exit code {answer.returncode})")
    return found[1]


def _shown(path):
    """As short as it can be typed here."""
    here = pathlib.Path.cwd()
    return path.relative_to(here) if path.is_relative_to(here) else path


def _leave(folder):
    print(f"\nKept: logs and configurations in {folder}; the private network, while it is up, until\n"
          f"  scripts/lab down --dir {folder / 'lab'}", file=sys.stderr)


if __name__ == "__main__":
    sys.exit(main())

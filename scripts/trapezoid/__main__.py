"""python3 -m trapezoid: the whole trapezoid in one folder, until Ctrl-C; parts are stopped and started by their ids meanwhile."""
import argparse
import contextlib
import pathlib
import sys
import tempfile

from callrun import command, networks
from callrun.errors import RunError
from callrun.progress import Progress
from trapezoid import identities, places
from trapezoid.bed import Options, Trapezoid

_ROOT = pathlib.Path(__file__).resolve().parents[2]
_USERS = ("sipveil-a", "sipveil-b", "phone-b", "phone-a")


def main():
    options, progress = _parse(), Progress("trapezoid")
    return command.guarded("trapezoid", progress, lambda: _run(options, progress))


def _run(options, progress):
    folder = pathlib.Path(options.folder or tempfile.mkdtemp(prefix="trapezoid-"))
    with contextlib.ExitStack() as stack:
        network = None
        if options.network != "direct":
            network = networks.KINDS[options.network].at(folder / "lab", progress)
            network.up(stack, users=_USERS)
        settings = Options(
            identities.named(options.scheme, view=options.view, caller_known_to=options.caller_known_to, hide_domain=options.hide_domain),
            options.network, options.wire, options.without_sipveil, options.tapped, options.log_level)
        bed = stack.enter_context(Trapezoid(options.binary, folder, settings, network))
        bed.start(progress.say).register()
        progress.say(f"alice and bob are registered; logs are below {folder}")
        _serve(bed)
    return 0


def _parse():
    parser = argparse.ArgumentParser(prog="python3 -m trapezoid", description=__doc__.split(": ", 1)[1])
    parser.add_argument("--folder", metavar="DIR", help="for logs, configurations and states (default: a new one below /tmp)")
    parser.add_argument("--binary", type=pathlib.Path, default=_ROOT / "build/release/bridge/sipveil")
    parser.add_argument("--scheme", choices=identities.SCHEMES, default="sip")
    parser.add_argument("--view", choices=identities.VIEWS, default="real", help="what the proxies see of their own users")
    parser.add_argument("--caller-known-to", choices=("nobody", "callee", "home", "callee-home"), default="home")
    parser.add_argument("--hide-domain", action="store_true")
    parser.add_argument("--network", choices=("direct", *networks.KINDS), default="direct", help="what joins the domains")
    parser.add_argument("--wire", choices=places.KINDS, default="loopback", help="what joins the machines")
    parser.add_argument("--without-sipveil", action="store_true", help="the proxies call each other, for comparison")
    parser.add_argument("--tapped", action="store_true", help="write down what goes over the links to the proxies' sipveils")
    parser.add_argument("--log-level", default="info")
    return parser.parse_args()


def _serve(bed):
    """Commands from standard input."""
    actions = {"start": lambda part: part.start(), "stop": lambda part: part.stop(), "kill": lambda part: part.kill()}
    print("status | start ID | stop ID | kill ID | call | end")
    for line in sys.stdin:
        words = line.split()
        try:
            if words == ["status"]:
                for name, one in bed.status().items():
                    print(f"{name:12} {one['host']:16} {one['pid'] or '-':>8}  {one['status']}")
            elif words == ["call"]:
                callee = bed.bob.take_calls(count=1)
                bed.alice.place_call(bed.bob.user).finish()
                callee.finish()
                print("alice called bob")
            elif len(words) == 2 and words[0] in actions and words[1] in bed.parts:
                actions[words[0]](bed.parts[words[1]])
                print(f"{words[1]}: {bed.parts[words[1]].status()}")
            elif words == ["end"]:
                return
            elif words:
                print(f"not understood; the ids are {', '.join(bed.parts)}")
        except RunError as error:
            print(error)


if __name__ == "__main__":
    sys.exit(main())

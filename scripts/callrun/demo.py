"""scripts/demo: real SIP calls through a private Tor or I2P network on this machine, and how long they took."""
import argparse
import contextlib
import json
import pathlib
import shutil
import sys

from callrun import command, networks, placing, plot, real_use, report
from callrun.progress import Progress
from callrun.settings import Standby
from labnet.delays import HopDelay
from labnet.errors import LabError
from trapezoid import demo as proxies
from trapezoid import identities

_DIRECT = "direct"  # no network between the proxies
_COMPARED = 20  # calls without sipveil, at most
_MOST_CALLS = 1000  # the bridges remember the times of their last 1,024


def main():
    options = _parse()
    progress = Progress("demo", options.quiet)
    return command.guarded("demo", progress, lambda: _run(options, progress))


def _parse():
    parser = argparse.ArgumentParser(prog="scripts/demo", description=__doc__.split(": ", 1)[1].replace("\n", " "))
    parser.add_argument("--calls", type=int, default=20, metavar="N", help="how many, one after the other (default 20)")
    parser.add_argument("--network", choices=(*networks.KINDS, _DIRECT), default="tor", help="what calls go through (default tor); direct: "
                        "plain TCP between the domains of --proxies")
    parser.add_argument("--hop-delay", "--relays", default="20", metavar="MS|LOW-HIGH", help="one-way delay at each relay or router, in ms, "
                        "or a range over which they are spread, such as 10-80; by namespaces if they can be had, for tor else by TCP relays "
                        "(default 20; 0: none)")
    parser.add_argument("--scheme", metavar="NAME", help="how names are sealed: sip (not at all), privasip-1-aes (only with --proxies), "
                        "privasip-1-rsa, privasip-1-ecies, privasip-2-rsa, privasip-2-ecies (default: sip through tor, else privasip-2-ecies)")
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
                                     ("pause", options.pause, 0, 600), ("tunnel-length", options.tunnel_length, 0, 7)):
        if value is not None and not least <= value <= most:
            parser.error(f"--{name}: {least} to {most}")
    command.check_folder_of(parser, options.json, options.plot)
    if options.plot and not shutil.which("gnuplot"):
        parser.error("--plot: gnuplot is not installed; scripts/setup --only bench installs it")
    problem = _problem(options) or (_only_without_proxies(options) or proxies.check(options) if options.proxies else
                                    _only_with_proxies(options))
    if problem:
        parser.error(problem)
    return options


def _add_links(parser):
    group = parser.add_argument_group("how the calls go")
    group.add_argument("--path", choices=[path for kind in networks.KINDS.values() for path in kind.paths], help="through tor: to bob's "
                       "onion service (default), to a TLS server in front of him through an exit, or to a single-hop onion service of "
                       "his; through I2P: to his destination (default), or to it by the HTTP proxy of alice's router, on one session")
    group.add_argument("--tunnel-length", type=int, metavar="N", help="routers in each I2P tunnel (default 2: the network has ten)")
    group.add_argument("--standby", type=int, metavar="N", help="keep N links opened ahead; 0: none (default: through tor sipveil's own; "
                       f"through I2P {networks.KINDS['i2p'].standby}, for i2pd takes 5 to 20 s for a session)")
    group.add_argument("--candidates", type=int, metavar="N", help="open N links for each that a call takes, to choose the fastest "
                       "(default: sipveil's own; 1: no choice)")
    group.add_argument("--pause", type=float, metavar="S", help="seconds between two calls (default 3, through I2P 5: people do not call back "
                       "to back, and a pool refills meanwhile)")
    group.add_argument("--no-compare", dest="compared", action="store_false", help="through I2P: leave out the same calls by i2pd's own "
                       "tunnels, without sipveil")
    group.add_argument("--burst", type=int, metavar="N", help="N calls within a second instead of one after the other")


def _add_proxies(parser):
    group = parser.add_argument_group("calls between two domains with a Kamailio each")
    group.add_argument("--proxies", action="store_true", help="phone, sipveil, Kamailio with sipveil on either side")
    group.add_argument("--compare", type=lambda text: text.split(","), metavar="NAME,NAME", help="several schemes, call by call in "
                       "turn, and what each adds to the first")
    group.add_argument("--view", choices=("real", "pseudonym"), default="real", help="how the Kamailios see their own users")


def _problem(options):
    """Of what holds for every run."""
    if options.network != _DIRECT and options.path not in (None, *networks.KINDS[options.network].paths):
        return f"--path {options.path} is not for --network {options.network}; there are: {', '.join(networks.KINDS[options.network].paths)}"
    if options.tunnel_length is not None and options.network != "i2p":
        return "--tunnel-length is for --network i2p"
    return ""


def _only_without_proxies(options):
    given = (options.path, options.standby, options.candidates, options.pause, options.burst) != (None,) * 5
    return "--path, --standby, --candidates, --pause and --burst are not for --proxies" if given else ""


def _only_with_proxies(options):
    if options.compare or options.view != "real" or options.network == _DIRECT:
        return "--compare, --view and --network direct are for --proxies"
    if options.scheme not in (None, "sip") and getattr(identities.SCHEMES.get(options.scheme), "key_kind", None) is None:
        return f"--scheme {options.scheme}: there are sip, and those with keys: " + ", ".join(
            name for name, identity in identities.SCHEMES.items() if identity and identity.key_kind)
    return ""


def _plan(options, network, scheme):
    standby = network.standby if options.standby is None else options.standby
    return placing.Plan(options.calls, Standby(standby, options.candidates), network.pause_s if options.pause is None else options.pause,
                        options.burst is not None, network.raw_size(options.hop_delay),
                        min(options.calls, _COMPARED) if options.compared else 0, identities.named(scheme))


def _run(options, progress):
    binary = command.binary(options, progress)
    versions = {"sipveil": command.version("sipveil", [binary, "--version"]), "sipp": command.version("SIPp", ["sipp", "-v"])}
    if options.network != _DIRECT:
        name, told_by = networks.KINDS[options.network].program
        versions[name.lower()] = command.version(name, told_by)
    if options.proxies:
        versions["kamailio"] = command.version("kamailio", ["kamailio", "-v"])
        return proxies.run(options, binary, versions, progress)
    with contextlib.ExitStack() as stack:
        folder = command.folder(stack, "sipveil-demo-", options.keep)
        network = networks.made(options.network, folder / "lab", progress, options.path, options.tunnel_length)
        status = network.up(stack, options.hop_delay, options.keep)
        scheme = options.scheme or network.scheme
        result = placing.run(binary, network, folder, _plan(options, network, scheme), progress)
        figures = report.as_json(result, options.calls, network, {
            "burst": options.burst is not None, "scheme": scheme, "hop_delay_ms": options.hop_delay.mean_ms,
            "hop_delay": str(options.hop_delay), "wire": status["wire"], **network.settings(), "versions": versions})
        progress.say("done")
    print(f"\n{', '.join(f'{name} {number}' for name, number in versions.items())}; names: {scheme}; wire: {status['wire']}, "
          f"{options.hop_delay} ms at each relay\n")
    print(report.text(result, figures, network))
    if options.json:
        options.json.write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")
    if options.plot:
        plot.draw([call.invite_to_180_s for call in result.calls if call.invite_to_180_s is not None], options.plot,
                  figures["raw_round_trip_s"]["median"])
    good = figures["completed"] == options.calls and (
        not network.one_each or result.evidence.distinct == options.calls or options.burst is not None and not figures["calls_by_source"])
    if result.complaints:
        print(f"\n{result.complaints}", file=sys.stderr)
    if good and not options.quiet:
        print(f"\n{real_use.text(_shown(binary), options.network)}")
    return 0 if good else 1


def _shown(path):
    """As short as it can be typed here."""
    here = pathlib.Path.cwd()
    return path.relative_to(here) if path.is_relative_to(here) else path


if __name__ == "__main__":
    sys.exit(main())

"""scripts/lab: a private network on this machine, for trying sipveil and for its tests."""
import argparse
import dataclasses
import json
import os
import pathlib
import signal
import sys
import tempfile
import time

from labnet import i2p_topology, measure, networks, topology
from labnet.delays import HopDelay
from labnet.errors import LabError
from labnet.wires import KINDS

_ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
_NETWORKS = {network.name: network for network in (networks.Tor, networks.I2p)}


def _default_dir(network):
    kind = "" if network == "tor" else f"{network}-"
    return pathlib.Path(tempfile.gettempdir()) / f"sipveil-{kind}lab-{os.geteuid()}"



def main():
    # Users other than root often lack the folders of ip, tor and i2pd.
    os.environ["PATH"] = os.environ.get("PATH", "/usr/bin:/bin") + ":/usr/sbin:/sbin"
    options = _parser().parse_args()
    begin = time.monotonic()
    for number in _ENDING:
        signal.signal(number, _interrupt)
    try:
        network = _NETWORKS[options.network]
        lab = network.lab(options.dir or _default_dir(options.network),
                          lambda line: print(f"lab {time.monotonic() - begin:5.1f} s  {line}", file=sys.stderr, flush=True))
        options.run(lab, network, options)
        return 0
    except BrokenPipeError:  # whoever read our output has enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except (LabError, OSError, EOFError) as error:
        print(f"lab: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("lab: interrupted; nothing is left running" if options.command == "up" else "lab: interrupted", file=sys.stderr)
        return 130


def _interrupt(*_):
    """Once: what follows is cleaning up, which a second Ctrl-C must not cut off."""
    for number in _ENDING:
        signal.signal(number, signal.SIG_IGN)
    raise KeyboardInterrupt


def _parser():
    parser = argparse.ArgumentParser(prog="scripts/lab", description=__doc__.split(": ", 1)[1])
    common = argparse.ArgumentParser(add_help=False)
    common.add_argument("--network", choices=sorted(_NETWORKS), default="tor", help="default tor")
    common.add_argument("--dir", help=f"folder of this lab; one lab each (default {_default_dir('NETWORK')})")
    common.add_argument("--json", action="store_true", help="print the result as JSON")
    commands = parser.add_subparsers(dest="command", required=True)

    up = commands.add_parser("up", parents=[common], help="start the network, or use the one that is up")
    up.add_argument("--hop-delay", default="0", metavar="MS|LOW-HIGH", help="one-way access delay of each relay or router, in ms, or a "
                    "range over which they are spread evenly, such as 10-80; users have half of the mean (default 0)")
    up.add_argument("--jitter", type=float, default=0.0, metavar="MS", help="mean of what each relay's line adds to the delay of a packet "
                    "(default 0)")
    up.add_argument("--loss", type=float, default=0.0, metavar="PERCENT", help="of the packets on each relay's line (default 0)")
    up.add_argument("--seed", type=int, default=1, help="of a range, which relay gets which delay; of jitter and loss, which packets "
                    "(default 1)")
    up.add_argument("--relays", type=int, metavar="N", help=f"tor: besides authorities and exits (default {topology.Size.relays})")
    up.add_argument("--exits", type=int, metavar="N", help=f"tor: default {topology.Size.exits}")
    up.add_argument("--routers", type=int, metavar="N", help=f"i2p: besides those of the users (default {i2p_topology.Size.routers})")
    up.add_argument("--users", default="alice,bob", help="names of the tors or routers for callers and callees (default alice,bob)")
    up.add_argument("--wire", choices=sorted(KINDS), help="how the nodes are joined (default without delay: tor loopback, i2p shared; with "
                    "delay: namespaces, for tor relays where they cannot be had)")
    up.set_defaults(run=_up)
    for name, run, text in (("down", _down, "end it and remove its files, all but the keys"),
                            ("status", _status, "what runs and where it listens"),):
        commands.add_parser(name, parents=[common], help=text).set_defaults(run=run)
    ping = commands.add_parser("ping", parents=[common], help="measure raw round trips through the network")
    ping.add_argument("--count", type=int, default=20)
    ping.add_argument("--length", type=int, choices=range(1, 8), help="i2p: tunnel length (default 1, 2 and 3)")
    ping.set_defaults(run=_ping)
    for name, text in (("kill", "end a node as a crash would"), ("freeze", "stop a node without closing its connections"),
                       ("thaw", "let it go on"), ("restart", "start a killed node again")):
        node = commands.add_parser(name, parents=[common], help=text)
        node.add_argument("node")
        node.set_defaults(run=lambda lab, _, options: getattr(lab, options.command)(options.node))
    return parser


def _up(lab, network, options):
    users = [name for name in options.users.split(",") if name]
    delay = dataclasses.replace(HopDelay.of(options.hop_delay), seed=options.seed, jitter_ms=options.jitter, loss_percent=options.loss)
    _print_status(lab.up(users, delay, options.wire, network.size(options)), network, options.json)


def _down(lab, _, options):
    count = lab.down()
    if options.json:
        print(json.dumps({"ended": count}))
    else:
        print(f"lab: ended {count} processes" if count else "lab: nothing was running")


def _status(lab, network, options):
    _print_status(lab.status(), network, options.json)


def _ping(lab, network, options):
    if lab.state() != "up":
        raise LabError("the lab is not up; scripts/lab up starts it")
    status = lab.status()
    users = [name for name, node in status["nodes"].items() if node["kind"] == "user"]
    result = {}
    for path, expected, extra, times in network.ping(lab, status, users[0], users[-1], options):
        result[path] = {**measure.summary(times), "expected": expected, **extra}
        if not options.json:
            print(f"{path:8} {_summary(result[path])}", flush=True)
    if options.json:
        print(json.dumps(result))


def _summary(value):
    text = f"median {value['median']:7.1f} ms   p95 {value['p95']:7.1f}   min {value['min']:7.1f}   delays alone {value['expected']:7.1f}"
    if "opened_s" in value:
        text += f"   opened in {value['opened_s']:.1f} s"
    if value.get("path"):
        text += "   " + " ".join(value["path"])
    return text


def _print_status(status, network, as_json):
    if as_json:
        print(json.dumps(status, indent=1))
        return
    print(f"{status['network']} lab in {status['dir']}: {status['state']}")
    if "nodes" not in status:
        return
    print(f"  wire {status['wire']}, {_delays(status['nodes'])} per {network.carrier}")
    for name, node in status["nodes"].items():
        if node["kind"] == "user":
            for number, line in enumerate(network.user_lines(node)):
                print(f"  {name + ':' if number == 0 else ' ' * (len(name) + 1)} {line}")
    if status["missing"]:
        print(f"  not running: {', '.join(status['missing'])}")


def _delays(nodes):
    """"20 ms", or each relay's own."""
    relays = {name: node["delay_ms"] for name, node in nodes.items() if node["kind"] in ("relay", "exit", "router", "floodfill")}
    if len(set(relays.values())) == 1:
        return f"{next(iter(relays.values())):g} ms"
    return ", ".join(f"{name} {delay:g}" for name, delay in relays.items()) + " ms"

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

from labnet import measure
from labnet.delays import HopDelay
from labnet.errors import LabError
from labnet.topology import Size
from labnet.tor_lab import TorLab
from labnet.wires import KINDS

_ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def main():
    # Users other than root often lack the folders of ip and tor.
    os.environ["PATH"] = os.environ.get("PATH", "/usr/bin:/bin") + ":/usr/sbin:/sbin"
    options = _parser().parse_args()
    begin = time.monotonic()
    lab = TorLab(options.dir, lambda line: print(f"lab {time.monotonic() - begin:5.1f} s  {line}", file=sys.stderr, flush=True))
    for number in _ENDING:
        signal.signal(number, _interrupt)
    try:
        options.run(lab, options)
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
    default_dir = pathlib.Path(tempfile.gettempdir()) / f"sipveil-lab-{os.geteuid()}"
    common = argparse.ArgumentParser(add_help=False)
    common.add_argument("--network", choices=["tor"], default="tor")
    common.add_argument("--dir", default=default_dir, help=f"folder of this lab; one lab each (default {default_dir})")
    common.add_argument("--json", action="store_true", help="print the result as JSON")
    commands = parser.add_subparsers(dest="command", required=True)

    up = commands.add_parser("up", parents=[common], help="start the network, or use the one that is up")
    up.add_argument("--hop-delay", default="0", metavar="MS|LOW-HIGH", help="one-way access delay of each relay, in ms, or a range over "
                    "which the relays are spread evenly, such as 10-80; users have half of the mean (default 0: plain loopback)")
    up.add_argument("--seed", type=int, default=1, help="of a range: which relay gets which delay (default 1)")
    up.add_argument("--relays", type=int, default=Size.relays, metavar="N", help=f"besides authorities and exits (default {Size.relays})")
    up.add_argument("--exits", type=int, default=Size.exits, metavar="N", help=f"default {Size.exits}")
    up.add_argument("--users", default="alice,bob", help="names of the tors for callers and callees (default alice,bob)")
    up.add_argument("--wire", choices=sorted(KINDS), help="how the nodes are joined (default: loopback without delay, with delay "
                    "namespaces if they can be had, else relays)")
    up.set_defaults(run=_up)
    for name, run, text in (("down", _down, "end it and remove its files, all but the keys"),
                            ("status", _status, "what runs and where it listens"),):
        commands.add_parser(name, parents=[common], help=text).set_defaults(run=run)
    ping = commands.add_parser("ping", parents=[common], help="measure raw round trips through an exit and an onion service")
    ping.add_argument("--count", type=int, default=20)
    ping.set_defaults(run=_ping)
    for name, text in (("kill", "end a node as a crash would"), ("freeze", "stop a node without closing its connections"),
                       ("thaw", "let it go on"), ("restart", "start a killed node again")):
        node = commands.add_parser(name, parents=[common], help=text)
        node.add_argument("node")
        node.set_defaults(run=lambda lab, options: getattr(lab, options.command)(options.node))
    return parser


def _up(lab, options):
    users = [name for name in options.users.split(",") if name]
    delay = dataclasses.replace(HopDelay.of(options.hop_delay), seed=options.seed)
    if not (4 <= options.relays <= 100 and 1 <= options.exits <= 50):
        raise LabError("--relays: 4 to 100, --exits: 1 to 50")
    _print_status(lab.up(users, delay, options.wire, Size(options.relays, options.exits)), options.json)


def _down(lab, options):
    count = lab.down()
    if options.json:
        print(json.dumps({"ended": count}))
    else:
        print(f"lab: ended {count} processes" if count else "lab: nothing was running")


def _status(lab, options):
    _print_status(lab.status(), options.json)


def _ping(lab, options):
    if lab.state() != "up":
        raise LabError("the lab is not up; scripts/lab up starts it")
    status = lab.status()
    users = [name for name, node in status["nodes"].items() if node["kind"] == "user"]
    times = {"exit": measure.exit_round_trips_ms(lab, users[0], options.count),
             "onion": measure.onion_round_trips_ms(lab, users[0], users[-1], options.count)}
    result = {path: {**measure.summary(values), "expected": status["expected_round_trip_ms"][path]}
              for path, values in times.items()}
    if options.json:
        print(json.dumps(result))
        return
    for path, value in result.items():
        print(f"{path:6} median {value['median']:7.1f} ms   p95 {value['p95']:7.1f}   min {value['min']:7.1f}   "
              f"delays alone {value['expected']:7.1f}")


def _print_status(status, as_json):
    if as_json:
        print(json.dumps(status, indent=1))
        return
    print(f"{status['network']} lab in {status['dir']}: {status['state']}")
    if "nodes" not in status:
        return
    print(f"  wire {status['wire']}, {_delays(status['nodes'])} per relay")
    for name, node in status["nodes"].items():
        if node["kind"] == "user":
            print(f"  {name}: control unix:{node['control_unix']}")
            print(f"  {' ' * len(name)}  socks   unix:{node['socks_unix']}" + (f" or {node['socks']}" if "socks" in node else ""))
    if status["missing"]:
        print(f"  not running: {', '.join(status['missing'])}")


def _delays(nodes):
    """"20 ms", or each relay's own."""
    relays = {name: node["delay_ms"] for name, node in nodes.items() if node["kind"] in ("relay", "exit")}
    if len(set(relays.values())) == 1:
        return f"{next(iter(relays.values())):g} ms"
    return ", ".join(f"{name} {delay:g}" for name, delay in relays.items()) + " ms"

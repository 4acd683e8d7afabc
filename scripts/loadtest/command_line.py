"""scripts/bench: the parts by Google Benchmark, the whole by a load run beside Kamailio."""
import argparse
import json
import os
import platform
import signal
import statistics
import subprocess
import sys
import tempfile

from . import load
from .hops import SCHEMES, Bridges, Kamailio
from .processes import Failure

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))


def arguments(argv):
    parser = argparse.ArgumentParser(prog="scripts/bench", description=(
        "Measures the parts (Google Benchmark) and the whole: SIPp -> sipveil -> TCP -> sipveil -> SIPp beside "
        "SIPp -> Kamailio -> SIPp in the same run, in turns."))
    parser.add_argument("--json", metavar="FILE", help="write the figures of the load run")
    parser.add_argument("--parts", action="store_true", help="only the parts")
    parser.add_argument("--load", action="store_true", help="only the load run")
    parser.add_argument("--rounds", type=int, default=3, help="turns at the fixed rate; medians are shown (default 3)")
    parser.add_argument("--rate", type=int, default=1500,
                        help="calls per second at which processor time is measured: one that both hold (default 1500)")
    parser.add_argument("--seconds", type=int, default=8, help="length of each run (default 8)")
    parser.add_argument("--start", type=int, default=1000, help="first rate of the search for the highest (default 1000)")
    parser.add_argument("--step", type=int, default=250, help="step of that search (default 250)")
    parser.add_argument("--held", type=int, default=4000, help="calls held for the memory figure (default 4000)")
    parser.add_argument("--build-dir", default=os.path.join(ROOT, "build", "release"), help="where the release build is")
    return parser.parse_args(argv)


def say(text):
    print(text, flush=True)


def run_parts(build):
    folder = os.path.join(build, "tests", "bench")
    programs = sorted(name for name in os.listdir(folder) if name.startswith("bench_") and os.access(f"{folder}/{name}", os.X_OK))
    for name in programs:
        say(f"\n== {name}")
        subprocess.run([os.path.join(folder, name), "--benchmark_min_time=0.3"], check=True)


def with_hop(make, work):
    """A fresh hop and callee for each measurement, so that none inherits another's lingering transactions."""
    with tempfile.TemporaryDirectory(prefix="sipveil-bench-") as folder:
        hop, callee = make(folder), load.Callee(folder)
        try:
            hop.start(callee.port)
            return work(hop, folder)
        finally:
            hop.stop()
            callee.stop()


def highest_rate(make, options):
    """The highest rate without a failed call, and no run below it that failed: rates rise until one fails twice."""
    best, rate = 0, options.start
    while True:
        def once(hop, folder, at=rate):
            return load.place(hop, folder, at * options.seconds, at)
        result = with_hop(make, once)
        # SIPp places fewer calls than asked for once the machine is full: what counts is what was done.
        done = result["completed"] / result["seconds"] if result["failed"] == 0 else 0
        say(f"    {rate:5d}/s asked: {result['completed']} completed, {result['failed']} failed, "
            f"{result['retransmissions']} retransmitted, {done:.0f}/s done")
        if result["failed"] or done < best * 1.02:
            return max(best, done)
        best = max(best, done)
        rate += options.step


def run_load(options):
    binary = os.path.join(options.build_dir, "bridge", "sipveil")
    makers = {"sipveil": lambda folder: Bridges(binary, folder), "kamailio": Kamailio}
    for scheme in SCHEMES:
        makers[f"sipveil {scheme}"] = lambda folder, scheme=scheme: Bridges(binary, folder, scheme)
    cpu = {name: [] for name in makers}
    figures = {name: {} for name in makers}
    for turn in range(options.rounds):
        for name, make in makers.items():
            result = with_hop(make, lambda hop, folder: load.place(hop, folder, options.rate * options.seconds, options.rate))
            if result["failed"]:
                raise Failure(f"{name}: {result['failed']} calls failed at {options.rate}/s")
            cpu[name].append(result["cpu_us_per_call"])
            say(f"  turn {turn + 1}, {name}: {result['cpu_us_per_call']:.0f} us of processor time per call and hop at {options.rate}/s")
    for name, make in makers.items():
        figures[name]["cpu_us_per_call"] = round(statistics.median(cpu[name]), 1)
        if name not in ("sipveil", "kamailio"):
            continue
        say(f"  {name}: the highest rate without a failed call")
        figures[name]["calls_per_s"] = round(highest_rate(make, options))
        figures[name]["bytes_per_call"] = round(with_hop(make, lambda hop, folder: load.hold(hop, folder, options.held, 400)))
        say(f"  {name}: {figures[name]['bytes_per_call']} bytes per established call")
    return figures


def show(figures):
    say(f"\n{'':25}{'calls/s':>10}{'CPU us/call':>14}{'bytes/call':>12}")
    for name, row in figures.items():
        say(f"{name:25}{row.get('calls_per_s', '-'):>10}{row['cpu_us_per_call']:>14}{row.get('bytes_per_call', '-'):>12}")
    ratio = {key: figures["sipveil"][key] / figures["kamailio"][key] for key in ("calls_per_s", "cpu_us_per_call")}
    say(f"{'sipveil / kamailio':25}{ratio['calls_per_s']:>10.2f}{ratio['cpu_us_per_call']:>14.2f}")
    say("calls/s is of the whole chain: two bridges against one Kamailio. CPU and memory are of one hop. A Kamailio without\n"
        "its dialog module keeps nothing of an established call once its transactions have gone, 5 s after the answer.")


def main(argv):
    options = arguments(argv)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # unwinds, so that no child is left
    try:
        if not options.load:
            run_parts(options.build_dir)
        if options.parts:
            return 0
        say(f"load run on {os.cpu_count()} cores, {platform.machine()}, Kamailio "
            f"{load.version_of(['/usr/sbin/kamailio', '-v'], 'kamailio ([0-9.]+)')}, "
            f"SIPp {load.version_of(['sipp', '-v'], 'SIPp (v[0-9.]+)')}")
        figures = run_load(options)
        show(figures)
        if options.json:
            with open(options.json, "w", encoding="utf-8") as file:
                json.dump(figures, file, indent=1)
                file.write("\n")
        return 0
    except Failure as error:
        print(f"scripts/bench: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130

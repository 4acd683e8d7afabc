"""scripts/endure: many calls in a row through a private Tor network, and whether memory, circuits or open files grow meanwhile."""
import argparse
import contextlib
import json
import pathlib
import sys

from callrun import command, figures, growth, paths, placing, plot
from callrun.calls import sources
from callrun.progress import Progress
from callrun.settings import Standby
from callrun.tor_network import TorNetwork

_MOST_CALLS = 100_000


def main():
    options = _parse()
    progress = Progress("endure", options.quiet)
    return command.guarded("endure", progress, lambda: _run(options, progress))


def _parse():
    parser = argparse.ArgumentParser(prog="scripts/endure", description=__doc__.split(": ", 1)[1])
    parser.add_argument("--calls", type=int, default=1000, metavar="N", help="one after the other (default 1000)")
    parser.add_argument("--every", type=int, default=50, metavar="N", help="calls between two samples (default 50)")
    parser.add_argument("--path", choices=(paths.ONION, paths.EXIT), default=paths.ONION, help="default onion")
    parser.add_argument("--standby", type=int, metavar="N", help="keep N links opened ahead; 0: none (default: sipveil's own)")
    parser.add_argument("--hop-delay", default="20", metavar="MS|LOW-HIGH", help="one-way delay at each relay (default 20)")
    parser.add_argument("--json", type=pathlib.Path, metavar="FILE", help="write the samples there, too")
    parser.add_argument("--plot", type=pathlib.Path, metavar="FILE.png", help="draw them with gnuplot")
    command.add_common(parser)
    options = parser.parse_args()
    if not 1 <= options.every <= options.calls <= _MOST_CALLS:
        parser.error(f"--calls: --every to {_MOST_CALLS}")
    command.check_folder_of(parser, options.json, options.plot)
    return options


def _run(options, progress):
    binary = command.binary(options, progress)
    with contextlib.ExitStack() as stack:
        folder = command.folder(stack, "sipveil-endure-", options.keep)
        network = TorNetwork.at(folder / "lab", progress, options.path)
        status = network.up(stack, options.hop_delay, options.keep)
        sampler = growth.Sampler(network.lab, options.every)
        plan = placing.Plan(options.calls, Standby(options.standby), sampler=sampler)
        result = placing.run(binary, network, folder, plan, progress)
    found = growth.trends(sampler.samples)
    completed = sum(call.complete for call in result.calls)
    delays = figures.summary([call.invite_to_180_s for call in result.calls if call.invite_to_180_s is not None])
    print(f"\nwire: {status['wire']}, {options.hop_delay} ms at each relay; path: {options.path}\n")
    print(_text(sampler.samples, found))
    print("\nINVITE -> 180   " + "   ".join(f"{name} {'-' if value is None else f'{value:.3f} s'}" for name, value in delays.items()))
    if options.json:
        options.json.write_text(json.dumps(_as_json(options, result, sampler.samples, found, completed, delays), indent=1) + "\n",
                                encoding="utf-8")
    if options.plot:
        plot.draw_series(sampler.samples, options.plot)
    if result.complaints:
        print(f"\n{result.complaints}", file=sys.stderr)
    verdict = "too few samples to judge" if not found else "growth" if any(one.grows for one in found) else "no growth"
    print(f"{completed} of {options.calls} calls complete, {result.evidence.distinct} distinct circuits, {verdict}")
    return 0 if completed == options.calls and verdict != "growth" else 1


def _text(samples, found):
    names = list(samples[0].values) if samples else []
    titles = [f"{whose} {growth.UNITS[what]}" for whose, what in names]
    lines = ["calls  " + "  ".join(titles)]
    for sample in samples:
        cells = [f"{sample.values[name]:{len(title)}.{1 if name[1] == 'rss_mib' else 0}f}" for name, title in zip(names, titles)]
        lines.append(f"{sample.calls:5}  " + "  ".join(cells))
    lines += ["", growth.rule()]
    lines += [f"  {one.whose:5} {growth.UNITS[one.what]:15} {one.early:8.1f} -> {one.late:8.1f}  {'GROWS' if one.grows else 'no growth'}"
              for one in found]
    return "\n".join(lines)


def _as_json(options, result, samples, found, completed, delays):
    return {"calls": options.calls, "path": options.path, "completed": completed, "distinct_circuits": result.evidence.distinct,
            "hop_delay": options.hop_delay, "invite_to_180_s": delays, "calls_by_source": sources(result.calls), "standby": result.pool,
            "rule": growth.rule(), "trends": [vars(one) for one in found],
            "samples": [{"calls": sample.calls, **{f"{whose}_{what}": value for (whose, what), value in sample.values.items()}}
                        for sample in samples]}


if __name__ == "__main__":
    sys.exit(main())

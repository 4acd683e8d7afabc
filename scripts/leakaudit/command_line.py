"""scripts/leak-audit: who learns what of a call, found out by listening everywhere.

Phones that tell all they can play every kind of dialog through two domains with sipveil; every link, log and table is searched
for what they told, in every encoding, and compared with who may know it. With --pcap the same search judges any capture.
"""
import argparse
import contextlib
import dataclasses
import json
import os
import pathlib
import socket
import sys
import tempfile

from callrun import command
from callrun.errors import RunError
from callrun.progress import Progress
from labnet.i2p_lab import I2pLab
from labnet.tor_lab import TorLab
from leakaudit import bed, i2p_bed, matrix, outside, report, run, scenarios, verdict
from leakaudit.errors import AuditError
from trapezoid import identities

_SCHEMES = ("none", "privasip-1", "privasip-2")
_ALGORITHMS = {"aes": "aes", "rsa": "rsa", "ecies-x25519": "ecies", "ecies-p256": "ecies-p256"}
_CLASSES = ("home", "nobody", "callee", "callee-home")
_VIEWS = identities.VIEWS
_STARTED_ONCE_MORE = "SIPVEIL_LEAK_AUDIT_INSIDE"
_TOR_USERS = {"sipveil-a": "alice", "sipveil-b": "bob", "phone-b": "carol", "phone-a": "dave"}


def main():
    options = _parse()
    progress = Progress("leak-audit", options.quiet)
    return command.guarded("leak-audit", progress, lambda: _outside(options) if options.pcap else _inside(options, progress), AuditError)


def _parse():
    parser = argparse.ArgumentParser(prog="scripts/leak-audit", description=__doc__.split(": ", 1)[1].replace("\n", " "),
                                     epilog="Exit: 0 clean, 1 a leak, or something that was not looked at, 2 usage.")
    what = parser.add_argument_group("what is run (default: privasip-2 with ecies-x25519, view real, then pseudonym, both ways)")
    what.add_argument("--scheme", choices=_SCHEMES)
    what.add_argument("--algorithm", choices=sorted(_ALGORITHMS))
    what.add_argument("--view", choices=_VIEWS)
    what.add_argument("--class", dest="known_to", choices=_CLASSES, help="who may know the caller (default home)")
    what.add_argument("--direction", choices=("a>b", "b>a", "both"), default="both", help="who calls whom (default both)")
    what.add_argument("--all", action="store_true", help="every scheme with every algorithm, view and class")
    what.add_argument("--network", choices=("direct", "tor", "i2p"), default="direct", help="between the domains (default direct: "
                      "plain TCP, so that it can be told which link showed what)")
    what.add_argument("--wire", choices=("namespaces", "loopback"), help="how the machines are joined (default: namespaces, with "
                      "tor loopback; loopback takes the right to capture there)")
    what.add_argument("--scenarios", type=_names, default=(), metavar="NAME,...",
                      help=f"only these: {', '.join(scenarios.SCENARIOS)}")
    what.add_argument("--judge-as", choices=_SCHEMES, help="compare with what another scheme allows: the audit must fail then")
    what.add_argument("--plant", action="store_true", help="with --network i2p: one sipveil asks a resolver for a b32 name: the audit "
                      "must fail then")
    other = parser.add_argument_group("another capture")
    other.add_argument("--pcap", type=pathlib.Path, metavar="FILE", help="judge this capture (pcap or pcapng)")
    other.add_argument("--canaries", type=pathlib.Path, metavar="FILE", help="what must not be in it: one text a line, or JSON "
                       "objects with text, name, fact, forms, expect (never, may, must)")
    parser.add_argument("--json", type=pathlib.Path, metavar="FILE", help="write the verdict there, too")
    parser.add_argument("--markdown", type=pathlib.Path, metavar="FILE", help="write the tables there")
    command.add_common(parser)
    options = parser.parse_args()
    if bool(options.pcap) != bool(options.canaries):
        parser.error("--pcap FILE and --canaries FILE belong together")
    command.check_folder_of(parser, options.json, options.markdown)
    for file in (options.pcap, options.canaries):
        if file and not file.is_file():
            parser.error(f"{file} is no file")
    if options.network == "i2p" and options.wire == "loopback":
        parser.error("--network i2p takes namespaces")
    if options.plant and options.network != "i2p":
        parser.error("--plant takes --network i2p")
    if not options.pcap and not _identities(options):
        parser.error("there is no such run: aes seals for the caller's home only, and only in privasip-1")
    return options


def _names(text):
    names = tuple(text.split(","))
    unknown = [name for name in names if name not in scenarios.SCENARIOS]
    if unknown:
        raise argparse.ArgumentTypeError(f"no scenario {unknown[0]!r}; there are {', '.join(scenarios.SCENARIOS)}")
    return names


# --- another capture ---

def _outside(options):
    try:
        result = outside.judge(options.pcap, options.canaries)
    except (AuditError, FileNotFoundError) as error:  # what was named is no capture, or no list of canaries
        print(f"leak-audit: {error}", file=sys.stderr)
        return 2
    for one in result.leaks:
        print("\n".join(report.finding(one)) + "\n")
    for problem in result.problems:
        print(f"PROBLEM {problem}\n")
    kinds = ", ".join(f"{count} {kind}" for kind, count in sorted(result.messages.items()))
    print(f"looked at {result.frames} packets, {sum(result.messages.values())} SIP messages ({kinds or 'none'}) in "
          f"{result.dialogs} dialogs, for {len(result.canaries)} canaries")
    print("clean" if result.clean else f"NOT CLEAN: {len(result.leaks)} leaks, {len(result.problems)} problems")
    if options.json:
        found = {one.canary for one in (*result.leaks, *result.expected)}
        _write(options.json, {
            **{key: [dataclasses.asdict(one) for one in getattr(result, key)] for key in ("leaks", "expected", "canaries")},
            "dialogs": result.dialogs, "messages": result.messages, "problems": result.problems, "clean": result.clean,
            "matrix": {one.name: one.name in found for one in result.canaries}})
    return 0 if result.clean else 1


# --- our own runs ---

def _identities(options):
    """Every identities.Identity (None: no scheme) that the options ask for."""
    some = options.scheme or options.algorithm or options.view or options.known_to
    schemes = [options.scheme] if options.scheme else list(_SCHEMES) if options.all else ["privasip-2"]
    algorithms = [options.algorithm] if options.algorithm else list(_ALGORITHMS) if options.all else ["ecies-x25519"]
    views = [options.view] if options.view else list(_VIEWS) if options.all or not some else ["real"]
    classes = [options.known_to] if options.known_to else list(_CLASSES) if options.all else ["home"]
    found = [None] if "none" in schemes else []
    for scheme in schemes:
        for algorithm in algorithms if scheme != "none" else ():
            name = f"{scheme}-{_ALGORITHMS[algorithm]}"
            if name in identities.SCHEMES:
                found += [identities.named(name, view=view, caller_known_to=known_to) for known_to in classes for view in views
                          if algorithm != "aes" or known_to == "home"]
    return found


def _plans(options, folder):
    directions = ("a>b", "b>a") if options.direction == "both" else (options.direction,)
    in_namespaces = options.network != "tor" and bed.namespaces_available(folder / "probe")
    wire = options.wire or ("namespaces" if in_namespaces else "loopback")
    return [run.Plan(identity, direction, options.network, wire, options.scenarios, planted=options.plant)
            for identity in _identities(options) for direction in directions]


def _inside(options, progress):
    binary = command.binary(options, progress)
    verdicts = []
    _gain_rights(options)
    with contextlib.ExitStack() as stack:
        folder = command.folder(stack, "sipveil-leak-audit-", options.keep, "captures, logs, configurations")
        plans = _plans(options, folder)
        if options.network == "i2p" and any(plan.wire != "namespaces" for plan in plans):
            raise RunError("--network i2p takes the right to make network namespaces")
        lab = _lab(stack, options, plans, folder, progress)
        for number, plan in enumerate(plans):
            progress.say(f"run {number + 1} of {len(plans)}: {plan.name}")
            # A short name: below it lie Unix sockets, whose path may have 107 characters.
            record = run.play(binary, folder / str(number + 1), plan, lambda sentence: progress.say(f"  {sentence}"), lab,
                              _TOR_USERS)
            verdicts.append(_judged(record, options))
            record.evidence.clear()  # megabytes, and the reports need none of it
            progress.say(f"  {report.summary(verdicts[-1])}")
    for one in verdicts:
        print(f"\n{report.text(one)}")
    if options.json:
        _write(options.json, report.as_json(verdicts))
    if options.markdown:
        options.markdown.write_text(report.markdown(verdicts), encoding="utf-8")
    clean = sum(one.clean for one in verdicts)
    print(f"\n{clean} of {len(verdicts)} runs clean")
    return 0 if clean == len(verdicts) else 1


def _gain_rights(options):
    """Who may neither have the namespaces of the trapezoid nor capture on loopback starts once more as root of a namespace of
    his own, with a loopback of its own."""
    try:
        with socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM):
            return
    except OSError:
        pass
    with tempfile.TemporaryDirectory() as folder:
        if options.network != "tor" and options.wire != "loopback" and bed.namespaces_available(pathlib.Path(folder)):
            return
    if os.environ.get(_STARTED_ONCE_MORE):
        raise RunError("capturing takes root, or the right to make user namespaces")
    os.environ[_STARTED_ONCE_MORE] = "1"
    os.execvp("unshare", ["unshare", "--user", "--map-root-user", "--net", "sh", "-c", 'ip link set lo up && exec "$@"', "sh",
                          sys.executable, "-B", "-m", "leakaudit", *sys.argv[1:]])


def _judged(record, options):
    setting = verdict.setting_of(record.plan)
    if options.judge_as:
        setting = dataclasses.replace(setting, scheme=options.judge_as)
    return verdict.judge(record, matrix.FILE, setting)


def _lab(stack, options, plans, folder, progress):
    """The network between the domains, up until the end of `stack`; None if there is none."""
    if options.network == "direct":
        return None
    kind, users = (TorLab, sorted(_TOR_USERS.values())) if options.network == "tor" else \
                  (I2pLab, i2p_bed.users_of(plan.identity for plan in plans))
    lab = kind(folder / "lab", lambda line: progress.say(f"{options.network} network: {line}"))
    stack.callback(lab.down)
    lab.up(users, 0.0)
    return lab


def _write(file, value):
    file.write_text(json.dumps(value, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())

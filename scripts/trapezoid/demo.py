"""scripts/demo --proxies: calls between two domains, each with its own Kamailio, and what sealing identities adds to them."""
import contextlib
import json
import sys

from callrun import command, networks
from callrun.errors import RunError
from trapezoid import compare, identities, look
from trapezoid.bed import Options, Trapezoid

_DEFAULT_SCHEME = "privasip-2-ecies"
_USERS = ("sipveil-a", "sipveil-b", "phone-b")


def run(options, binary, versions, progress):
    """The exit code. `options`: what scripts/demo was told."""
    schemes = _schemes(options)
    with contextlib.ExitStack() as stack:
        folder = command.folder(stack, "sipveil-demo-", options.keep)
        looks = {}
        for name in schemes:
            progress.say(f"{name}: a call on plain TCP, to see what each station learns")
            looks[name] = look.at(binary, folder / f"look-{name}", _identity(name, options))
        network = None
        if options.network != "direct":
            network = networks.made(options.network, folder / "lab", progress, tunnel_length=options.tunnel_length)
            network.up(stack, options.hop_delay, users=_USERS)
        beds = {}
        for name in schemes:
            bed = Trapezoid(binary, folder / name, Options(_identity(name, options), options.network, log_level="info"), network)
            stack.callback(bed.stop)
            beds[name] = bed.start(lambda sentence, name=name: progress.say(f"{name}: {sentence}"))
            bed.register()
            progress.say(f"{name}: alice and bob are registered")
        rounds = compare.place_rounds(beds, options.calls, _teller(options.calls, len(schemes) > 1, progress))
        progress.say("done")
    result = _as_json(schemes, rounds, looks, options, versions)
    print(_text(schemes, looks, result, options))
    if options.json:
        options.json.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
    if any(result["schemes"][name]["completed"] != options.calls for name in schemes):
        print("demo: not every call was completed; --keep keeps the logs", file=sys.stderr)
        return 1
    return 0


def check(options):
    """What does not go together in the options; "" if all is well."""
    schemes = _schemes(options)
    unknown = [name for name in schemes if name not in identities.SCHEMES]
    if unknown:
        return f"no scheme {unknown[0]!r}; there are: {', '.join(identities.SCHEMES)}"
    if len(set(schemes)) != len(schemes):
        return "--compare: each scheme once"
    if options.compare and options.scheme:
        return "--scheme is for one scheme, --compare for several"
    if options.view == "pseudonym" and schemes == ["sip"]:
        return "--view pseudonym: plain sip has none; choose another --scheme"
    return ""


def _schemes(options):
    return options.compare or [options.scheme or _DEFAULT_SCHEME]


def _identity(name, options):
    return identities.named(name, view=options.view)


def _teller(count, several, progress):
    def tell(index, name, times):
        whose = f"{name:16} " if several else ""
        if times.complete:
            progress.say(f"call {index:3} of {count}: {whose}rang after {times.set_up_s:6.3f} s, complete")
        elif times.failure:
            progress.say(f"call {index:3} of {count}: {whose}refused with {times.failure}")
        else:
            progress.say(f"call {index:3} of {count}: {whose}incomplete")
    return tell


def _as_json(schemes, rounds, looks, options, versions):
    if not rounds:
        raise RunError("no call was placed")
    result = {"network": options.network, "view": options.view, "calls": options.calls, "versions": versions,
              "hop_delay_ms": 0.0 if options.network == "direct" else options.hop_delay.mean_ms, "schemes": {}}
    for name in schemes:
        entry = compare.summary(rounds, name) | {"invite_bytes": looks[name].invite_bytes}
        if name != schemes[0]:
            entry["added"] = compare.added(rounds, name, schemes[0]) | {
                "invite_bytes": {wire: size - looks[schemes[0]].invite_bytes[wire] for wire, size in looks[name].invite_bytes.items()}}
        entry["per_call"] = [{"forth": one.forth, "complete": one.times[name].complete, "set_up_s": _rounded(one.times[name].set_up_s),
                              "invite_to_180_s": _rounded(one.times[name].invite_to_180_s)} for one in rounds]
        result["schemes"][name] = entry
    return result


def _rounded(value):
    return None if value is None else round(value, 6)


def _text(schemes, looks, result, options):
    lines = []
    for name in schemes:
        lines += ["", f"What each station sees of a call, {name}" + (f", view {options.view}" if name != "sip" else ""),
                  look.text(looks[name])]
    lines += ["", f"{options.calls} calls each, in both directions, network {options.network}; set-up is the first INVITE -> 180 with "
              "authentication,", "INVITE -> 180 is from the INVITE with credentials", "",
              f"{'':22}{'complete':>9}{'set-up':>18}{'INVITE -> 180':>20}{'INVITE, bytes':>20}",
              f"{'':31}{'median':>10}{'p95':>8}{'median':>12}{'p95':>8}{'LAN':>12}{'tunnel':>8}"]
    for name in schemes:
        one = result["schemes"][name]
        sizes = one["invite_bytes"]
        lines.append(f"{name:22}{one['completed']:>5}/{options.calls:<4}{_ms(one['set_up_s']['median']):>9}{_ms(one['set_up_s']['p95']):>8}"
                     f"{_ms(one['invite_to_180_s']['median']):>12}{_ms(one['invite_to_180_s']['p95']):>8}"
                     f"{sizes[look.LAN]:>12}{sizes[look.TUNNEL]:>8}")
    lines += _added_text(schemes, result)
    return "\n".join([*lines, "times in ms"])


def _added_text(schemes, result):
    lines = []
    for name in schemes[1:]:
        more = result["schemes"][name]["added"]
        sizes = more["invite_bytes"]
        lines.append(f"{name} adds to {schemes[0]}: {_ms(more['set_up_s'])} ms to the set-up, {_ms(more['invite_to_180_s'])} ms to "
                     f"INVITE -> 180 (medians of the differences, call by call), {sizes[look.LAN]} and {sizes[look.TUNNEL]} bytes")
    return ["", *lines, ""] if lines else [""]


def _ms(seconds):
    return "-" if seconds is None else f"{seconds * 1000:.2f}"

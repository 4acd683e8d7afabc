"""The outcomes of drills as a table and as JSON."""
import dataclasses


def table(outcomes):
    """Times in seconds since the blow."""
    lines = ["drill             next call  limit  calls tried  callee's re-INVITE, BYE   caller's re-INVITE, BYE   twice  verdict",
             "                          s      s      (failed)       arrived -> answered       arrived -> answered"]
    for one in outcomes:
        ends = {end: _crossings([crossing for crossing in one.crossings if crossing.end == end]) for end in ("callee", "caller")}
        tried = f"{one.attempts} ({len(one.refused)})"
        lines.append(f"{one.name:16}  {_number(one.next_call_s):>9}  {one.limit_s:5g}  {tried:>11}  {ends['callee']:24}  {ends['caller']:24}  "
                     f"{one.seen_twice:5}  {'ok' if not one.failures else 'FAILED'}")
    lines.append("")
    for one in outcomes:
        lines += [f"{one.name}: {failure}" for failure in one.failures]
        lines += [f"{one.name}: {loss}, which is not asked for" for loss in one.lost if not one.keeps_calls]
        lines += [f"{one.name}: the next call went by {one.next_way}"] if one.next_way else []
        lines += [f"{one.name}: afterwards {one.remark}"] if one.remark else []
    good = sum(not one.failures for one in outcomes)
    lines.append(f"{good} passed, {len(outcomes) - good} failed")
    return "\n".join(lines)


def as_json(outcomes, settings):
    return {**settings, "drills": [{**_rounded(dataclasses.asdict(one)), "failures": one.failures} for one in outcomes]}


def _crossings(crossings):
    return ", ".join(f"{_number(one.arrived_s)}->{_number(one.answered_s)}{'' if one.good else ' !'}" for one in crossings)


def _number(value):
    return "-" if value is None else f"{value:.1f}"


def _rounded(value):
    if isinstance(value, float):
        return round(value, 3)
    if isinstance(value, dict):
        return {key: _rounded(one) for key, one in value.items()}
    return [_rounded(one) for one in value] if isinstance(value, list) else value

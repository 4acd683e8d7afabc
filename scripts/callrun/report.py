"""The result of a run as text and as JSON."""
from callrun import figures
from callrun.calls import sources

_SHOWN_LETTERS = 7
_LONGEST_TABLE = 120  # calls; of more, only those that need a look are shown


def call_table(calls, carrier):
    """A line for each call, or for each that failed or was slow. Times in seconds, the bridges' in milliseconds."""
    lines = [f"call  INVITE->180  link ready  network  callee  bridges  {carrier:>7}  link",
             "               s           s        s       s       ms"]
    for call in _shown(calls):
        bridge_ms = None if call.bridge_s is None else call.bridge_s * 1000
        columns = [f"{call.number:4}", _number(call.invite_to_180_s, 11), _number(call.link_ready_s, 10), _number(call.network_s, 7),
                   _number(call.callee_s, 6), _number(bridge_ms, 7), f"{_name(call.carrier)[:_SHOWN_LETTERS]:>7}"]
        columns.append((call.source or "-") + (f", moved {call.moved} x" if call.moved else ""))
        lines.append("  ".join(columns if call.complete else [*columns, _failure(call.trace)]))
    return lines


def _shown(calls):
    if len(calls) <= _LONGEST_TABLE:
        return calls
    delays = [call.invite_to_180_s for call in calls if call.invite_to_180_s is not None]
    slow = figures.percentile(delays, 98) if delays else 0.0
    return [call for call in calls if not call.complete or call.moved or call.invite_to_180_s >= slow]


def call_json(call, carrier):
    """`carrier`: what the network calls it."""
    purpose = {f"{carrier}_purpose": call.carrier.purpose} if call.carrier and call.carrier.purpose else {}
    return {
        "number": call.number, "complete": call.complete,
        "answer": call.trace.failure or (200 if call.trace.answered else None),
        "invite_to_180_s": _rounded(call.invite_to_180_s), "link_ready_s": _rounded(call.link_ready_s),
        "network_s": _rounded(call.network_s), "callee_s": _rounded(call.callee_s), "bridge_s": _rounded(call.bridge_s),
        carrier: call.carrier.name if call.carrier else None, **purpose, "source": call.source, "moved": call.moved,
    }


def as_json(result, asked, network, settings):
    """`settings`: what else the reader must know to judge the figures (hop delay, wire, versions)."""
    delays = figures.summary([call.invite_to_180_s for call in result.calls if call.invite_to_180_s is not None])
    raw = figures.summary(result.raw.every)
    return {
        "calls": asked,
        "network": network.name,
        "path": network.path,
        "completed": sum(call.complete for call in result.calls),
        f"distinct_{network.carrier}s": result.evidence.distinct,
        **result.evidence.json,
        "invite_to_180_s": delays,
        "raw_round_trip_s": {**raw, "count": len(result.raw.every)},
        "raw_first_round_trip_s": {**figures.summary(result.raw.first), "count": len(result.raw.first)},
        "ratio_to_raw_median": {name: _ratio(delays[name], raw["median"]) for name in ("median", "p95", "max")},
        "parts_s": {part: figures.summary([getattr(call, f"{part}_s") for call in result.calls
                                           if getattr(call, f"{part}_s") is not None], 6)
                    for part in ("link_ready", "network", "callee", "bridge")},
        "calls_by_source": sources(result.calls),
        "moved": sum(call.moved for call in result.calls if call.moved is not None),
        "standby": result.pool,
        **({"without_sipveil": result.compared.json()} if result.compared else {}),
        **settings,
        "per_call": [call_json(call, network.carrier) for call in result.calls],
    }


def text(result, report, network):
    """`report`: what as_json() gave."""
    times = [call.invite_to_180_s for call in result.calls if call.invite_to_180_s is not None]
    step = figures.fitting_step(times)
    lines = [*call_table(result.calls, network.carrier), "", f"INVITE -> 180, rounded to {step:g} s", *figures.histogram_lines(times, step), ""]
    delays, raw, ratios = report["invite_to_180_s"], report["raw_round_trip_s"], report["ratio_to_raw_median"]
    if delays["median"] is not None:
        lines.append("INVITE -> 180   " + "   ".join(f"{name} {figures.time(value)}" for name, value in delays.items()))
        first = report["raw_first_round_trip_s"]["median"]
        lines.append(f"raw round trip  median {figures.time(raw['median'])} over {raw['count']} echoes on open streams to "
                     f"{network.paths[network.path]}, the first on each {figures.time(first)}; a call's median is "
                     f"{ratios['median']:.2f} x that, its p95 {ratios['p95']:.2f} x")
        parts = [f"{name.replace('_', ' ')} {figures.time(value['median'])}" for name, value in report["parts_s"].items()]
        lines.append("parts (medians) " + "   ".join(parts))
    lines += _links_text(result, report)
    lines.append(result.evidence.text)
    lines += [result.compared.text()] if result.compared else []
    lines.append(f"{report['completed']} of {report['calls']} calls complete, {result.evidence.distinct} distinct {network.carrier}s")
    return "\n".join(lines)


def _links_text(result, report):
    if not report["calls_by_source"]:
        return ["links           this sipveil does not tell where a call's link came from"]
    by_source = ", ".join(f"{count} {source}" for source, count in report["calls_by_source"].items())
    lines = [f"links           of the calls: {by_source}; {report['moved']} calls were moved to another"]
    if result.pool is not None:
        pool = result.pool
        fastest = "" if pool.get("fastest_ms") is None else f", the fastest {pool['fastest_ms']:.0f} ms"
        lines.append(f"standby         {pool['taken']} taken, {pool['missed']} calls found none, dropped {pool['dropped_slow']} slow and "
                     f"{pool['dropped_old']} old, {pool['failed']} failed; at the end {pool['ready']} of {pool['wanted']} ready{fastest}")
    return lines


def _ratio(value, of):
    return None if value is None or not of else round(value / of, 4)


def _name(carrier):
    return "-" if carrier is None or carrier.name is None else str(carrier.name)


def _failure(trace):
    return f"refused with {trace.failure}" if trace.failure else f"incomplete, last step: {trace.last_step}"


def _number(value, width):
    return f"{'-' if value is None else format(value, '.3f'):>{width}}"


def _rounded(value):
    return None if value is None else round(value, 6)

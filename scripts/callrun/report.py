"""The result of a run as text and as JSON."""
from callrun import figures, paths
from callrun.calls import sources

_LONGEST_TABLE = 120  # calls; of more, only those that need a look are shown


def call_table(calls):
    """A line for each call, or for each that failed or was slow. Times in seconds, the bridges' in milliseconds."""
    lines = ["call  INVITE->180  link ready  network  callee  bridges  circuit  link",
             "               s           s        s       s       ms"]
    for call in _shown(calls):
        bridge_ms = None if call.bridge_s is None else call.bridge_s * 1000
        columns = [f"{call.number:4}", _number(call.invite_to_180_s, 11), _number(call.link_ready_s, 10), _number(call.network_s, 7),
                   _number(call.callee_s, 6), _number(bridge_ms, 7), f"{'-' if call.circuit is None else call.circuit:>7}"]
        columns.append((call.source or "-") + (f", moved {call.moved} x" if call.moved else ""))
        lines.append("  ".join(columns if call.complete else [*columns, _failure(call.trace)]))
    return lines


def _shown(calls):
    if len(calls) <= _LONGEST_TABLE:
        return calls
    delays = [call.invite_to_180_s for call in calls if call.invite_to_180_s is not None]
    slow = figures.percentile(delays, 98) if delays else 0.0
    return [call for call in calls if not call.complete or call.moved or call.invite_to_180_s >= slow]


def call_json(call):
    return {
        "number": call.number, "complete": call.complete,
        "answer": call.trace.failure or (200 if call.trace.answered else None),
        "invite_to_180_s": _rounded(call.invite_to_180_s), "link_ready_s": _rounded(call.link_ready_s),
        "network_s": _rounded(call.network_s), "callee_s": _rounded(call.callee_s), "bridge_s": _rounded(call.bridge_s),
        "circuit": call.circuit, "circuit_purpose": call.purpose, "source": call.source, "moved": call.moved,
    }


def as_json(result, asked, settings):
    """`settings`: what else the reader must know to judge the figures (hop delay, wire, versions)."""
    delays = figures.summary([call.invite_to_180_s for call in result.calls if call.invite_to_180_s is not None])
    raw = figures.summary(result.raw_round_trips_s)
    return {
        "calls": asked,
        "path": result.path,
        "completed": sum(call.complete for call in result.calls),
        "distinct_circuits": result.distinct_circuits,
        "distinct_socks_credentials": len({call.credential for call in result.calls if call.credential}),
        "invite_to_180_s": delays,
        "raw_round_trip_s": {**raw, "count": len(result.raw_round_trips_s)},
        "ratio_to_raw_median": {name: _ratio(delays[name], raw["median"]) for name in ("median", "p95", "max")},
        "parts_s": {part: figures.summary([getattr(call, f"{part}_s") for call in result.calls
                                           if getattr(call, f"{part}_s") is not None], 6)
                    for part in ("link_ready", "network", "callee", "bridge")},
        "calls_by_source": sources(result.calls),
        "moved": sum(call.moved for call in result.calls if call.moved is not None),
        "standby": result.pool,
        **settings,
        "per_call": [call_json(call) for call in result.calls],
    }


def text(result, report):
    """`report`: what as_json() gave."""
    times = [call.invite_to_180_s for call in result.calls if call.invite_to_180_s is not None]
    step = figures.fitting_step(times)
    lines = [*call_table(result.calls), "", f"INVITE -> 180, rounded to {step:g} s", *figures.histogram_lines(times, step), ""]
    delays, raw, ratios = report["invite_to_180_s"], report["raw_round_trip_s"], report["ratio_to_raw_median"]
    if delays["median"] is not None:
        lines.append("INVITE -> 180   " + "   ".join(f"{name} {_time(value)}" for name, value in delays.items()))
        lines.append(f"raw round trip  median {_time(raw['median'])} over {raw['count']} echoes on open streams to "
                     f"{paths.NAMES[result.path]}; a call's median is {ratios['median']:.2f} x that, its p95 {ratios['p95']:.2f} x")
        parts = [f"{name.replace('_', ' ')} {_time(value['median'])}" for name, value in report["parts_s"].items()]
        lines.append("parts (medians) " + "   ".join(parts))
    lines += _links_text(result, report)
    purposes = ", ".join(sorted({call.purpose for call in result.calls if call.purpose})) or "unknown"
    lines.append(f"by tor's events  {report['distinct_circuits']} circuits (purpose {purposes}) that carried one call each and nothing "
                 f"else, {report['distinct_socks_credentials']} SOCKS credentials")
    lines.append(f"{report['completed']} of {report['calls']} calls complete, {report['distinct_circuits']} distinct circuits")
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


def _time(seconds):
    if seconds is None:
        return "-"
    return f"{seconds:.3f} s" if seconds >= 0.1 else f"{seconds * 1000:.2f} ms"


def _failure(trace):
    return f"refused with {trace.failure}" if trace.failure else f"incomplete, last step: {trace.last_step}"


def _number(value, width):
    return f"{'-' if value is None else format(value, '.3f'):>{width}}"


def _rounded(value):
    return None if value is None else round(value, 6)

"""The result of a run as text and as JSON."""
from callrun import figures


def call_table(calls):
    """A line for each call. Times in seconds, the bridges' in milliseconds."""
    lines = ["call  INVITE->180  link ready  network  callee  bridges  circuit",
             "               s           s        s       s       ms"]
    for call in calls:
        bridge_ms = None if call.bridge_s is None else call.bridge_s * 1000
        columns = [f"{call.number:4}", _number(call.invite_to_180_s, 11), _number(call.link_ready_s, 10), _number(call.network_s, 7),
                   _number(call.callee_s, 6), _number(bridge_ms, 7), f"{'-' if call.circuit is None else call.circuit:>7}"]
        lines.append("  ".join(columns if call.complete else [*columns, _failure(call.trace)]))
    return lines


def call_json(call):
    return {
        "number": call.number, "complete": call.complete,
        "answer": call.trace.failure or (200 if call.trace.answered else None),
        "invite_to_180_s": _rounded(call.invite_to_180_s), "link_ready_s": _rounded(call.link_ready_s),
        "network_s": _rounded(call.network_s), "callee_s": _rounded(call.callee_s), "bridge_s": _rounded(call.bridge_s),
        "circuit": call.circuit, "circuit_purpose": call.purpose,
    }


def as_json(result, asked, settings):
    """`settings`: what else the reader must know to judge the figures (hop delay, wire, versions)."""
    delays = [call.invite_to_180_s for call in result.calls if call.invite_to_180_s is not None]
    raw = figures.summary(result.raw_round_trips_s)
    return {
        "calls": asked,
        "completed": sum(call.complete for call in result.calls),
        "distinct_circuits": result.distinct_circuits,
        "distinct_socks_credentials": len({call.credential for call in result.calls if call.credential}),
        "invite_to_180_s": figures.summary(delays),
        "raw_round_trip_s": {**raw, "count": len(result.raw_round_trips_s)},
        "parts_s": {part: figures.summary([getattr(call, f"{part}_s") for call in result.calls
                                           if getattr(call, f"{part}_s") is not None], 6)
                    for part in ("link_ready", "network", "callee", "bridge")},
        **settings,
        "per_call": [call_json(call) for call in result.calls],
    }


def text(result, report):
    """`report`: what as_json() gave."""
    lines = [*call_table(result.calls), ""]
    lines += ["INVITE -> 180, rounded to 0.1 s",
              *figures.histogram_lines([call.invite_to_180_s for call in result.calls if call.invite_to_180_s is not None]), ""]
    delays, raw = report["invite_to_180_s"], report["raw_round_trip_s"]
    if delays["median"] is not None:
        lines.append("INVITE -> 180   " + "   ".join(f"{name} {_time(value)}" for name, value in delays.items()))
        lines.append(f"raw round trip  median {_time(raw['median'])} over {raw['count']} echoes on open streams to an onion service; "
                     f"a call's median is {delays['median'] / raw['median']:.2f} x that")
        parts = [f"{name.replace('_', ' ')} {_time(value['median'])}" for name, value in report["parts_s"].items()]
        lines.append("parts (medians) " + "   ".join(parts))
    purposes = ", ".join(sorted({call.purpose for call in result.calls if call.purpose})) or "unknown"
    lines.append(f"by tor's events  {report['distinct_circuits']} circuits (purpose {purposes}) that carried one call each and nothing "
                 f"else, {report['distinct_socks_credentials']} SOCKS credentials")
    lines.append(f"{report['completed']} of {report['calls']} calls complete, {report['distinct_circuits']} distinct circuits")
    return "\n".join(lines)


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

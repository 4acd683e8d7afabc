"""What circuits and sealing cost, from calls.csv."""
import csv
import dataclasses
import statistics

from delaytables.record import Call
from delaytables.ways import PAPER, WAYS


@dataclasses.dataclass(frozen=True)
class Time:
    way: str
    seconds: float
    source: str


def read(file):
    """{row name: [Call]}, of calls that rang. Lines that are broken are left out."""
    found = {}
    if not file.exists():
        return found
    with open(file, encoding="utf-8", newline="") as opened:
        for line in csv.DictReader(opened):
            try:
                call = Call.of(line)
            except (KeyError, ValueError, TypeError):
                continue
            if call.row and call.invite_to_180_s is not None:
                found.setdefault(call.row, []).append(call)
    return found


def extra(calls, network, scheme):
    """[Time] for each way of the network: what a fresh circuit or session costs over one that was opened ahead. Network and circuit
    together: an INVITE that leaves with the connect request spends its round trip in circuit_s, where with standby it is in network_s."""
    found = []
    for name, way in WAYS.items():
        if way.network != network:
            continue
        fresh, standby = (_tunnel_values(calls, f"{name}/{PAPER}/{scheme}/{kind}") for kind in ("fresh", "standby"))
        if fresh and standby:
            medians = statistics.median(fresh), statistics.median(standby)
            found.append(Time(name, medians[0] - medians[1], f"{name} {medians[0]:.3f} s ({len(fresh)} calls) - {medians[1]:.3f} s "
                                                             f"({len(standby)} calls)"))
    return found


def sealing(calls, scheme):
    """A Time over all ways with standby; None without calls."""
    rows = [name for name in calls if name.split("/")[1:] == [PAPER, scheme, "standby"]]
    values = [value for name in rows for value in _values(calls, name, "crypto_s")]
    if not values:
        return None
    return Time("", statistics.median(values), f"calls.csv: {len(values)} calls of {', '.join(rows)}")


def _tunnel_values(calls, row):
    return [call.circuit_s + (call.network_s or 0.0) for call in calls.get(row, []) if call.circuit_s is not None]


def _values(calls, row, field):
    return [getattr(call, field) for call in calls.get(row, []) if getattr(call, field) is not None]

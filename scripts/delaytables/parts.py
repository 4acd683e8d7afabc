"""What the delay of a call consists of, by the records that each sipveil keeps of it (`calls` in `status --json`).

Each record has the times of one passage through one sipveil, in ms since the INVITE came to it. What lies between two passages is
the duration that the first one waited for its answer less the whole duration of the second, so that no two clocks are compared.
"""
import dataclasses

# The passages of a call, in the order in which its INVITE makes them: (part, out of the phone side into the tunnel).
PAPER = (("phone-a", True), ("sipveil-a", False), ("sipveil-a", True), ("sipveil-b", False), ("sipveil-b", True), ("phone-b", False))
PHONES = (("phone-a", True), ("phone-b", False))


@dataclasses.dataclass(frozen=True)
class Parts:
    """Seconds; None where a record is missing."""
    timeline_s: float = None
    circuit_s: float = None
    network_s: float = None
    proxies_s: float = None
    crypto_s: float = None
    bridge_s: float = None
    callee_s: float = None
    source: str = None
    moved: int = None
    credential: str = None

    def other_s(self, whole_s):
        parts = (self.circuit_s, self.network_s, self.proxies_s, self.crypto_s, self.bridge_s, self.callee_s)
        return None if whole_s is None or None in parts else whole_s - sum(parts)


class Passages:
    """Finds the records of the call that has just ended among what the parts tell. `parts`: {id: trapezoid.sipveil.Sipveil}."""

    def __init__(self, parts, order):
        self._parts, self._order, self._last = parts, order, {}

    def skip(self):
        """What is there now is of no interest."""
        self.take()

    def take(self):
        """The newest record that rang of each passage, in order, each None if it has none since the last time."""
        reports = {name: self._parts[name].report() or {} for name, _ in self._order}
        found = []
        for passage in self._order:
            name, outbound = passage
            records = [call for call in reports[name].get("calls", []) if call["outbound"] == outbound and call["ringing_ms"] is not None]
            # Not counted: a sipveil keeps its last 1,024, and drops one for each that comes.
            newest = records[-1] if records else None
            found.append(newest if newest != self._last.get(passage) else None)
            self._last[passage] = newest
        for index in range(0, len(found), 2):  # both ends of a tunnel know a call by the same name
            before, after = found[index:index + 2]
            if before and after and before["wire"] != after["wire"]:  # of a call that broke off, one of them
                found[index + 1] = None
        return found


def of(passages):
    """The Parts by the records of all passages, of either order."""
    if None in passages:
        return Parts(timeline_s=_seconds(passages[0]["ringing_ms"]) if passages[0] else None)
    # Passages come in pairs, the one before a tunnel and the one behind it; in the LAN nothing waits for a circuit.
    legs = list(zip(passages[0::2], passages[1::2]))
    lan, legs = (legs[0], legs[1:]) if len(legs) > 1 else (None, legs)
    first = legs[0][0]
    busy, identity = (sum(one[key] for one in passages) for key in ("busy_ms", "identity_ms"))
    proxies = [_waited(before) - after["ringing_ms"] for before, after in zip(passages[1:-1:2], passages[2::2])]
    return Parts(
        timeline_s=_seconds(passages[0]["ringing_ms"]),
        circuit_s=_seconds(sum(_link_wait(before) for before, _ in legs)),
        network_s=_seconds(sum(_waited(before) - after["ringing_ms"] for before, after in legs)),
        proxies_s=_seconds(sum(proxies)),
        crypto_s=_seconds(identity),
        bridge_s=_seconds(busy - identity),
        callee_s=_seconds(_waited(passages[-1])),
        source=first["source"], moved=sum(one["moved"] for one in passages), credential=first["credential"])


def _waited(record):
    """For the first answer, once the INVITE had left."""
    return record["first_answer_ms"] - record["sent_ms"]


def _link_wait(record):
    """Until the link took the INVITE, but for the passage's own work."""
    return max(0.0, record["link_ready_ms"] - record["busy_ms"])


def _seconds(milliseconds):
    return milliseconds / 1000

"""Packets put together to what the programs sent: datagrams as they were, TCP as the stream of each direction."""
import bisect
import dataclasses

from leakaudit.packets import SYN

_HALF = 1 << 31
_LARGEST_STREAM = 256 << 20  # what one direction of one connection may hold
_HOLE = b"\r\n\r\n"          # stands where bytes of a stream were not captured, so that the two sides do not make a word


@dataclasses.dataclass
class Flow:
    """What went from one endpoint to another in one connection, or in all datagrams between them."""
    protocol: str
    source: object
    target: object
    data: bytes = b""
    missing: int = 0  # bytes of the stream that are not in the capture
    starts: list = dataclasses.field(default_factory=list)    # where in `data` a packet's bytes begin, ascending
    packets: list = dataclasses.field(default_factory=list)   # (frame number, time) for each of `starts`

    def packet_at(self, offset):
        return self.packets[max(0, bisect.bisect_right(self.starts, offset) - 1)]

    def datagrams(self):
        """(offset, bytes) of each packet."""
        for start, end in zip(self.starts, [*self.starts[1:], len(self.data)]):
            yield start, self.data[start:end]

    def __str__(self):
        if self.protocol == "frame":
            return "not an IP packet"
        return f"{self.source} > {self.target} {self.protocol}"


class Assembly:
    """Collects Datagrams; `flows()` at the end."""

    def __init__(self):
        self._datagrams = {}
        self._streams = {}  # of each pair of endpoints the connections one after the other
        self._order = []

    def add(self, datagram):
        key = (datagram.protocol, datagram.source, datagram.target)
        if datagram.protocol != "tcp":
            self._entry(self._datagrams, key, list).append(datagram)
            return
        connections = self._entry(self._streams, key, list)
        if not connections or not connections[-1].continues(datagram):
            connections.append(_Stream(datagram))
        connections[-1].add(datagram)

    def _entry(self, table, key, make):
        if key not in table:
            table[key] = make()
            self._order.append(key)
        return table[key]

    def flows(self):
        """Every Flow with content, in the order of their first packets."""
        found = []
        for key in self._order:
            flows = [_of_datagrams(*key, self._datagrams[key])] if key in self._datagrams else \
                    [stream.flow(*key) for stream in self._streams[key]]
            found += [flow for flow in flows if flow.data]
        return found


def _of_datagrams(protocol, source, target, datagrams):
    flow, parts, size = Flow(protocol, source, target), [], 0
    for datagram in datagrams:
        if datagram.payload:
            flow.starts.append(size)
            flow.packets.append((datagram.frame, datagram.time))
            parts.append(datagram.payload)
            size += len(datagram.payload)
    flow.data = b"".join(parts)
    return flow


class _Stream:
    """One direction of a connection: segments by their place, counted from its first byte."""

    def __init__(self, first):
        self._opened = bool(first.flags & SYN)
        self._base = (first.sequence + self._opened) & 0xFFFFFFFF
        self._latest = 0
        self._segments = []

    def continues(self, datagram):
        """False for the SYN of another connection between the same endpoints."""
        if not datagram.flags & SYN:
            return True
        return self._opened and (datagram.sequence + 1) & 0xFFFFFFFF == self._base

    def add(self, datagram):
        if datagram.flags & SYN or not datagram.payload:
            return
        # The number of 32 bits that is nearest to what came last.
        step = (datagram.sequence - self._base - self._latest) & 0xFFFFFFFF
        place = self._latest + (step - (1 << 32) if step >= _HALF else step)
        if abs(place) <= _LARGEST_STREAM:
            self._segments.append((place, datagram))
            self._latest = max(self._latest, place)

    def flow(self, protocol, source, target):
        flow = Flow(protocol, source, target)
        parts, size = [], 0
        ordered = sorted(self._segments, key=lambda segment: segment[0])
        end = 0 if self._opened else (ordered[0][0] if ordered else 0)
        for place, datagram in ordered:
            if place > end:
                flow.missing += place - end
                parts.append(_HOLE)
                size += len(_HOLE)
                end = place
            fresh = datagram.payload[max(0, end - place):]
            if fresh:
                flow.starts.append(size)
                flow.packets.append((datagram.frame, datagram.time))
                parts.append(fresh)
                size += len(fresh)
                end = place + len(datagram.payload)
        flow.data = b"".join(parts)
        return flow

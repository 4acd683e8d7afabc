"""What was to be seen at one vantage point, and what is found in it."""
import bisect
import dataclasses

from leakaudit import capture_file, packets, sip_text, streams

_APART = b"\n\0\n"   # between two pieces: no encoding goes on across it
_AROUND = 60         # bytes of an excerpt on either side of the place


@dataclasses.dataclass
class Finding:
    """A canary that was found, once for each encoding and kind of message; `count` says how often."""
    vantage: str
    canary: str
    fact: str
    text: str
    encoding: str
    where: str          # flow or file
    offset: int         # in that flow or file
    frame: int = 0      # of a capture; 0: none
    message: str = ""   # start line of the SIP message
    kind: str = ""      # what it is without what is individual: "486 to INVITE"
    excerpt: str = ""
    scenario: str = ""
    count: int = 1


@dataclasses.dataclass
class _Piece:
    where: str
    data: bytes
    flow: streams.Flow = None       # of captured bytes
    messages: list = dataclasses.field(default_factory=list)
    marks: list = dataclasses.field(default_factory=list)  # of files: (offset, scenario that began there)

    def message_at(self, offset):
        index = bisect.bisect_right(self.messages, offset, key=lambda found: found.start) - 1
        found = self.messages[index] if index >= 0 else None
        return found if found and offset < found.end else None


class Evidence:
    """Bytes of one vantage point. `scenario_at(time)` names what ran at a packet's time."""

    def __init__(self, vantage, scenario_at=lambda time: ""):
        self.vantage = vantage
        self._scenario_at = scenario_at
        self._pieces = []

    def add_flow(self, flow):
        if flow.protocol == "tcp":
            found = list(sip_text.messages(flow.data))
        else:
            found = [dataclasses.replace(one, start=start + one.start, end=start + one.end)
                     for start, data in flow.datagrams() for one in sip_text.messages(data)]
        self._pieces.append(_Piece(str(flow), flow.data, flow, found))

    def add_file(self, name, data, marks=()):
        self._pieces.append(_Piece(name, data, marks=list(marks)))

    def take(self, other):
        """All that another vantage point has."""
        self._pieces += other._pieces

    @property
    def size(self):
        return sum(len(piece.data) for piece in self._pieces)

    @property
    def messages(self):
        """Every SIP message, as (flow, Found)."""
        return [(piece.flow, found) for piece in self._pieces for found in piece.messages]

    @property
    def dialogs(self):
        return {found.get("call-id") for _, found in self.messages} - {""}

    @property
    def missing(self):
        """Bytes of streams that were not captured."""
        return sum(piece.flow.missing for piece in self._pieces if piece.flow)

    def findings(self, searcher):
        starts, size = [], 0
        for piece in self._pieces:
            starts.append(size)
            size += len(piece.data) + len(_APART)
        found = {}
        for hit in searcher.hits(_APART.join(piece.data for piece in self._pieces)):
            index = bisect.bisect_right(starts, hit.offset) - 1
            one = self._finding(hit, self._pieces[index], hit.offset - starts[index])
            key = (one.canary, one.encoding, one.kind or one.where, one.scenario)
            if key in found:
                found[key].count += 1
            else:
                found[key] = one
        return list(found.values())

    def _finding(self, hit, piece, offset):
        finding = Finding(self.vantage, hit.canary.name, hit.canary.fact, hit.canary.text, hit.encoding, piece.where, offset,
                          excerpt=excerpt(piece.data, offset, len(hit.canary.text)))
        if piece.flow:
            finding.frame, time = piece.flow.packet_at(offset)
            finding.scenario = self._scenario_at(time)
            message = piece.message_at(offset)
            finding.message, finding.kind = (message.line, message.kind) if message else ("", "")
        elif piece.marks:
            index = bisect.bisect_right([place for place, _ in piece.marks], offset) - 1
            finding.scenario = piece.marks[index][1] if index >= 0 else ""
        return finding


def excerpt(data, offset, length):
    """The line around a place, at most _AROUND bytes before and behind, with what cannot be printed as escapes."""
    begin, end = max(0, offset - _AROUND), min(len(data), offset + length + _AROUND)
    line_start = data.rfind(b"\n", begin, offset)
    line_end = data.find(b"\n", offset, end)
    begin = begin if line_start < 0 else line_start + 1
    end = end if line_end < 0 else line_end
    return data[begin:end].decode("utf-8", "backslashreplace").strip("\r\n").encode("unicode_escape").decode("ascii")


@dataclasses.dataclass
class Captured:
    """A capture file, read."""
    flows: list
    frames: int
    cut: int  # frames of which bytes are missing


def read_capture(path):
    """The Captured of a file; AuditError if it cannot be read."""
    dissector, assembly = packets.Dissector(), streams.Assembly()
    for datagram in _datagrams(path, dissector):
        assembly.add(datagram)
    return Captured(assembly.flows(), dissector.frames, dissector.cut)


def datagrams(path):
    """Every packets.Datagram of a capture file, also those that carry nothing."""
    return _datagrams(path, packets.Dissector())


def _datagrams(path, dissector):
    for frame in capture_file.read(path):
        yield from dissector.feed(frame)
    yield from dissector.rest()

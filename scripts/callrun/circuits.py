"""Which circuit carried which stream, from tor's own CIRC and STREAM events (control-spec 4.1.1, 4.1.2)."""
import dataclasses
import re
import time

from callrun.calls import Carrier, digest
from labnet.torctl import Controller

# SIPp logs an INVITE once it is sent: on a busy machine the bridge may have asked tor by then. Well below the gap between two calls.
_LATE_LOG_S = 0.1
_FIELD = re.compile(r' ([A-Z_]+)=("(?:[^"\\]|\\.)*"|\S*)')


@dataclasses.dataclass
class Stream:
    """Times are seconds of the epoch, None for what has not happened."""
    number: int
    target: str  # host:port as the client named it
    credential: tuple = None  # SOCKS user name and password
    asked: float = None
    attached: float = None  # its first cell goes out on the circuit
    connected: float = None
    circuit: int = None  # the one that it was last attached to


@dataclasses.dataclass
class Circuit:
    number: int
    purpose: str = ""
    credential: tuple = None


class CircuitWatch:
    """Records the events of one tor from now until close()."""

    def __init__(self, control):
        """`control`: what labnet.torctl.Controller takes."""
        self._controller = Controller(control)
        self._controller.command("SETEVENTS CIRC STREAM")
        self._to_epoch = time.time() - time.monotonic()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        self._controller.close()

    def record(self):
        """(streams by number, circuits by number) so far."""
        return read_events((event.time + self._to_epoch, event.line) for event in list(self._controller.events))


def read_events(events):
    """The same from pairs (time, line)."""
    streams, circuits = {}, {}
    for moment, line in events:
        words = line.split(" ")
        if words[0] == "CIRC" and len(words) > 2:
            circuit = circuits.setdefault(int(words[1]), Circuit(int(words[1])))
            fields = _fields(line)
            circuit.purpose = fields.get("PURPOSE", circuit.purpose)
            circuit.credential = _credential(fields) or circuit.credential
        elif words[0] == "STREAM" and len(words) > 4:
            stream = streams.setdefault(int(words[1]), Stream(int(words[1]), words[4]))
            stream.credential = _credential(_fields(line)) or stream.credential
            _add_stream_event(stream, moment, words[2], int(words[3]))
    return streams, circuits


def _add_stream_event(stream, moment, status, circuit):
    if status == "NEW":
        stream.asked = moment
    elif status == "SENTCONNECT":
        stream.attached = moment
    elif status == "SUCCEEDED":
        stream.connected = moment
    if circuit != 0 and status in ("SENTCONNECT", "SUCCEEDED"):
        stream.circuit = circuit


def _fields(line):
    return {name: value.strip('"') for name, value in _FIELD.findall(line)}


def _credential(fields):
    user, password = fields.get("SOCKS_USERNAME"), fields.get("SOCKS_PASSWORD")
    return (user, password) if user is not None or password is not None else None


def shared_circuits(streams):
    """Numbers of the circuits that carried more than one stream."""
    users = {}
    for stream in streams:
        if stream.circuit is not None:
            users.setdefault(stream.circuit, set()).add(stream.number)
    return {circuit for circuit, carried in users.items() if len(carried) > 1}


class Carriers:
    """What carried calls: from the streams to the peer, and all circuits by number. A call's stream is told by its credential, since it
    may have been opened long before the call. Where the status names none and the calls came one after the other, a stream that was
    asked for before the next INVITE belongs to its call."""

    def __init__(self, streams, circuits, sequential=True):
        self._streams, self._circuits, self._sequential = streams, circuits, sequential
        self._by_credential = {}
        for stream in streams:
            if stream.credential is not None:
                self._by_credential.setdefault(digest(":".join(part or "" for part in stream.credential)), []).append(stream)

    def __call__(self, trace, after, caller):
        """See calls.join."""
        if caller is not None and "credential" in caller:
            stream = _came_through(self._by_credential.get(caller["credential"], []))
        elif self._sequential:
            begin, end = trace.invite - _LATE_LOG_S, after - _LATE_LOG_S
            stream = _came_through([one for one in self._streams if one.asked is not None and begin <= one.asked < end])
        else:
            stream = None
        if stream is None:
            return None
        circuit = self._circuits.get(stream.circuit)
        return Carrier(stream.circuit, stream.credential, stream.attached, circuit.purpose if circuit else None)


def _came_through(streams):
    """The stream that a call got: of several, because a dial was repeated, the one that came through."""
    connected = [stream for stream in streams if stream.connected is not None]
    return (connected or streams or [None])[-1]


def distinct(calls, streams):
    """How many calls had a circuit which carried nothing else."""
    shared = shared_circuits(streams)
    mine = [call.carrier.name for call in calls if call.carrier is not None and call.carrier.name is not None]
    return sum(1 for circuit in mine if mine.count(circuit) == 1 and circuit not in shared)

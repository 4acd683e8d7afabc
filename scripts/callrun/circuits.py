"""Which circuit carried which stream, from tor's own CIRC and STREAM events (control-spec 4.1.1, 4.1.2)."""
import dataclasses
import re
import time

from labnet.torctl import Controller

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

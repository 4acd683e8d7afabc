"""Who called at a destination, by what went over the SAM streams of its bridge (callrun/tap.py): each stream that came in, the
destination that it came from, and the calls that it carried. SAM 3.1: STREAM ACCEPT, then the caller's destination in a line, then
its bytes."""
import dataclasses

from callrun import tap
from labnet.sam import host_of

_ACCEPT = b"STREAM ACCEPT "
_LINES = 3  # of the router: HELLO REPLY, STREAM STATUS, the destination


@dataclasses.dataclass(frozen=True)
class Caller:
    """A stream that came in. `calls`: Call-IDs of the requests and answers on it, each once, as they are on the wire."""
    host: str
    calls: tuple


def callers(folder):
    """Every Caller so far, in the order in which the accepting began."""
    found = []
    for came in tap.files(folder, "in"):
        asked = came.with_suffix(".out").read_bytes()
        lines = came.read_bytes().split(b"\n", _LINES)
        if b"\n" + _ACCEPT in asked and len(lines) > _LINES:
            words = lines[_LINES - 1].split()  # options of the stream may stand behind the destination
            found.append(Caller(host_of(words[0].decode("ascii")), _call_ids(lines[_LINES])))
    return found


def _call_ids(data):
    heads = [message.partition(b"\r\n\r\n")[0].decode("utf-8", "replace").split("\r\n") for message in tap.split(data)]
    names = [line.partition(":")[2].strip() for head in heads for line in head if line.lower().startswith(("call-id:", "i:"))]
    return tuple(dict.fromkeys(names))

"""Reads SIPp's message log (-trace_msg) while it grows: what a phone sent and received, and when, to the microsecond."""
import dataclasses
import datetime
import re

# -----…----- 2026-11-20 12:39:36.372356
# UDP message sent (489 bytes):            or            UDP message received [226] bytes :
_RECORD = re.compile(rb"-{20,} (\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d+)\r?\n"
                     rb"\w+ message (sent|received) [(\[](\d+)[^\n]*\n\r?\n")
_STATUS = re.compile(rb"SIP/2\.0 (\d{3})")
_CSEQ = re.compile(rb"^CSeq:[ \t]*\d+[ \t]+(\w+)", re.MULTILINE | re.IGNORECASE)
_CALL_ID = re.compile(rb"^(?:Call-ID|i)[ \t]*:[ \t]*(\S+)", re.MULTILINE | re.IGNORECASE)


@dataclasses.dataclass(frozen=True)
class Message:
    time: float  # seconds of the epoch
    sent: bool
    call_id: str
    method: str  # of the request, or of the request that a response answers
    status: int  # 0 for a request


class Reader:
    """Gets the log piece by piece."""

    def __init__(self):
        self._buffer = b""

    def feed(self, data):
        """The messages that `data` completes."""
        self._buffer += data
        messages, position = [], 0
        while record := _RECORD.search(self._buffer, position):
            end = record.end() + int(record[3])
            if end > len(self._buffer):
                break
            message = _message(record[1], record[2] == b"sent", self._buffer[record.end():end])
            if message:
                messages.append(message)
            position = end
        self._buffer = self._buffer[position:]
        return messages


def _message(stamp, sent, text):
    call_id, cseq, status = _CALL_ID.search(text), _CSEQ.search(text), _STATUS.match(text)
    if not call_id or not cseq:
        return None
    # SIPp writes local time.
    time = datetime.datetime.strptime(stamp.decode(), "%Y-%m-%d %H:%M:%S.%f").timestamp()
    return Message(time, sent, call_id[1].decode(errors="replace"), cseq[1].decode().upper(), int(status[1]) if status else 0)


@dataclasses.dataclass
class CallTrace:
    """The caller's side of one call: first time of each step, None for what was not reached."""
    call_id: str
    invite: float
    trying: float = None
    ringing: float = None
    answered: float = None
    acknowledged: float = None
    hung_up: float = None
    ended: float = None
    failure: int = None  # final status of an INVITE that was refused

    _STEPS = ("invite", "trying", "ringing", "answered", "acknowledged", "hung_up", "ended")

    @property
    def complete(self):
        """INVITE, 100, 180, 200, ACK, BYE, 200, each of them seen."""
        return all(getattr(self, step) is not None for step in self._STEPS)

    @property
    def complete_without_100(self):
        """The same of a call that no proxy answers for."""
        return all(getattr(self, step) is not None for step in self._STEPS if step != "trying")

    @property
    def invite_to_ringing(self):
        return None if self.ringing is None else self.ringing - self.invite

    @property
    def last_step(self):
        """What to tell the user: how far it came."""
        reached = [step for step in self._STEPS if getattr(self, step) is not None]
        return reached[-1].replace("_", " ")

    def add(self, message):
        step = self._step_of(message)
        if step and getattr(self, step) is None:
            setattr(self, step, message.time)
        if not message.sent and message.method == "INVITE" and message.status >= 300:
            self.failure = message.status

    @staticmethod
    def _step_of(message):
        if message.sent:
            return {"ACK": "acknowledged", "BYE": "hung_up"}.get(message.method)
        if message.method == "INVITE":
            return {100: "trying", 180: "ringing"}.get(message.status, "answered" if 200 <= message.status < 300 else None)
        return "ended" if message.method == "BYE" and 200 <= message.status < 300 else None


class CallTraces:
    """Every call of a caller's log, in the order of their INVITEs."""

    def __init__(self):
        self._reader = Reader()
        self._by_id = {}

    def feed(self, data):
        for message in self._reader.feed(data):
            if message.call_id in self._by_id:
                self._by_id[message.call_id].add(message)
            elif message.sent and message.method == "INVITE" and message.status == 0:
                self._by_id[message.call_id] = CallTrace(message.call_id, message.time)

    def all(self):
        return list(self._by_id.values())

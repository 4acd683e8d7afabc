"""SIP messages as a phone sends and reads them. Headers are kept as written, so that a broken message can be written too."""
import itertools
import os
import re

COMPACT = {"v": "Via", "f": "From", "t": "To", "i": "Call-ID", "m": "Contact", "l": "Content-Length", "c": "Content-Type",
           "s": "Subject", "k": "Supported", "o": "Event", "r": "Refer-To", "b": "Referred-By"}
_SHORT = {long: short for short, long in COMPACT.items()}
_LISTS = ("via", "route", "record-route")
_numbers = itertools.count(1)


def token():
    """A word that no other message of this run holds."""
    return f"{os.urandom(4).hex()}{next(_numbers)}"


def parameter(value, name):
    """;name=... of a header value, None if it has none."""
    match = re.search(rf";\s*{name}\s*=\s*([^;>\s,]+)", value or "")
    return match[1] if match else None


def uri_of(value):
    """The address of a From, To, Contact, Route or Refer-To."""
    match = re.search(r"<([^>]*)>", value or "")
    return match[1] if match else (value or "").split(";")[0].strip()


class Message:
    """One request or response. `source`: where it came from, as whoever received it names that; an answer goes there."""

    def __init__(self, start, headers=(), body=b""):
        self.start, self.body = start, body
        self.headers = [tuple(header) for header in headers]
        self.source = None
        self.raw = b""  # as it came in

    @classmethod
    def parse(cls, data):
        """None for what is no SIP message (keepalives)."""
        head, _, body = data.partition(b"\r\n\r\n")
        lines = re.sub(r"\r\n[ \t]+", " ", head.decode("utf-8", "replace")).split("\r\n")
        if "SIP/2.0" not in lines[0]:
            return None
        pairs = (line.partition(":") for line in lines[1:])
        message = cls(lines[0], [(COMPACT.get(name.strip().lower(), name.strip()), value.strip()) for name, _, value in pairs], body)
        message.raw = data
        return message

    def bytes(self, compact=False):
        names = _SHORT if compact else {}
        headers = [header for header in self.headers if header[0].lower() != "content-length"]
        lines = [self.start, *(f"{names.get(name, name)}: {value}" for name, value in
                               [*headers, ("Content-Length", str(len(self.body)))])]
        return "\r\n".join([*lines, "", ""]).encode() + self.body

    def all(self, name):
        values = [value for key, value in self.headers if key.lower() == name.lower()]
        return [part.strip() for value in values for part in value.split(",")] if name.lower() in _LISTS else values

    def get(self, name):
        """The first one, "" without any."""
        return next(iter(self.all(name)), "")

    def set(self, name, value):
        """Replaces every header of that name; returns the message."""
        self.headers = [header for header in self.headers if header[0].lower() != name.lower()] + [(name, value)]
        return self

    @property
    def is_request(self):
        return not self.start.startswith("SIP/2.0")

    @property
    def method(self):
        """Of a response: the one that it answers."""
        return self.start.split()[0] if self.is_request else self.get("CSeq").split()[-1]

    @property
    def uri(self):
        return self.start.split()[1]

    @property
    def status(self):
        """0 for a request."""
        return 0 if self.is_request else int(self.start.split()[1])

    @property
    def sequence(self):
        return int(self.get("CSeq").split()[0])

    @property
    def call_id(self):
        return self.get("Call-ID")

    @property
    def branch(self):
        return parameter(self.get("Via"), "branch")

    @property
    def from_tag(self):
        return parameter(self.get("From"), "tag")

    @property
    def to_tag(self):
        return parameter(self.get("To"), "tag")

    def response(self, status, reason="Because", to_tag=None, headers=(), body=b""):
        """The answer to this request (RFC 3261 section 8.2.6). `to_tag` is for a To without one."""
        copied = [header for header in self.headers if header[0].lower() in ("via", "from", "call-id", "cseq")]
        to = self.get("To")
        if to_tag and not self.to_tag:
            to += f";tag={to_tag}"
        routes = [header for header in self.headers if header[0].lower() == "record-route" and 100 < status < 300]
        answer = Message(f"SIP/2.0 {status} {reason}", [*copied, ("To", to), *routes, *headers], body)
        answer.source = self.source
        return answer

    def refusal_ack(self, response):
        """What acknowledges a final answer other than 2xx to this INVITE, in its transaction (RFC 3261 section 17.1.1.3)."""
        return Message(f"ACK {self.uri} SIP/2.0", [
            ("Via", self.get("Via")), ("Max-Forwards", "70"), ("From", self.get("From")), ("To", response.get("To")),
            ("Call-ID", self.call_id), ("CSeq", f"{self.sequence} ACK"), *(("Route", route) for route in self.all("Route"))])

    def fits(self, what):
        """`what`: the method of a request, the status of an answer, several of them in a tuple, or a function of the message."""
        if callable(what):
            return what(self)
        if isinstance(what, tuple):
            return any(self.fits(one) for one in what)
        if isinstance(what, int):
            return self.status == what
        return self.is_request and self.method == what

    def __repr__(self):
        return f"<{self.start if self.is_request else self.start[8:]} | {self.call_id} | {self.get('CSeq')}>"

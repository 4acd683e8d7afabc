"""SIP messages as a phone sees them: built, printed and read; kept simple so that a broken message can be written too."""
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
    """;name=... of a header value or None."""
    match = re.search(rf";{name}=([^;>\s,]+)", value or "")
    return match[1] if match else None


def uri_of(value):
    """The address in <> of a From, To, Contact or Route."""
    match = re.search(r"<([^>]*)>", value)
    return match[1] if match else value.split(";")[0].strip()


class Message:
    """One request or response. `source` tells the wire that received it where an answer goes."""

    def __init__(self, start, headers=(), body=b""):
        self.start = start
        self.headers = [tuple(header) for header in headers]
        self.body = body
        self.source = None
        self.raw = b""  # as it came in

    @classmethod
    def parse(cls, data):
        head, _, body = data.partition(b"\r\n\r\n")
        lines = re.sub(r"\r\n[ \t]+", " ", head.decode("utf-8", "replace")).split("\r\n")
        headers = []
        for line in lines[1:]:
            name, _, value = line.partition(":")
            headers.append((COMPACT.get(name.strip().lower(), name.strip()), value.strip()))
        message = cls(lines[0], headers, body)
        message.raw = data
        return message

    def bytes(self, compact=False):
        headers = [header for header in self.headers if header[0].lower() != "content-length"]
        headers.append(("Content-Length", str(len(self.body))))
        names = _SHORT if compact else {}
        text = "".join(f"{names.get(name, name)}: {value}\r\n" for name, value in headers)
        return f"{self.start}\r\n{text}\r\n".encode() + self.body

    def all(self, name):
        values = [value for key, value in self.headers if key.lower() == name.lower()]
        if name.lower() in _LISTS:
            values = [part.strip() for value in values for part in value.split(",")]
        return values

    def get(self, name):
        values = self.all(name)
        return values[0] if values else None

    def set(self, name, value):
        """Replaces every header of that name; returns the message."""
        self.headers = [header for header in self.headers if header[0].lower() != name.lower()] + [(name, value)]
        return self

    @property
    def is_request(self):
        return not self.start.startswith("SIP/2.0")

    @property
    def method(self):
        """Of a response: the method that it answers."""
        return self.start.split()[0] if self.is_request else self.get("CSeq").split()[1]

    @property
    def uri(self):
        return self.start.split()[1]

    @property
    def status(self):
        return None if self.is_request else int(self.start.split()[1])

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
        """The answer to this request (RFC 3261 section 8.2.6)."""
        copied = [header for header in self.headers if header[0].lower() in ("via", "from", "call-id", "cseq")]
        to = self.get("To")
        if to_tag and not parameter(to, "tag"):
            to += f";tag={to_tag}"
        kept = self.headers if 100 < status < 300 else ()
        routes = [header for header in kept if header[0].lower() == "record-route"]
        answer = Message(f"SIP/2.0 {status} {reason}", [*copied, ("To", to), *routes, *headers], body)
        answer.source = self.source
        return answer

    def __repr__(self):
        return f"<{self.start} | {self.get('Call-ID')} | {self.get('CSeq')}>"

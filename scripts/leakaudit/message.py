"""SIP messages as the audit's phones send and read them. Headers are kept as written: a phone may write anything."""
import itertools
import os
import re

_COMPACT = {"v": "Via", "f": "From", "t": "To", "i": "Call-ID", "m": "Contact", "l": "Content-Length", "c": "Content-Type",
            "s": "Subject", "k": "Supported", "o": "Event", "r": "Refer-To", "b": "Referred-By"}
_LISTS = ("via", "route", "record-route")
_numbers = itertools.count(1)


def token():
    """A word that no other message holds."""
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
    """`source`: where it came from, (host, port)."""

    def __init__(self, start, headers=(), body=b""):
        self.start, self.headers, self.body = start, list(headers), body
        self.source = None

    @classmethod
    def parse(cls, data):
        """None for what is no SIP message (keepalives)."""
        head, _, body = data.partition(b"\r\n\r\n")
        lines = re.sub(r"\r\n[ \t]+", " ", head.decode("utf-8", "replace")).split("\r\n")
        if "SIP/2.0" not in lines[0]:
            return None
        pairs = (line.partition(":") for line in lines[1:])
        return cls(lines[0], [(_COMPACT.get(name.strip().lower(), name.strip()), value.strip()) for name, _, value in pairs], body)

    def bytes(self):
        lines = [self.start, *(f"{name}: {value}" for name, value in self.headers if name.lower() != "content-length")]
        return "\r\n".join([*lines, f"Content-Length: {len(self.body)}", "", ""]).encode() + self.body

    def all(self, name):
        values = [value for key, value in self.headers if key.lower() == name.lower()]
        return [part.strip() for value in values for part in value.split(",")] if name.lower() in _LISTS else values

    def get(self, name):
        return next(iter(self.all(name)), "")

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

    def __repr__(self):
        return f"<{self.start.split(' ')[0] if self.is_request else self.status} {self.get('CSeq')}>"

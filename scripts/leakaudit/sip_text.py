"""SIP messages within captured bytes, read without trust: what is broken is still a message."""
import dataclasses
import re

_LINE = rb"(?:[A-Z][A-Z0-9.!%*_+`'~-]{1,30} [^\s]{1,4000} SIP/2\.0|SIP/2\.0 [1-6]\d\d [^\r\n]{0,500})(?=\r?\n)"
_START_HERE = re.compile(_LINE)
_START = re.compile(rb"(?<=\n)" + _LINE)
_END_OF_HEAD = re.compile(rb"\r?\n\r?\n")
_LENGTH = re.compile(rb"(?im)^(?:Content-Length|l)[ \t]*:[ \t]*(\d{1,7})[ \t]*\r?$")
_COMPACT = {"v": "via", "f": "from", "t": "to", "i": "call-id", "m": "contact", "l": "content-length", "c": "content-type",
            "s": "subject", "k": "supported", "o": "event", "r": "refer-to", "b": "referred-by"}


@dataclasses.dataclass(frozen=True)
class Found:
    """A message and where it stands in the bytes that were searched."""
    start: int
    end: int
    line: str      # its start line
    headers: list  # (lower-case long name, value), continuation lines joined

    def all(self, name):
        return [value for key, value in self.headers if key == name]

    def get(self, name):
        return next(iter(self.all(name)), "")

    @property
    def is_request(self):
        return not self.line.startswith("SIP/2.0")

    @property
    def kind(self):
        """What it is, without what is individual: "INVITE", "180 to INVITE"."""
        if self.is_request:
            return self.line.split(" ", 1)[0]
        method = self.get("cseq").split()
        return f"{self.line.split()[1]} to {method[-1] if method else '?'}"


def messages(data):
    """Every Found in a stream or datagram, in its order. A message ends where its Content-Length says, so that a status line in
    its body is none of its own; without one it ends at the next start line."""
    position = 0
    while match := _START_HERE.match(data, position) or _START.search(data, position):
        head = _END_OF_HEAD.search(data, match.end())
        head_end = head.start() if head else len(data)
        following = _START.search(data, match.end())
        body = head.end() if head else len(data)
        length = _LENGTH.search(data, match.end(), head_end)
        if length:
            end = min(len(data), body + int(length[1]))
        else:
            end = following.start() if following else len(data)
        yield Found(match.start(), end, match[0].decode("utf-8", "replace"), _headers(data[match.end():head_end]))
        position = max(end, match.end())


def _headers(data):
    text = re.sub(r"\r?\n[ \t]+", " ", data.decode("utf-8", "replace"))
    headers = []
    for line in text.splitlines():
        name, colon, value = line.partition(":")
        if colon:
            name = name.strip().lower()
            headers.append((_COMPACT.get(name, name), value.strip()))
    return headers

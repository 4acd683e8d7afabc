"""Finding canaries in bytes: every spelling, in every view, as UTF-8 and as UTF-16, and as an unkeyed digest."""
import base64
import collections
import dataclasses
import hashlib
import re

from leakaudit import views
from leakaudit.canary import SHORTEST_ENCODED, Canary

_MOST_PER_HEAD = 100_000  # places of one head in one view: enough for any report
_HEAD = 4                 # bytes that are looked for before the rest is compared
_WORD = frozenset(b"abcdefghijklmnopqrstuvwxyz0123456789_")
_DIGITS = frozenset(b"0123456789")
_READABLE = ("plain", "percent-encoded", "backslash-quoted")
_DIGESTS = ("md5", "sha1", "sha256")
# Words as digests are written: how, and how many characters make 60 bits or more.
_DIGEST_WORDS = ((re.compile(rb"[0-9a-fA-F]{16,}"), 16), (re.compile(rb"[a-zA-Z2-7]{12,}"), 12),
                 (re.compile(rb"[A-Za-z0-9+/]{10,}"), 10), (re.compile(rb"[A-Za-z0-9_-]{10,}"), 10))


@dataclasses.dataclass(frozen=True)
class Hit:
    canary: Canary
    encoding: str
    offset: int  # in the bytes that were searched


@dataclasses.dataclass(frozen=True)
class _Pattern:
    canary: Canary
    form: str         # "" for the text itself
    data: bytes       # lower case
    edges: frozenset  # bytes that, right before or behind a match, show that it is part of something else


class _Group:
    """Patterns with the same head."""

    def __init__(self):
        self._by_length = collections.defaultdict(lambda: collections.defaultdict(list))

    def add(self, pattern):
        self._by_length[len(pattern.data)][pattern.data].append(pattern)

    def at(self, data, offset):
        """Those that stand in `data` at `offset`."""
        for length, patterns in self._by_length.items():
            for pattern in patterns.get(data[offset:offset + length], ()):
                if not _inside_a_word(data, offset, pattern):
                    yield pattern


class Searcher:
    """Looks for the same canaries in many places. Canaries that begin alike cost no more than one."""

    def __init__(self, canaries):
        self._readable, self._decoded = collections.defaultdict(_Group), collections.defaultdict(_Group)
        self._digests = {}
        for canary in canaries:
            for text in canary.spellings:
                self._add(canary, text)
            for text in dict.fromkeys((canary.text, canary.text.lower())):
                self._add_digests(canary, text)

    def _add(self, canary, text):
        edges = _edges(canary, text)
        patterns = [_Pattern(canary, "", data, edges) for data in _in_charsets(text)]
        tables = [self._readable]
        if len(text) >= SHORTEST_ENCODED:
            patterns.append(_Pattern(canary, "UTF-16", text.lower().encode("utf-16-be")[1:], frozenset()))
            tables.append(self._decoded)
        for pattern in patterns:
            for table in tables:
                table[pattern.data[:_HEAD]].add(pattern)

    def _add_digests(self, canary, text):
        for name in _DIGESTS:
            digest = hashlib.new(name, text.encode(), usedforsecurity=False).digest()
            coded = base64.b64encode(digest)
            for index, word in enumerate((digest.hex().encode(), base64.b32encode(digest).lower(), coded,
                                          coded.translate(bytes.maketrans(b"+/", b"-_")))):
                self._digests[index, word[:_DIGEST_WORDS[index][1]]] = (canary, name.upper())

    def hits(self, data):
        """Every Hit in `data`, by offset. What several views show of one place counts once, by the simplest of them."""
        found = {}
        for view in views.of(data):
            for pattern, offset in _matches(view.data, self._readable if view.encoding in _READABLE else self._decoded):
                hit = Hit(pattern.canary, _name(pattern, view), view.origin(offset))
                found.setdefault((hit.canary, hit.offset), hit)
        for hit in self._digest_hits(data):
            found.setdefault((hit.canary, hit.offset), hit)
        return sorted(found.values(), key=lambda hit: hit.offset)

    def _digest_hits(self, data):
        for index, (words, size) in enumerate(_DIGEST_WORDS):
            for word in words.finditer(data):
                head = word[0][:size]
                known = self._digests.get((index, head.lower() if index < 2 else head))
                if known:
                    yield Hit(*known, word.start())


def _edges(canary, text):
    if canary.is_address:
        return _DIGITS  # 10.0.0.1 is not found in 10.0.0.12
    return _WORD if len(text) < SHORTEST_ENCODED else frozenset()


def _in_charsets(text):
    """`text` as views show it: bytes.lower() leaves letters beyond ASCII as they are."""
    spellings = (text.lower(), text, text.upper()) if not text.isascii() else (text,)
    charsets = ("utf-8", "latin-1") if not text.isascii() else ("ascii",)
    encoded = (spelling.encode(charset, "replace").lower() for spelling in spellings for charset in charsets)
    return [data for data in dict.fromkeys(encoded) if b"?" not in data or "?" in text]


def _matches(data, table):
    """(pattern, offset) of every match in `data`."""
    for head, group in table.items():
        offset, count = data.find(head), 0
        while offset >= 0 and count < _MOST_PER_HEAD:
            for pattern in group.at(data, offset):
                yield pattern, offset
            count += 1
            offset = data.find(head, offset + 1)


def _inside_a_word(data, offset, pattern):
    end = offset + len(pattern.data)
    before, behind = data[max(0, offset - 1):offset], data[end:end + 1]
    return bool(pattern.edges) and any(one and one[0] in pattern.edges for one in (before, behind))


def _name(pattern, view):
    if view.encoding == "plain":
        return pattern.form or "plain"
    return f"{pattern.form} in {view.encoding}" if pattern.form else view.encoding

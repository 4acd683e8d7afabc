"""The same bytes as a reader with a decoder would see them: each view undoes one encoding wherever it may stand.

Decoding finds what a list of encoded patterns would miss: any alignment, any case, escapes of some characters only.
"""
import binascii
import bisect
import dataclasses
import re
import typing

# Shortest run of characters that is worth decoding: six bytes.
_BASE64_RUN = re.compile(rb"[A-Za-z0-9+/_-]{2,}(?:\r?\n[ \t]*[A-Za-z0-9+/_-]{2,})*")
_BASE32_RUN = re.compile(rb"[A-Za-z2-7]{10,}")
_HEX_RUN = re.compile(rb"[0-9A-Fa-f](?:[:-]?[0-9A-Fa-f]){11,}")
_SHORTEST_BASE64 = 8
_URL_SAFE = bytes.maketrans(b"-_", b"+/")
# int() with base 32 counts 0-9a-v where RFC 4648 counts a-z2-7.
_BASE32_DIGITS = bytes.maketrans(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz234567",
                                 b"0123456789abcdefghijklmnop0123456789abcdefghijklmnopqrstuv")
_PERCENT = re.compile(rb"%([0-9A-Fa-f]{2})")
_QUOTED_PAIR = re.compile(rb"\\(.)", re.DOTALL)
_ROUNDS = 3  # %2525...: how often escapes of escapes are undone


@dataclasses.dataclass
class View:
    encoding: str
    data: bytes                             # lower case
    origin: typing.Callable[[int], int]     # offset in `data` -> offset in the bytes that were viewed


def of(data):
    """Every view of `data` that differs from the others."""
    yield View("plain", data.lower(), lambda offset: offset)
    yield from _unescaped("percent-encoded", data, _PERCENT, lambda match: bytes([int(match[1], 16)]))
    yield from _unescaped("backslash-quoted", data, _QUOTED_PAIR, lambda match: match[1])
    yield from _base64(data)
    yield from _base32(data)
    yield from _hex(data)


def _unescaped(encoding, data, pattern, decode):
    origin = None
    for _ in range(_ROUNDS):
        escapes = list(pattern.finditer(data))
        if not escapes:
            return
        parts, starts, origins = [], [0], [0]
        size = end = 0
        for escape in escapes:
            plain = decode(escape)
            parts += [data[end:escape.start()], plain]
            size += escape.start() - end + len(plain)
            end = escape.end()
            starts.append(size)
            origins.append(end)
        data = b"".join([*parts, data[end:]])
        origin = _pieces(starts, origins, origin)
        yield View(encoding, data.lower(), origin)


def _pieces(starts, origins, before):
    """Maps an offset by the last of `starts` that is not behind it, then by `before`."""
    def origin(offset):
        index = bisect.bisect_right(starts, offset) - 1
        mapped = origins[index] + offset - starts[index]
        return before(mapped) if before else mapped
    return origin


class _Runs:
    """Runs of an alphabet, joined so that each begins at a multiple of `group` characters."""

    def __init__(self, found, group, fill):
        parts, self._starts, self._origins = [], [], []
        size = 0
        for origin, text in found:
            self._starts.append(size)
            self._origins.append(origin)
            padding = -len(text) % group + group  # a whole group between two: what ends one run does not begin another
            parts += [text, fill * padding]
            size += len(text) + padding
        self.text = b"".join(parts)

    def origin(self, character):
        index = max(0, bisect.bisect_right(self._starts, character) - 1)
        return self._origins[index] + max(0, character - self._starts[index])


def _base64(data):
    found = []
    for run in _BASE64_RUN.finditer(data):
        text = run[0].translate(_URL_SAFE, b"\r\n \t")
        if len(text) >= _SHORTEST_BASE64:
            found.append((run.start(), text))
    runs = _Runs(found, 4, b"A")
    for skipped in range(4 if found else 0):
        text = runs.text[skipped:]
        decoded = binascii.a2b_base64(text + b"A" * (-len(text) % 4))
        yield View("base64", decoded.lower(), lambda offset, skipped=skipped: runs.origin(offset * 4 // 3 + skipped))


def _base32(data):
    found = [(run.start(), run[0]) for run in _BASE32_RUN.finditer(data)]
    if not found:
        return
    runs = _Runs(found, 8, b"a")
    number = int(runs.text.translate(_BASE32_DIGITS), 32)
    size = len(runs.text) * 5 // 8 + 1
    for shift in range(8):
        # The first byte holds `shift` bits; byte i begins at bit 8 * (i - 1) + shift.
        decoded = (number << shift).to_bytes(size, "big")
        yield View("base32", decoded.lower(), lambda offset, shift=shift: runs.origin(max(0, 8 * (offset - 1) + shift) // 5))


def _hex(data):
    found = [(run.start(), run[0].translate(None, b":-")) for run in _HEX_RUN.finditer(data)]
    runs = _Runs(found, 2, b"0")
    for skipped in range(2 if found else 0):
        text = runs.text[skipped:]
        decoded = binascii.unhexlify(text + b"0" * (len(text) % 2))
        yield View("hexadecimal", decoded.lower(), lambda offset, skipped=skipped: runs.origin(offset * 2 + skipped))

"""What is looked for: a text that stands nowhere but where it was planted, and the fact that whoever finds it has learnt."""
import dataclasses
import ipaddress
import json
import re

from leakaudit.errors import AuditError

# Shorter ones turn up by chance in what is encoded or encrypted: they are looked for as whole words of plain text only.
SHORTEST_ENCODED = 6
_LONGEST = 1000
_MOST = 10_000
EXPECTATIONS = ("never", "may", "must")
_MAC = re.compile(r"(?:[0-9A-Fa-f]{2}[:-]){5}[0-9A-Fa-f]{2}")


@dataclasses.dataclass(frozen=True)
class Canary:
    """`forms` are other spellings of `text`. `expect` is for captures from outside, which have no matrix: whether the text may
    be found there."""
    name: str
    text: str
    fact: str = ""
    forms: tuple = ()
    expect: str = "never"

    @property
    def spellings(self):
        """Every text to look for, without repetitions."""
        return tuple(dict.fromkeys((self.text, *self.forms, *other_spellings(self.text))))

    @property
    def is_address(self):
        return _address(self.text) is not None


def other_spellings(text):
    """The same address as others write it: an IPv4 address as hexadecimal digits or as a number, an IPv6 address in full or
    short, a MAC address with other separators or none."""
    address = _address(text)
    if address is not None:
        spellings = [address.packed.hex(), address.exploded, address.compressed]
        return tuple(spellings + ([str(int(address))] if address.version == 4 else []))
    if _MAC.fullmatch(text):
        digits = re.sub("[:-]", "", text)
        pairs = [digits[index:index + 2] for index in range(0, 12, 2)]
        return tuple(sign.join(pairs) for sign in ("", ":", "-"))
    return ()


def load(path):
    """Canaries of a file: JSON (a list, or an object with a list `canaries`, of objects with text and, if wanted, name, fact,
    forms, expect), or plain lines with one text each, '#' for comments. AuditError says what is wrong."""
    try:
        content = path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise AuditError(f"{path} is no UTF-8 text: {error}") from error
    canaries = _of_json(path, content) if content.lstrip()[:1] in ("{", "[") else _of_lines(content)
    if not canaries:
        raise AuditError(f"{path} names no canary: there is nothing to look for")
    if len(canaries) > _MOST:
        raise AuditError(f"{path} names {len(canaries)} canaries; at most {_MOST} can be looked for")
    for one in canaries:
        if not one.text.strip() or len(one.text) > _LONGEST:
            raise AuditError(f"{path}: the canary {one.name!r} has no text or one of more than {_LONGEST} characters")
        if one.expect not in EXPECTATIONS:
            raise AuditError(f"{path}: the canary {one.name!r} expects {one.expect!r}; the words are {', '.join(EXPECTATIONS)}")
    return canaries


def _of_lines(content):
    texts = [line.strip() for line in content.splitlines()]
    return [Canary(text, text) for text in texts if text and not text.startswith("#")]


def _of_json(path, content):
    try:
        value = json.loads(content)
        entries = value["canaries"] if isinstance(value, dict) else value
        known = {field.name for field in dataclasses.fields(Canary)}
        canaries = []
        for entry in entries:
            entry = {"text": entry} if isinstance(entry, str) else dict(entry)
            unknown = set(entry) - known
            if unknown:
                raise AuditError(f"{path}: unknown key {sorted(unknown)[0]!r}; the keys are {', '.join(sorted(known))}")
            entry["forms"] = tuple(entry.get("forms", ()))
            canaries.append(Canary(**{"name": entry["text"], **entry}))
        if not all(isinstance(text, str) for one in canaries for text in (one.name, one.text, one.fact, one.expect, *one.forms)):
            raise TypeError("every value is a text, forms a list of texts")
        return canaries
    except (ValueError, KeyError, TypeError) as error:
        raise AuditError(f"{path} is no list of canaries: {error}") from error


def _address(text):
    try:
        return ipaddress.ip_address(text.strip("[]"))
    except ValueError:
        return None

"""What links things that nobody should be able to link, although no name is told: words that come up on both sides.

Looked at are words that look made up (letters and digits, twelve or more), not those that everybody uses.
"""
import collections
import dataclasses
import re

_WORD = re.compile(r"[A-Za-z0-9]{12,}")
_COOKIE = re.compile(r"^z9hG4bK", re.IGNORECASE)
_NO_CALLS = (["REGISTER"],)


@dataclasses.dataclass
class Link:
    """A word that is seen in two places. `first` and `second` say where, with the header."""
    what: str
    word: str
    first: str
    second: str


def between(name, seen, other_name, other, handed_on=(), ignored=()):
    """Links between two vantage points: words of SIP headers that both have. `handed_on`: headers whose words do not count,
    wherever else they stand. Words that are part of one of `ignored` do not count either."""
    mine, theirs = _words(seen, ignored), _words(other, ignored)
    free = _handed_on((*seen.messages, *other.messages), handed_on)
    return [Link(f"{name} and {other_name}", word, mine[word], theirs[word]) for word in sorted(set(mine) & set(theirs) - free)]


def between_calls(name, seen, handed_on=(), ignored=()):
    """Links between calls at one vantage point: words of one Call-ID that come up under another."""
    places = collections.defaultdict(dict)  # word -> {Call-ID: where}
    for _, message in seen.messages:
        if message.get("cseq").split()[-1:] in _NO_CALLS:
            continue
        for where, value in _values(message):
            for word in _made_up(value, ignored):
                places[word].setdefault(message.get("call-id"), f"{message.kind}, {where}")
    free = _handed_on(seen.messages, handed_on)
    return [Link(f"{len(calls)} calls at {name}", word, *list(calls.values())[:2])
            for word, calls in sorted(places.items()) if len(calls) > 1 and word not in free]


def _handed_on(messages, headers):
    return {word for _, message in messages for where, value in _values(message) if where in headers
            for word in _made_up(value, ())}


def shown(links):
    """The first few of each kind, and how many there are."""
    grouped = collections.defaultdict(list)
    for link in links:
        grouped[link.what, link.first.rpartition(", ")[2], link.second.rpartition(", ")[2]].append(link)
    return [(group[0], len(group)) for group in grouped.values()]


def _words(seen, ignored):
    """{word: where it was first seen}"""
    found = {}
    for _, message in seen.messages:
        for where, value in _values(message):
            for word in _made_up(value, ignored):
                found.setdefault(word, f"{message.kind}, {where}")
    return found


def _values(message):
    yield "start line", message.line if message.is_request else ""
    yield from message.headers


def _made_up(text, ignored):
    for match in _WORD.finditer(text):
        word = _COOKIE.sub("", match[0]).lower()
        if len(word) >= 12 and any(sign.isdigit() for sign in word) and any(sign.isalpha() for sign in word) \
                and not any(word in one for one in ignored):
            yield word

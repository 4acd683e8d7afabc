"""What links things that nobody should be able to link, although no name is told: words that come up on both sides.

Looked at are words that look made up (letters and digits, twelve or more), not those that everybody uses.
"""
import collections
import dataclasses
import re

_WORD = re.compile(r"[A-Za-z0-9]{12,}")
_COOKIE = re.compile(r"^z9hG4bK", re.IGNORECASE)
_MOST_EXAMPLES = 5
_NO_CALLS = ("REGISTER",)


@dataclasses.dataclass
class Link:
    """A word that is seen in two places. `first` and `second` say where, with the header."""
    what: str
    word: str
    first: str
    second: str


def between(name, seen, other_name, other, allowed=()):
    """Links between two vantage points: words of SIP headers that both have."""
    mine, theirs = _words(seen, allowed), _words(other, allowed)
    return [Link(f"{name} and {other_name}", word, mine[word], theirs[word]) for word in sorted(set(mine) & set(theirs))]


def between_texts(name, text, other_name, other, allowed=()):
    """The same for two logs."""
    mine, theirs = ({word for word in _made_up(one, allowed)} for one in (text, other))
    return [Link(f"{name} and {other_name}", word, _line(text, word), _line(other, word)) for word in sorted(mine & theirs)]


def between_calls(name, seen, allowed=()):
    """Links between calls at one vantage point: words of one Call-ID that come up under another. What a transfer hands from
    one call to the next (Refer-To, Replaces, Referred-By) is meant to."""
    places = collections.defaultdict(dict)  # word -> {Call-ID: where}
    for _, message in seen.messages:
        method = (message.get("cseq").split() or ["?"])[-1]
        if method in _NO_CALLS:
            continue
        for where, value in _values(message):
            for word in _made_up(value, allowed):
                places[word].setdefault(message.get("call-id"), f"{message.kind}, {where}")
    found = []
    for word, calls in sorted(places.items()):
        if len(calls) > 1:
            first, second = list(calls.values())[:2]
            found.append(Link(f"{len(calls)} calls at {name}", word, first, second))
    return found


def shown(links):
    """The first few of each kind, and how many there are."""
    grouped = collections.defaultdict(list)
    for link in links:
        grouped[link.what, link.first.rpartition(", ")[2], link.second.rpartition(", ")[2]].append(link)
    return [(group[0], len(group)) for group in grouped.values()]


def _words(seen, allowed):
    """{word: where it was first seen}"""
    found = {}
    for _, message in seen.messages:
        for where, value in _values(message):
            for word in _made_up(value, allowed):
                found.setdefault(word, f"{message.kind}, {where}")
    return found


def _values(message):
    yield "start line", message.line if message.is_request else ""
    yield from message.headers


def _made_up(text, allowed):
    for match in _WORD.finditer(text):
        word = _COOKIE.sub("", match[0]).lower()
        if len(word) >= 12 and any(sign.isdigit() for sign in word) and any(sign.isalpha() for sign in word) \
                and not any(word in one for one in allowed):
            yield word


def _line(text, word):
    at = text.lower().find(word)
    line = text[text.rfind("\n", 0, at) + 1:text.find("\n", at)]
    return line if len(line) <= 160 else f"...{line[max(0, line.lower().find(word) - 60):][:160]}..."

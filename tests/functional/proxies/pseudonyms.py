"""With view = "pseudonym" no real name comes into a proxy's log or tables, and calls and Digest work all the same."""
import re

from trapezoid_bed import both_ways, running
from waiting import check, equal

SLOW = True
_PSEUDONYM = re.compile(r"[a-z2-7]{26}")


def scenario(place):
    with running(place, view="pseudonym") as bed:
        for name in ("call", "busy", "message", "transfer"):
            both_ways(bed, name)
        for proxy in (bed.kamailio_a, bed.kamailio_b):
            _look_for_names(bed, proxy)
        bed.alice.register()
        equal(len(bed.kamailio_a.location()), 1, "entries after the phone has registered anew")


def _look_for_names(bed, proxy):
    names = [row["username"] for row in proxy.location()]
    check(len(names) == 1 and _PSEUDONYM.fullmatch(names[0]), f"{proxy.id} knows its user as {names}")
    equal([row["username"] for row in proxy.subscribers()], names, "users in the subscriber table")
    check(any(names[0] in line for line in proxy.messages()), f"the log of {proxy.id} does not hold the pseudonym")
    tables = {file.name: file.read_text(encoding="utf-8", errors="replace") for file in proxy.database.iterdir()}
    for where, text in {"log": proxy.log_text(), **tables}.items():
        for user in (bed.options.alice, bed.options.bob):
            found = re.search(rf".{{0,60}}\b{user.name}\b.{{0,60}}", text, re.IGNORECASE)
            check(not found, f"the {where} of {proxy.id} names {user.name}: {found and found[0]}")

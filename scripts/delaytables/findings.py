"""Cells of the qualitative table that the leak audit fills. "no" takes that there was something to look at, and that what was looked for
was said."""
import dataclasses

from delaytables.audited import PLAIN
from trapezoid import identities

YES, NO, UNKNOWN = "yes", "no", "not measured"
PERSONS = ("caller", "callee")
_PHONE = {"caller": "caller-phone", "callee": "callee-phone"}
# Without a sipveil phones and proxies talk over the links: whoever has an end of one has read it.
_PLAIN_AT = {"caller-phone": "caller-link", "callee-phone": "callee-link"}
_LEAST_BYTES = 10_000  # between routers, less than which is no call through them


@dataclasses.dataclass(frozen=True)
class Cell:
    value: str
    source: str  # what measured it


def learnt(material, column, fact, vantages):
    """Whether a fact of expected.toml is at any of these vantage points."""
    return _found(material.audits.get(column), column, fact, vantages)


def _found(audit, column, fact, vantages):
    if audit is None:
        return Cell(UNKNOWN, f"there is no leak audit of {column}")
    vantages = [_PLAIN_AT.get(one, one) if column == PLAIN else one for one in vantages]
    found = [one for one in vantages if (fact, one) in audit.found]
    if found:
        return Cell(YES, _source(audit, f"found at {_points(found)}"))
    missing = _not_looked_at(audit, column, fact, vantages)
    return Cell(UNKNOWN, _source(audit, missing)) if missing else Cell(NO, _source(audit, f"not found at {_points(vantages)}"))


def _not_looked_at(audit, column, fact, vantages):
    """Why nothing can be said of what was not found; "" if it can."""
    own = _PHONE[fact.partition("-")[0]]
    own = _PLAIN_AT[own] if column == PLAIN else own
    unseen = [one for one in vantages if not audit.bytes_at(one)]
    # Without sipveil a proxy talks over the links alone; what it learns is in its log.
    if len(unseen) == len(vantages) or (unseen and column != PLAIN):
        return f"nothing was seen at {_points(unseen)}"
    if (fact, own) not in audit.found:
        return f"{fact} was not even seen at {own}, where it is said"
    # Without sipveil nothing passes between a phone and a sipveil, which the audit calls a problem.
    return audit.problems[0] if audit.problems and column != PLAIN else ""


def _points(vantages):
    return f"vantage point{'s' if len(vantages) > 1 else ''} {' and '.join(vantages)}"


def _source(audit, what):
    return f"leak audit, {audit.title}, {audit.canaries} canaries, {what}"


# --- logs and tables ---

def kept(audit, column, side):
    """Whose names are in the log and the tables of a side's proxy."""
    at = (f"{side}-log", f"{side}-db")
    cells = {person: _found(audit, column, f"{person}-user", at) for person in PERSONS}
    unknown = next((cell for cell in cells.values() if cell.value == UNKNOWN), None)
    if unknown:
        return unknown
    names = [person for person, cell in cells.items() if cell.value == YES]
    return Cell(" and ".join(names) or "nobody", _source(audit, _points(at)))


def kept_of_pseudonyms(material, column, side):
    """The same in the run with view = "pseudonym"."""
    if column == PLAIN or identities.named(column) is None:
        return Cell("no such view", "nothing is sealed")
    return kept(material.pseudonyms.get(column), column, side)


# --- what belongs together ---

def linked(audit, column, places, link):
    """Whether names, or made-up words, are at all of these places. link: how an Audit's links of that kind end."""
    if audit is None:
        return Cell(UNKNOWN, f"there is no leak audit of {column}")
    by = []
    for person in PERSONS:
        seen = [_found(audit, column, f"{person}-user", (one,) if one == "tunnel" else (f"{one}-proxy", f"{one}-log")) for one in places]
        unknown = next((cell for cell in seen if cell.value == UNKNOWN), None)
        if unknown:
            return unknown
        by += [f"the {person}'s name"] if all(cell.value == YES for cell in seen) else []
    words = [one for one in audit.links if one["what"].endswith(link)]
    by += [f"{len(words)} made-up words"] if words else []
    where = "both proxies" if len(places) > 1 else places[0]
    return Cell(f"{YES}, by {' and '.join(by)}" if by else NO, _source(audit, f"names and words at {where}"))


# --- addresses, and wires ---

def addresses(material, column, name):
    """Whether the domains' machines exchanged packets in a call over the network `name`."""
    if column == PLAIN:
        crossed, what = material.crossings.get(PLAIN), "a call without sipveil"
    elif name in material.crossings:
        crossed, what = material.crossings[name], f"a call over {name}"
    else:
        return _addresses_by_audit(material.networks.get(name), name)
    if crossed is None or not crossed.within:
        return Cell(UNKNOWN, f"no packet was captured of {what}")
    return Cell(YES if crossed.between else NO, f"{what}: {crossed.between} packets between machines of different domains, {crossed.within} "
                "between those of one")


def _addresses_by_audit(audit, name):
    if audit is None or audit.problems or not audit.bytes_at("caller-link"):
        return Cell(UNKNOWN, audit.problems[0] if audit and audit.problems else f"nothing was captured of a call over {name}")
    crossed = sum(audit.bytes_at(one) for one in ("tunnel", "callee-link"))
    return Cell(YES if crossed else NO, _source(audit, f"{crossed} bytes between the machines but in the caller's LAN, and every other packet "
                                                       "looked for where it went"))


# {network: (vantage point of the wires, one where the same is plain)}
_WIRES = {"tor": ("elsewhere", "links"), "i2p": ("i2p-wire", "local-i2p-router")}


def readable(material, column, name):
    """Whether the wires of the network `name` showed anything of a call."""
    if column == PLAIN:
        audit = material.audits.get(PLAIN)
        facts = {fact for fact, vantage in audit.found if vantage == "tunnel"} if audit else ()
        return Cell(YES, _source(audit, f"{len(facts)} kinds of facts at vantage point tunnel")) if facts else Cell(UNKNOWN, "nothing was found")
    audit, (wire, control) = material.networks.get(name), _WIRES[name]
    if audit is None:
        return Cell(UNKNOWN, f"there is no leak audit over {name}")
    facts = {fact for fact, vantage in audit.found if vantage == wire}
    size = f"{audit.bytes_at(wire) / 1e6:.1f} MB between {'relays' if name == 'tor' else 'routers'}"
    if facts:
        return Cell(YES, _source(audit, f"{', '.join(sorted(facts))} in {size}"))
    if audit.problems or audit.bytes_at(wire) < _LEAST_BYTES or ("caller-user", control) not in audit.found:
        return Cell(UNKNOWN, _source(audit, audit.problems[0] if audit.problems else f"too little was seen at {wire} or {control}"))
    return Cell(NO, _source(audit, f"none in {size}; plain SIP seals nothing, so that no scheme shows more"))

"""Cells of the qualitative table about what a scheme and its network cost."""
from delaytables import circuit_times
from delaytables.audited import PLAIN
from delaytables.findings import UNKNOWN, Cell
from trapezoid import look


def circuit_time(times, column, name):
    """What fresh circuits of the network `name` cost. times: circuit_times.read()."""
    if column == PLAIN:
        return Cell("none", "there are no circuits or sessions: plain UDP between the proxies")
    found = circuit_times.extra(times, name, column)
    if not found:
        return Cell(UNKNOWN, "calls.csv has no such pair of rows")
    return Cell(", ".join(f"{one.way} {one.seconds:.2f} s" for one in found), "calls.csv: " + "; ".join(one.source for one in found))


def sealing_time(times, column):
    """As circuit_time()."""
    if column == PLAIN:
        return Cell("none", "there is no sipveil")
    found = circuit_times.sealing(times, column)
    if found is None:
        return Cell(UNKNOWN, "calls.csv has no such rows")
    return Cell(f"{found.seconds * 1000:.2f} ms", found.source)


def programs(material, column):
    """How many, and their names, by one network: they are the same for every scheme."""
    names = [PLAIN] if column == PLAIN else [name for name in (*material.crossings, *material.networks) if name != PLAIN]
    if not names or names[0] not in (*material.crossings, *material.networks):
        return Cell(UNKNOWN, "no call was placed in which they could be counted")
    name = names[0]
    found = material.crossings[name].programs if name in material.crossings else material.networks[name].programs
    counts = [f"{who} {len(found[node])}" + (f" ({', '.join(found[node])})" if found[node] else "")
              for who, node in (("caller", "phone-a"), ("callee", "phone-b"))]
    return Cell("; ".join(counts), f"processes counted in a call {'without sipveil' if column == PLAIN else f'over {name}'}")


def invite_bytes(material, column):
    """In the LAN, and between the proxies."""
    if column == PLAIN:
        seen = next(iter(material.looks.values()), None)
        size = seen and next(station.size for station in seen.stations if station.size)  # as the phone sent it
        return Cell(str(size), "the same INVITE as the phone sends it") if size else Cell(UNKNOWN, "no INVITE was seen")
    if column not in material.looks:
        return Cell(UNKNOWN, "no INVITE was seen")
    sizes = material.looks[column].invite_bytes
    base = material.looks["sip"].invite_bytes if "sip" in material.looks else None
    more = "" if base is None or column == "sip" else " ({:+}, {:+})".format(*(sizes[wire] - base[wire] for wire in look.WIRES))
    return Cell(" and ".join(str(sizes[wire]) for wire in look.WIRES) + more, "one call, sizes on the wires; in brackets: more than plain SIP by "
                "sipveil" if more else "one call, sizes on the wires")

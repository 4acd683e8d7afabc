"""What a run measures, and in which order: rows, and batches of rows that are measured side by side."""
import dataclasses

from delaytables.ways import PAPER, PHONES, WAYS
from trapezoid import identities

SCHEMES = ("sip", "privasip-1-aes", "privasip-2-rsa", "privasip-2-ecies")  # of the papers' tables
TOPOLOGIES = (PAPER, PHONES)
# So much is measured side by side, fresh rows and those with standby: the schemes of several ways, and raw round trips. Most of the time all
# of them wait for the network. What has standby is compared with raw round trips, so there others disturb more.
LANES = {"tor": (14, 10), "i2p": (12, 12)}
LAB_S = {"tor": 20.0, "i2p": 30.0}  # until a network is up, about
REGISTER_S = {"direct": 35.0, "tor": 35.0, "i2p": 100.0}  # with I2P most of it passes until the first one; about
AUDIT_S, REPORT_S = 110.0, 10.0      # about
AUDIT, REPORT = "audit", "report"    # by what names they are told

_FAMILIES = {"privasip-1": "PrivaSIP-1", "privasip-2": "PrivaSIP-2"}


@dataclasses.dataclass(frozen=True)
class Row:
    """A line of the tables. `way`: a name of ways.WAYS; `standby`: links are opened ahead, else one is built for each call."""
    way: str
    topology: str
    scheme: str
    standby: bool

    @property
    def kind(self):
        return WAYS[self.way]

    @property
    def network(self):
        return self.kind.network

    @property
    def path(self):
        """Rows with the same one have the same raw round trips."""
        return self.kind.path, self.topology

    @property
    def name(self):
        return f"{self.way}/{self.topology}/{self.scheme}/{'standby' if self.standby else 'fresh'}"

    @property
    def title(self):
        return (f"{scheme_title(self.scheme)} {self.kind.title}{', phone to phone' if self.topology == PHONES else ''}"
                f"{', standby' if self.standby else ''}")

    @property
    def call_s(self):
        """What a call takes with the pause after it, as far as is known before."""
        return self.kind.of(self.kind.call_s, self.standby) + self.kind.of(self.kind.pause_s, self.standby)

    def wanted(self, calls):
        """How many of `calls` it gets."""
        return max(1, round(calls * self.kind.of(self.kind.share, self.standby)))

    def note(self, calls):
        wanted = self.wanted(calls)
        return "" if wanted == calls else (f"{wanted} calls instead of {calls}: each takes about "
                                           f"{self.kind.of(self.kind.call_s, self.standby):.0f} s")


@dataclasses.dataclass(frozen=True)
class Raw:
    """A lane of raw round trips; ways of one path share it."""
    ways: tuple
    topology: str

    @property
    def name(self):
        return f"{self.ways[0]}/{self.topology}/raw"

    @property
    def path(self):
        return WAYS[self.ways[0]].path, self.topology


@dataclasses.dataclass(frozen=True)
class Batch:
    """What is measured at the same time. Lane numbers are the places in `rows`, then in `raws`; `beside`: those, None for one of each
    path."""
    rows: tuple
    beside: tuple = None

    @property
    def network(self):
        return self.rows[0].network

    @property
    def raws(self):
        return self.beside if self.beside is not None else raws_of(self.rows)

    @property
    def lanes(self):
        return len(self.rows) + len(self.raws)

    @property
    def start_s(self):
        return max(row.kind.start_s for row in self.rows)

    @property
    def title(self):
        """The same of all rows once: tor-exit/paper/{sip,privasip-2-rsa}/fresh."""
        groups = {}
        for row in self.rows:
            groups.setdefault((row.way, row.topology, row.standby), []).append(row)
        return ", ".join(rows[0].name.replace(f"/{rows[0].scheme}/", "/{" + ",".join(row.scheme for row in rows) + "}/")
                         if len(rows) > 1 else rows[0].name for rows in groups.values())

    def seconds(self, missing):
        """About how long it takes with so many calls missing: {row name: calls}."""
        return self.start_s + max(missing[row.name] * row.call_s for row in self.rows) if self.without_complete(missing) else 0.0

    def without_complete(self, missing):
        """A Batch of the rows that lack calls, None if none does."""
        rows = tuple(row for row in self.rows if missing[row.name] > 0)
        paths = {row.path for row in rows}
        return Batch(rows, tuple(raw for raw in self.raws if raw.path in paths)) if rows else None


def scheme_title(name):
    """As the papers write it: PrivaSIP-2 (RSA)."""
    for start, title in _FAMILIES.items():
        if name.startswith(f"{start}-"):
            algorithm, _, curve = name[len(start) + 1:].partition("-")
            return f"{title} ({algorithm.upper()}{', ' + curve.upper().replace('P', 'P-') if curve else ''})"
    return name.upper()


def known_schemes():
    return tuple(identities.SCHEMES)


def networks():
    """Of all ways, in the order in which they are measured."""
    return tuple(dict.fromkeys(way.network for way in WAYS.values()))


def rows(of_networks, schemes, topologies=TOPOLOGIES, ways=None):
    """Every row that makes sense of what is asked for; `ways`: names, None for all."""
    return [Row(way.name, topology, scheme, standby)
            for way in WAYS.values() if way.network in of_networks and (ways is None or way.name in ways)
            for topology, limited in way.topologies.items() if topology in topologies
            for standby in way.standbys
            for scheme in schemes if limited is None or scheme in limited]


def raws_of(of_rows):
    """The raw round trips of these rows, one of each path."""
    shared = {}
    for row in of_rows:
        ways = shared.setdefault(row.path, [])
        if row.way not in ways:
            ways.append(row.way)
    return tuple(Raw(tuple(ways), topology) for (_, topology), ways in shared.items())


def batches(of_rows, lanes=None):
    """`lanes`: instead of those of each network. One network after the other, and in it fresh rows before those with standby: circuits
    that are being built hold up the cells of others at the relays they share. Raw round trips are measured beside the rows that they
    are the limit of: those with standby, if their path has such."""
    made = []
    for network in dict.fromkeys(row.network for row in of_rows):
        here = [row for row in of_rows if row.network == network]
        for standby in (False, True):
            made += _packed([row for row in here if row.standby == standby], _limits(here, standby), lanes or LANES[network][standby])
    return made


def _limits(of_rows, standby):
    """{path: ways} of the raw round trips that are measured beside rows with or without standby."""
    ready = {row.path for row in of_rows if row.standby}
    return {raw.path: raw.ways for raw in raws_of(of_rows) if standby or raw.path not in ready}


def _packed(of_rows, limits, lanes):
    """Batches of these rows. Rows of one way and topology stay together; what leaves lanes free takes in others that fit."""
    packed = []
    for unit in _units(of_rows, limits, lanes):
        for index, found in enumerate(packed):
            together = _with_raws((*found.rows, *unit), limits)
            if together.lanes <= lanes:
                packed[index] = together
                break
        else:
            packed.append(_with_raws(unit, limits))
    return packed


def _with_raws(of_rows, limits):
    """A Batch; ways that have no rows with standby are told the raw round trips beside others of their path."""
    return Batch(tuple(of_rows), tuple(
        Raw(tuple(way for way in limits[path] if way in {row.way for row in of_rows} or True not in WAYS[way].standbys), path[1])
        for path in dict.fromkeys(row.path for row in of_rows) if path in limits))


def _units(of_rows, limits, lanes):
    """Tuples of rows that are not to be torn apart."""
    groups = {}
    for row in of_rows:
        groups.setdefault((row.way, row.topology), []).append(row)
    for group in groups.values():
        most = max(1, lanes - len(_with_raws(group, limits).raws))
        for begin in range(0, len(group), most):
            yield tuple(group[begin:begin + most])


def register_ways(of_rows):
    """{way: network} of those whose tunnel gets the register test, which takes proxies: the first of each network."""
    chosen = {}
    for row in of_rows:
        if PAPER in row.kind.topologies:
            chosen.setdefault(row.network, row.way)
    return {way: network for network, way in chosen.items()}


def lab(network):
    """By what name it is told."""
    return f"{network} network"


def register(way):
    """By what name the register test of a way is told."""
    return f"register {way}"


def other_s(of_networks, registers, audit):
    """({what: seconds}, {what: seconds}), about: what comes besides batches, and what goes on side by side once the calls over the last of
    these networks have been placed. registers: {way: network, or "direct"}; audit: whether it is wanted."""
    earlier = {way for way, network in registers.items() if network in of_networks[:-1]}
    tests = {way: {register(way): REGISTER_S[network]} for way, network in registers.items()}
    alone = {lab(network): LAB_S[network] for network in of_networks} | {REPORT: REPORT_S}
    beside = {AUDIT: AUDIT_S} if audit else {}
    for way, test in tests.items():
        (alone if way in earlier else beside).update(test)
    return alone, beside


def seconds(of_batches, missing, registers=(), audit=False):
    """About how long all of it takes; registers and audit as other_s()."""
    rest = [batch for batch in of_batches if batch.without_complete(missing)]
    alone, beside = other_s(list(dict.fromkeys(batch.network for batch in rest)), dict(registers), audit)
    return sum(batch.seconds(missing) for batch in rest) + sum(alone.values()) + max(beside.values(), default=0.0)


def text(of_batches, calls, total_s):
    """For people: what --plan prints."""
    every = {row.name: row.wanted(calls) for batch in of_batches for row in batch.rows}
    lines = []
    for number, batch in enumerate(of_batches, 1):
        lines.append(f"batch {number}, {batch.network}, about {minutes(batch.seconds(every))}")
        lines += [f"  {row.name:44} {every[row.name]:4} calls  {row.title}" for row in batch.rows]
        lines += [f"  {raw.name:44}             raw round trips of the same path" for raw in batch.raws]
    return "\n".join([*lines, f"{len(every)} rows, {sum(every.values())} calls; with networks, register test and audit about "
                              f"{minutes(total_s)}"])


def minutes(seconds_):
    return f"{seconds_:.0f} s" if seconds_ < 100 else f"{seconds_ / 60:.0f} min"

"""What a run gave, as the report sees it: its rows with their calls, the raw round trips, the registrations."""
import dataclasses
import re
import statistics

from delaytables.record import PARTS

# What sealing names can change: its own time, the rest of the bridges', and the proxies that handle longer names.
SEALED_PARTS = ("crypto_s", "bridge_s", "proxies_s")
_KIND = re.compile(r"(, phone to phone)?(, (standby|fresh))?$")


@dataclasses.dataclass
class Row:
    """`wanted`: calls that were to be placed; `calls`: those that were, by number."""
    name: str
    way: str
    network: str
    topology: str
    scheme: str
    standby: bool
    wanted: int
    title: str
    note: str = ""
    calls: list = dataclasses.field(default_factory=list)

    @property
    def kind(self):
        return "standby" if self.standby else "fresh"

    @property
    def base(self):
        """The title without what it says of topology and standby: the same for both kinds."""
        return _KIND.sub("", self.title, count=1)

    @property
    def label(self):
        return f"{self.base}, {self.kind}"

    @property
    def delays(self):
        """Seconds from INVITE to 180 of every call that rang, by the capture."""
        return [call.invite_to_180_s for call in self.calls if call.invite_to_180_s is not None]

    @property
    def shares(self):
        """Whether its calls went by one stream, so that it is neither fresh nor standby as other rows are."""
        sources = [call.source for call in self.calls if call.source]
        return 2 * sources.count("shared") > len(sources)

    @property
    def failed(self):
        """Calls that did not get from INVITE to the end of BYE, whether they rang or not."""
        return sum(not call.complete for call in self.calls)

    @property
    def measured(self):
        """Calls that rang and whose parts are known, so that their means sum up."""
        return [call for call in self.calls if call.invite_to_180_s is not None and any(getattr(call, part) is not None for part in PARTS)]

    @property
    def measured_mean(self):
        """Of their INVITE to 180."""
        return statistics.fmean(call.invite_to_180_s for call in self.measured)

    @property
    def sealed(self):
        """Seconds of each call that sealing can change, where they are known."""
        return [sum(getattr(call, part) for part in SEALED_PARTS) for call in self.calls
                if all(getattr(call, part) is not None for part in SEALED_PARTS)]

    def sibling(self, rows, **changed):
        """The row that differs from this one in nothing but `changed`, or None."""
        wanted = {name: getattr(self, name) for name in ("way", "topology", "scheme", "standby")} | changed
        return next((row for row in rows if all(getattr(row, name) == value for name, value in wanted.items())), None)


@dataclasses.dataclass(frozen=True)
class Registration:
    """`seconds`: until the answer; None if none came."""
    sent_s: float
    answer: int
    seconds: float

    @property
    def good(self):
        return self.seconds is not None and self.answer == 200


@dataclasses.dataclass
class Run:
    """about: run.json. raw: {(way, topology): [seconds of a round trip]}. registrations: {way: [Registration]}. criteria: criteria.json, None
    without it. gaps: sentences about files and lines that are missing or broken."""
    about: dict
    rows: list
    raw: dict
    registrations: dict
    criteria: dict
    gaps: list

    @property
    def seed(self):
        return self.arguments.get("seed", 0)

    @property
    def arguments(self):
        return self.about.get("arguments") or {}

    @property
    def profile(self):
        return self.about.get("profile") or {}

    def groups(self):
        """[((network, topology), [Row])], in the order of the rows, those without a call left out."""
        found = {}
        for row in self.rows:
            if row.calls:
                found.setdefault((row.network, row.topology), []).append(row)
        return list(found.items())

"""What sealing names adds to a call: each row with a scheme against the plain row that differs in nothing else."""
import dataclasses

from delaytables.record import PARTS
from delaytables.report import stats, units
from delaytables.report.document import Bullets, Table, Text
from delaytables.report.run import SEALED_PARTS

LIMIT_S = 0.002
_HEAD = ["row", "topology", "calls", "INVITE to 180, ms", "crypto + bridge + proxies, ms", "of it crypto, ms", "within 2 ms"]
_PLAIN, _TARGETED = "sip", "privasip-2"


@dataclasses.dataclass(frozen=True)
class Sealing:
    """whole: difference of the medians of all that a call takes; parts: of what sealing can change. Either may be None."""
    row: object
    plain: object
    whole: stats.Difference
    parts: stats.Difference

    @property
    def targeted(self):
        return self.row.scheme.startswith(_TARGETED)

    @property
    def word(self):
        if not self.targeted:
            return "not asked"
        if self.whole is None:
            return "undecided"
        # A row that is faster as a whole, by its circuits, says nothing against its parts.
        if self.whole.low is not None and self.whole.high <= LIMIT_S and (self.parts is None or self.parts.value <= LIMIT_S):
            return "met"
        if self.whole.low is not None and self.whole.low > LIMIT_S:
            return "missed, not by sealing" if self.parts and self.parts.value <= LIMIT_S else "missed"
        if self.parts is None:
            return "undecided"
        return "met in its parts" if self.parts.value <= LIMIT_S else "missed in its parts"


def compare(run):
    found = []
    for row in run.rows:
        plain = row.sibling(run.rows, scheme=_PLAIN)
        if row.scheme != _PLAIN and plain is not None and row.calls and plain.calls:
            found.append(Sealing(row, plain, stats.median_difference(row.delays, plain.delays, f"{run.seed} {row.name}"),
                                 stats.median_difference(row.sealed, plain.sealed, f"{run.seed} {row.name} parts")))
    return found


def blocks(found):
    if not found:
        return [Text("No row with sealed names has a plain row beside it, so what sealing adds cannot be told.")]
    rows = [[one.row.label, one.row.topology, min(len(one.row.delays), len(one.plain.delays)), units.interval_ms(one.whole),
             units.interval_ms(one.parts), _crypto(one), one.word] for one in found]
    told = [Text("What a scheme adds to the plain row of the same way, topology and standby, in ms: differences of medians with 95 % "
                 "intervals by resampling. What sealing can change is crypto + bridge + proxies; the rest of a call is circuits, relays "
                 "and phones, which differ between any two rows by chance. A target is met if the whole interval of the INVITE to 180 "
                 "difference is at most 2 ms, and so is what sealing can change, and missed if all of it is above; where it holds 2 ms, calls "
                 "differ too much by chance to tell, and what sealing can change decides (in its parts). The intervals resample calls: "
                 "that rows have circuits of their own is in them only as far as each call has; where one circuit carries the second "
                 "leg of all calls of a row (a phone reached by the link of its registration), two rows may differ by more."),
            Table(_HEAD, rows, "llrrrrl")]
    why = [_why(one) for one in found if one.targeted and not one.word.startswith("met")]
    return [*told, *([Bullets(why)] if why else [])]


def _crypto(one):
    """Difference of the means: a part is often 0 for most calls."""
    if not one.row.measured or not one.plain.measured:
        return "-"
    return units.signed_ms(_means(one.row)["crypto_s"] - _means(one.plain)["crypto_s"], 2)


def _means(row):
    return stats.part_means(row.measured, PARTS)


def _why(one):
    """By means: only they sum up."""
    name = f"{one.row.label} ({one.row.topology}), {one.word}"
    if not one.row.measured or not one.plain.measured:
        return f"{name}: the parts of its calls, or of the plain row's, are not known."
    ours, plain = _means(one.row), _means(one.plain)
    changed = {part: ours[part] - plain[part] for part in PARTS}
    mean = one.row.measured_mean - one.plain.measured_mean
    sealed = sum(changed[part] for part in SEALED_PARTS)
    parts = ", ".join(f"{part.removesuffix('_s')} {units.signed_ms(value)}" for part, value in changed.items())
    return (f"{name}: the mean call differs by {units.signed_ms(mean)} ms ({parts}). Sealing has part in {units.signed_ms(sealed)} ms of "
            f"it; {units.signed_ms(mean - sealed)} ms are circuits, network and phones.")

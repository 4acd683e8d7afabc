"""Statistics of delays in seconds."""
import dataclasses
import decimal
import math
import random
import statistics

from callrun.figures import percentile

_RESAMPLES = 2000
_TENTH = decimal.Decimal("0.1")
_LONGEST_GAP = 3  # empty rows in a row that a frequency table still shows


@dataclasses.dataclass(frozen=True)
class Summary:
    """sd: that of a sample, 0 for a single value; p5, p95: nearest rank."""
    count: int
    mean: float
    median: float
    sd: float
    p5: float
    p95: float
    max: float


def summary(values):
    """None without values."""
    if not values:
        return None
    return Summary(len(values), statistics.fmean(values), statistics.median(values), statistics.stdev(values) if len(values) > 1 else 0.0,
                   percentile(values, 5), percentile(values, 95), max(values))


def tenths(values):
    """{tenths of a second: count}, rounded half up as the papers did. In decimals, in which times are written: 0.15 s gives 2."""
    counts = {}
    for value in values:
        row = int(decimal.Decimal(repr(round(value, 6))).quantize(_TENTH, decimal.ROUND_HALF_UP) * 10)
        counts[row] = counts.get(row, 0) + 1
    return counts


def bins(values, width):
    """{index: count}: how many are in [index * width, (index + 1) * width)."""
    counts = {}
    for value in values:
        index = math.floor(round(value / width, 6))
        counts[index] = counts.get(index, 0) + 1
    return counts


def with_gaps(filled):
    """Every index from the least to the greatest; None for each gap that is too long to be shown."""
    rows = []
    for index in sorted(filled):
        if rows:
            between = range(rows[-1] + 1, index)
            rows += [None] if len(between) > _LONGEST_GAP else between
        rows.append(index)
    return rows


@dataclasses.dataclass(frozen=True)
class Difference:
    """Of medians, with the middle 95 % of what resampling gives (percentile bootstrap); low and high are None for fewer than two values."""
    value: float
    low: float
    high: float


def median_difference(values, baseline, seed):
    """None if either is empty. The same values and seed give the same interval."""
    if not values or not baseline:
        return None
    value = statistics.median(values) - statistics.median(baseline)
    if min(len(values), len(baseline)) < 2:
        return Difference(value, None, None)
    source = random.Random(str(seed))
    found = sorted(_resampled_median(values, source) - _resampled_median(baseline, source) for _ in range(_RESAMPLES))
    return Difference(value, percentile(found, 2.5), percentile(found, 97.5))


def _resampled_median(values, source):
    drawn = sorted(source.choices(values, k=len(values)))
    middle = len(drawn) // 2
    return drawn[middle] if len(drawn) % 2 else (drawn[middle - 1] + drawn[middle]) / 2


def part_means(calls, parts):
    """{part: mean seconds over the calls}, what is not known of a call counted as 0, so that they sum up to the mean of the calls."""
    if not calls:
        return dict.fromkeys(parts, 0.0)
    return {part: statistics.fmean(getattr(call, part) or 0.0 for call in calls) for part in parts}

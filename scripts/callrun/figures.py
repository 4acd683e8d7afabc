"""Statistics of measured times, and their histogram as text."""
import math
import statistics

_WIDEST_BAR = 50
_LONGEST_GAP = 3  # empty rows in a row that are still drawn


def percentile(values, percent):
    """Nearest rank: the smallest value that is not below `percent` % of all."""
    ordered = sorted(values)
    return ordered[max(0, math.ceil(len(ordered) * percent / 100) - 1)]


def summary(values, digits=4):
    """{median, mean, sd, p95, max}, each None without values. sd is that of a sample: 0 for a single value."""
    if not values:
        return dict.fromkeys(("median", "mean", "sd", "p95", "max"))
    figures = {
        "median": statistics.median(values),
        "mean": statistics.fmean(values),
        "sd": statistics.stdev(values) if len(values) > 1 else 0.0,
        "p95": percentile(values, 95),
        "max": max(values),
    }
    return {name: round(value, digits) for name, value in figures.items()}


def histogram(seconds):
    """[(value rounded to 0.1 s, count)], ascending, without empty rows."""
    counts = {}
    for value in seconds:
        tenth = math.floor(value * 10 + 0.5)
        counts[tenth] = counts.get(tenth, 0) + 1
    return [(tenth / 10, counts[tenth]) for tenth in sorted(counts)]


def histogram_lines(seconds):
    """Text bars, one row for each 0.1 s; a long gap becomes one row of dots."""
    rows = histogram(seconds)
    if not rows:
        return []
    scale = max(1.0, max(count for _, count in rows) / _WIDEST_BAR)
    lines, before = [], rows[0][0]
    for value, count in rows:
        empty = round((value - before) * 10) - 1
        if empty > _LONGEST_GAP:
            lines.append("    ...")
        else:
            lines += [f"{before + step / 10:5.1f} s |" for step in range(1, empty + 1)]
        lines.append(f"{value:5.1f} s | {'#' * max(1, round(count / scale))} {count}")
        before = value
    return lines

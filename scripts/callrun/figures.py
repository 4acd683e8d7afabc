"""Statistics of measured times, and their histogram as text."""
import math
import statistics

_WIDEST_BAR = 50
_LONGEST_GAP = 3  # empty rows in a row that are still drawn
_TENTH, _STEPS, _ROWS = 0.1, (0.01, 0.02, 0.05, 0.1, 0.2, 0.5), 20


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


def histogram(seconds, step=_TENTH):
    """[(value rounded to `step`, count)], ascending, without empty rows."""
    counts = {}
    for value in seconds:
        row = math.floor(value / step + 0.5)
        counts[row] = counts.get(row, 0) + 1
    return [(round(row * step, 6), counts[row]) for row in sorted(counts)]


def fitting_step(seconds):
    """The width of a row with which most of the values fill a screen: 0.01 to 1 s."""
    spread = percentile(seconds, 95) - min(seconds) if seconds else 0.0
    return next((step for step in _STEPS if spread <= step * _ROWS), 1.0)


def histogram_lines(seconds, step=_TENTH):
    """Text bars, one row for each `step`; a long gap becomes one row of dots."""
    rows = histogram(seconds, step)
    if not rows:
        return []
    digits = 1 if step >= _TENTH else 2
    scale = max(1.0, max(count for _, count in rows) / _WIDEST_BAR)
    lines, before = [], rows[0][0]
    for value, count in rows:
        empty = round((value - before) / step) - 1
        if empty > _LONGEST_GAP:
            lines.append("    ...")
        else:
            lines += [f"{before + index * step:5.{digits}f} s |" for index in range(1, empty + 1)]
        lines.append(f"{value:5.{digits}f} s | {'#' * max(1, round(count / scale))} {count}")
        before = value
    return lines


def time(seconds):
    """For people; None becomes a dash."""
    if seconds is None:
        return "-"
    return f"{seconds:.3f} s" if seconds >= 0.1 else f"{seconds * 1000:.2f} ms"

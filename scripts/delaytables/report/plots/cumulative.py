"""Cumulative distributions as the later paper's Figure 3: plain SIP by each way, and PrivaSIP-2 by the papers'."""
import math

from matplotlib import pyplot

from delaytables.report import delays, papers, stats
from delaytables.report.document import Picture
from delaytables.report.plots import style

_MOST_CURVES = 8
_LABEL_SHARE = 0.34  # of the axis, that the longest label of a mark takes
_SEALED = ("privasip-2-rsa", "privasip-2-ecies")


def draw(run, folder):
    """{(network, topology): [Picture]}"""
    found = {}
    for group, rows in run.groups():
        chosen = [row for row in _chosen(rows) if row.delays]
        parts = [chosen[start:start + _MOST_CURVES] for start in range(0, len(chosen), _MOST_CURVES)]
        if parts:
            found[group] = [_draw(folder, group, part, index) for index, part in enumerate(parts)]
    return found


def _chosen(rows):
    """Plain SIP by every way, then one scheme by the way that has most of them. Without plain rows, all."""
    plain = [row for row in rows if row.scheme == "sip"]
    sealed = next(([row for row in rows if row.scheme == scheme and row.way == rows[0].way] for scheme in _SEALED
                   if any(row.scheme == scheme and row.way == rows[0].way for row in rows)), [])
    return plain + sealed if plain else rows


def _draw(folder, group, rows, index):
    network, topology = group
    told = [stats.summary(row.delays) for row in rows]
    marks = papers.MEANS if topology == "paper" else {}
    high = max([one.p95 for one in told] + list(marks.values())) * 1.15
    low = min([one.p5 for one in told] + list(marks.values()))
    log = style.wants_log(low, high)
    low = low * 0.8 if log else 0.0
    high = max(high, _room_for_label(low, max(marks.values()), log)) if marks else high
    height = 3.7 + 0.27 * ((len(rows) + 1) // 2)
    figure, (top, axis) = pyplot.subplots(2, 1, sharex=True, figsize=(style.WIDTH, height + (1.1 if marks else 0.0)), layout="constrained",
                                          gridspec_kw={"height_ratios": (1.25 if marks else 0.01, 3.6)})
    colours = {}
    for row in rows:
        colour = colours.setdefault(row.base, style.SERIES[len(colours) % len(style.SERIES)])
        times = sorted(row.delays)
        # Calls that never rang are in the whole: the curve then ends below 1.
        counts = [0, *range(1, len(times) + 1), len(times)]
        axis.step([times[0], *times, max(high, times[-1])], [count / len(row.calls) for count in counts], where="post", color=colour,
                  linestyle="-" if row.standby else "--", linewidth=1.8, label=row.label)
    _mark(top, marks)
    top.set_title(f"INVITE to 180, {delays.title(network, topology)}{f' ({index + 1})' if index else ''}")
    axis.set_ylabel("share of all calls")
    axis.set_ylim(0, 1.02)
    axis.set_xlabel("delay, s" + (" (logarithmic)" if log else ""))
    if log:
        axis.set_xscale("log")
    axis.set_xlim(low, high)
    style.seconds_axis(axis.xaxis, log)
    figure.legend(*axis.get_legend_handles_labels(), loc="upper center", ncol=2, bbox_to_anchor=(0.5, 0.0))
    text = ("Share of calls that rang within a time: dashed as in the papers (fresh), solid with standby."
            + (" Diamonds above: the means of the later paper's Table 5, of which it drew Figure 3." if marks else ""))
    return Picture(style.save(figure, folder, style.file_name("cumulative", network, topology, *([index + 1] if index else []))), text)


def _room_for_label(low, last, log):
    """The end of an axis from `low` on which what is right of `last` holds its label."""
    if log:
        return math.exp((math.log(last) - _LABEL_SHARE * math.log(low)) / (1 - _LABEL_SHARE))
    return last / (1 - _LABEL_SHARE)


def _mark(axis, marks):
    """The papers' means in a strip of their own, the least on top, so that no label is crossed."""
    axis.set_ylim(-0.5, max(1.0, len(marks) - 0.5))
    axis.set_yticks([])
    axis.grid(visible=False)
    for side in ("left", "bottom"):
        axis.spines[side].set_visible(False)
    axis.tick_params(axis="x", length=0, labelbottom=False)
    for place, (name, mean) in enumerate(sorted(marks.items(), key=lambda one: one[1])):
        line = len(marks) - 1 - place
        axis.plot([mean], [line], marker="D", color=style.BLACK, markersize=5)
        axis.annotate(f"{name} {mean:.2f}", (mean, line), xytext=(6, 0), textcoords="offset points", va="center", fontsize=9)
        axis.plot([mean, mean], [-0.5, line], color=style.GREY, linewidth=0.8)
    if marks:
        axis.set_ylabel("papers'\nmeans, s", fontsize=9)

"""The REGISTER test: response times over time as ANOSIP's Figure 5, and counted as its Table 1."""
import math

from matplotlib import pyplot

from callrun.figures import percentile
from delaytables.report import papers, stats
from delaytables.report.document import Picture
from delaytables.report.plots import style
from delaytables.report.registrations import good_seconds, shown, title

_SHOWN_PERCENT, _MOST_EDGES = 98, 50


def draw(run, folder):
    """{way: [Picture]}"""
    return {way: [_draw(folder, way, every)] for way, every in shown(run) if good_seconds(every)}


def _draw(folder, way, every):
    figure = pyplot.figure(figsize=(style.WIDTH, 6.2), layout="constrained")
    grid = figure.add_gridspec(2, 2, width_ratios=(1, 2.4))
    _over_time(figure.add_subplot(grid[0, :]), way, every)
    paper = figure.add_subplot(grid[1, 0])
    _bars(paper, papers.REGISTER_TABLE, style.PAPER)
    paper.set_title("ANOSIP's Table 1")
    paper.set_ylabel("responses in 10 ms")
    ours = figure.add_subplot(grid[1, 1], sharey=paper)
    times = good_seconds(every)
    last = percentile(times, _SHOWN_PERCENT)
    inside = [value for value in times if value <= last]
    _bars(ours, stats.bins(inside, papers.REGISTER_BIN_S), style.BLUE)
    first = math.floor(min(times) * 100) * 10
    ours.set_xlim(first - 2, max(first + 42, last * 1000 + 12))
    late = f", {len(times) - len(inside)} more up to {max(times) * 1000:.0f} ms" if len(inside) < len(times) else ""
    ours.set_title(f"ours: {len(inside)} shown{late}")
    text = (f"REGISTER through the tunnel by {title(way)}: above, response times over the time of sending; below, responses in bins of 10 "
            "ms, the paper's on the left (58 took 20 to 30 ms, 39 took 30 to 40 ms) and ours on the right, each on the times that it has.")
    return Picture(style.save(figure, folder, style.file_name("registers", way)), text)


def _over_time(axis, way, every):
    good = [one for one in every if one.good]
    bad = [one for one in every if not one.good]
    axis.plot([one.sent_s for one in good], [one.seconds * 1000 for one in good], linestyle="none", marker="o", markersize=3.5,
              color=style.BLUE, label=f"200: {len(good)}")
    top = max(one.seconds for one in good) * 1100
    if bad:
        axis.plot([one.sent_s for one in bad], [top] * len(bad), linestyle="none", marker="x", markersize=6, color=style.VERMILION,
                  label=f"refused or no answer: {len(bad)}")
    axis.set_ylim(0, top * 1.08)
    axis.set_title(f"REGISTER at {papers.REGISTER_RATE} a second for {papers.REGISTER_S} s by {title(way)}")
    axis.set_xlabel("sent, s since the first")
    axis.set_ylabel("response time, ms")
    axis.legend(loc="lower right", frameon=True, framealpha=0.9)


def _bars(axis, counts, colour):
    """Each bar from the least to the greatest time of its bin."""
    axis.bar([index * 10 for index in counts], list(counts.values()), width=10, align="edge", color=colour, edgecolor="black",
             linewidth=0.5 if len(counts) <= _MOST_EDGES else 0)
    for index, count in counts.items():
        if count and len(counts) <= 12:
            axis.annotate(str(count), (index * 10 + 5, count), ha="center", va="bottom", fontsize=9)
    axis.margins(y=0.12)
    axis.set_xlabel("response time, ms")
    axis.grid(axis="x", visible=False)

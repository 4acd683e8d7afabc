"""Histograms as the first paper's Figures 2 and 3, with the paper's on the same axis."""
from matplotlib import pyplot, ticker

from callrun.figures import percentile
from delaytables.report import frequencies, papers, stats
from delaytables.report.document import Picture
from delaytables.report.plots import style

_SHOWN_PERCENT, _LEAST_WIDTH = 98, 20  # of ours, and tenths of a second that are shown at least
_FINE = 35  # tenths of a second, up to which every second one has its tick


def draw(run, folder):
    """{name of the table: Picture}"""
    found = {}
    for name, what, paper, row_name in frequencies.TABLES:
        ours = [row for row in frequencies.of(run, row_name) if row]
        if ours:
            found[name] = _draw(folder, name, what, paper, ours)
    return found


def _draw(folder, name, what, paper, ours):
    shown = max(max(paper), *(round(percentile(row.delays, _SHOWN_PERCENT) * 10) for row in ours), _LEAST_WIDTH) + 1
    panels = [("the paper", style.PAPER, paper, papers.mean_of(paper))]
    panels += [(f"ours, {row.kind}", style.STANDBY if row.standby else style.FRESH, stats.tenths(row.delays), stats.summary(row.delays).mean)
               for row in ours]
    figure, axes = pyplot.subplots(len(panels), 1, sharex=True, figsize=(style.WIDTH, 0.7 + 1.55 * len(panels)), layout="constrained")
    for axis, (label, colour, counts, mean) in zip(axes, panels):
        inside = {tenth: count for tenth, count in counts.items() if tenth <= shown}
        axis.bar([tenth / 10 for tenth in inside], list(inside.values()), width=0.085, color=colour, edgecolor="black", linewidth=0.5,
                 label=f"{label}: {sum(counts.values())} calls")
        axis.axvline(mean, color="black", linestyle="--", linewidth=1, label=f"mean {mean:.3f} s")
        axis.margins(y=0.12)
        axis.set_ylabel("calls")
        axis.grid(axis="x", visible=False)
        axis.yaxis.get_major_locator().set_params(integer=True)
        axis.legend(loc="upper right", title=_beyond(counts, shown))
    axes[0].set_title(f"{name}: {what}, INVITE to 180")
    axes[-1].xaxis.set_major_locator(ticker.MultipleLocator(0.2 if shown <= _FINE else 0.5 if shown <= 2 * _FINE else 2))
    axes[-1].set_xlabel("delay, s, rounded to 0.1 s")
    axes[-1].set_xlim(-0.06, shown / 10 + 0.06)
    text = (f"Calls by delay (INVITE to 180, rounded to 0.1 s): the paper's {name} above, ours by the same way below. The dashed line is "
            "the mean of all.")
    return Picture(style.save(figure, folder, style.file_name("frequencies", name)), text)


def _beyond(counts, shown):
    late = [tenth for tenth in counts if tenth > shown]
    return f"{sum(counts[tenth] for tenth in late)} later, up to {max(late) / 10:.1f} s" if late else None

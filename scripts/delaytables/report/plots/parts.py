"""Stacked bars: where the mean call's time goes, and what of it neither circuits nor the network take, at a scale where it is seen."""
from matplotlib import pyplot

from delaytables.record import PARTS
from delaytables.report import decomposition, delays, stats
from delaytables.report.document import Picture
from delaytables.report.plots import style

_COLOURS = dict(zip(PARTS, (style.ORANGE, style.SKY, style.GREEN, style.VERMILION, style.BLUE, style.PURPLE, style.GREY)))
# Beside colour, for a print without it: orange and sky blue are equally dark.
_HATCHES = {"network_s": "//", "crypto_s": "xxx", "callee_s": "..."}
_SMALL = PARTS[2:]
_LABEL_LETTERS = 28
_LEAST_BEFORE_S = 0.01


def draw(run, folder):
    """{(network, topology): [Picture]}: fresh and standby apart, as they are of different sizes."""
    found = {}
    for group, rows in run.groups():
        for standby in (False, True):
            chosen = [row for row in rows if row.standby == standby and row.measured]
            if chosen:
                found.setdefault(group, []).append(_draw(folder, group, chosen, run))
    return found


def _draw(folder, group, rows, run):
    kind = rows[0].kind
    figure, (whole, small) = pyplot.subplots(1, 2, sharey=True, figsize=(style.WIDTH, 1.9 + 0.5 * len(rows)), layout="constrained",
                                             gridspec_kw={"width_ratios": (1.5, 1)})
    _whole(whole, rows, run)
    ends = _stack(small, rows, _SMALL, 1000)
    small.set_xlabel("mean time, ms")
    small.set_title("without circuit and network", fontsize=10)
    small.set_xlim(0, max(ends) * 1.08 or 1)
    small.tick_params(axis="y", length=0)
    whole.set_yticks(range(len(rows)), [style.wrapped(row.base, _LABEL_LETTERS) for row in rows])
    whole.set_ylim(len(rows) - 0.4, -0.6)
    figure.suptitle(f"Where the time of a call goes: {kind}, {delays.title(*group)}", fontsize=11)
    handles, labels = whole.get_legend_handles_labels()
    figure.legend(handles, labels, loc="upper center", ncol=2, bbox_to_anchor=(0.5, 0.0))
    text = (f"Means of the parts of a call, {kind}. Left: all of it, with the mean INVITE to 180, and what comes before the INVITE where "
            "there is something; the black line is the mean raw round trip. Right: the parts that are no circuit and no network, in milliseconds.")
    return Picture(style.save(figure, folder, style.file_name("parts", *group, kind)), text)


def _stack(axis, rows, parts, scale):
    """Where the bars end. What is left may be a little below 0, which a bar cannot show."""
    lefts = [0.0] * len(rows)
    for part in parts:
        widths = [scale * max(0.0, stats.part_means(row.measured, PARTS)[part]) for row in rows]
        # Edges would make a thin part black.
        axis.barh(range(len(rows)), widths, left=lefts, height=0.62, color=_COLOURS[part], hatch=_HATCHES.get(part), edgecolor="#333333",
                  linewidth=0, label=f"{part.removesuffix('_s')}: {decomposition.ABOUT[part]}")
        lefts = [left + width for left, width in zip(lefts, widths)]
    axis.grid(axis="y", visible=False)
    return lefts


def _told(row):
    """A phone without sipveil connects before it sends its INVITE: its parts are more than INVITE to 180."""
    before = sum(stats.part_means(row.measured, PARTS).values()) - row.measured_mean
    return f"  {row.measured_mean:.3f} s" + (f"\n  + {before:.3f} s before" if before > _LEAST_BEFORE_S else "")


def _whole(axis, rows, run):
    ends = _stack(axis, rows, PARTS, 1)
    for place, row in enumerate(rows):
        raw = stats.summary(run.raw.get((row.way, row.topology), []))
        if raw:
            ends[place] = max(ends[place], raw.mean)
            axis.plot([raw.mean] * 2, [place - 0.42, place + 0.42], color="black", linewidth=2,
                      label=None if axis.lines else "mean raw round trip")
        axis.text(ends[place], place, _told(row), va="center", fontsize=9.5)
    axis.set_xlim(0, max(ends) * 1.3)
    axis.set_xlabel("mean time, s")
    axis.set_title("all of it", fontsize=10)

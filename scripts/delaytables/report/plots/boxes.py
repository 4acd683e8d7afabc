"""Box plots as the later paper's Figure 4: fresh and standby of each scheme and way side by side."""
from matplotlib import patches, pyplot

from delaytables.report import delays, papers, stats
from delaytables.report.document import Picture
from delaytables.report.plots import style

_LABEL_LETTERS = 28
_MARK = {"linestyle": "none", "marker": "D", "markersize": 6, "markerfacecolor": "white", "markeredgecolor": "black"}
_KINDS = (("fresh", style.FRESH, -0.2), ("standby", style.STANDBY, 0.2))


def draw(run, folder):
    """{(network, topology): [Picture]}"""
    rang = {group: [row for row in rows if row.delays] for group, rows in run.groups()}
    return {group: [_draw(folder, group, rows)] for group, rows in rang.items() if rows}


def _draw(folder, group, rows):
    network, topology = group
    bases = list(dict.fromkeys(row.base for row in rows))
    figure, axis = pyplot.subplots(figsize=(style.WIDTH, 1.5 + 0.62 * len(bases)), layout="constrained")
    for row in rows:
        _, colour, offset = _KINDS[row.standby]
        style_of_lines = {"color": "black", "linewidth": 1.1}
        axis.boxplot([row.delays], positions=[bases.index(row.base) + offset], widths=0.32, vert=False, whis=(5, 95), sym="", patch_artist=True,
                     boxprops={"facecolor": colour, "edgecolor": "black", "linewidth": 0.9}, medianprops={"color": "black", "linewidth": 1.8},
                     whiskerprops=style_of_lines, capprops=style_of_lines, manage_ticks=False)
    marked = [(papers.mean_for(row.name), bases.index(row.base)) for row in rows if papers.mean_for(row.name) is not None]
    if marked:
        axis.plot(*zip(*marked), **_MARK)
    _axes(axis, bases, [*(one for row in rows for one in _ends(row)), *(mean for mean, _ in marked)])
    axis.set_title(f"INVITE to 180, {delays.title(network, topology)}")
    kinds = {row.kind for row in rows}
    handles = [patches.Patch(facecolor=colour, edgecolor="black", label=name) for name, colour, _ in _KINDS if name in kinds]
    if marked:
        handles.append(pyplot.Line2D([], [], label="the paper's mean", **_MARK))
    figure.legend(handles=handles, loc="upper center", ncol=3, bbox_to_anchor=(0.5, 0.0))
    text = ("Boxes from the first to the third quartile with the median; whiskers from p5 to p95; calls beyond them are not drawn (see p95 and "
            "max in the table).")
    return Picture(style.save(figure, folder, style.file_name("boxes", network, topology)), text)


def _ends(row):
    told = stats.summary(row.delays)
    return told.p5, told.p95


def _axes(axis, bases, values):
    log = style.wants_log(min(values), max(values))
    if log:
        axis.set_xscale("log")
    axis.set_xlim(min(values) * 0.85 if log else 0, max(values) * 1.1)
    style.seconds_axis(axis.xaxis, log)
    axis.set_xlabel("delay, s" + (" (logarithmic)" if log else ""))
    axis.set_yticks(range(len(bases)), [style.wrapped(base, _LABEL_LETTERS) for base in bases])
    axis.set_ylim(len(bases) - 0.5, -0.5)
    axis.grid(axis="y", visible=False)
    for place in range(0, len(bases), 2):
        axis.axhspan(place - 0.5, place + 0.5, color="#f3f3f3", zorder=0)

"""What all plots have in common: size, fonts, colours, files."""
import re
import textwrap

import matplotlib
from matplotlib import pyplot, ticker

WIDTH = 7.2  # inches: 10 pt letters stay legible on a page and, scrolled, on a phone
_PNG_DPI = 160
_SETTINGS = {
    "font.family": "DejaVu Sans", "font.size": 10, "axes.titlesize": 11, "axes.labelsize": 10, "legend.fontsize": 9, "xtick.labelsize": 9.5,
    "ytick.labelsize": 9.5, "axes.spines.top": False, "axes.spines.right": False, "axes.grid": True, "axes.axisbelow": True,
    "grid.color": "#dddddd", "grid.linewidth": 0.7, "hatch.linewidth": 0.7, "legend.frameon": False,
    # The same figures give the same file.
    "svg.hashsalt": "delay-tables", "svg.fonttype": "path",
}

# Okabe and Ito's, which those who do not see all colours tell apart; yellow is left out, as it fades on white.
BLUE, ORANGE, GREEN, VERMILION = "#0072b2", "#e69f00", "#009e73", "#d55e00"
PURPLE, SKY, BLACK, GREY = "#cc79a7", "#56b4e9", "#000000", "#999999"
SERIES = (BLUE, VERMILION, GREEN, PURPLE, ORANGE, SKY, BLACK, GREY)
PAPER, FRESH, STANDBY = GREY, ORANGE, BLUE


def applied():
    return matplotlib.rc_context(_SETTINGS)


def save(figure, folder, name):
    """The name under which a Picture finds it."""
    figure.savefig(folder / f"{name}.png", dpi=_PNG_DPI, bbox_inches="tight", metadata={"Software": None})
    figure.savefig(folder / f"{name}.svg", bbox_inches="tight", metadata={"Date": None})
    pyplot.close(figure)
    return name


def file_name(*parts):
    return "-".join(re.sub(r"[^a-z0-9]+", "-", str(part).lower()).strip("-") for part in parts)


def wrapped(text, width):
    return "\n".join(textwrap.wrap(text, width))


def seconds_axis(axis, log):
    """Plain numbers, on a log axis too."""
    if log:
        axis.set_major_locator(ticker.LogLocator(base=10, subs=(1, 2, 5)))
        axis.set_minor_locator(ticker.NullLocator())
    axis.set_major_formatter(ticker.FuncFormatter(lambda value, _: f"{value:g}"))


def wants_log(low, high):
    """Whether delays between low and high would be squeezed on a linear axis."""
    return low > 0 and high / low > 8

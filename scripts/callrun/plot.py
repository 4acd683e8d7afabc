"""Pictures, by gnuplot."""
import subprocess

from callrun import figures, growth
from callrun.errors import RunError

_PROGRAM = """
set terminal pngcairo size 900,500
set output "{file}"
set title "INVITE to 180, {count} calls{median}"
set xlabel "s, rounded to {step:g}"
set ylabel "calls"
set boxwidth {width:g}
set style fill solid 0.6
set yrange [0:*]
{line}
plot "-" with boxes notitle
{rows}
e
"""


def draw(seconds, file, raw_median=None):
    """raw_median: of the raw round trips, drawn as a line."""
    step = figures.fitting_step(seconds)
    rows = "\n".join(f"{value} {count}" for value, count in figures.histogram(seconds, step))
    line, title = "", ""
    if raw_median is not None:
        line = f"set arrow from {raw_median}, graph 0 to {raw_median}, graph 1 nohead dashtype 2"
        title = f"; dashed: the median raw round trip, {raw_median:.3f} s"
    run_gnuplot(_PROGRAM.format(file=str(file).replace('"', ""), count=len(seconds), rows=rows, step=step, width=0.9 * step, line=line,
                                median=title))


def run_gnuplot(program):
    result = subprocess.run(["gnuplot"], input=program, capture_output=True, text=True, check=False)
    if result.returncode != 0:
        raise RunError(f"gnuplot: {result.stderr.strip()}")


def draw_series(samples, file):
    """Growth over the calls, a panel for each quantity (growth.Sample)."""
    parts = [f'set terminal pngcairo size 900,900\nset output "{str(file).replace(chr(34), "")}"\nset multiplot layout {len(growth.UNITS)},1',
             'set xlabel "calls"\nset yrange [0:*]\nset key left bottom']
    for what, unit in growth.UNITS.items():
        names = [name for name in samples[0].values if name[1] == what]
        parts.append(f'set ylabel "{unit}"\nplot ' + ", ".join(f'"-" with linespoints title "{whose}"' for whose, _ in names))
        for name in names:
            parts.append("\n".join(f"{sample.calls} {sample.values[name]}" for sample in samples) + "\ne")
    run_gnuplot("\n".join(parts) + "\n")

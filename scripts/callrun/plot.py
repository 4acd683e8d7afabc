"""The histogram as a picture, by gnuplot."""
import subprocess

from callrun import figures
from callrun.errors import RunError

_PROGRAM = """
set terminal pngcairo size 900,500
set output "{file}"
set title "INVITE to 180, {count} calls"
set xlabel "s, rounded to 0.1"
set ylabel "calls"
set boxwidth 0.09
set style fill solid 0.6
set yrange [0:*]
plot "-" with boxes notitle
{rows}
e
"""


def draw(seconds, file):
    rows = "\n".join(f"{value} {count}" for value, count in figures.histogram(seconds))
    program = _PROGRAM.format(file=str(file).replace('"', ""), count=len(seconds), rows=rows)
    result = subprocess.run(["gnuplot"], input=program, capture_output=True, text=True, check=False)
    if result.returncode != 0:
        raise RunError(f"gnuplot: {result.stderr.strip()}")

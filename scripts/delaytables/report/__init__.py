"""The report of a run: report.md, report.html and plots/ from what lies in its folder. Start reading in sections.py."""
import pathlib

from delaytables.report import html, markdown, sections
from delaytables.report.reading import read

TITLE = "Call set-up delays, beside the papers"


def write(directory):
    """Reads the folder and writes the report into it; the files written, report.md first."""
    directory = pathlib.Path(directory)
    run, plots = read(directory), directory / "plots"
    blocks = sections.build(run, _draw(run, plots))
    text, page = directory / "report.md", directory / "report.html"
    text.write_text(markdown.render(TITLE, blocks), encoding="utf-8")
    page.write_text(html.render(TITLE, blocks, plots), encoding="utf-8")
    return [text, page, *sorted(plots.glob("*.*"))]


def _draw(run, folder):
    """{} without matplotlib, which is told as a gap. It is imported here: only who writes a report needs it."""
    try:
        from delaytables.report import plots
    except ImportError as error:
        run.gaps.append(f"There are no plots: {error}. Mend: `apt-get install python3-matplotlib`, then `scripts/delay-tables "
                        "--report-only DIR`.")
        return {}
    return plots.draw(run, folder)

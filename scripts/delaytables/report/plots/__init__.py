"""The plots of a report, one kind a module; the only place that knows matplotlib."""
import matplotlib

matplotlib.use("Agg")

from delaytables.report.plots import boxes, cumulative, frequencies, parts, registers, style  # noqa: E402  # the backend comes first


def draw(run, folder):
    """Writes FOLDER/KIND-*.png and *.svg; those of an earlier report go. {kind: {what it shows: Picture or [Picture]}}."""
    folder.mkdir(parents=True, exist_ok=True)
    drawn = {}
    with style.applied():
        for module in (frequencies, cumulative, boxes, parts, registers):
            kind = module.__name__.rsplit(".", 1)[-1]
            for old in [*folder.glob(f"{kind}-*.png"), *folder.glob(f"{kind}-*.svg")]:
                old.unlink()
            drawn[kind] = module.draw(run, folder)
    return drawn

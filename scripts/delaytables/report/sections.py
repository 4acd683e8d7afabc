"""The report's sections, in the order in which a tester wants them."""
from delaytables.report import agreement, decomposition, delays, frequencies, guide, qualities, registrations, setting, verdicts
from delaytables.report.document import Heading, Text


def build(run, pictures):
    """The report's blocks. `pictures`: what plots.draw() gave, {} without plots."""
    return [
        Heading("What was run"), *setting.blocks(run),
        Heading("What was to be shown"), *verdicts.blocks(run),
        Heading("Delays"), *delays.blocks(run),
        Heading("Frequencies, as Tables 2 and 3"), *frequencies.blocks(run, pictures.get("frequencies", {})),
        Heading("Distributions, as Figures 3 and 4"), *_distributions(run, pictures),
        Heading("Where the time goes"), *decomposition.blocks(run, pictures.get("parts", {})),
        Heading("REGISTER, as ANOSIP's Table 1"), *registrations.blocks(run, pictures.get("registers", {})),
        Heading("Capture, timeline and SIPp's log"), *agreement.blocks(run),
        Heading("Qualities, as Table 6"), *qualities.blocks(run.criteria),
        Heading("How to read this"), *guide.blocks(run),
    ]


def _distributions(run, pictures):
    found = []
    for group, _ in run.groups():
        drawn = [*pictures.get("cumulative", {}).get(group, []), *pictures.get("boxes", {}).get(group, [])]
        found += [Heading(delays.title(*group), 3), *drawn] if drawn else []
    return found or [Text("There is nothing to draw.")]

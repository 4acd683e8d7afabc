"""A report as a list of blocks, which markdown.py and html.py write. `like this` in any text is code."""
import dataclasses


@dataclasses.dataclass(frozen=True)
class Heading:
    text: str
    level: int = 2


@dataclasses.dataclass(frozen=True)
class Text:
    text: str


@dataclasses.dataclass(frozen=True)
class Bullets:
    lines: list


@dataclasses.dataclass(frozen=True)
class Table:
    """`align`: a letter for each column, l or r."""
    head: list
    rows: list
    align: str
    caption: str = ""


@dataclasses.dataclass(frozen=True)
class Picture:
    """plots/NAME.png and plots/NAME.svg. `text` says what is to be seen, for who cannot see it too."""
    name: str
    text: str

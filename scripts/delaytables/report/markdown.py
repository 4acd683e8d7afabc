"""Blocks as Markdown (GitHub's tables)."""
import re

from delaytables.report.document import Bullets, Heading, Picture, Table, Text

_CODE = re.compile(r"(`[^`]*`)")
_SPECIAL = re.compile(r"[*<\\]")


def render(title, blocks):
    return "\n\n".join([f"# {title}", *(_block(block) for block in blocks)]) + "\n"


def _block(block):
    if isinstance(block, Heading):
        return f"{'#' * block.level} {_text(block.text)}"
    if isinstance(block, Text):
        return _text(block.text)
    if isinstance(block, Bullets):
        return "\n".join(f"- {_text(line)}" for line in block.lines)
    if isinstance(block, Picture):
        return f"![{block.name}](plots/{block.name}.png)\n\n{_text(block.text)}"
    assert isinstance(block, Table), block
    return _table(block)


def _table(table):
    lines = [f"{_text(table.caption)}\n"] if table.caption else []
    lines += [_line(table.head), _line("---:" if side == "r" else "---" for side in table.align), *(_line(row) for row in table.rows)]
    return "\n".join(lines)


def _line(cells):
    return "| " + " | ".join(_text(str(cell)).replace("|", "\\|") for cell in cells) + " |"


def _text(text):
    """One line, in which nothing but code is markup."""
    parts = _CODE.split(" ".join(text.split()))
    return "".join(part if index % 2 else _SPECIAL.sub(r"\\\g<0>", part) for index, part in enumerate(parts))

"""Blocks as one HTML file that refers to nothing outside itself."""
import base64
import html
import pathlib
import re

from delaytables.report.document import Bullets, Heading, Picture, Table, Text

_CSS = pathlib.Path(__file__).with_name("report.css")
_CODE = re.compile(r"(`[^`]*`)")
_PAGE = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<style>
{css}</style>
</head>
<body>
<main>
<h1>{title}</h1>
{body}
</main>
</body>
</html>
"""
# A cell that begins so is coloured; the word stands there too.
_VERDICTS = {"met": "met", "missed": "missed", "undecided": "open", "not asked": "open"}


def render(title, blocks, plots):
    """`plots`: the folder with the SVG files."""
    body = "\n".join([_contents(blocks), *(_block(block, plots) for block in blocks)])
    return _PAGE.format(title=_text(title), css=_CSS.read_text(encoding="utf-8"), body=body)


def _contents(blocks):
    links = "".join(f'<li><a href="#{_anchor(block.text)}">{_text(block.text)}</a></li>' for block in blocks
                    if isinstance(block, Heading) and block.level == 2)
    return f"<nav><ul>{links}</ul></nav>"


def _block(block, plots):
    if isinstance(block, Heading):
        return f'<h{block.level} id="{_anchor(block.text)}">{_text(block.text)}</h{block.level}>'
    if isinstance(block, Text):
        return f"<p>{_text(block.text)}</p>"
    if isinstance(block, Bullets):
        return "<ul>" + "".join(f"<li>{_text(line)}</li>" for line in block.lines) + "</ul>"
    if isinstance(block, Picture):
        return _picture(block, plots)
    assert isinstance(block, Table), block
    return _table(block)


def _picture(picture, plots):
    """As an image with the SVG in it: its names cannot meet those of another picture's."""
    data = base64.b64encode((plots / f"{picture.name}.svg").read_bytes()).decode("ascii")
    return (f'<figure><div class="wide"><img alt="{html.escape(picture.text, quote=True)}" src="data:image/svg+xml;base64,{data}"></div>'
            f"<figcaption>{_text(picture.text)}</figcaption></figure>")


def _table(table):
    caption = f"<caption>{_text(table.caption)}</caption>" if table.caption else ""
    head = "".join(f"<th{_side(side)}>{_text(str(cell))}</th>" for cell, side in zip(table.head, table.align))
    rows = "\n".join("<tr>" + "".join(_cell(str(cell), side) for cell, side in zip(row, table.align)) + "</tr>" for row in table.rows)
    head = f"<thead><tr>{head}</tr></thead>" if any(table.head) else ""
    return f'<div class="wide"><table>{caption}{head}<tbody>\n{rows}\n</tbody></table></div>'


def _cell(text, side):
    kind = next((name for word, name in _VERDICTS.items() if re.match(rf"{word}\b", text)), None)
    return f"<td{_side(side, kind)}>{_text(text)}</td>"


def _side(side, kind=None):
    names = [name for name in ("r" if side == "r" else None, kind) if name]
    return f' class="{" ".join(names)}"' if names else ""


def _text(text):
    parts = _CODE.split(text)
    return "".join(f"<code>{html.escape(part[1:-1])}</code>" if index % 2 else html.escape(part) for index, part in enumerate(parts))


def _anchor(text):
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")

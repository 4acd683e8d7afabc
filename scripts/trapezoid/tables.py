"""Tables of Kamailio's db_text: one file each, a line for the columns, then a line a row."""
import pathlib
import re

# Where Debian's package keeps the empty tables.
EMPTY = pathlib.Path("/usr/share/kamailio/dbtext/kamailio")
_ESCAPED = {"n": "\n", "r": "\r", "t": "\t", "0": ""}


def make(folder, names):
    """Empty tables of these names, and the table of their versions that Kamailio asks for."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    for name in ("version", *names):
        (folder / name).write_bytes((EMPTY / name).read_bytes())


def append(file, **values):
    """Adds a row; columns that are not named get a dash, since db_text takes no empty string. `id` is counted."""
    lines = file.read_text(encoding="utf-8").splitlines()
    row = {"id": len(lines), **values}
    text = ":".join(_escape(str(row.get(column, "-"))) for column in _columns(lines[0]))
    file.write_text("\n".join([*lines, text]) + "\n", encoding="utf-8")


def rows(file):
    """A list of {column: text}."""
    lines = file.read_text(encoding="utf-8", errors="replace").splitlines()
    columns = _columns(lines[0]) if lines else []
    return [dict(zip(columns, _split(line))) for line in lines[1:] if line]


def _columns(head):
    return re.findall(r"(\w+)\([^)]*\)", head)


def _escape(text):
    return text.replace("\\", "\\\\").replace(":", "\\:").replace("\n", "\\n").replace("\r", "\\r").replace("\t", "\\t")


def _split(line):
    fields = re.findall(r"((?:\\.|[^:\\])*)(?::|$)", line)
    return [re.sub(r"\\(.)", lambda match: _ESCAPED.get(match[1], match[1]), field) for field in fields]

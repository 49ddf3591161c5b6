"""A list of addresses as other programs give it: one a line, several, or columns of a CSV."""

import csv
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

MAX_BYTES = 4 * 1024 * 1024
MAX_LINES = 50_000
MARKS = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))
_SIGNS = ",;\t|"
_SPLIT = re.compile(r"[,;\t|]")
_SAME_CELL = 100_000  # characters: the csv module takes no longer cell


@dataclass(frozen=True)
class Line:
    """One line. `columns`: its cells in their places; `words`: whatever is between two signs."""

    text: str
    words: list[str]
    columns: list[str] = field(default_factory=list)


def decode(data: bytes) -> str:
    """The text of a small file: by its mark, as UTF-8, else as Windows Western."""
    for mark, name in MARKS:
        if data.startswith(mark):
            return data.decode(name, "replace")
    try:
        return data.decode()
    except UnicodeDecodeError:
        return data.decode("cp1252", "replace")


def lines(text: str) -> Iterator[Line]:
    """Those that hold anything. Columns are parted by the sign that the first line has most of."""
    sign = ""
    for line in text.splitlines():
        if line.strip().lower().startswith("sep=") and not sign:
            continue  # how Excel names the sign
        words = [word for word in map(_bare, _SPLIT.split(line)) if word]
        if not words:
            continue
        sign = sign or max(_SIGNS, key=line.count)
        yield Line(" ".join(words), words, _columns(line, sign))


def _columns(line: str, sign: str) -> list[str]:
    if len(line) < _SAME_CELL:
        try:
            return [_bare(cell) for row in csv.reader([line], delimiter=sign) for cell in row]
        except csv.Error:
            pass
    return [_bare(cell) for cell in line.split(sign)]


def _bare(cell: str) -> str:
    return cell.strip().strip("\"'").strip()

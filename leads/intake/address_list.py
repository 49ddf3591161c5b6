"""A list of addresses as other programs give it: one a line, or a column of a CSV."""

import re
from collections.abc import Iterator

MAX_BYTES = 4 * 1024 * 1024
MAX_LINES = 50_000
MARKS = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))
_SPLIT = re.compile(r"[,;\t|]")


def decode(data: bytes) -> str:
    """The text of a small file: by its mark, as UTF-8, else as Windows Western."""
    for mark, name in MARKS:
        if data.startswith(mark):
            return data.decode(name, "replace")
    try:
        return data.decode()
    except UnicodeDecodeError:
        return data.decode("cp1252", "replace")


def cells(text: str) -> Iterator[list[str]]:
    """The filled cells of each line that has any."""
    for line in text.splitlines():
        found = [cell.strip().strip("\"'").strip() for cell in _SPLIT.split(line[:2000])]
        if filled := [cell for cell in found if cell]:
            yield filled

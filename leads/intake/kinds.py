"""What sort of file was chosen, by its first bytes, never by its name alone."""

import zipfile
from pathlib import Path

from leads.intake.base import IntakeError

OLE = b"\xd0\xcf\x11\xe0"
ASK = "Choose a CSV file or an Excel workbook (.xlsx)."
_WIDE_MARKS = (b"\xff\xfe", b"\xfe\xff")


def kind_of(path: Path) -> str:
    """ "csv" or "xlsx"; raises IntakeError that says what to do with any other file."""
    with path.open("rb") as file:
        head = file.read(4096)
    if not head.strip(b"\0 \r\n\t\xef\xbb\xbf"):
        raise IntakeError("The file is empty.", field="file")
    if head.startswith(OLE):
        raise IntakeError(
            "This is an old .xls workbook or one with a password. Open it and save it as .xlsx "
            "without a password, or as CSV.",
            field="file",
        )
    if head.startswith(b"PK"):
        return _zip_kind(path)
    if head.startswith((b"%PDF", b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"\x1f\x8b", b"{\\rtf")):
        raise IntakeError(f"This is not a table. {ASK}", field="file")
    if head.lstrip()[:1] == b"<" and b"html" in head[:1000].lower():
        raise IntakeError(f"This is a web page. {ASK}", field="file")
    if not head.startswith(_WIDE_MARKS) and _binary(head):
        raise IntakeError(f"This is not a text file. {ASK}", field="file")
    return "csv"


def _zip_kind(path: Path) -> str:
    try:
        with zipfile.ZipFile(path) as archive:
            names = {name.lower() for name in archive.namelist()}
    except (zipfile.BadZipFile, OSError, ValueError) as error:
        raise IntakeError(f"The file is damaged. {ASK}", field="file") from error
    if "xl/workbook.xml" in names:
        return "xlsx"
    if "content.xml" in names or any(name.endswith(".iwa") for name in names):
        raise IntakeError("Save the table as .xlsx or as CSV and choose that.", field="file")
    raise IntakeError(f"This is an archive. {ASK}", field="file")


def _binary(head: bytes) -> bool:
    """Many control characters: not text. Zeros do not count, UTF-16 without a mark has them."""
    odd = sum(1 for byte in head if byte < 32 and byte not in (0, 9, 10, 13, 27))
    return odd > len(head) * 0.1

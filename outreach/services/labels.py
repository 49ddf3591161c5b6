"""Paper: an address label, a sheet of them, and the letter itself, each as one PDF.

The fonts are embedded, so Polish, Greek and Cyrillic names print as they are written; letters that
the font lacks are told beforehand (`missing_letters`).
"""

import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from django.conf import settings
from django.utils import timezone

from leads.intake.places import country_name
from leads.models import Lead
from outreach.models import Touch
from outreach.services import reach
from salesagent.accounts.models import Workspace
from salesagent.lib.text import one_line

MM = 72 / 25.4  # points
FONT = "Inter"
A4 = (210 * MM, 297 * MM)
TEXT_SIZE, LINE = 10.5, 14.5  # points
MOST_LABELS = 240  # of one PDF


@dataclass(frozen=True)
class Layout:
    """Sizes in millimetres. `columns` x `rows` labels without gaps, centred on the page."""

    label: str
    page: tuple[float, float]
    size: tuple[float, float]
    columns: int = 1
    rows: int = 1

    @property
    def places(self) -> int:
        return self.columns * self.rows


LAYOUTS = {
    "sheet": Layout("A4 sheet, 24 labels of 70 x 36 mm", (210, 297), (70, 36), 3, 8),
    "single": Layout("Label printer, 89 x 36 mm", (89, 36), (89, 36)),
}


def address_lines(lead: Lead, home: str) -> list[str]:
    """Name, company, street, town; the country in capitals when it is not ours (UPU S42)."""
    if not reach.postal_address(lead):
        return []
    town = f"{lead.postcode} {lead.city}".strip()
    abroad = lead.country and lead.country.upper() != home.upper()
    country = country_name(lead.country).upper() if abroad else ""
    lines = (lead.name, lead.company_name, lead.street, town, country)
    return list(dict.fromkeys(one_line(line, 80) for line in lines if line))


def missing_letters(text: str) -> str:
    """Characters that the font cannot print, each once."""
    known = _face().charToGlyph
    return "".join(dict.fromkeys(c for c in text if not c.isspace() and ord(c) not in known))


def labels_pdf(addresses: Sequence[Sequence[str]], layout: Layout, start: int = 1) -> bytes:
    """One label for each address, from place `start` (1: top left) of the first sheet on."""
    out = io.BytesIO()
    width, height = (side * MM for side in layout.page)
    paper = _canvas(out, (width, height), "Address labels")
    place = max(min(start, layout.places), 1) - 1
    for number, lines in enumerate(addresses[:MOST_LABELS]):
        at = (place + number) % layout.places
        if number and at == 0:
            paper.showPage()
        _label(paper, lines, *_corner(layout, at), layout.size)
    paper.save()
    return out.getvalue()


def _corner(layout: Layout, place: int) -> tuple[float, float]:
    """Lower left corner of a place, in points."""
    row, column = divmod(place, layout.columns)
    width, height = layout.size
    left = (layout.page[0] - layout.columns * width) / 2
    top = (layout.page[1] - layout.rows * height) / 2
    return (left + column * width) * MM, (layout.page[1] - top - (row + 1) * height) * MM


def _label(paper: Any, lines: Sequence[str], x: float, y: float, size: tuple[float, float]) -> None:
    """The lines in the middle of the height, smaller where one is too wide."""
    room, height = (size[0] - 12) * MM, size[1] * MM
    widest = max((_width(line, TEXT_SIZE) for line in lines), default=1.0)
    points = max(min(TEXT_SIZE, TEXT_SIZE * room / max(widest, 1.0)), 5.5)
    leading = min(points * 1.3, (height - 4 * MM) / max(len(lines), 1))
    top = y + (height + leading * len(lines)) / 2 - points
    paper.setFont(FONT, points)
    for number, line in enumerate(lines):
        paper.drawString(x + 6 * MM, top - number * leading, _fit(line, points, room))


def _fit(line: str, points: float, room: float) -> str:
    """The line, cut with an ellipsis where it is too wide; halving, since lines may be long."""
    if _width(line, points) <= room:
        return line
    fits, least = 0, len(line)
    while least - fits > 1:
        middle = (fits + least) // 2
        if _width(line[:middle].rstrip() + "…", points) <= room:
            fits = middle
        else:
            least = middle
    return line[:fits].rstrip() + "…" if fits else ""


def letter_pdf(touch: Touch, address: Sequence[str], workspace: Workspace) -> bytes:
    """The approved text below the address, placed for a window envelope (DIN 5008 form B)."""
    out = io.BytesIO()
    paper = _canvas(out, A4, f"Letter to {touch.lead.name}")
    y = _letter_head(paper, address, workspace)
    for line in _wrapped(touch.body, 165 * MM):
        if y < 25 * MM:
            paper.showPage()
            paper.setFont(FONT, TEXT_SIZE)
            y = A4[1] - 25 * MM
        paper.drawString(25 * MM, y, line)
        y -= LINE
    paper.save()
    return out.getvalue()


def _letter_head(paper: Any, address: Sequence[str], workspace: Workspace) -> float:
    """Sender, address field and date; returns where the text begins."""
    sender = f"{workspace.name}, {one_line(workspace.postal_address)}".rstrip(", ")
    paper.setFont(FONT, 7)
    paper.drawString(25 * MM, A4[1] - 60 * MM, _fit(sender, 7, 80 * MM))
    paper.setFont(FONT, TEXT_SIZE)
    for number, line in enumerate(address):
        y = A4[1] - 67 * MM - number * LINE
        paper.drawString(25 * MM, y, _fit(line, TEXT_SIZE, 80 * MM))
    day = timezone.localdate().strftime("%-d %B %Y")
    paper.drawRightString(A4[0] - 20 * MM, A4[1] - 95 * MM, day)
    return A4[1] - 108 * MM


def _wrapped(text: str, room: float) -> Iterable[str]:
    """Lines no wider than `room`; empty ones are kept, words longer than a line are cut."""
    from reportlab.lib.utils import simpleSplit

    _face()
    for paragraph in text.splitlines():
        if not paragraph.strip():
            yield ""
        for line in simpleSplit(paragraph, FONT, TEXT_SIZE, room):
            yield _fit(line, TEXT_SIZE, room)


def _width(text: str, points: float) -> float:
    from reportlab.pdfbase.pdfmetrics import stringWidth

    _face()
    return float(stringWidth(text, FONT, points))


def _canvas(out: io.BytesIO, size: tuple[float, float], title: str) -> Any:
    from reportlab.pdfgen.canvas import Canvas

    _face()
    paper = Canvas(out, pagesize=size)
    paper.setTitle(title)
    paper.setFont(FONT, TEXT_SIZE)
    return paper


@lru_cache(maxsize=1)
def _face() -> Any:
    """Register the font on first use; reportlab keeps what it has read."""
    from reportlab.pdfbase import pdfmetrics
    from reportlab.pdfbase.ttfonts import TTFont

    path = settings.BASE_DIR / "static" / "fonts" / "Inter-Regular.ttf"
    font = TTFont(FONT, str(path))
    pdfmetrics.registerFont(font)
    return font.face

"""Inter in two weights, embedded: Polish, Greek and Cyrillic names print as they are written."""

from functools import cache
from typing import Any

from django.conf import settings

REGULAR, BOLD = "Inter", "Inter-SemiBold"
FILES = {REGULAR: "Inter-Regular.ttf", BOLD: "Inter-SemiBold.ttf"}


@cache
def register(name: str = REGULAR) -> Any:
    """The font's face, read once; reportlab keeps what it has read."""
    from reportlab.pdfbase import pdfmetrics
    from reportlab.pdfbase.ttfonts import TTFont

    font = TTFont(name, str(settings.BASE_DIR / "static" / "fonts" / FILES[name]))
    pdfmetrics.registerFont(font)
    return font.face


def both() -> None:
    register(REGULAR)
    register(BOLD)


def printable(text: str) -> str:
    """The text with a box for each letter that the font lacks, so that nothing vanishes unseen."""
    known = register().charToGlyph
    return "".join(c if c in "\n\t" or ord(c) in known else "□" for c in text)

"""Small pure functions on text."""

import re
import unicodedata
from decimal import Decimal, InvalidOperation

_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
_SPACE = re.compile(r"\s+")
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠")


def clean(value: str) -> str:
    """Without control characters, direction overrides and halves of characters; NFC."""
    return unicodedata.normalize("NFC", _CONTROL.sub("", value))


def one_line(value: str, limit: int = 200) -> str:
    """A single line of at most `limit` characters: safe in a header, a subject, a title."""
    return _SPACE.sub(" ", clean(value)).strip()[:limit].strip()


def two_decimals(value: Decimal | float | str) -> str:
    """Money as text that loses no cent: "9700.00". Raises ValueError for what is no number."""
    try:
        return f"{Decimal(str(value)):.2f}"
    except InvalidOperation:
        raise ValueError("This is no number.") from None


def grouped_money(value: object) -> str:
    """As pages print it: "12,000" or "12,000.50"; what is no number stays as it is."""
    try:
        return f"{Decimal(str(value)):,.2f}".removesuffix(".00")[:40]
    except InvalidOperation:
        return str(value)[:40]


def _guarded(text: str) -> bool:
    """True for text that is a formula behind any number of quotes, none included."""
    return text.lstrip("'").startswith(FORMULA_STARTS)


def formula_safe(value: object) -> str:
    """A cell no spreadsheet runs as a formula (OWASP CSV injection; full-width twins too).

    Text that already stands behind a quote gets one more, so that `formula_plain` gives it back.
    """
    text = str(value) if value is not None else ""
    return "'" + text if _guarded(text) else text


def formula_plain(text: str) -> str:
    """Undo `formula_safe`, so that an exported file comes back unchanged."""
    return text[1:] if text.startswith("'") and _guarded(text) else text


def plural(count: int, one: str, many: str | None = None) -> str:
    """ "1 row", "2 rows"."""
    return f"{count:,} {one if count == 1 else many or one + 's'}"

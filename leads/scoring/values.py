"""What a cell of a row means: nothing, a number, a day, words. Pure, knows no tables.

Rows come from tables and from files, so the same thing is spelt many ways; a model must read a
cell the same way when it is trained and when it serves.
"""

import math
import re
from datetime import date, datetime
from functools import lru_cache

MISSING = frozenset(
    {
        *("", "-", "--", "?", ".", "na", "n/a", "n.a.", "#n/a", "nan", "nat", "none", "null"),
        *("nil", "select", "select one", "please select", "unknown", "unbekannt", "missing"),
        *("not available", "not specified", "not given", "not known", "undefined", "tbd"),
        *("(blank)", "<na>", "k.a.", "keine angabe"),
    }
)
Order = str  # of the three numbers in a written day: "ymd", "dmy" or "mdy"
ORDERS: tuple[Order, ...] = ("ymd", "dmy", "mdy")
_DAY = re.compile(r"^(\d{1,4})([-/.])(\d{1,2})\2(\d{1,4})(?:[T ]\d{1,2}:\d{2}.*)?$")
_WRITTEN = re.compile(
    r"^[€$£]?\s*([-+]?)[€$£]?\s*(\d{1,3}(?:[ \u00a0\u202f,.'’]\d{3})+|\d+)([.,]\d+)?\s*[%€$£]?$"
)
_WORD = re.compile(r"[^\W_]{2,}")
_REMEMBERED = 50_000
MOST = 1e30  # beyond it a cell is damaged, and its square would be too large


def missing(value: object) -> bool:
    """Nothing known: empty, or one of the usual spellings of it, whatever its case."""
    if value is None or (isinstance(value, float) and not math.isfinite(value)):
        return True
    if isinstance(value, str):
        return value.strip().casefold() in MISSING
    return isinstance(value, list | tuple | set) and not value


def text(value: object) -> str:
    """One comparable text of a value; a whole float as the integer, so that 3 and 3.0 agree."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return " ".join(str(value).split()).casefold()


def number(value: object) -> float | None:
    """A number, also as people write it ("1,234.50 €", "12%"); None for anything else."""
    if isinstance(value, bool):
        return float(value)
    if isinstance(value, int | float):
        return float(value) if abs(value) <= MOST else None
    return _number_of(value) if isinstance(value, str) else None


@lru_cache(_REMEMBERED)
def _number_of(written: str) -> float | None:
    if len(written) > 40 or "_" in written:
        return None
    try:
        parsed = float(written)
        return parsed if abs(parsed) <= MOST else None
    except ValueError:
        pass
    found = _WRITTEN.match(written.strip())
    if not found:
        return None
    sign, whole, fraction = found.groups()
    digits = re.sub(r"\D", "", whole)
    return float(f"{sign}{digits}.{(fraction or '.0')[1:]}")


def day(value: object, order: Order) -> int | None:
    """The day a date stands for, as its ordinal (days since year 1); None for anything else."""
    if isinstance(value, datetime | date):
        return value.toordinal()
    return _day_of(value.strip(), order) if isinstance(value, str) else None


@lru_cache(_REMEMBERED)
def _day_of(written: str, order: Order) -> int | None:
    found = _DAY.match(written)
    if not found:
        return None
    parts = dict(zip(order, (found[1], found[3], found[4]), strict=True))
    year = int(parts["y"])
    if len(parts["y"]) == 2:
        year += 2000 if year < 70 else 1900
    try:
        return date(year, int(parts["m"]), int(parts["d"])).toordinal()
    except ValueError:
        return None


def words(value: object) -> frozenset[str]:
    """The words of a text, or the parts of a list as they are; each once, without case."""
    if isinstance(value, list | tuple | set):
        return frozenset(text(part) for part in value if not missing(part))
    if missing(value):
        return frozenset()
    return frozenset(_WORD.findall(str(value)[:4000].casefold()))

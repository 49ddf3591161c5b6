"""Texts of SOQL queries: every value is quoted here, every name is looked at. Pure functions.

Facts: "Quoted String Escapes" and "Date Formats" of Salesforce's SOQL reference. Comparing texts
does not tell upper from lower case there; comparing ids does.
"""

import re
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from urllib.parse import quote as in_url

LONGEST = 9_000  # characters of an address that the values of one query may take
_ESCAPES = str.maketrans(
    {
        "\\": "\\\\",
        "'": "\\'",
        '"': '\\"',
        "\n": "\\n",
        "\r": "\\r",
        "\t": "\\t",
        "\b": "\\b",
        "\f": "\\f",
    }
)
_WILD = str.maketrans({"%": "\\%", "_": "\\_"})
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,79}")
_ID = re.compile(r"[A-Za-z0-9]{15}(?:[A-Za-z0-9]{3})?")


def quote(text: str) -> str:
    return f"'{text.translate(_ESCAPES)}'"


def like(text: str) -> str:
    """A pattern that finds `text` anywhere; its own % and _ are letters like others."""
    return f"'%{text.translate(_ESCAPES).translate(_WILD)}%'"


def is_name(text: str) -> bool:
    """May be the name of a field or an object."""
    return _NAME.fullmatch(text) is not None


def is_id(text: str) -> bool:
    return _ID.fullmatch(text) is not None


def one_of(field: str, values: Sequence[str]) -> str:
    return f"{field} IN ({','.join(map(quote, values))})"


def select(names: Sequence[str], source: str, *where: str, order: str = "") -> str:
    """A query of names from the service's own description, and conditions made here."""
    words = ["SELECT", ", ".join(names), "FROM", source]
    if where:
        words += ["WHERE", " AND ".join(where)]
    return " ".join([*words, *(["ORDER BY", order] if order else [])])


def moment(at: datetime) -> str:
    """A time as SOQL writes it: whole seconds, UTC, without quotes."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def read_moment(text: object) -> datetime | None:
    """2026-11-21T10:00:00.000+0000, as it stands in answers."""
    if not isinstance(text, str):
        return None
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    return found.astimezone(UTC) if found.tzinfo else found.replace(tzinfo=UTC)


def parts(values: Sequence[str], most: int = 500) -> Iterator[list[str]]:
    """Groups of different values that fit into one query, counted as the address will have them."""
    group: list[str] = []
    size = 0
    for value in dict.fromkeys(values):
        cost = len(in_url(quote(value))) + 3
        if group and (size + cost > LONGEST or len(group) >= most):
            yield group
            group, size = [], 0
        group.append(value)
        size += cost
    if group:
        yield group

"""Lists in pages: each begins behind the last row's key, whatever came or went meanwhile.

The cursor is opaque: the key's values and the name of the order they belong to.
"""

import base64
import binascii
import json
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, TypeVar

from django.db.models import Model, QuerySet
from ninja import Schema
from pydantic import Field

from leads.selectors.paging import SORTS, Key, beyond
from salesagent.api.call import Call
from salesagent.api.problems import Problem

Row = TypeVar("Row", bound=Model)
MOST = 200
# what reading a made-up cursor may raise
ODD = (ValueError, TypeError, KeyError, IndexError, OverflowError, RecursionError, binascii.Error)
USUAL = 50
NEWEST = (Key("pk", int, True),)
OLDEST = (Key("pk", int, False),)
Keys = Sequence[Key]


class Paged(Schema):
    """Query parameters of each list: `paged: Query[Paged]`."""

    after: str = Field("", max_length=2000, description="`next` of the page before")
    limit: int = Field(USUAL, ge=1, le=MOST)


def page(
    call: Call, rows: QuerySet[Row], paged: Paged, keys: Keys = NEWEST, name: str = "id"
) -> list[Row]:
    """One page of `rows`, one query. What comes after it is told by the answer's `next` and Link.

    `rows` brings an alias for each key that is no column; `name` says which order this is.
    """
    values = _read(paged.after, keys, name)
    found = rows if values is None else rows.filter(beyond(keys, values, forward=True))
    order = [f"{'-' if key.descending else ''}{key.name}" for key in keys]
    return cut(call, list(found.order_by(*order)[: paged.limit + 1]), paged, keys, name)


def cut(call: Call, found: list[Row], paged: Paged, keys: Keys, name: str) -> list[Row]:
    """The page of `limit` + 1 rows that were read by somebody else."""
    known(call, paged, "This list")
    shown = found[: paged.limit]
    call.next_cursor = write(shown[-1], keys, name) if len(found) > paged.limit else ""
    return shown


def known(call: Call, asked: Schema, what: str) -> None:
    """A mistyped filter is told, not passed over: the answer would be of everything."""
    fields = type(asked).model_fields
    names = {*fields, *(field.alias for field in fields.values() if field.alias)}
    if odd := sorted(set(call.GET) - names):
        detail = f"{what} has no parameter {odd[0][:80]}."
        said = [{"detail": "Nobody knows it.", "parameter": name[:80]} for name in odd[:50]]
        raise Problem(422, detail, code="invalid", errors=said)


def write(row: Model, keys: Keys, name: str) -> str:
    values = [getattr(row, key.name) for key in keys]
    plain = [v.isoformat() if isinstance(v, datetime) else v for v in values]
    raw = json.dumps([name, *plain], ensure_ascii=False, separators=(",", ":"))
    return base64.urlsafe_b64encode(raw.encode()).decode().rstrip("=")


def read(after: str, keys: Keys, name: str) -> tuple[Any, ...] | None:
    return _read(after, keys, name)


def _read(after: str, keys: Keys, name: str) -> tuple[Any, ...] | None:
    """The key's values; None without a cursor. Raises Problem for what is none of this list's."""
    if not after:
        return None
    try:
        parts = json.loads(base64.b64decode(after + "=" * (-len(after) % 4), b"-_", validate=True))
        if parts[0] != name or len(parts) != len(keys) + 1:
            raise ValueError("another list's")
        return tuple(_value(key, part) for key, part in zip(keys, parts[1:], strict=True))
    except ODD as error:
        detail = "This is no cursor of this list. Take the `next` of the page before."
        said = [{"detail": detail, "parameter": "after"}]
        raise Problem(422, detail, code="cursor", errors=said) from error


def _value(key: Key, value: Any) -> Any:
    if value is None and key.nullable:
        return None
    if key.kind is datetime:
        at = datetime.fromisoformat(value)
        if at.tzinfo is None:
            raise ValueError("a moment without its zone")
        return at.astimezone(UTC)  # the first and last days there are have no room for it
    if type(value) is not key.kind or (isinstance(value, int) and abs(value) >= 2**63):
        raise ValueError("wrong type")
    if isinstance(value, str) and "\0" in value.encode().decode():  # half a surrogate pair raises
        raise ValueError("no text of ours")
    return value


__all__ = ["NEWEST", "OLDEST", "SORTS", "Key", "Paged", "cut", "page", "read", "write"]

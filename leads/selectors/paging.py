"""Keyset paging: the next page begins behind the last row's key, never at an offset.

A cursor carries the key of a row and its position in the list, so a page can say "26 to 50". Both
directions use the same key, so Back shows exactly what was there, also among equal scores.
"""

import base64
import binascii
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import F, OuterRef, Q, QuerySet, Subquery
from django.db.models.expressions import OrderBy
from django.db.models.functions import Lower

from leads.models import Lead, Pain

PAGE_SIZE = 25


@dataclass(frozen=True)
class Key:
    """One column of a sort. `name` is an alias that `keyed` puts on the queryset."""

    name: str
    kind: type
    descending: bool
    nullable: bool = False  # nulls stand last


ID_DOWN = Key("pk", int, True)
SORTS: dict[str, tuple[Key, ...]] = {
    "score": (Key("score", int, True), ID_DOWN),
    "newest": (Key("created_at", datetime, True), ID_DOWN),
    "sign": (Key("last_sign_at", datetime, True, nullable=True), ID_DOWN),
    "replied": (Key("replied_at", datetime, True, nullable=True), ID_DOWN),
    "name": (Key("by_last", str, False), Key("by_first", str, False), Key("pk", int, False)),
}
SORT_NAMES = {
    "score": "Highest score",
    "newest": "Newest",
    "sign": "Last sign",
    "replied": "Last reply",
    "name": "Name",
}
DEFAULT_SORT = "score"


@dataclass(frozen=True)
class Cursor:
    """The key of the row beside the page, and that row's position (1 is the first)."""

    values: tuple[Any, ...]
    position: int

    def text(self) -> str:
        plain = [v.isoformat() if isinstance(v, datetime) else v for v in self.values]
        raw = json.dumps([self.position, *plain], ensure_ascii=False, separators=(",", ":"))
        return base64.urlsafe_b64encode(raw.encode()).decode().rstrip("=")


@dataclass(frozen=True)
class Page:
    rows: list[Lead]
    first: int  # position of the first row
    back: str  # cursors; "" when there is nothing there
    next: str

    @property
    def last(self) -> int:
        return self.first + len(self.rows) - 1


def read_cursor(text: str, sort: str) -> Cursor | None:
    """The cursor, or None when the text is none of this sort: the list then starts at the top."""
    if not text or len(text) > 2000:
        return None
    try:
        padded = text + "=" * (-len(text) % 4)
        parts = json.loads(base64.urlsafe_b64decode(padded))
        position, values = int(parts[0]), parts[1:]
        keys = SORTS[sort]
        if len(values) != len(keys) or not 0 < position < 2**31:
            return None
        return Cursor(tuple(_read(k, v) for k, v in zip(keys, values, strict=True)), position)
    except (ValueError, TypeError, KeyError, IndexError, binascii.Error, RecursionError):
        return None


def _read(key: Key, value: Any) -> Any:
    if value is None:
        if not key.nullable:
            raise ValueError("empty key")
        return None
    if key.kind is datetime:
        at = datetime.fromisoformat(value)
        if at.tzinfo is None:
            raise ValueError("a moment without its zone")
        return at
    if type(value) is not key.kind or (isinstance(value, int) and abs(value) >= 2**63):
        raise ValueError("wrong type")
    return value


def keyed(leads: QuerySet[Lead], sort: str) -> QuerySet[Lead]:
    """With the aliases that this sort compares by."""
    if sort == "name":
        return leads.annotate(by_last=Lower("last_name"), by_first=Lower("first_name"))
    return leads


def ordered(leads: QuerySet[Lead], sort: str, *, forward: bool = True) -> QuerySet[Lead]:
    return keyed(leads, sort).order_by(*(_order(key, forward) for key in SORTS[sort]))


def _order(key: Key, forward: bool) -> OrderBy:
    column = F(key.name)
    nulls = {"nulls_last" if forward else "nulls_first": True} if key.nullable else {}
    return column.desc(**nulls) if key.descending == forward else column.asc(**nulls)


def beyond(keys: Sequence[Key], values: Sequence[Any], *, forward: bool) -> Q:
    """Rows behind (backward: before) the key. `a <= x AND (a < x OR rest)` lets an index seek."""
    key, value = keys[0], values[0]
    smaller = key.descending == forward
    if len(keys) == 1:
        return Q(**{f"{key.name}__{'lt' if smaller else 'gt'}": value})
    rest = beyond(keys[1:], values[1:], forward=forward)
    if value is None:
        same = Q(**{f"{key.name}__isnull": True}) & rest
        return same if forward else same | Q(**{f"{key.name}__isnull": False})
    strict = Q(**{f"{key.name}__{'lt' if smaller else 'gt'}": value})
    found = Q(**{f"{key.name}__{'lte' if smaller else 'gte'}": value}) & (strict | rest)
    return found | Q(**{f"{key.name}__isnull": True}) if key.nullable and forward else found


def page_of(
    leads: QuerySet[Lead], sort: str, *, after: str = "", before: str = "", size: int = PAGE_SIZE
) -> Page:
    """One page in one query. A cursor that cannot be read, or one near the top, gives page one."""
    back_to = read_cursor(before, sort)
    if back_to is not None:
        page = _page_before(leads, sort, back_to, size)
        if page is not None:
            return page
    start = read_cursor(after, sort) if back_to is None else None
    rows = leads if start is None else _cut(leads, sort, start, forward=True)
    found = _fetch(rows, sort, size + 1, forward=True)
    first = start.position + 1 if start else 1
    shown, more = found[:size], len(found) > size
    back = _cursor(shown[0], sort, first) if start and shown else ""
    return Page(shown, first, back, _cursor(shown[-1], sort, first + size - 1) if more else "")


def _page_before(leads: QuerySet[Lead], sort: str, cursor: Cursor, size: int) -> Page | None:
    """The page that ends before the cursor; None when fewer rows than a page are left there."""
    rows = _cut(leads, sort, cursor, forward=False)
    found = _fetch(rows, sort, size + 1, forward=False)
    if len(found) <= size:
        return None
    shown = found[:size][::-1]
    first = max(cursor.position - size, 2)
    return Page(
        shown, first, _cursor(shown[0], sort, first), _cursor(shown[-1], sort, first + size - 1)
    )


def _cut(leads: QuerySet[Lead], sort: str, cursor: Cursor, *, forward: bool) -> QuerySet[Lead]:
    return keyed(leads, sort).filter(beyond(SORTS[sort], cursor.values, forward=forward))


def _fetch(leads: QuerySet[Lead], sort: str, limit: int, *, forward: bool) -> list[Lead]:
    """Rows as the list shows them: the inner query walks an index, the outer one adds the rest."""
    ids = ordered(leads, sort, forward=forward).values("pk")[:limit]
    pain = Pain.objects.filter(lead=OuterRef("pk")).order_by("id").values("text")[:1]
    rows = Lead.objects.filter(pk__in=ids).select_related("owner")
    return list(
        ordered(rows, sort, forward=forward).annotate(top_pain=Subquery(pain)).only(*COLUMNS)
    )


COLUMNS = (
    "first_name",
    "last_name",
    "email",
    "phone",
    "company_name",
    "score",
    "score_state",
    "stage",
    "last_sign",
    "last_sign_channel",
    "last_sign_at",
    "replied_at",
    "next_step",
    "next_at",
    "follow_up_at",
    "sequence_name",
    "sequence_state",
    "sequence_done",
    "sequence_total",
    "created_at",
    "archived_at",
    "owner__name",
    "owner__email",
)


def _cursor(lead: Lead, sort: str, position: int) -> str:
    return Cursor(tuple(getattr(lead, key.name) for key in SORTS[sort]), position).text()

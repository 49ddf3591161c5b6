"""Search over everything a user may see: leads, and what was said in their threads.

The index is asked for matches newest first, a window at a time, and access is checked on each
window. So a word that stands in every message costs no more than a rare one.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from leads import search
from leads.access import leads_for
from leads.models import Lead, ThreadEvent
from leads.thread import KINDS
from salesagent.accounts.models import User

LEADS_SHOWN = 10
MESSAGES_SHOWN = 20
WINDOW = 400
WINDOWS = 10  # of one request; "Look further back" goes on from there
SNIPPET = 180
Row = TypeVar("Row", Lead, ThreadEvent)
_SPACE = re.compile(r"\s+")


@dataclass(frozen=True)
class Hit:
    """A message found: its event, and its text around the first match as (text, is_match)."""

    event: ThreadEvent
    label: str
    icon: str
    parts: list[tuple[str, bool]]


@dataclass(frozen=True)
class Found:
    leads: list[Lead]
    more_leads: bool
    messages: list[Hit]
    older: int | None  # id to go on from; None when all was looked at


def everywhere(user: User, query: str, before: int | None = None) -> Found:
    """Leads by score and messages newest first; `before` shows older messages only."""
    terms = search.words(query)
    if not terms:
        return Found([], False, [], None)
    leads, more = ([], False) if before else _leads(user, query)
    messages, older = _messages(user, query, before)
    hits = [_hit(event, terms) for event in messages]
    return Found(leads, more, hits, older)


def _leads(user: User, query: str) -> tuple[list[Lead], bool]:
    mine = leads_for(user)

    def visible(ids: Sequence[int]) -> list[Lead]:
        return list(mine.filter(pk__in=ids).select_related("owner").order_by("-pk"))

    found, more = _windows(
        lambda last, limit: search.lead_ids(query, before=last, limit=limit),
        visible,
        LEADS_SHOWN * 4,
        None,
    )
    best = sorted(found, key=lambda lead: (lead.archived_at is not None, -lead.score, -lead.pk))
    return best[:LEADS_SHOWN], more is not None or len(best) > LEADS_SHOWN


def _messages(user: User, query: str, before: int | None) -> tuple[list[ThreadEvent], int | None]:
    mine = leads_for(user)

    def visible(ids: Sequence[int]) -> list[ThreadEvent]:
        events = ThreadEvent.objects.filter(pk__in=ids, lead__in=mine)
        return list(events.select_related("lead").order_by("-pk"))

    return _windows(
        lambda last, limit: search.event_ids(query, before=last, limit=limit),
        visible,
        MESSAGES_SHOWN,
        before,
    )


def _windows(
    find: Callable[[int | None, int], list[int]],
    visible: Callable[[Sequence[int]], list[Row]],
    wanted: int,
    before: int | None,
) -> tuple[list[Row], int | None]:
    """At most `wanted` visible rows, newest first, and the id to go on from (None: all seen)."""
    rows: list[Row] = []
    for _ in range(WINDOWS):
        ids = find(before, WINDOW)
        rows += visible(ids)
        if len(rows) > wanted:
            return rows[:wanted], rows[wanted - 1].pk
        if len(ids) < WINDOW:
            return rows, None
        before = ids[-1]
    return rows, before


def _hit(event: ThreadEvent, terms: Sequence[str]) -> Hit:
    kind = KINDS.get(event.kind)
    label, icon = (kind.label, kind.icon) if kind else (event.kind, "message")
    return Hit(event, label, icon, snippet(event.body, terms))


def snippet(text: str, terms: Sequence[str]) -> list[tuple[str, bool]]:
    """About 180 characters around the first word that begins with a term, the words marked."""
    flat = _SPACE.sub(" ", text).strip()
    pattern = re.compile(r"\b(?:" + "|".join(map(re.escape, terms)) + r")\w*", re.IGNORECASE)
    first = pattern.search(flat)
    start = max(0, first.start() - 60) if first else 0
    if start:
        start = flat.find(" ", start) + 1
    part = flat[start : start + SNIPPET]
    pieces: list[tuple[str, bool]] = [("… ", False)] if start else []
    at = 0
    for match in pattern.finditer(part):
        pieces += [(part[at : match.start()], False), (match.group(), True)]
        at = match.end()
    pieces.append((part[at:], False))
    if start + SNIPPET < len(flat):
        pieces.append((" …", False))
    return [piece for piece in pieces if piece[0]]

"""Search over everything a user may see: leads, and what was said in their threads.

The index is asked for matches newest first, a window at a time, and access is checked on each
window. So a word that stands in every message costs no more than a rare one.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

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
    whole: bool = False  # the messages have the entire words, not only their beginnings


def everywhere(
    user: User, query: str, before: int | None = None, *, whole: bool | None = None
) -> Found:
    """Leads by score and messages newest first; `before` shows older messages only.

    `whole`: look in messages for entire words (True), for beginnings (False), or (None) for
    beginnings only if fewer than a page have the entire words.
    """
    terms = search.words(query)
    if not terms:
        return Found([], False, [], None)
    leads, more = ([], False) if before else _leads(user, query)
    messages, older = _messages(user, query, before, whole is not False)
    if whole is None and older is None:
        messages, older = _messages(user, query, before, False)
        whole = False
    hits = [_hit(event, terms) for event in messages]
    return Found(leads, more, hits, older, whole is not False)


def leads_named(user: User, query: str) -> list[Lead]:
    """Leads by the beginnings of their words, archived ones left out; the best first."""
    return [lead for lead in _leads(user, query)[0] if lead.archived_at is None]


def _leads(user: User, query: str) -> tuple[list[Lead], bool]:
    mine = leads_for(user).filter(merged_into=None)

    def visible(ids: Sequence[int]) -> list[int]:
        return list(mine.filter(pk__in=ids).order_by("-pk").values_list("pk", flat=True))

    ids, more = _windows(
        lambda last, limit: search.lead_ids(query, before=last, limit=limit),
        visible,
        LEADS_SHOWN * 4,
        None,
    )
    found = Lead.objects.filter(pk__in=ids)
    best = sorted(found, key=lambda lead: (lead.archived_at is not None, -lead.score, -lead.pk))
    return best[:LEADS_SHOWN], more is not None or len(best) > LEADS_SHOWN


def _messages(
    user: User, query: str, before: int | None, whole: bool
) -> tuple[list[ThreadEvent], int | None]:
    mine = leads_for(user)

    def visible(ids: Sequence[int]) -> list[int]:
        """Two look-ups by key; a join with everything the user sees would read all of that."""
        pairs = list(ThreadEvent.objects.filter(pk__in=ids).values_list("pk", "lead_id"))
        leads = {lead for _, lead in pairs}
        seen = set(mine.filter(pk__in=leads).order_by().values_list("pk", flat=True))
        return sorted((pk for pk, lead in pairs if lead in seen), reverse=True)

    ids, older = _windows(
        lambda last, limit: search.event_ids(query, before=last, limit=limit, whole=whole),
        visible,
        MESSAGES_SHOWN,
        before,
    )
    events = ThreadEvent.objects.filter(pk__in=ids).select_related("lead").order_by("-pk")
    return list(events), older


def _windows(
    find: Callable[[int | None, int], list[int]],
    visible: Callable[[Sequence[int]], list[int]],
    wanted: int,
    before: int | None,
) -> tuple[list[int], int | None]:
    """At most `wanted` visible ids, newest first, and the id to go on from (None: all seen)."""
    found: list[int] = []
    for _ in range(WINDOWS):
        ids = find(before, WINDOW)
        found += visible(ids)
        if len(found) > wanted:
            return found[:wanted], found[wanted - 1]
        if len(ids) < WINDOW:
            return found, None
        before = ids[-1]
    return found, before


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

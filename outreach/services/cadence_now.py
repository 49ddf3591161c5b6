"""How the sequences stand now: who waits where, what the next days bring, who had enough.

`who` as in reports: owners of the leads by id, -1 for nobody's; with 0 in it everybody's.
"""

import uuid
from collections.abc import Sequence as Row
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any, TypeVar, cast

from django.db.models import Count, F, Model, Q, QuerySet, Value
from django.db.models.functions import Coalesce

from leads.models import Company, Lead
from outreach.models import Enrollment, Mailbox, Sequence, Touch
from outreach.selectors_drafts import WAITS, past_time
from outreach.services import limits
from salesagent.accounts.models import Workspace
from salesagent.lib.sql import Cells, Rows

R = TypeVar("R", bound=Model)
EVERYBODY = 0
SHOWN = (Sequence.State.RUNNING, Sequence.State.PAUSED)
STANDING = (Enrollment.State.ACTIVE, Enrollment.State.PAUSED, Enrollment.State.STOPPED)
NAMED = 5
_BOXES = Rows(lambda: Mailbox.objects.only("pk").order_by())
_WORKING = Rows(
    lambda: (
        Mailbox.objects.filter(state=Mailbox.State.ACTIVE).defer("password").select_related("user")
    )
)
MOST = 500  # of people or companies that are told apart


@dataclass(frozen=True)
class Standing:
    """People of a sequence in one state for one reason before one step (None: no step follows).

    `days`: how many of the active ones are due on each of the days asked for; `late`: before them.
    """

    sequence: int
    state: str
    reason: str
    step: uuid.UUID | None
    people: int
    late: int
    days: tuple[int, ...]


@dataclass(frozen=True)
class Named:
    pk: int
    name: str
    touches: int


@dataclass(frozen=True)
class Pressed:
    """Who had touches up to a limit in the last seven days. `over`: above it; `full`: at it."""

    limit: int
    over: int
    full: int
    named: tuple[Named, ...]  # the most touched first


@dataclass(frozen=True)
class Drafts:
    waiting: int
    late: int  # past their planned time


def standing(who: Row[int], edges: Row[datetime]) -> list[Standing]:
    """`edges`: the first moments of the days, and the last one's end. One query."""
    found = _STANDING.all(*edges, *_owners(who))
    return [
        Standing(pk, state, reason, step, people, late, tuple(days))
        for pk, state, reason, step, people, late, *days in found
    ]


def _standing(*given: Any) -> QuerySet[Any]:
    edges, owners = _parted(given)
    active = Q(state=Enrollment.State.ACTIVE, sequence__state=Sequence.State.RUNNING)
    spans = {
        f"day{at}": Count("pk", filter=active & Q(next_due_at__gte=edges[at], next_due_at__lt=end))
        for at, end in enumerate(edges[1:])
    }
    late = Count("pk", filter=active & Q(next_due_at__lt=edges[0]))
    rows = _of(Enrollment.objects.filter(state__in=STANDING, sequence__state__in=SHOWN), owners)
    groups = rows.values_list("sequence_id", "state", "reason", "next_step_key")
    return groups.annotate(Count("pk"), late=late, **spans).order_by()


def _owners(who: Row[int]) -> list[int]:
    """As `_of` takes them: 0 for nobody's, none at all for everybody's, -1 finds nothing."""
    return [] if EVERYBODY in who else [max(one, 0) for one in who] or [-1]


def _parted(given: Row[Any]) -> tuple[list[datetime], list[int]]:
    """What a prepared statement gets: moments first, then whole numbers."""
    moments = [one for one in given if isinstance(one, datetime)]
    return moments, list(given[len(moments) :])


def _of(rows: QuerySet[R], owners: Row[int]) -> QuerySet[R]:
    if not owners:
        return rows
    owned: Any = rows.alias(seen_owner=Coalesce(F("lead__owner_id"), Value(0)))
    return cast(QuerySet[R], owned.filter(seen_owner__in=owners))


def pressed_people(who: Row[int], now: datetime, workspace: Workspace | None = None) -> Pressed:
    """Leads with as many touches in seven days as the workspace allows, or more. Three queries."""
    limit = (workspace or Workspace.current()).lead_touches_per_week
    counts = _counted("lead", who, now, limit)
    names = Lead.objects.in_bulk([pk for pk, _ in counts[:NAMED]])
    return _pressed(limit, counts, {pk: lead.name for pk, lead in names.items()})


def pressed_companies(who: Row[int], now: datetime, workspace: Workspace | None = None) -> Pressed:
    """The same of companies; touches of leads of `who`. Three queries."""
    limit = (workspace or Workspace.current()).company_touches_per_week
    counts = _counted("lead__company", who, now, limit)
    names = Company.objects.in_bulk([pk for pk, _ in counts[:NAMED]])
    return _pressed(limit, counts, {pk: str(company) for pk, company in names.items()})


def _counted(name: str, who: Row[int], now: datetime, limit: int) -> list[tuple[int, int]]:
    """(id, touches) of those at the limit, the most touched first."""
    owners, boxes = _owners(who), [box.pk for box in _BOXES.all()]
    rows = _pressed_rows(name, max(limit, 1), len(owners))
    return rows.all(now - limits.WEEK, *owners, *boxes)


@lru_cache(maxsize=32)
def _pressed_rows(name: str, limit: int, people: int) -> Cells:
    """What went out, but answers and confirmations. By mailbox, since an index serves just that.

    Takes a moment, then so many people, then mailboxes.
    """

    def build(since: datetime, *given: int) -> QuerySet[Any]:
        mine = Q(mailbox__in=given[people:], sent_at__gt=since)
        sent = Touch.objects.filter(
            mine | Q(mailbox=None, sent_at__gt=since), state__in=limits.REACHED
        ).exclude(kind__in=limits.ASKED_FOR)
        found = _of(sent, given[:people]).exclude(**{name: None}).values_list(name)
        return found.annotate(n=Count("pk")).filter(n__gte=limit).order_by("-n", name)[:MOST]

    return Cells(build)


def _pressed(limit: int, counts: list[tuple[int, int]], names: dict[int, str]) -> Pressed:
    over = sum(n > limit for _, n in counts)
    named = tuple(Named(pk, names[pk], n) for pk, n in counts if pk in names)
    return Pressed(limit, over, len(counts) - over, named)


def drafts(who: Row[int], now: datetime) -> Drafts:
    """Texts that wait for approval, as Approvals counts them. One query."""
    found = _DRAFTS.all(now, *_owners(who))
    return Drafts(*found[0]) if found else Drafts(0, 0)


def _drafts(now: datetime, *owners: int) -> QuerySet[Any]:
    """One row, or none where nothing waits."""
    rows = _of(Touch.objects.filter(WAITS), owners).annotate(all=Value(1)).values("all")
    counts = {"waiting": Count("pk"), "late": Count("pk", filter=past_time(now))}
    return rows.annotate(**counts).order_by().values_list(*counts)


_STANDING, _DRAFTS = Cells(_standing), Cells(_drafts)


def mails_a_day(who: Row[int], now: datetime) -> tuple[int, int]:
    """(mails that the working mailboxes of these people may send a day, how many mailboxes)."""
    boxes = _WORKING.all()
    if EVERYBODY not in who:
        boxes = [box for box in boxes if box.user_id in who]
    facts = limits.Facts.load()
    return sum(facts.cap(box, now) for box in boxes), len(boxes)

"""Reads for Approvals: which drafts wait, in the order they would go out."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any

from django.db.models import Count, Max, Q, QuerySet
from django.utils import timezone

from leads.models import Lead
from outreach.models import Enrollment, Touch
from outreach.selectors_work import PAGE, touches_visible
from salesagent.accounts.models import User
from salesagent.lib.sql import Rows

FILTERS = ("mine", "team", "look", "team-look", "late", "team-late")
# what waits for a person, for every count of drafts; what a paused sequence holds waits with it
WAITS = Q(
    Q(enrollment=None) | Q(enrollment__state=Enrollment.State.ACTIVE),
    state=Touch.State.DRAFT,
    lead__archived_at=None,
    lead__erased_at=None,
)
_NAME = ("lead__first_name", "lead__last_name", "lead__email", "lead__phone", "lead__score")


def past_time(now: datetime) -> Q:
    """Drafts whose planned moment is over, and nobody decided."""
    return Q(due_at__lt=now)


def drafts(user: User) -> QuerySet[Touch]:
    """Every draft the user may approve now."""
    return touches_visible(user).filter(WAITS)


def of_team(show: str) -> bool:
    """Whether a filter shows what others have as well: team, team-look, team-late."""
    return show.startswith("team")


def narrow(
    rows: QuerySet[Touch], user: User, show: str, now: datetime | None = None
) -> QuerySet[Touch]:
    """`show`: one of FILTERS."""
    rows = rows if of_team(show) else rows.filter(Q(seen_owner=user.pk))
    return rows.filter(_part(show, now or timezone.now()))


def _part(show: str, now: datetime) -> Q:
    parts = {"look": ~Q(checks_passed=True), "late": past_time(now)}
    return parts.get(show.removeprefix("team-"), Q())


def draft_counts(user: User, show: str = "mine", now: datetime | None = None) -> dict[str, Any]:
    """How many under each filter; of the one that is shown also what its signature wants."""
    now = now or timezone.now()
    mine, bulk = Q(lead__owner=user), Q(checks_passed=True) & ~Q(kind=Touch.Kind.REPLY)
    wanted = {name: (Q() if of_team(name) else mine) & _part(name, now) for name in FILTERS}
    return drafts(user).aggregate(
        newest=Max("pk", filter=wanted[show]),
        changed=Max("updated_at", filter=wanted[show]),
        ready=Count("pk", filter=wanted[show] & bulk),  # an answer is read one by one
        **{name: Count("pk", filter=one) for name, one in wanted.items()},
    )


_DRAFT_FIELDS = (
    "kind", "channel", "number", "state", "to_address", "content_sid", "content_variables",
    "subject", "body", "checks", "checks_passed", "due_at", "created_at", "enrollment",
    "lead__sequence_total", *_NAME,
)  # fmt: skip


def draft_page(rows: QuerySet[Touch], after: tuple[datetime, int] | None) -> list[Touch]:
    """Up to PAGE + 1 drafts in the order they would go out, after the key (due_at, pk)."""
    if after:
        moment, pk = after
        rows = rows.filter(Q(due_at__gt=moment) | Q(due_at=moment, pk__gt=pk))
    return list(
        rows.select_related("lead").only(*_DRAFT_FIELDS).order_by("due_at", "pk")[: PAGE + 1]
    )


_ANSWER = Rows(
    lambda lead: (
        Touch.objects.filter(lead=lead, kind=Touch.Kind.REPLY, state=Touch.State.DRAFT)
        .exclude(answers=None)
        .order_by("-pk")[:1]
    )
)


def answer_for(lead: Lead) -> Touch | None:
    """The drafted answer that waits for a person, if any."""
    found: Touch | None = _ANSWER.first(lead.pk)
    return found


def draft_groups(touches: Iterable[Touch], now: datetime) -> list[tuple[str, list[Touch]]]:
    """Drafts under headings by when they would go out, in the reader's time zone."""
    parts = [(name, list(part)) for name, part in groupby(touches, lambda t: _slot(t.due_at, now))]
    return [(_heading(name, part), part) for name, part in parts]


def _slot(due: datetime, now: datetime) -> str:
    if due <= now:
        return "Next to send"
    local, today = timezone.localtime(due), timezone.localtime(now).date()
    if local.date() == today:
        return "Sends" if local.hour < 12 else "This afternoon"
    if local.date() == today + timedelta(days=1):
        return "Tomorrow"
    return local.strftime("%A %-d %B")


def _heading(name: str, part: list[Touch]) -> str:
    if name != "Sends":
        return name
    first, last = (timezone.localtime(part[i].due_at).strftime("%H:%M") for i in (0, -1))
    return f"Sends {first}" if first == last else f"Sends {first} to {last}"

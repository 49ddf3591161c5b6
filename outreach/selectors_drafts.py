"""Reads for Approvals: which drafts wait, in the order they would go out."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any

from django.db.models import Count, Max, Q, QuerySet
from django.utils import timezone

from leads.models import Lead
from outreach.models import Touch
from outreach.selectors_work import PAGE, touches_visible
from salesagent.accounts.models import User
from salesagent.lib.sql import Rows

_NAME = ("lead__first_name", "lead__last_name", "lead__email", "lead__phone", "lead__score")


def drafts(user: User) -> QuerySet[Touch]:
    """Every draft the user may approve now; those of a paused sequence wait with it."""
    return touches_visible(user).filter(
        Q(enrollment=None) | Q(enrollment__state="active"), state=Touch.State.DRAFT
    )


def narrow(rows: QuerySet[Touch], user: User, show: str) -> QuerySet[Touch]:
    if show == "team":
        return rows
    mine = rows.filter(Q(seen_owner=user.pk))
    return mine.filter(checks_passed=False) if show == "look" else mine


def draft_counts(user: User, show: str = "mine") -> dict[str, Any]:
    """How many under each filter; of the one that is shown also what its signature wants."""
    mine, ready = Q(lead__owner=user), Q(checks_passed=True)
    bulk = ready & ~Q(kind=Touch.Kind.REPLY)  # an answer is read one by one
    shown = {"team": Q(), "look": mine & ~ready}.get(show, mine)
    return drafts(user).aggregate(
        newest=Max("pk", filter=shown),
        changed=Max("updated_at", filter=shown),
        team=Count("pk"),
        mine=Count("pk", filter=mine),
        look=Count("pk", filter=mine & ~ready),
        ready=Count("pk", filter=mine & bulk),
        team_ready=Count("pk", filter=bulk),
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

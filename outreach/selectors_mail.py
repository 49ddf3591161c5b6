"""Mailboxes and received mail as a user may see them."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Q, QuerySet
from django.utils import timezone

from outreach.models import InboundMessage, Mailbox, Touch
from outreach.services import limits
from salesagent.accounts.access import visible_user_ids
from salesagent.accounts.models import User

PAGE = 40
TABS = {
    "open": (InboundMessage.State.UNMATCHED,),
    "unreadable": (InboundMessage.State.QUARANTINED,),
    "ignored": (InboundMessage.State.IGNORED,),
}


def mailboxes_visible(user: User) -> QuerySet[Mailbox]:
    """Own ones; a manager also the team's, the owner all. The secret column is left out."""
    rows = Mailbox.objects.select_related("user").defer("password")
    if not user.is_manager:
        return rows.filter(user=user)
    ids = visible_user_ids(user)
    return rows if ids is None else rows.filter(user_id__in=ids)


def inbound_visible(user: User) -> QuerySet[InboundMessage]:
    """Mail of visible mailboxes. What was ignored may be private: only the mailbox's own user."""
    boxes = mailboxes_visible(user).values("pk")
    ignored = Q(state=InboundMessage.State.IGNORED)
    rows = InboundMessage.objects.filter(mailbox__in=boxes).select_related("mailbox", "lead")
    return rows.exclude(ignored & ~Q(mailbox__user=user))


def inbound_page(user: User, tab: str, before: int | None) -> list[InboundMessage]:
    """One page by key, newest first, and one row more when there is an older one."""
    rows = inbound_visible(user).filter(state__in=TABS[tab]).defer("full_text", "headers")
    if before:
        rows = rows.filter(pk__lt=before)
    return list(rows.order_by("-pk")[: PAGE + 1])


def inbound_counts(user: User) -> dict[str, int]:
    """How many wait under each tab that asks for somebody."""
    states = [*TABS["open"], *TABS["unreadable"]]
    rows = inbound_visible(user).filter(state__in=states).values("state")
    found = {row["state"]: row["n"] for row in rows.annotate(n=Count("pk")).order_by()}
    return {tab: sum(found.get(state, 0) for state in TABS[tab]) for tab in ("open", "unreadable")}


@dataclass(frozen=True)
class Box:
    """A mailbox as its line in the settings tells it."""

    mailbox: Mailbox
    sent_today: int
    cap: int
    waiting: int
    checked_at: datetime | None

    @property
    def trouble(self) -> str:
        """Why something does not work, in plain words; empty when all does."""
        box = self.mailbox
        if box.state == Mailbox.State.PAUSED:
            return box.paused_reason or "Paused"
        if box.state == Mailbox.State.OFF:
            return "Switched off"
        return box.last_error or box.poll_error

    @property
    def since(self) -> datetime | None:
        """Since when it does not work."""
        box = self.mailbox
        if box.state == Mailbox.State.PAUSED:
            return box.paused_at
        if box.last_error:
            return box.last_error_at
        return box.last_poll_at if box.poll_error else None


def boxes(rows: Iterable[Mailbox]) -> list[Box]:
    """Three queries, however many mailboxes."""
    found = list(rows)
    facts, now = limits.Facts.load(), timezone.now()
    numbers = _numbers([box.pk for box in found])
    return [
        Box(
            mailbox=box,
            sent_today=numbers.get(box.pk, (0, 0))[0],
            cap=facts.cap(box, now),
            waiting=numbers.get(box.pk, (0, 0))[1],
            checked_at=max(filter(None, (box.last_poll_at, box.tested_at)), default=None),
        )
        for box in found
    ]


def _numbers(ids: list[int]) -> dict[int, tuple[int, int]]:
    """mailbox -> (sent since midnight here, approved and waiting)."""
    midnight = timezone.localtime().replace(hour=0, minute=0, second=0, microsecond=0)
    sent = Q(state=Touch.State.SENT, sent_at__gte=midnight)
    waits = Q(state=Touch.State.APPROVED)
    rows = (
        Touch.objects.filter(sent | waits, mailbox__in=ids)
        .values("mailbox")
        .annotate(sent=Count("pk", filter=sent), waits=Count("pk", filter=waits))
        .order_by()
    )
    return {row["mailbox"]: (row["sent"], row["waits"]) for row in rows}

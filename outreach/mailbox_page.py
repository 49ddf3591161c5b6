"""What the pages of mailboxes show: how each one goes, in numbers and words."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Q
from django.utils import timezone

from outreach.models import Mailbox, Touch
from outreach.services import limits


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

"""What the pages of mailboxes show: how each one goes, in numbers and words."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, cast

from django.db.models import Count, Q, QuerySet, Value
from django.db.models.functions import Coalesce
from django.urls import NoReverseMatch, reverse
from django.utils import timezone
from django.utils.formats import date_format

from outreach.models import LedgerCheck, Mailbox, Touch
from outreach.services import calendars, guards, ledger_check, limits, preflight, ramp
from salesagent.accounts.models import Workspace
from salesagent.lib.sql import Cells

NAMED = 3  # people named in each group of what waits
REASONS = 8
WHAT_TO_DO = {
    "auth": "Sign in again; the messages that wait go out in their window.",
    "policy": (
        "Read what the provider said. Write to fewer people, or ask the provider; then send again."
    ),
    "bounces": (
        "Look at the addresses that came back and where they are from. Correct or remove them "
        "before you send again; the count starts anew then."
    ),
    "complaints": (
        "People marked this mail as spam. Change whom you write to and what you write before you "
        "send again; the count starts anew then."
    ),
    "error": "Check the connection. When it works, send again.",
}


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

    @property
    def what_to_do(self) -> str:
        """One step out of a pause; empty for one that a person made."""
        paused = self.mailbox.state == Mailbox.State.PAUSED
        return WHAT_TO_DO.get(self.mailbox.paused_code, "") if paused else ""

    @property
    def sign_in_url(self) -> str:
        """Where to sign in again: at the provider for an account, else the password below."""
        if self.mailbox.state != Mailbox.State.PAUSED or self.mailbox.paused_code != "auth":
            return ""
        if self.mailbox.transport != Mailbox.Transport.GMAIL:
            return "#mf" if self.mailbox.transport == Mailbox.Transport.SMTP else ""
        try:
            return f"{reverse('outreach:gmail')}?mailbox={self.mailbox.pk}"
        except NoReverseMatch:
            return ""


def boxes(rows: Iterable[Mailbox]) -> list[Box]:
    """Four queries, however many mailboxes."""
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
    sent, waits = dict(_SENT.all(midnight, *ids)), dict(_WAITS.all())
    return {pk: (sent.get(pk, 0), waits.get(pk, 0)) for pk in ids}


def _sent(since: datetime, *ids: int) -> QuerySet[Any]:
    """Apart from what waits each has an index; together all that was ever sent would be read."""
    rows = Touch.objects.filter(mailbox__in=ids, state=Touch.State.SENT, sent_at__gte=since)
    return rows.order_by().values_list("mailbox").annotate(Count("pk"))


def _waits() -> QuerySet[Any]:
    """By an expression: by the column itself, every touch is read in the order of mailboxes."""
    rows = Touch.objects.filter(state=Touch.State.APPROVED).order_by()
    by_box: Any = rows.values_list(Coalesce("mailbox_id", Value(0)))
    return cast(QuerySet[Any], by_box.annotate(Count("pk")))


_SENT, _WAITS = Cells(_sent), Cells(_waits)


@dataclass
class Waiting:
    """Approved messages that wait for the same reason; the first few by name."""

    text: str
    count: int = 0
    touches: list[Touch] = field(default_factory=list)

    @property
    def more(self) -> int:
        return self.count - len(self.touches)


@dataclass(frozen=True)
class Detail:
    """What the page of one mailbox adds."""

    pace: str
    health: guards.Health
    domain: dict[str, Any]
    check: LedgerCheck | None
    ledger: str
    reasons: list[tuple[str, int]]
    waiting: list[Waiting]

    @property
    def ledger_level(self) -> str:
        if self.check is None:
            return ""
        return "bad" if self.check.missing else "warn" if self.check.error else "ok"


def detail(box: Box) -> Detail:
    """About ten queries."""
    mailbox, now = box.mailbox, timezone.now()
    check = LedgerCheck.objects.filter(mailbox=mailbox.pk).select_related("mailbox").first()
    return Detail(
        pace=_pace(box, now),
        health=guards.health(mailbox, now),
        domain=preflight.summary(mailbox),
        check=check,
        ledger=ledger_check.sentence(check) if check else "Compared with the server once a day.",
        reasons=list(ledger_check.reasons(mailbox, check.since))[:REASONS] if check else [],
        waiting=_waiting(mailbox, now),
    )


def _pace(box: Box, now: datetime) -> str:
    """ "12 today, 40 from 18 November" in a slow start, else "40 a day"."""
    facts, mailbox = limits.Facts.load(), box.mailbox
    own = mailbox.daily_cap
    full = facts.workspace.mailbox_daily_cap if own is None else own
    if box.cap >= full:
        return f"{full} a day"
    today = now.astimezone(mailbox.user.tz).date()
    day = ramp.full_on(mailbox, full, today, calendars.days_of(facts.workspace))
    end = f", {full} from {date_format(day, 'j F')}" if day else ""
    return f"{box.cap} today{end}"


def _waiting(mailbox: Mailbox, now: datetime) -> list[Waiting]:
    """Largest group first. Two queries: the counts, and the next messages by name."""
    approved = Touch.objects.filter(mailbox=mailbox.pk, state=Touch.State.APPROVED)
    if not approved.exists():
        return []
    words_of = _Words(mailbox, Workspace.current())
    groups: dict[str, Waiting] = {}
    later = Q(due_at__gt=now) | Q(not_before__gt=now, held_code="")
    for is_later in (False, True):
        rows = approved.filter(later) if is_later else approved.exclude(later)
        for code, text, count in (
            rows.values_list("held_code", "held_text").annotate(n=Count("pk")).order_by()
        ):
            words = words_of(code, text, later=is_later)
            groups.setdefault(words, Waiting(words)).count += count
    for touch in approved.select_related("lead").order_by("due_at", "pk")[:200]:
        is_later = touch.due_at > now or not touch.held_code and _after(touch.not_before, now)
        words = words_of(touch.held_code, touch.held_text, later=is_later)
        group = groups.setdefault(words, Waiting(words))
        if len(group.touches) < NAMED:
            group.touches.append(touch)
    return sorted(groups.values(), key=lambda group: -group.count)


def _after(moment: datetime | None, now: datetime) -> bool:
    return moment is not None and moment > now


@dataclass(frozen=True)
class _Words:
    """One reason in plain words, the same for all it holds for: names of people and moments would
    make a group of each message."""

    mailbox: Mailbox
    workspace: Workspace

    def __call__(self, code: str, text: str, *, later: bool) -> str:
        if self.mailbox.state == Mailbox.State.PAUSED:
            return "until this mailbox sends again"
        if self.mailbox.state == Mailbox.State.OFF:
            return "until this mailbox is switched on"
        if code == "window":
            start, end = self.workspace.window_start, self.workspace.window_end
            return f"for their morning ({start:%H:%M} to {end:%H:%M} where they are)"
        if code in _GROUPS:
            return _GROUPS[code]
        if later:
            return "for their planned moment"
        return f"because: {text}" if text else "for their turn, one after another"


_GROUPS = {
    "mailbox_cap": "for tomorrow: today's number is reached",
    "mailbox_gap": "for their turn, one after another",
    "lead_cap": "because the person has had enough this week",
    "company_cap": "because the company has had enough this week",
    "paused": "because their sequence is paused",
    "sequence": "because their sequence is not running",
    "basis": "for a lawful basis: open the lead and enter it",
    "postal_address": "for your postal address: Settings, Company and sending",
    "changed": "for approval: the text was changed after it",
}

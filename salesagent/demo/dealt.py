"""Deals: those of the people who bought or did not, and the ones that are open now."""

import random
from datetime import date, datetime, timedelta
from decimal import Decimal

from django.db.models import F
from django.utils import timezone

from leads import thread
from leads.models import Deal, Lead, ThreadEvent

NAMES = ("Service contract", "Cold-room survey", "Two compressors", "Night watch", "Freezer line")
WON = ("Best answer time", "The survey", "Price")
LOST = ("Price", "Stayed with their firm", "No budget this year", "No answer any more")
OPEN_IN = (Lead.Stage.PROPOSAL, Lead.Stage.MEETING, Lead.Stage.ENGAGED)
STAGES = (Deal.Stage.OPEN, Deal.Stage.PROPOSAL, Deal.Stage.NEGOTIATION)
OPEN, SEED = 14, 11
SLOW = (1, 3, 5)  # deals that hang
AGAIN = (2, 6, 11, 19, 27, 36, 44, 51)  # days ago


def write() -> None:
    dice = random.Random(SEED)  # noqa: S311 - invented deals
    _ended(dice)
    _again(dice)
    _running(dice)


def _ended(dice: random.Random) -> None:
    ends = ThreadEvent.objects.filter(
        kind="lead.stage_changed", data__to__in=["won", "lost"], lead__archived_at__isnull=False
    )
    for number, event in enumerate(ends.select_related("lead").order_by("occurred_at")):
        won, at = event.data["to"] == "won", event.occurred_at
        came = at - timedelta(days=dice.randrange(25, 75))
        deal = _deal(event.lead, number, dice, came)
        steps = 2 if won or number % 3 == 0 else number % 3 - 1
        for step in range(steps):
            _move(deal, STAGES[step + 1], came + (at - came) * (step + 1) / 3)
        before, deal.stage = deal.stage, Deal.Stage.WON if won else Deal.Stage.LOST
        deal.reason, deal.closed_at = dice.choice(WON if won else LOST), at
        deal.save()
        data: dict[str, object] = {"reason": deal.reason, "from": before}
        _tell(deal, "deal.won" if won else "deal.lost", at, data)


def _again(dice: random.Random) -> None:
    """Customers who bought once more, in these weeks."""
    now = timezone.now()
    customers = Lead.objects.filter(stage=Lead.Stage.WON)
    customers = customers.order_by(F("archived_at").desc(nulls_first=True), "-pk")
    for number, (lead, days) in enumerate(zip(customers, AGAIN, strict=False)):
        at = now - timedelta(days=days, hours=3)
        deal = _deal(lead, number, dice, at - timedelta(days=20 + number))
        before, deal.stage, deal.closed_at = deal.stage, Deal.Stage.WON, at
        deal.reason = WON[number % len(WON)]
        deal.save()
        _tell(deal, "deal.won", at, {"reason": deal.reason, "from": before})


def _running(dice: random.Random) -> None:
    now, today = timezone.now(), timezone.localdate()
    leads = Lead.objects.filter(stage__in=OPEN_IN, archived_at=None, erased_at=None)
    rows = sorted(leads, key=lambda lead: (OPEN_IN.index(Lead.Stage(lead.stage)), lead.pk))
    for number, lead in enumerate(rows[:OPEN]):
        days = dice.randrange(3, 30)
        came = now - timedelta(days=52 if number in SLOW else days)
        day = None if number % 5 == 4 else today + timedelta(days=dice.randrange(-4, 75))
        deal = _deal(lead, number, dice, came, day)
        for step in range(number % 3):
            _move(deal, STAGES[step + 1], came + (now - came) * (step + 1) / 4)


def _deal(
    lead: Lead, number: int, dice: random.Random, at: datetime, day: date | None = None
) -> Deal:
    deal = Deal.objects.create(
        lead=lead,
        owner=lead.owner,
        title=NAMES[number % len(NAMES)],
        value=Decimal(dice.randrange(18, 240) * 100),
        expected_close=day,
    )
    deal.created_at = at
    deal.save(update_fields=["created_at"])
    _tell(deal, "deal.opened", at, {})
    return deal


def _move(deal: Deal, stage: str, at: datetime) -> None:
    before, deal.stage = deal.stage, stage
    deal.save(update_fields=["stage"])
    _tell(deal, "deal.moved", at, {"from": before, "to": stage})


def _tell(deal: Deal, kind: str, at: datetime, more: dict[str, object]) -> None:
    """Straight into the thread: nothing reacts to what was long ago."""
    data = {
        "deal": deal.pk,
        "title": deal.title,
        "value": str(deal.value),
        "currency": deal.currency,
        "stage": deal.stage,
        "expected_close": str(deal.expected_close) if deal.expected_close else None,
        **more,
    }
    actor = deal.owner.actor if deal.owner else "system"
    thread.record_many(kind=kind, actor=actor, rows=[(deal.lead, data)], occurred_at=at)

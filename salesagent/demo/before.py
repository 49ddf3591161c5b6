"""How it went with the people of the months before: the first message, and whether they met us.

Written after the score learned, so that it learns from what it did before; patterns show it.
"""

import random
from datetime import datetime, timedelta

from django.utils import timezone

from leads import thread
from leads.models import Lead, ThreadEvent
from salesagent.accounts.models import User
from salesagent.demo.ended import FIRST, LAST

SEED = 5
QUIET = 72  # people who never answered
TRADES = ("clinic", "hotel", "hotel", "clinic")
FIRST_AFTER = timedelta(days=5)  # after they came in, which is 40 days before the end
SOME = 0.3  # of those who did not buy and yet met us


def write() -> None:
    dice = random.Random(SEED)  # noqa: S311 - invented days
    ends = ThreadEvent.objects.filter(
        kind="lead.stage_changed", data__to__in=["won", "lost"], lead__archived_at__isnull=False
    )
    for event in ends.select_related("lead", "lead__owner").order_by("occurred_at"):
        begun = event.occurred_at - timedelta(days=40) + FIRST_AFTER
        _tell(event.lead, "touch.sent", begun, subject="Cold rooms without an empty night")
        met = event.data["to"] == "won" or dice.random() < SOME
        if met:
            day = begun + timedelta(days=dice.randrange(6, 24))
            _tell(event.lead, "meeting.booked", day)
    if ends:
        _quiet(_sellers(ends[0].lead.owner))


def _sellers(first: User | None) -> list[User | None]:
    """Two of three are theirs who sold before, the third is of a colleague."""
    rows = User.objects.filter(role=User.Role.REP, is_active=True)
    other = rows.exclude(pk=first.pk if first else 0).order_by("pk").first()
    return [first, first, other or first]


def _quiet(sellers: list[User | None]) -> None:
    """Archived like the others of those months, two and a half days apart."""
    now = timezone.now()
    for number in range(QUIET):
        at = now - timedelta(days=220 - 2.5 * number)
        fair, trade = number % 5 == 0, TRADES[number % len(TRADES)]
        lead = Lead.objects.create(
            owner=sellers[number % 3], first_name=FIRST[number % len(FIRST)],
            last_name=LAST[number % len(LAST)],
            email=f"info@quiet-{number}.example", trade=trade, country="DK",
            source="trade-fair.csv" if fair else "companies-north.csv",
            stage=Lead.Stage.CONTACTED, archived_at=at + timedelta(days=35),
        )  # fmt: skip
        Lead.objects.filter(pk=lead.pk).update(created_at=at - timedelta(days=3))
        _tell(lead, "touch.sent", at, subject="Cold rooms without an empty night")


def _tell(lead: Lead, kind: str, at: datetime, **data: object) -> None:
    """Straight into the thread: nothing reacts to what was long ago."""
    channel = "email" if kind == "touch.sent" else ""
    actor = lead.owner.actor if lead.owner else "system"
    thread.record_many(kind=kind, actor=actor, rows=[(lead, data)], occurred_at=at, channel=channel)

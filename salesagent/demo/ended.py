"""People of the months before who bought or did not: what the learned score learns from.

They are archived, so that lists and counts show the month that is running.
"""

import random
from datetime import datetime, timedelta

from django.utils import timezone

from leads import thread
from leads.models import FeatureSnapshot, Lead
from leads.services import score_training
from salesagent.accounts.models import User

FIRST = ("Anna", "Mikkel", "Sofie", "Lars", "Emma", "Oskar", "Ida", "Jens", "Maja", "Henrik")
LAST = ("Lund", "Berg", "Holm", "Krog", "Dahl", "Friis", "Skov", "Bech", "Toft", "Juhl", "Vang")
GOOD = ("Facility Manager", "Warehouse Director", "Chief Engineer", "Operations Director")
OTHER = ("Owner", "Managing Director", "Quality Manager", "Purchasing Manager")
BUYS = ("bakery", "logistics")
SELDOM = ("clinic", "hotel")
WINS, LOSSES, SEED = 24, 30, 7


def write(user: User) -> None:
    """Ends from about seven months to five weeks ago, each with the row from before it."""
    dice, now = random.Random(SEED), timezone.now()  # noqa: S311 - invented people
    ends = [True] * WINS + [False] * LOSSES
    dice.shuffle(ends)
    for number, won in enumerate(ends):
        _lead(number, won, user, now - timedelta(days=210 - 3 * number), dice)


def learn() -> None:
    """As the nightly try does, before the leads of this month are scored."""
    score_training.train()


def _lead(number: int, won: bool, user: User, at: datetime, dice: random.Random) -> None:
    title = dice.choice(GOOD if dice.random() < (0.8 if won else 0.35) else OTHER)
    trade = dice.choice(BUYS if dice.random() < (0.8 if won else 0.3) else SELDOM)
    first, last = FIRST[number % len(FIRST)], LAST[number % len(LAST)]
    stage = Lead.Stage.WON if won else Lead.Stage.LOST
    lead = Lead.objects.create(
        owner=user, first_name=first, last_name=last, title=title, trade=trade, country="DK",
        email=f"{first}.{last}@earlier-{number}.example".lower(), stage=stage,
        source="trade-fair.csv" if number % 3 == 0 else "companies-north.csv",
        archived_at=at + timedelta(days=20),
    )  # fmt: skip
    Lead.objects.filter(pk=lead.pk).update(created_at=at - timedelta(days=40))
    row = {
        "title": title, "trade": trade, "country": "DK", "source": lead.source,
        "email": f"@earlier-{number}.example", "phone_known": "yes" if number % 4 else "no",
        "linkedin_known": "yes" if number % 6 else "no", "enquired": "no", "pains": number % 2,
        "company_size": dice.choice((4, 8, 15, 30, 60, 120) if won else (2, 4, 8, 15, 30, 80)),
        "won_in_trade": number // 12 if trade in BUYS else number // 24,
        "engagement": round(dice.random() * (18 if won else 9), 1),
    }  # fmt: skip
    day = timezone.localdate(at - timedelta(days=12))
    FeatureSnapshot.objects.create(lead=lead, day=day, values=row, stage=Lead.Stage.ENGAGED)
    thread.record(
        lead=lead,
        kind="lead.stage_changed",
        actor=user.actor,
        data={"from": "engaged", "to": stage.value},
        occurred_at=at,
    )

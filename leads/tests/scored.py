"""Leads that ended, with what was known of them before: material for learning the score."""

import random
from datetime import timedelta

from django.utils import timezone

from leads import thread
from leads.models import FeatureSnapshot, Lead
from leads.services import lifecycle
from salesagent.accounts.models import User

TRADES = ("Bakery", "Brewery", "Florist", "Clinic")


def ended(
    user: User, wins: int, losses: int, seed: int = 1, values: dict[str, object] | None = None
) -> list[Lead]:
    """Won and lost leads in turns; owners and bakeries win more often than not."""
    chance = random.Random(seed)
    order = [True] * wins + [False] * losses
    chance.shuffle(order)
    return [_one(user, n, won, chance, values or {}) for n, won in enumerate(order)]


def _one(user: User, n: int, won: bool, chance: random.Random, more: dict[str, object]) -> Lead:
    good = chance.random() < (0.8 if won else 0.25)
    title = "Owner" if good else chance.choice(["Assistant", "Trainee", "Clerk"])
    trade = TRADES[0] if chance.random() < (0.7 if won else 0.2) else chance.choice(TRADES[1:])
    lead = Lead.objects.create(
        owner=user, first_name=f"E{n}", title=title, trade=trade, email=f"e{n}@ended.example",
        stage=Lead.Stage.CONTACTED,
    )  # fmt: skip
    row = {"title": title, "trade": trade, "email": "@ended.example", "pains": n % 3, **more}
    row["engagement"] = round(chance.random() * (20 if won else 8), 1)
    day = timezone.localdate() - timedelta(days=30)
    FeatureSnapshot.objects.create(lead=lead, day=day, values=row, stage=lead.stage)
    lifecycle.change_stage(lead, "won" if won else "lost", user)
    return lead


def said_no(lead: Lead, label: str = "not_interested") -> None:
    reply = thread.record(
        lead=lead, kind="reply.received", channel="email", actor="lead", body="No."
    )
    assert reply is not None
    data = {"event": reply.pk, "disposition": label}
    thread.record(lead=lead, kind="reply.classified", actor="system", data=data)

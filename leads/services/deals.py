"""Deals-lite: what a lead may be worth, until when, and how it ended."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db import transaction
from django.utils import timezone

from leads import thread
from leads.models import Deal, Lead
from leads.services import lifecycle
from salesagent.accounts.models import User
from salesagent.lib.text import one_line

CLOSED = (Deal.Stage.WON, Deal.Stage.LOST)
RUNNING = (Deal.Stage.OPEN, Deal.Stage.PROPOSAL, Deal.Stage.NEGOTIATION)


@dataclass(frozen=True)
class DealTerms:
    """What a person says about a deal. `value` in `currency` (ISO 4217), before tax."""

    title: str
    value: Decimal
    currency: str = "EUR"
    stage: str = Deal.Stage.OPEN
    expected_close: date | None = None


@transaction.atomic
def open_deal(lead: Lead, terms: DealTerms, user: User) -> Deal:
    if terms.stage not in RUNNING:
        raise lifecycle.ChangeError("A new deal starts open.", "stage")
    deal = Deal.objects.create(
        lead=lead,
        owner=lead.owner or user,
        title=one_line(terms.title, 120),
        stage=terms.stage,
        value=terms.value,
        currency=terms.currency,
        expected_close=terms.expected_close,
    )
    thread.record(lead=lead, kind="deal.opened", actor=user.actor, data=_data(deal))
    return deal


@transaction.atomic
def close_deal(deal: Deal, *, won: bool, reason: str, user: User) -> bool:
    """Won or lost, with the reason; False when somebody closed it before.

    A win makes the lead won. A loss makes it lost when no other deal is running or was won.
    """
    stage = Deal.Stage.WON if won else Deal.Stage.LOST
    now = timezone.now()
    rows = Deal.objects.filter(pk=deal.pk, stage__in=RUNNING)
    if rows.update(stage=stage, reason=one_line(reason, 200), closed_at=now) != 1:
        return False
    deal.refresh_from_db()
    kind = "deal.won" if won else "deal.lost"
    data = {**_data(deal), "reason": deal.reason}
    thread.record(lead=deal.lead, kind=kind, actor=user.actor, data=data)
    if won:
        lifecycle.change_stage(deal.lead, Lead.Stage.WON, user)
    elif not Deal.objects.filter(lead=deal.lead).exclude(stage=Deal.Stage.LOST).exists():
        lifecycle.change_stage(deal.lead, Lead.Stage.LOST, user)
    return True


def _data(deal: Deal) -> dict[str, object]:
    """Numbers go as text, so that no cent is lost in JSON."""
    return {
        "deal": deal.pk,
        "title": deal.title,
        "value": str(deal.value),
        "currency": deal.currency,
        "expected_close": str(deal.expected_close) if deal.expected_close else None,
    }

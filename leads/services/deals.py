"""Deals-lite: what a lead may be worth, until when, and how it ended."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from leads import thread
from leads.models import Deal, Lead, ThreadEvent
from leads.models.deal import CLOSED, RUNNING
from leads.services import lifecycle
from salesagent.accounts.models import User
from salesagent.lib.text import one_line

ENDS = ("deal.won", "deal.lost")
UNDOABLE = ("deal.moved", *ENDS)


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
    before = _stage_now(deal)
    text, now = one_line(reason, 200), timezone.now()
    if before in CLOSED or not _swap(deal, before, stage=stage, reason=text, closed_at=now):
        return False
    kind = "deal.won" if won else "deal.lost"
    data = {**_data(deal), "reason": deal.reason, "from": before}
    thread.record(lead=deal.lead, kind=kind, actor=user.actor, data=data)
    if won:
        lifecycle.change_stage(deal.lead, Lead.Stage.WON, user)
    elif not Deal.objects.filter(lead=deal.lead).exclude(stage=Deal.Stage.LOST).exists():
        lifecycle.change_stage(deal.lead, Lead.Stage.LOST, user)
    return True


@transaction.atomic
def move_deal(deal: Deal, stage: str, user: User) -> ThreadEvent | None:
    """Put a running deal into another running stage; None when it is there already.

    A deal that was closed meanwhile does not move: ChangeError says so.
    """
    if stage not in RUNNING:
        raise lifecycle.ChangeError("Choose one of the open stages.", "stage")
    before = _stage_now(deal)
    if before in CLOSED:
        raise lifecycle.ChangeError("This deal is closed. Open it again to move it.", "stage")
    if before == stage or not _swap(deal, before, stage=stage):
        return None
    data = {**_data(deal), "from": before, "to": stage}
    return thread.record(lead=deal.lead, kind="deal.moved", actor=user.actor, data=data)


@transaction.atomic
def edit_deal(deal: Deal, terms: DealTerms, user: User) -> bool:
    """Name, value and expected close as `terms` say (its stage is not looked at).

    False when nothing differs. Works on closed deals too: a wrong amount stays wrong otherwise.
    """
    new = {
        "title": one_line(terms.title, 120),
        "value": terms.value,
        "currency": terms.currency,
        "expected_close": terms.expected_close,
    }
    row = Deal.objects.select_for_update().get(pk=deal.pk)
    changes = {
        name: [_plain(getattr(row, name)), _plain(value)]
        for name, value in new.items()
        if getattr(row, name) != value
    }
    if not changes:
        return False
    Deal.objects.filter(pk=deal.pk).update(**new)
    deal.refresh_from_db()
    data = {**_data(deal), "changes": changes}
    thread.record(lead=deal.lead, kind="deal.changed", actor=user.actor, data=data)
    return True


@transaction.atomic
def reopen_deal(deal: Deal, user: User, stage: str = "") -> ThreadEvent | None:
    """Take the end of a deal back; None when it is running already.

    It returns to `stage`, or to the one it was closed from. Its lead leaves won or lost for the
    stage before, unless another deal keeps it there. Stopped sequences stay stopped.
    """
    before = _stage_now(deal)
    to = stage or _closed_from(deal)
    if before not in CLOSED or to not in RUNNING:
        return None
    if not _swap(deal, before, stage=to, reason="", closed_at=None):
        return None
    data = {**_data(deal), "from": before, "to": to}
    event = thread.record(lead=deal.lead, kind="deal.reopened", actor=user.actor, data=data)
    _lead_back(deal, user)
    return event


@transaction.atomic
def undo_deal(deal: Deal, event_id: int, user: User) -> bool:
    """Take one move or one end back; False when the deal went on since."""
    event = ThreadEvent.objects.filter(pk=event_id, kind__in=UNDOABLE).first()
    if event is None or event.data.get("deal") != deal.pk:
        return False
    Deal.objects.select_for_update().get(pk=deal.pk)  # nobody moves it between look and act
    if newest_event(deal) != event.pk:
        return False
    back = str(event.data.get("from") or Deal.Stage.OPEN)
    if event.kind == "deal.moved":
        return move_deal(deal, back, user) is not None
    return reopen_deal(deal, user, back) is not None


def _stage_now(deal: Deal) -> str:
    return str(Deal.objects.values_list("stage", flat=True).get(pk=deal.pk))


def _swap(deal: Deal, before: str, **new: object) -> bool:
    """Change the row only while it is as it was read: of two people one is first."""
    if Deal.objects.filter(pk=deal.pk, stage=before).update(**new) != 1:
        return False
    deal.refresh_from_db()
    return True


def events_of(deal: Deal, kinds: tuple[str, ...]) -> list[ThreadEvent]:
    """Newest first; those of a lead that was merged into this one stayed with it."""
    of_lead = Q(lead=deal.lead_id) | Q(lead__merged_into=deal.lead_id)
    rows = ThreadEvent.objects.filter(of_lead, kind__in=kinds).order_by("-id")
    return [event for event in rows if event.data.get("deal") == deal.pk]


def newest_event(deal: Deal) -> int:
    """Id of what moved or ended the deal last: the one that can be undone. 0: nothing did."""
    found = events_of(deal, (*UNDOABLE, "deal.reopened"))
    return found[0].pk if found else 0


def _closed_from(deal: Deal) -> str:
    """The stage before the end; deals that were closed elsewhere did not say it."""
    for event in events_of(deal, ("deal.won", "deal.lost", "deal.moved", "deal.opened")):
        stage = event.data.get("from") if event.kind in ENDS else event.data.get("stage")
        if stage in RUNNING:
            return str(stage)
    return str(Deal.Stage.OPEN)


def _lead_back(deal: Deal, user: User) -> None:
    lead = Lead.objects.get(pk=deal.lead_id)
    if lead.stage not in (Lead.Stage.WON, Lead.Stage.LOST):
        return
    won = Deal.objects.filter(lead=lead, stage=Deal.Stage.WON).exists()
    if lead.stage == Lead.Stage.WON and won:
        return
    changed = ThreadEvent.objects.filter(lead=lead, kind="lead.stage_changed").order_by("-id")
    last = changed.first()
    before = str(last.data.get("from")) if last and last.data.get("to") == lead.stage else ""
    ended = (Lead.Stage.WON, Lead.Stage.LOST)
    known = before in Lead.Stage.values and before not in ended
    lifecycle.change_stage(lead, before if known else Lead.Stage.PROPOSAL, user)


def _plain(value: object) -> str | None:
    return None if value is None else str(value)


def _data(deal: Deal) -> dict[str, object]:
    """Numbers go as text, so that no cent is lost in JSON."""
    return {
        "deal": deal.pk,
        "title": deal.title,
        "value": str(deal.value),
        "currency": deal.currency,
        "stage": deal.stage,
        "expected_close": str(deal.expected_close) if deal.expected_close else None,
    }

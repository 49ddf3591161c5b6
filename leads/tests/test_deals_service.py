"""Moves, edits, ends and their undo: each a thread line, each once."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from leads.models import Deal, Lead, ThreadEvent
from leads.services import deals, lifecycle
from leads.services.deals import DealTerms
from leads.services.lifecycle import ChangeError

TERMS = DealTerms("Cold rooms", Decimal("1200.50"))


@pytest.fixture
def deal(lead: Lead, rep: Any) -> Deal:
    return deals.open_deal(lead, TERMS, rep)


def kinds(lead: Lead) -> list[str]:
    rows = ThreadEvent.objects.filter(lead=lead).order_by("id")
    return list(rows.values_list("kind", flat=True))


def last(lead: Lead) -> ThreadEvent:
    return ThreadEvent.objects.filter(lead=lead).latest("id")


def test_a_move_is_told_once(deal: Deal, lead: Lead, rep: Any) -> None:
    assert deals.move_deal(deal, "proposal", rep)
    assert deals.move_deal(deal, "proposal", rep) is None
    assert deal.stage == Deal.objects.get().stage == "proposal"
    assert kinds(lead) == ["deal.opened", "deal.moved"]
    told = last(lead).data
    assert (told["from"], told["to"], told["value"]) == ("open", "proposal", "1200.50")


def test_a_move_goes_by_the_row_not_by_what_was_read(deal: Deal, lead: Lead, rep: Any) -> None:
    Deal.objects.filter(pk=deal.pk).update(stage="negotiation")
    assert deals.move_deal(deal, "proposal", rep)
    assert last(lead).data["from"] == "negotiation"


@pytest.mark.parametrize("stage", ["won", "lost", "best", ""])
def test_a_move_ends_nothing(deal: Deal, rep: Any, stage: str) -> None:
    with pytest.raises(ChangeError):
        deals.move_deal(deal, stage, rep)
    assert Deal.objects.get().stage == "open"


def test_a_closed_deal_does_not_move(deal: Deal, rep: Any) -> None:
    deals.close_deal(deal, won=True, reason="Price", user=rep)
    with pytest.raises(ChangeError, match="closed"):
        deals.move_deal(deal, "proposal", rep)


def test_an_edit_says_what_changed(deal: Deal, lead: Lead, rep: Any) -> None:
    new = DealTerms("Cold rooms", Decimal(900), "DKK", expected_close=date(2026, 12, 1))
    assert deals.edit_deal(deal, new, rep)
    assert not deals.edit_deal(deal, new, rep)
    assert kinds(lead) == ["deal.opened", "deal.changed"]
    assert last(lead).data["changes"] == {
        "value": ["1200.50", "900"],
        "currency": ["EUR", "DKK"],
        "expected_close": [None, "2026-12-01"],
    }


def test_the_same_amount_written_otherwise_is_no_edit(deal: Deal, rep: Any) -> None:
    assert not deals.edit_deal(deal, DealTerms("Cold rooms", Decimal("1200.5")), rep)


def test_an_undone_move_is_a_move_back(deal: Deal, lead: Lead, rep: Any) -> None:
    moved = deals.move_deal(deal, "negotiation", rep)
    assert moved and deals.undo_deal(deal, moved.pk, rep)
    assert not deals.undo_deal(deal, moved.pk, rep)
    assert Deal.objects.get().stage == "open"
    assert kinds(lead) == ["deal.opened", "deal.moved", "deal.moved"]


def test_what_happened_since_stands(deal: Deal, rep: Any) -> None:
    first = deals.move_deal(deal, "proposal", rep)
    deals.move_deal(deal, "negotiation", rep)
    assert first and not deals.undo_deal(deal, first.pk, rep)
    assert Deal.objects.get().stage == "negotiation"


def test_an_event_of_another_deal_undoes_nothing(deal: Deal, lead: Lead, rep: Any) -> None:
    other = deals.open_deal(lead, TERMS, rep)
    moved = deals.move_deal(other, "proposal", rep)
    assert moved and not deals.undo_deal(deal, moved.pk, rep)
    assert not deals.undo_deal(deal, 10**9, rep)


@pytest.mark.parametrize("won", [True, False])
def test_an_end_can_be_undone(deal: Deal, lead: Lead, rep: Any, won: bool) -> None:
    lifecycle.change_stage(lead, "meeting", rep)
    deals.move_deal(deal, "negotiation", rep)
    deals.close_deal(deal, won=won, reason="Price", user=rep)
    assert Lead.objects.get().stage == ("won" if won else "lost")
    event = ThreadEvent.objects.get(kind="deal.won" if won else "deal.lost")
    assert deals.undo_deal(deal, event.pk, rep)
    back = Deal.objects.get()
    assert (back.stage, back.reason, back.closed_at) == ("negotiation", "", None)
    assert Lead.objects.get().stage == "meeting"
    assert kinds(lead)[-2:] == ["deal.reopened", "lead.stage_changed"]


def test_reopening_happens_once(deal: Deal, rep: Any) -> None:
    assert deals.reopen_deal(deal, rep) is None
    deals.close_deal(deal, won=False, reason="Price", user=rep)
    assert deals.reopen_deal(deal, rep)
    assert deals.reopen_deal(deal, rep) is None
    assert Deal.objects.get().stage == "open"


def test_a_second_won_deal_keeps_its_lead_won(deal: Deal, lead: Lead, rep: Any) -> None:
    other = deals.open_deal(lead, TERMS, rep)
    for one in (deal, other):
        deals.close_deal(one, won=True, reason="Price", user=rep)
    deals.reopen_deal(deal, rep)
    assert Lead.objects.get().stage == "won"


def test_a_lead_that_was_moved_by_hand_stays_there(deal: Deal, lead: Lead, rep: Any) -> None:
    deals.close_deal(deal, won=False, reason="Price", user=rep)
    lead.refresh_from_db()
    lifecycle.change_stage(lead, "contacted", rep)
    deals.reopen_deal(deal, rep)
    assert Lead.objects.get().stage == "contacted"


def test_a_deal_closed_elsewhere_returns_to_where_it_was_seen(
    deal: Deal, lead: Lead, rep: Any
) -> None:
    deals.move_deal(deal, "proposal", rep)
    Deal.objects.filter(pk=deal.pk).update(stage="won")
    deals.reopen_deal(deal, rep)
    assert Deal.objects.get().stage == "proposal"

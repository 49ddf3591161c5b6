"""Stage, owner, tags, archive, follow-up, deals, summary, assignment and the queued tasks."""

from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.contrib.sessions.models import Session
from django.utils import timezone

from leads import tasks, thread
from leads.access import assignable, lead_for, may_see
from leads.models import Deal, Lead, ThreadEvent
from leads.services import assignment, deals, lifecycle, summary
from leads.services.deals import DealTerms
from leads.services.lifecycle import ChangeError
from salesagent.lib.models import Job

Make = Callable[..., Lead]
NOW = timezone.now()


def lines(lead: Lead) -> list[str]:
    return list(ThreadEvent.objects.filter(lead=lead).values_list("kind", flat=True))


def test_a_stage_changes_once(lead: Lead, rep: Any) -> None:
    assert lifecycle.change_stage(lead, "engaged", rep)
    assert not lifecycle.change_stage(lead, "engaged", rep)
    assert lead.stage == Lead.objects.get(pk=lead.pk).stage == "engaged"
    assert lines(lead) == ["lead.stage_changed"]
    with pytest.raises(ChangeError):
        lifecycle.change_stage(lead, "best", rep)


def test_an_erased_lead_does_not_move(lead: Lead, rep: Any) -> None:
    Lead.objects.filter(pk=lead.pk).update(erased_at=NOW)
    assert not lifecycle.change_stage(lead, "engaged", rep)
    assert lines(lead) == []


def test_an_owner_changes_once(lead: Lead, rep: Any, mate: Any) -> None:
    assert lifecycle.assign(lead, mate, rep)
    assert not lifecycle.assign(lead, mate, rep)
    assert lifecycle.assign(lead, None, rep)
    data = [event.data for event in ThreadEvent.objects.filter(lead=lead)]
    assert data == [{"from": rep.pk, "to": mate.pk}, {"from": mate.pk, "to": None}]


def test_archive_and_restore_each_happen_once(lead: Lead, rep: Any) -> None:
    done = [lifecycle.archive(lead, rep), lifecycle.archive(lead, rep)]
    done += [lifecycle.restore(lead, rep), lifecycle.restore(lead, rep)]
    assert done == [True, False, True, False]
    assert lines(lead) == ["lead.archived", "lead.restored"]


def test_a_follow_up_day_is_a_persons_own(lead: Lead, rep: Any) -> None:
    day = date(2026, 12, 1)
    assert lifecycle.follow_up(lead, day, rep)
    assert not lifecycle.follow_up(lead, day, rep)
    assert lifecycle.follow_up(lead, None, rep)
    changes = [e.data["changes"]["follow_up_at"] for e in ThreadEvent.objects.filter(lead=lead)]
    assert changes == [[None, "2026-12-01"], ["2026-12-01", None]]
    assert Lead.objects.get(pk=lead.pk).follow_up_at is None


def test_tags_have_a_limit(lead: Lead, rep: Any) -> None:
    Lead.objects.filter(pk=lead.pk).update(tags=[f"t{n}" for n in range(lifecycle.MAX_TAGS)])
    assert lifecycle.add_tag(Lead.objects.all(), "one more", rep) == 0


def test_bulk_work_goes_by_batches(rep: Any, mate: Any, monkeypatch: Any) -> None:
    monkeypatch.setattr(lifecycle, "BATCH", 2)
    Lead.objects.bulk_create(Lead(owner=rep, first_name=f"L{n}") for n in range(5))
    said: list[int] = []
    mine = Lead.objects.filter(owner=rep)  # each batch takes leads out of this filter
    assert lifecycle.apply_many(mine, "owner", mate, rep, said.append) == 5
    assert said == [2, 4, 5]


def test_a_won_deal_wins_the_lead(lead: Lead, rep: Any) -> None:
    terms = DealTerms(
        "Service contract\nBcc: x", Decimal("1200.50"), "DKK", "open", date(2027, 1, 5)
    )
    deal = deals.open_deal(lead, terms, rep)
    assert (deal.title, deal.owner, deal.stage) == ("Service contract Bcc: x", rep, "open")
    assert deals.close_deal(deal, won=True, reason="Best answer time", user=rep)
    lead.refresh_from_db()
    assert (lead.stage, deal.closed_at is not None) == ("won", True)
    assert lines(lead) == ["deal.opened", "deal.won", "lead.stage_changed"]
    won = ThreadEvent.objects.get(kind="deal.won").data
    assert (won["value"], won["currency"], won["reason"]) == ("1200.50", "DKK", "Best answer time")
    assert not deals.close_deal(deal, won=False, reason="again", user=rep)
    assert Deal.objects.get().stage == "won"


def test_a_lost_deal_loses_the_lead_unless_another_runs(lead: Lead, rep: Any) -> None:
    first = deals.open_deal(lead, DealTerms("A", Decimal(1)), rep)
    second = deals.open_deal(lead, DealTerms("B", Decimal(2)), rep)
    deals.close_deal(first, won=False, reason="Price", user=rep)
    lead.refresh_from_db()
    assert lead.stage == "new"
    deals.close_deal(second, won=False, reason="Price", user=rep)
    lead.refresh_from_db()
    assert lead.stage == "lost"


def test_a_deal_starts_open(lead: Lead, rep: Any) -> None:
    with pytest.raises(ChangeError):
        deals.open_deal(lead, DealTerms("A", Decimal(1), stage="won"), rep)


def test_the_newest_sign_stays(lead: Lead) -> None:
    summary.note_sign(lead.pk, "Replied", "email", NOW)
    summary.note_sign(lead.pk, "Spoke", "phone", NOW - timedelta(hours=1))
    lead.refresh_from_db()
    assert (lead.last_sign, lead.last_sign_channel, lead.last_sign_at) == ("Replied", "email", NOW)
    assert lead.replied_at == NOW
    summary.note_sign(lead.pk, "Objection", "email", NOW + timedelta(hours=1), replied=True)
    summary.note_sign(lead.pk, "Replied", "email", NOW - timedelta(days=1))
    lead.refresh_from_db()
    assert (lead.last_sign, lead.replied_at) == ("Objection", NOW + timedelta(hours=1))


def test_the_summary_is_cut_to_its_columns(lead: Lead) -> None:
    summary.note_next(lead.pk, "x" * 200, NOW)
    summary.note_sequence(lead.pk, "y" * 200, "active", 2, 5)
    lead.refresh_from_db()
    assert (len(lead.next_step), len(lead.sequence_name)) == (80, 100)
    assert (lead.sequence_state, lead.sequence_done, lead.sequence_total) == ("active", 2, 5)
    summary.note_next(lead.pk, "", None)
    assert Lead.objects.get(pk=lead.pk).next_at is None


def test_a_stage_only_goes_forward_by_itself(lead: Lead) -> None:
    assert summary.advance_stage(lead, "engaged", "system")
    assert not summary.advance_stage(lead, "contacted", "system")
    assert not summary.advance_stage(lead, "engaged", "system")
    Lead.objects.filter(pk=lead.pk).update(stage="lost")
    assert not summary.advance_stage(lead, "meeting", "system")
    assert lines(lead) == ["lead.stage_changed"]


def test_enquiries_go_round(rep: Any, mate: Any, manager: Any, make_lead: Make) -> None:
    first = assignment.next_owner()
    assert first in (rep, mate)
    make_lead(first, inquired_at=NOW)
    second = assignment.next_owner()
    assert second == ({rep, mate} - {first}).pop()
    make_lead(second, inquired_at=NOW + timedelta(minutes=1))
    assert assignment.next_owner() == first
    first.is_active = False
    first.save()
    assert assignment.next_owner() == second


def test_without_reps_nobody_gets_it(owner: Any) -> None:
    assert assignment.next_owner() is None


def test_who_may_be_given_a_lead(rep: Any, mate: Any, stranger: Any, owner: Any) -> None:
    assert set(assignable(rep)) == {rep, mate}
    assert set(assignable(owner)) == {rep, mate, stranger, owner}
    mate.is_active = False
    mate.save()
    assert set(assignable(rep)) == {rep}


def test_an_erased_lead_is_nobodys_to_see(lead: Lead, rep: Any, owner: Any) -> None:
    assert lead_for(rep, lead.pk) == lead and may_see(rep, lead)
    Lead.objects.filter(pk=lead.pk).update(erased_at=NOW)
    assert not may_see(rep, lead) and not may_see(owner, lead)


def test_events_score_their_lead_and_may_run_twice(lead: Lead, run_queue: Any) -> None:
    event = thread.record(lead=lead, kind="lead.created", actor="system")
    assert event and "leads.tasks.score_lead" in run_queue()
    score = Lead.objects.get(pk=lead.pk).score
    assert score > 0
    tasks.score_lead(event.pk)
    tasks.score_lead(10**9)
    assert Lead.objects.get(pk=lead.pk).score == score
    assert lines(lead).count("lead.scored") == 1


def test_housekeeping_takes_away_what_is_over(db: None) -> None:
    old = NOW - timedelta(days=31)
    for at in (old, NOW):
        Job.objects.create(kind="import", title="x", state="done", finished_at=at)
        ends = at + timedelta(days=1)
        Session.objects.create(session_key=str(at), session_data="", expire_date=ends)
    Job.objects.create(kind="import", title="runs", state="running")
    for _ in range(2):
        tasks.housekeeping()
        assert (Job.objects.count(), Session.objects.count()) == (2, 1)

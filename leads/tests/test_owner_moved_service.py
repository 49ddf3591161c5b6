"""A lead gets another owner by a sync or among many: its work moves along, people are told."""

from typing import Any

import pytest
from django.utils import timezone

from leads.models import Lead, SyncRun
from leads.services import crm_undo, lifecycle
from leads.services.crm_apply import change_lead
from leads.services.crm_values import People
from leads.tests.crm import link_of
from outreach.models import Task
from salesagent.accounts.models import Notification, User
from salesagent.lib import jobs

pytestmark = pytest.mark.django_db


def told(user: User) -> list[tuple[str, str]]:
    return list(user.notices.order_by("pk").values_list("kind", "title"))


def task_of(lead: Lead) -> Task:
    return Task.objects.create(
        kind="follow_up", lead=lead, owner=lead.owner, title="Call", due_at=timezone.now()
    )


# --- a sync --------------------------------------------------------------------------------------


@pytest.fixture
def other(rep: User, lead: Lead) -> Lead:
    return Lead.objects.create(
        owner=rep, first_name="Bea", email="bea@bee.example", lawful_basis="enquiry"
    )


def moved_there(there: Any, sync: Any, leads: list[Lead], owner: User) -> SyncRun:
    for lead in leads:
        there.edit("contact", link_of(lead).remote_id, owner=owner.email)
    run: SyncRun = sync()
    return run


def test_open_work_moves_with_a_lead_that_a_sync_gives_away(
    there: Any, sync: Any, lead: Lead, other: Lead, rep: User, mate: User, manager: User
) -> None:
    sync()
    theirs = task_of(lead)
    helps = Task.objects.create(
        kind="answer", lead=lead, owner=manager, title="Answer", due_at=timezone.now()
    )
    run = moved_there(there, sync, [lead, other], mate)
    lead.refresh_from_db()
    theirs.refresh_from_db()
    helps.refresh_from_db()
    assert (lead.owner, theirs.owner, helps.owner) == (mate, mate, manager)
    assert told(mate) == [("reassigned", "Practice CRM gave you leads")]
    assert told(rep) == [("moved", "Practice CRM gave leads of yours to others")]
    assert crm_undo.can(run) == ""


def test_an_undone_sync_gives_the_work_back(
    there: Any, sync: Any, lead: Lead, rep: User, mate: User, owner: User, run_queue: Any
) -> None:
    sync()
    task = task_of(lead)
    run = moved_there(there, sync, [lead], mate)
    crm_undo.start(run, owner)
    run_queue()
    task.refresh_from_db()
    lead.refresh_from_db()
    assert (lead.owner, task.owner) == (rep, rep)
    assert told(rep)[-1] == ("reassigned", "Practice CRM gave you leads")


def test_the_same_owner_written_again_moves_nothing(lead: Lead, rep: User) -> None:
    by = {"actor": "system", "source": "Practice CRM", "run": 1}
    change_lead(lead, {"owner": ("", rep.email)}, People.read(), by)
    assert told(rep) == []


# --- many at once --------------------------------------------------------------------------------


def many(*counts: tuple[User | None, int]) -> list[int]:
    rows = [Lead(owner=who, first_name=f"L{n}") for who, count in counts for n in range(count)]
    return [lead.pk for lead in Lead.objects.bulk_create(rows)]


def test_each_person_gets_one_notice_for_many_leads(
    rep: User, mate: User, manager: User, monkeypatch: Any
) -> None:
    monkeypatch.setattr(lifecycle, "BATCH", 2)
    ids = many((rep, 3), (mate, 2), (manager, 2), (None, 1))
    rows = Lead.objects.filter(pk__in=ids)
    assert lifecycle.apply_many(rows, "owner", mate, manager, lambda done: None) == 6
    assert told(mate) == [("reassigned", "Elena gave you 6 leads")]
    assert told(rep) == [("moved", "Elena moved 3 leads of yours")]
    assert Notification.objects.get(user=rep).text == "To Priya. Nothing for you to do."
    assert told(manager) == []  # who did it knows
    assert lifecycle.apply_many(rows, "owner", mate, manager, lambda done: None) == 0
    assert Notification.objects.count() == 2


def test_made_nobodys_the_former_owner_learns_it(rep: User, manager: User) -> None:
    rows = Lead.objects.filter(pk__in=many((rep, 2)))
    lifecycle.apply_many(rows, "owner", None, manager, lambda done: None)
    notice = Notification.objects.get()
    assert (notice.user, notice.title) == (rep, "Elena moved 2 leads of yours")
    assert notice.text.startswith("They are nobody's now.")


def test_a_stopped_job_tells_of_what_it_moved(
    rep: User, mate: User, manager: User, monkeypatch: Any
) -> None:
    monkeypatch.setattr(lifecycle, "BATCH", 2)
    rows = Lead.objects.filter(pk__in=many((rep, 4)))

    def stop(done: int) -> None:
        raise jobs.Stopped

    with pytest.raises(jobs.Stopped):
        lifecycle.apply_many(rows, "owner", mate, manager, stop)
    assert told(mate) == [("reassigned", "Elena gave you 2 leads")]
    assert told(rep) == [("moved", "Elena moved 2 leads of yours")]


def test_other_changes_of_many_tell_nobody(rep: User, manager: User) -> None:
    rows = Lead.objects.filter(pk__in=many((rep, 2)))
    lifecycle.apply_many(rows, "tag", "fair", manager, lambda done: None)
    assert not Notification.objects.exists()

"""After a restore everything that sends is held, with a reason, until the owner starts again."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone

from outreach import tasks
from outreach.models import Enrollment, Mailbox, Task, Touch
from outreach.services import policy
from salesagent.accounts import connections
from salesagent.lib import hold
from salesagent.lib.models import Job
from salesagent.lib.tasks import drop, enqueue

MADE = datetime(2026, 11, 21, 13, 2, tzinfo=UTC)
WHY = "Restored from the backup of 21 Nov 2026, 14:02. Check what went out since, then start again."
ZONE = ZoneInfo("Europe/Copenhagen")
pytestmark = pytest.mark.django_db


@pytest.fixture
def running(lead, sequence, mailbox, owner, workspace):
    """One person in a sequence, with an approved mail that is due."""
    step = sequence.steps.first()
    row = Enrollment.objects.create(
        lead=lead, sequence=sequence, mailbox=mailbox, next_due_at=timezone.now()
    )
    touch = Touch.objects.create(
        lead=lead,
        enrollment=row,
        step=step,
        step_key=step.key,
        number=1,
        channel="email",
        mailbox=mailbox,
        to_address=lead.email,
        subject="Hi",
        body="Hello",
        state="approved",
        due_at=timezone.now() - timedelta(hours=1),
        approved_by=owner,
        message_id="<1@halden.example>",
    )
    Touch.objects.filter(pk=touch.pk).update(approved_hash=policy.text_hash(touch))
    return row


def test_it_says_when_in_the_workplace_s_time(db):
    hold.begin(MADE, ZONE)
    assert hold.is_on() and hold.reason() == WHY


def test_every_way_out_is_held_with_that_reason(running, mailbox, owner):
    row = connections.save("twilio", account="AC1", secret={"auth_token": "t"})
    lines = hold.begin(MADE, ZONE)
    assert lines[:2] == [
        "The mailbox jonas@halden.example is paused",
        "Texts (SMS and WhatsApp) are paused",
    ]
    assert lines[2:] == [
        "1 person in sequences are paused",
        "1 approved message must be approved again",
    ]
    mailbox.refresh_from_db()
    running.refresh_from_db()
    row.refresh_from_db()
    assert (mailbox.state, mailbox.paused_reason) == ("paused", WHY)
    assert (running.state, running.reason_note) == ("paused", WHY.rstrip("."))
    assert (row.state, row.error) == ("broken", WHY)
    assert Touch.objects.get().state == "draft"
    told = Task.objects.get(owner=owner)
    assert told.why.startswith(WHY)


def test_even_what_is_approved_now_waits(running, owner):
    hold.begin(MADE, ZONE)
    touch = Touch.objects.select_related("lead", "enrollment__sequence", "mailbox").get()
    Touch.objects.update(state="approved", approved_hash=policy.text_hash(touch))
    tasks.tick()
    touch = Touch.objects.select_related("lead", "enrollment__sequence", "mailbox").get()
    assert touch.state == "approved"
    assert WHY.rstrip(".") in policy.may_send(touch).text
    mine = Touch.objects.create(
        lead=touch.lead,
        channel="email",
        kind="manual",
        mailbox=touch.mailbox,
        to_address="x@y.example",
        state="approved",
        due_at=timezone.now(),
    )
    mine.approved_hash = policy.text_hash(mine)
    assert WHY.rstrip(".") in policy.may_send(mine).text


def test_what_would_go_on_by_itself_does_not(running):
    hold.begin(MADE, ZONE)
    past = timezone.now() - timedelta(days=1)
    Enrollment.objects.update(reason="out_of_office", resume_at=past)
    tasks.tick()
    assert Enrollment.objects.get().state == "paused"


def test_the_owner_starts_again_and_only_what_was_held_goes_on(
    running, mailbox, owner, rep, stranger
):
    other = Mailbox.objects.create(
        user=rep, address="b@halden.example", from_name="B", state="paused", paused_reason="By hand"
    )
    row = connections.save("twilio", account="AC1", secret={"auth_token": "t"})
    hold.begin(MADE, ZONE)
    assert hold.release(owner) and not hold.release(owner)
    assert hold.reason() == ""
    for one in (mailbox, running, row, other):
        one.refresh_from_db()
    assert (mailbox.state, running.state, row.state) == ("active", "active", "on")
    assert other.state == "paused"
    assert Touch.objects.get().state == "draft", "approvals are given anew"
    assert not Task.objects.filter(state="open", title__startswith="Nothing is sent").exists()
    assert Job.objects.get(kind=hold.KIND).owner == owner


def test_a_second_restore_begins_anew(running, mailbox, owner):
    hold.begin(MADE, ZONE)
    hold.begin(MADE + timedelta(days=1), ZONE)
    assert Job.objects.filter(kind=hold.KIND, state="running").count() == 1
    assert "22 Nov" in hold.reason()
    hold.release(owner)
    mailbox.refresh_from_db()
    running.refresh_from_db()
    assert (mailbox.state, running.state) == ("active", "active")


def test_syncs_and_sheets_do_not_run_by_schedule(db, monkeypatch):
    from leads import crm_tasks, enrich_tasks, sheet_tasks
    from leads.services import crm_clock, enrichment_sweep, sheets

    ran: list[str] = []
    monkeypatch.setattr(crm_clock, "look_after", lambda: ran.append("syncs"))
    monkeypatch.setattr(sheets, "look_after", lambda: ran.append("sheets"))
    monkeypatch.setattr(enrichment_sweep, "run", lambda: ran.append("data"))
    work = (crm_tasks.look_after_syncs, sheet_tasks.look_after_sheets, enrich_tasks.sweep)
    hold.begin(MADE)
    for one in work:
        one()
    assert ran == []
    Job.objects.filter(kind=hold.KIND).update(state="done")
    for one in work:
        one()
    assert ran == ["syncs", "sheets", "data"]


def test_what_was_queued_when_the_backup_was_made_is_taken_up_later(db):
    job = Job.objects.create(kind="sync", title="Syncing")
    enqueue("leads.crm_tasks.run_sync", job.pk)
    enqueue("leads.tasks.score_lead", 1)
    hold.begin(MADE)
    job.refresh_from_db()
    assert job.state == "running" and job.updated_at < timezone.now() - timedelta(hours=1)
    assert drop(["leads.tasks.score_lead", "leads.crm_tasks.run_sync"]) == [(1,)]

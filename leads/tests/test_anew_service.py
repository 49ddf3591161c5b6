"""A lead of an undone import comes in again: what somebody else brought before is not shown."""

from typing import Any

import pytest
from django.utils import timezone

from leads import thread
from leads.intake.rows import LeadRow
from leads.models import Fact, Lead, ThreadEvent
from leads.services import handed_in
from leads.tests.importing import imported, undone
from outreach.models import Enrollment, Task, Touch

pytestmark = pytest.mark.django_db
HEADER = "Email;First name;Note;Pain"
OURS = "ann@polna.example;Ann;Their budget is secret;Their pain"


@pytest.fixture
def back(stranger: Any, run_queue: Any, sequence: Any) -> Lead:
    """Tom's list, taken back: with a note, a pain, a fact, and a touch drafted from it."""
    batch = imported(stranger, run_queue, OURS, header=HEADER)
    lead = Lead.objects.get()
    lead.events.get(kind="note.added")
    now = timezone.now()
    Fact.objects.create(lead=lead, field="title", value="Boss", source="website", observed_at=now)
    one = Enrollment.objects.create(lead=lead, sequence=sequence, state="active")
    touch = Touch.objects.create(
        lead=lead, enrollment=one, channel="email", body="Secret words", due_at=now
    )
    Task.objects.create(
        kind="touch", lead=lead, owner=stranger, touch=touch, title="Secret", due_at=now
    )
    for kind in ("enrollment.started", "touch.drafted"):
        thread.record(lead=lead, kind=kind, actor="system", data={"touch": touch.pk})
    Lead.objects.update(sequence_name="Tom's plan", follow_up_at=now.date(), score=90)
    undone(batch, stranger, run_queue)
    lead.refresh_from_db()
    assert lead.archived_at
    return lead


def bring(user: Any) -> Lead:
    row = LeadRow(email="ann@polna.example", first_name="Anna", pain="Ours")
    handed_in.bring(row, user=user, owner=user, source="Shop", basis="consent", basis_source="")
    return Lead.objects.get()


def words(lead: Lead) -> str:
    rows = ThreadEvent.objects.filter(lead=lead).values_list("body", "data")
    return repr(list(rows)) + repr(lead.__dict__)


def test_another_owner_gets_what_was_brought_now(back: Lead, rep: Any, as_user: Any) -> None:
    lead = bring(rep)
    assert (lead.pk, lead.owner, lead.first_name, lead.archived_at) == (back.pk, rep, "Anna", None)
    assert [pain.text for pain in lead.pains.all()] == ["Ours"]
    assert (lead.sequence_name, lead.follow_up_at, lead.score) == ("", None, 0)
    for foreign in ("fair.csv", "secret", "Their pain", "Tom's plan"):
        assert foreign not in words(lead)
    for model in (Fact, Enrollment, Touch, Task):
        assert not model._default_manager.filter(lead=lead).exists()
    newest = lead.events.filter(redacted_at=None).order_by("pk").values_list("kind", flat=True)
    assert list(newest)[0] == "lead.created"
    page = as_user(rep).get(f"/leads/{lead.pk}/").content.decode()
    assert "Ours" in page and "fair.csv" not in page and "secret" not in page


def test_the_same_by_an_import(back: Lead, rep: Any, run_queue: Any) -> None:
    imported(rep, run_queue, "ann@polna.example;Anna;;Ours", header=HEADER)
    lead = Lead.objects.get()
    assert (lead.owner, [pain.text for pain in lead.pains.all()]) == (rep, ["Ours"])
    shown = lead.events.filter(redacted_at=None)
    assert "lead.imported" in shown.values_list("kind", flat=True)
    assert "secret" not in words(lead)
    assert not Touch.objects.exists()


def test_the_owner_of_before_keeps_the_thread(back: Lead, stranger: Any, run_queue: Any) -> None:
    imported(stranger, run_queue, OURS, header=HEADER)
    lead = Lead.objects.get()
    assert [pain.text for pain in lead.pains.all()] == ["Their pain"]  # not twice
    assert lead.events.filter(redacted_at=None, kind="lead.archived").exists()
    assert Touch.objects.exists()


def test_a_touch_that_went_out_stays(back: Lead, rep: Any) -> None:
    Touch.objects.update(sent_at=timezone.now())
    bring(rep)
    assert Touch.objects.exists()

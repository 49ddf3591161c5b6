"""What a program wrote or ordered reaches nobody before a person read it."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from leads import thread
from leads.intake.rows import LeadRow
from leads.models import Lead, ThreadEvent
from leads.services import editing, notes
from leads.services.crm_apply import change_lead
from leads.services.crm_values import People
from leads.services.intake import bring_in
from outreach.models import Enrollment, Sequence, Touch
from outreach.services import (
    approval,
    composing,
    drafting,
    enrollment,
    executing,
    merged_words,
    origins,
    policy,
    sequence_life,
)
from outreach.services.sequences import SequenceError, current_steps
from salesagent.lib import hands

pytestmark = pytest.mark.django_db
FRAME = "Hi {{first_name}},\n\n" + "we look after cold rooms and ask how you do it. " * 5
CLAIM = "We saved 200 bakeries in Odense 40% of their cooling cost last year."
WHOLE = f"Hi Marta,\n\n{CLAIM} " + "We look after cold rooms and ask how you do it. " * 4


@pytest.fixture(autouse=True)
def _ready(workspace: Any, mailbox: Any) -> None:
    """An address below the mails, and who sends."""


@pytest.fixture
def plain(sequence: Sequence, rep: Any) -> Sequence:
    """Its first mail goes out unchanged."""
    step = current_steps(sequence)[0]
    type(step).objects.filter(pk=step.pk).update(unchanged=True, unchanged_approved_by=rep)
    step.variants.update(subject="Cold rooms", body=FRAME)
    return sequence


def drafted(lead: Lead, sequence: Sequence, rep: Any) -> Touch:
    """Put in by a person and drafted by the clock."""
    return made(enrollment.enroll(Lead.objects.get(pk=lead.pk), sequence, user=rep))


def made(row: Enrollment) -> Touch:
    touch = drafting.draft_touch(row)
    assert touch is not None
    return Touch.objects.get(pk=touch.pk)


def worries(touch: Touch) -> list[str]:
    return [check["text"] for check in touch.checks if check["level"] != "ok"]


def test_a_persons_word_is_enough(lead: Lead, plain: Sequence, rep: Any) -> None:
    assert drafted(lead, plain, rep).state == "approved"


def test_whom_a_program_put_in_waits(lead: Lead, plain: Sequence, rep: Any) -> None:
    with hands.of_program():
        row = enrollment.enroll(lead, plain, user=rep)
    touch = made(row)
    assert touch.state == "draft" and not touch.checks_passed
    assert worries(touch) == [
        "A program put this person into the sequence. Read it before it goes."
    ]
    assert made(row).state == "draft"  # also on the next round
    assert approval.approve_bulk(rep, {touch: policy.text_hash(touch)})[0] == 0
    approval.approve(touch, user=rep, seen_hash=policy.text_hash(touch))


def test_whom_a_program_let_go_on_waits(lead: Lead, plain: Sequence, rep: Any) -> None:
    row = enrollment.enroll(lead, plain, user=rep)
    enrollment.pause(row, reason="manual", actor=rep.actor)
    with hands.of_program():
        enrollment.resume(row, actor=rep.actor)
    assert made(row).state == "draft"


def test_what_a_program_had_drafted_waits(lead: Lead, plain: Sequence, rep: Any) -> None:
    row = enrollment.enroll(lead, plain, user=rep)
    Enrollment.objects.filter(pk=row.pk).update(next_due_at=timezone.now() - timedelta(hours=1))
    with hands.of_program():
        executing.run(plain, rep)
    touch = made(row)
    assert touch.state == "draft"
    assert worries(touch) == ["A program had this drafted. Read it before it goes."]


def test_a_program_starts_nothing_that_goes_unchanged(plain: Sequence) -> None:
    Sequence.objects.filter(pk=plain.pk).update(state="paused")
    with hands.of_program(), pytest.raises(SequenceError, match="only a person starts it"):
        sequence_life.set_state(plain, "running")
    sequence_life.set_state(plain, "running")


def test_words_that_a_program_changed_wait(lead: Lead, plain: Sequence, rep: Any) -> None:
    with hands.of_program():
        editing.edit_lead(lead, {"first_name": "Maria"}, rep)
    touch = drafted(lead, plain, rep)
    assert touch.state == "draft"
    assert worries(touch) == ["First name: nobody here wrote it. Read it before it goes."]
    editing.edit_lead(Lead.objects.get(pk=lead.pk), {"first_name": "Marta"}, rep)
    assert origins.unanswered(lead) == set()


ADDRESS = "The e-mail address changed, and nobody here did it. Read it before it goes."
NEW = {"email": "m.k@elsewhere.example"}


def by_a_program(lead: Lead, rep: Any) -> None:
    with hands.of_program():
        editing.edit_lead(lead, NEW, rep)


def by_a_sync(lead: Lead, rep: Any) -> None:
    pairs = {"email": (lead.email or "", NEW["email"])}
    by = {"actor": "crm:fake", "source": "Practice CRM", "run": 1}
    change_lead(lead, pairs, People.read(), by)


@pytest.mark.parametrize("change", [by_a_program, by_a_sync])
def test_an_address_that_nobody_here_wrote_waits(
    change: Any, lead: Lead, plain: Sequence, rep: Any
) -> None:
    row = enrollment.enroll(lead, plain, user=rep)
    change(Lead.objects.get(pk=lead.pk), rep)
    touch = made(Enrollment.objects.get(pk=row.pk))
    assert (touch.state, touch.to_address) == ("draft", NEW["email"])
    assert worries(touch) == [ADDRESS]
    approval.approve(touch, user=rep, seen_hash=policy.text_hash(touch))
    assert merged_words.unanswered(touch) == []  # it was read with this address


def test_an_address_that_a_person_wrote_or_saw_goes(lead: Lead, plain: Sequence, rep: Any) -> None:
    by_a_program(lead, rep)
    row = enrollment.enroll(Lead.objects.get(pk=lead.pk), plain, user=rep)  # put in with it
    assert made(row).state == "approved"


def test_a_person_who_corrects_the_address_answers_for_it(
    lead: Lead, plain: Sequence, rep: Any
) -> None:
    row = enrollment.enroll(lead, plain, user=rep)
    by_a_program(Lead.objects.get(pk=lead.pk), rep)
    editing.edit_lead(Lead.objects.get(pk=lead.pk), {"email": "marta@polna.example"}, rep)
    assert made(Enrollment.objects.get(pk=row.pk)).state == "approved"


def test_what_went_unchanged_before_is_no_reading(lead: Lead, plain: Sequence, rep: Any) -> None:
    row = enrollment.enroll(lead, plain, user=rep)
    by_a_program(Lead.objects.get(pk=lead.pk), rep)
    data = {"touch": 1, "unchanged": True}
    thread.record(lead=lead, kind="touch.approved", actor=rep.actor, channel="email", data=data)
    assert made(Enrollment.objects.get(pk=row.pk)).state == "draft"


def test_other_fields_of_a_program_do_not_matter(lead: Lead, plain: Sequence, rep: Any) -> None:
    with hands.of_program():
        editing.edit_lead(lead, {"title": "Baker", "city": "Odense"}, rep)
    assert drafted(lead, plain, rep).state == "approved"


def test_whom_a_program_brought_waits(plain: Sequence, rep: Any) -> None:
    row = LeadRow(first_name="Maria", email="maria@vik.example", pain="Doors that freeze")
    given: dict[str, Any] = {
        "source": "API", "actor": rep.actor, "owner": rep,
        "basis": "consent", "basis_source": "Fair",
    }  # fmt: skip
    with hands.of_program():
        lead = bring_in(row, **given).lead
    assert {"first_name", "company_name", "pain"} <= origins.unanswered(lead)
    assert drafted(lead, plain, rep).state == "draft"


def test_a_pain_that_a_program_adds_is_known(lead: Lead, rep: Any) -> None:
    row = LeadRow(email=lead.email or "", pain="Doors that freeze at night")
    with hands.of_program():
        bring_in(row, source="API", actor=rep.actor, owner=rep, basis="consent", basis_source="x")
    assert origins.unanswered(lead) == {"pain"}


@pytest.mark.parametrize(
    "name",
    [
        "You won 500 EUR. Call +4599887766",
        "Anna, see evil.example/x",
        "anna@evil.example",
        "Anna 5000",
        "Anna! You won",
        "Win € now",
        "Please call us now and win",
        "A" * 60,
    ],
)
def test_a_name_that_is_none_waits(lead: Lead, plain: Sequence, rep: Any, name: str) -> None:
    """As a stranger types it into the form."""
    Lead.objects.filter(pk=lead.pk).update(first_name=name)
    touch = drafted(lead, plain, rep)
    assert touch.state == "draft"
    assert any(text.startswith("The first name “") for text in worries(touch))


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("first_name", "Jean-Luc Marie"),
        ("first_name", "Dr. Ole"),
        ("last_name", "van der Berg-O’Neill"),
        ("company_name", "3M & Söhne GmbH & Co. KG"),
        ("company_name", "Bros. Ltd. of St. Gallen"),
        ("company_name", "Studio 54"),
        ("city", "8000 Aarhus C"),
        ("title", "Head of Operations, F&B"),
        ("pain", "Cold rooms stop at 3 in the morning. Nobody hears it."),
    ],
)
def test_real_names_pass(column: str, value: str) -> None:
    assert merged_words.odd_value(column, value) == ""


def test_an_odd_pain_is_seen(lead: Lead, plain: Sequence, rep: Any) -> None:
    lead.pains.all().delete()
    lead.pains.create(text="Call 99 88 77 66 now", source="Told us", noted_at=timezone.localdate())
    current_steps(plain)[0].variants.update(body=FRAME + " Is it {{pain}}?")
    assert any("The pain “" in text for text in worries(drafted(lead, plain, rep)))


# --- words of a program in a draft ---


def levels(touch: Touch) -> set[tuple[str, str]]:
    return {(c["code"], c["level"]) for c in touch.checks if c["code"] == "claim"}


def test_a_programs_edit_is_a_machines(lead: Lead, plain: Sequence, rep: Any) -> None:
    touch = drafted(lead, plain, rep)
    approval.undo(touch, user=rep)
    touch.refresh_from_db()
    seen: dict[str, Any] = {"subject": "Cold rooms", "seen_hash": policy.text_hash(touch)}
    with hands.of_program():
        changed = approval.edit(touch, user=rep, body=WHOLE, **seen)
    assert (changed.writer, changed.machine_body) == ("ai:program", WHOLE.strip())
    assert ("claim", "block") in levels(changed)
    with pytest.raises(approval.ApprovalError):
        approval.approve(changed, user=rep, seen_hash=policy.text_hash(changed))
    assert not approval.approve_unchanged(changed)


def test_a_programs_subject_is_a_machines(lead: Lead, rep: Any) -> None:
    touch = composing.compose(lead, user=rep, channel="email", subject="Cold rooms", body=WHOLE)
    seen = policy.text_hash(touch)
    with hands.of_program():
        changed = approval.edit(touch, user=rep, subject="Save 40%", body=WHOLE, seen_hash=seen)
    by_subject = [c for c in changed.checks if c["level"] == "block"]
    assert by_subject and all("40%" in c["text"] for c in by_subject)


def test_a_person_vouches_for_their_own(lead: Lead, rep: Any) -> None:
    touch = composing.compose(lead, user=rep, channel="email", subject="Cold rooms", body=WHOLE)
    assert levels(touch) == {("claim", "warn")}


def test_a_program_that_composes_is_a_machine(lead: Lead, rep: Any) -> None:
    with hands.of_program():
        touch = composing.compose(lead, user=rep, channel="email", subject="Hello", body=WHOLE)
    assert touch.writer == "ai:program" and ("claim", "block") in levels(touch)


def test_a_programs_note_is_no_source(lead: Lead, rep: Any) -> None:
    with hands.of_program():
        notes.add_note(lead, rep, f"{CLAIM}\nSource: our own numbers")
        touch = composing.compose(lead, user=rep, channel="email", subject="Hello", body=WHOLE)
    assert ("claim", "block") in levels(touch)
    notes.add_note(lead, rep, f"{CLAIM}\nSource: our own numbers")
    approval.recheck(touch)
    assert levels(touch) == set()


def test_only_a_programs_events_are_marked(lead: Lead, rep: Any) -> None:
    notes.add_note(lead, rep, "One")
    with hands.of_program():
        notes.add_note(lead, rep, "Two")
    rows = ThreadEvent.objects.filter(kind="note.added").order_by("id")
    assert [row.data.get("program") for row in rows] == [None, True]

"""What a program wrote is approved one by one, and vouches for nothing."""

from typing import Any

import pytest

from leads.intake.rows import LeadRow
from leads.models import Lead
from leads.services import editing
from leads.services.intake import bring_in
from outreach.models import Enrollment, Sequence, Touch, Variant
from outreach.services import (
    approval,
    composing,
    drafting,
    enrollment,
    policy,
    sequence_life,
    sequences,
)
from outreach.services.sequences import Words, current_steps
from salesagent.lib import hands

pytestmark = pytest.mark.django_db
FRAME = "Hi {{first_name}},\n\n" + "we look after cold rooms and ask how you do it. " * 5
CLAIM = "We saved 200 bakeries in Odense 40% of their cooling cost last year."
WHOLE = f"Hi Marta,\n\n{CLAIM} " + "We look after cold rooms and ask how you do it. " * 4


@pytest.fixture(autouse=True)
def _ready(workspace: Any, mailbox: Any) -> None:
    """An address below the mails, and who sends."""


def drafted(lead: Lead, sequence: Sequence, rep: Any) -> Touch:
    """Put in by a person and drafted by the clock."""
    return made(enrollment.enroll(Lead.objects.get(pk=lead.pk), sequence, user=rep))


def made(row: Enrollment) -> Touch:
    touch = drafting.draft_touch(row)
    assert touch is not None
    return Touch.objects.get(pk=touch.pk)


def worries(touch: Touch) -> list[str]:
    return [check["text"] for check in touch.checks if check["level"] != "ok"]


def levels(touch: Touch) -> set[tuple[str, str]]:
    return {(c["code"], c["level"]) for c in touch.checks if c["code"] == "claim"}


# --- nothing of a program goes in bulk ---

ASKS = "Hi Marta,\n\nwould you send me your bank details? " + "How do you do it today? " * 9


def in_bulk(touch: Touch, rep: Any) -> int:
    return approval.approve_bulk(rep, {touch: policy.text_hash(touch)})[0]


def test_a_programs_words_are_not_approved_unread(lead: Lead, rep: Any) -> None:
    with hands.of_program():
        touch = composing.compose(lead, user=rep, channel="email", subject="Hello", body=ASKS)
    assert worries(touch) == ["A program wrote this. Read it before it goes."]
    assert in_bulk(touch, rep) == 0
    approval.approve(touch, user=rep, seen_hash=policy.text_hash(touch))


def typed_by_a_program(sequence: Sequence, rep: Any) -> None:
    step = current_steps(sequence)[0]
    words = (Words("A", "Cold rooms", ASKS),)
    change = sequences.with_words(sequences.input_of(step), words)
    base = step.since_version
    with hands.of_program():
        sequences.edit_step(sequence, step.key, change, user=rep, base_version=base)


def test_a_step_that_a_program_typed(lead: Lead, sequence: Sequence, rep: Any) -> None:
    typed_by_a_program(sequence, rep)
    touch = drafted(lead, sequence, rep)
    assert "A program wrote the words of this step. Read it before it goes." in worries(touch)
    assert in_bulk(touch, rep) == 0
    approval.approve(touch, user=rep, seen_hash=policy.text_hash(touch))
    assert touch.variant and not Variant.objects.get(pk=touch.variant.pk).by_program  # read by one


@pytest.mark.parametrize("by", ["person", "program", "move", "copy"])
def test_who_saves_the_words_stands_for_them(sequence: Sequence, rep: Any, by: str) -> None:
    typed_by_a_program(sequence, rep)
    step = current_steps(sequence)[0]
    if by == "copy":
        sequence = sequence_life.copy(sequence, rep)
    elif by == "move":
        sequences.move_step(sequence, step.key, up=False)
    else:
        words = (Words("A", "Cold rooms", ASKS),)
        change = sequences.with_words(sequences.input_of(step), words)
        with hands.of_program(by == "program"):
            base = step.since_version
            sequences.edit_step(sequence, step.key, change, user=rep, base_version=base)
    found = Variant.objects.filter(
        step__sequence=sequence, step__until_version=None, body=ASKS.strip()
    )
    assert found.get().by_program is (by != "person")


def test_a_programs_company_is_not_approved_unread(sequence: Sequence, rep: Any) -> None:
    current_steps(sequence)[0].variants.update(subject="{{company}}", body=FRAME)
    row = LeadRow(first_name="Maria", email="m@vik.example", company="Crooks who never pay")
    given: dict[str, Any] = {
        "source": "API", "actor": rep.actor, "owner": rep,
        "basis": "consent", "basis_source": "Fair",
    }  # fmt: skip
    with hands.of_program():
        lead = bring_in(row, **given).lead
    touch = drafted(lead, sequence, rep)
    assert "Company: a program brought it. Read it before it goes." in worries(touch)
    assert in_bulk(touch, rep) == 0
    current_steps(sequence)[0].variants.update(subject="Cold rooms", body=FRAME)
    drafting.redraft(touch)
    assert worries(Touch.objects.get(pk=touch.pk)) == []  # a short name needs no look


@pytest.mark.parametrize("way", ["custom", "title", "tags", "pain", "source", "basis", "company"])
def test_a_program_vouches_for_nothing(rep: Any, way: str) -> None:
    """What it brings beside its words is no source for them."""
    row: dict[str, Any] = {"first_name": "Marta", "email": "m@vouch.example", "company": "Vouch"}
    given: dict[str, Any] = {
        "source": "API", "actor": rep.actor, "owner": rep,
        "basis": "consent", "basis_source": "Fair",
    }  # fmt: skip
    if way in ("title", "company", "pain"):
        row[way] = CLAIM
    elif way == "custom":
        row["custom"] = {"Result": CLAIM}
    elif way == "tags":
        row["tags"] = ["we saved 200 bakeries", "40% of their"]
    else:
        given["source" if way == "source" else "basis_source"] = CLAIM
    with hands.of_program():
        lead = bring_in(LeadRow(**row), **given).lead
        touch = composing.compose(lead, user=rep, channel="email", subject="Hello", body=WHOLE)
    assert ("claim", "block") in levels(touch)


def test_a_programs_plain_fields_are_known(sequence: Sequence, rep: Any) -> None:
    """A draft that prints them is held up by no statement without a source."""
    words = "Hi {{first_name}}, {{title}} at {{company}} in {{city}}. " + FRAME
    current_steps(sequence)[0].variants.update(subject="Cold rooms", body=words)
    row = LeadRow(
        first_name="Maria", email="m@vik.example", company="Vik Bageri", city="Odense",
        title="Head of Operations",
    )  # fmt: skip
    given: dict[str, Any] = {
        "source": "API", "actor": rep.actor, "owner": rep,
        "basis": "consent", "basis_source": "Fair",
    }  # fmt: skip
    with hands.of_program():
        lead = bring_in(row, **given).lead
    touch = drafted(lead, sequence, rep)
    assert {c["level"] for c in touch.checks} == {"ok", "warn"}
    assert {c["code"] for c in touch.checks if c["level"] == "warn"} == {"program"}


# --- fields that a person types into a mail ---


def by_hand(lead: Lead, rep: Any, body: str) -> Touch:
    return composing.compose(lead, user=rep, channel="email", subject="Cold rooms", body=body)


def test_a_filled_name_that_is_none_is_told(lead: Lead, rep: Any) -> None:
    """Who types {{first_name}} has not seen what it is filled with."""
    Lead.objects.filter(pk=lead.pk).update(first_name="You won 500 EUR. Call +4599887766")
    touch = by_hand(Lead.objects.get(pk=lead.pk), rep, FRAME)
    assert any(text.startswith("The first name “") for text in worries(touch))
    assert in_bulk(touch, rep) == 0


def test_a_filled_word_of_a_program_is_told(lead: Lead, rep: Any) -> None:
    Lead.objects.filter(pk=lead.pk).update(lawful_basis="consent")  # nothing of theirs below it
    lead.refresh_from_db()
    with hands.of_program():
        editing.edit_lead(lead, {"company_name": "Crooks who never pay"}, rep)
    told = "Company: a program brought it. Read it before it goes."
    touch = by_hand(lead, rep, FRAME + "{{company}}")
    assert told in worries(touch)
    assert in_bulk(touch, rep) == 0  # saved for later, it is still to be read
    assert told not in worries(by_hand(lead, rep, FRAME + "Crooks who never pay"))
    assert told not in worries(by_hand(lead, rep, FRAME))


def test_what_a_program_put_below_a_mail_is_told(lead: Lead, rep: Any) -> None:
    with hands.of_program():
        editing.edit_lead(lead, {"basis_source": "the crooks who never paid us"}, rep)
    Lead.objects.filter(pk=lead.pk).update(lawful_basis="consent")
    touch = by_hand(Lead.objects.get(pk=lead.pk), rep, FRAME)
    assert "Origin of the address: a program brought it. Read it before it goes." in worries(touch)

"""Versions of touches: who gets which row, what is refused, what happens at the same time."""

import uuid
from dataclasses import replace
from datetime import time
from typing import Any

import pytest
from django.utils import timezone

from leads.models import Lead
from outreach.models import Enrollment, Sequence, Step, Touch, Variant
from outreach.services import drafting, enrollment, sequence_life, sequences
from outreach.services.sequences import SequenceError, StaleStep, StepInput, Words, current_steps


def _change(sequence: Sequence, position: int = 1, **values: Any) -> StepInput:
    return replace(sequences.input_of(current_steps(sequence)[position - 1]), **values)


def _edit(sequence: Sequence, user: Any, position: int = 1, **values: Any) -> Step:
    step = current_steps(sequence)[position - 1]
    sequence.refresh_from_db()
    return sequences.edit_step(
        sequence, step.key, _change(sequence, position, **values), user=user,
        base_version=sequence.version,
    )  # fmt: skip


@pytest.fixture
def enrolled(lead: Lead, sequence: Sequence, rep: Any, mailbox: Any, workspace: Any) -> Enrollment:
    return enrollment.enroll(lead, sequence, user=rep, mailbox=mailbox)


def test_who_reached_the_touch_keeps_the_old_row(
    enrolled: Enrollment, sequence: Sequence, rep: Any
) -> None:
    touch = drafting.draft_touch(enrolled)
    assert touch
    _edit(sequence, rep, words=(Words("A", "New subject", "New body {{sender_name}}"),))
    touch.refresh_from_db()
    assert "night alarms" in touch.body
    assert touch.step and touch.step.until_version == 2
    assert touch.variant and "night alarms" in touch.variant.body


def test_who_has_not_reached_it_gets_the_new_row(
    enrolled: Enrollment, sequence: Sequence, rep: Any
) -> None:
    _edit(sequence, rep, words=(Words("A", "New subject", "New body {{sender_name}}"),))
    touch = drafting.draft_touch(enrolled)
    assert touch and touch.body == "New body Jonas Weber"
    assert touch.step and touch.step.since_version == 2


def test_every_change_bumps_the_version_once(sequence: Sequence, rep: Any) -> None:
    _edit(sequence, rep, name="One")
    sequences.add_step(sequence, "phone")
    sequences.move_step(sequence, current_steps(sequence)[0].key, up=False)
    sequences.remove_step(sequence, current_steps(sequence)[5].key)
    sequence.refresh_from_db()
    assert sequence.version == 5
    assert len(current_steps(sequence)) == 5
    keys = [s.key for s in current_steps(sequence)]
    assert len(set(keys)) == 5


def test_a_stale_edit_is_refused_but_other_touches_are_free(sequence: Sequence, rep: Any) -> None:
    first, second = current_steps(sequence)[:2]
    base, mine = sequence.version, _change(sequence, 1, name="Mine")
    _edit(sequence, rep, 1, name="Another's")
    with pytest.raises(StaleStep):
        sequences.edit_step(sequence, first.key, mine, user=rep, base_version=base)
    change = sequences.input_of(second)
    sequences.edit_step(sequence, second.key, change, user=rep, base_version=base)
    assert current_steps(sequence)[0].name == "Another's"


def test_a_stale_object_still_takes_the_right_version(sequence: Sequence, rep: Any) -> None:
    old = Sequence.objects.get(pk=sequence.pk)
    sequences.add_step(sequence, "phone")
    sequences.add_step(old, "phone")
    assert Sequence.objects.get(pk=sequence.pk).version == 3


def test_limits(sequence: Sequence, rep: Any) -> None:
    with pytest.raises(SequenceError, match="At most 3 mails"):
        sequences.add_step(sequence, "email")
    with pytest.raises(SequenceError, match="At most 3 mails"):
        _edit(sequence, rep, 2, channel="email")
    for _ in range(5):
        sequences.add_step(sequence, "phone")
    with pytest.raises(SequenceError, match="at most 10 touches"):
        sequences.add_step(sequence, "phone")
    _edit(sequence, rep, 1, name="Still a mail")


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"channel": "pigeon"}, "channel"),
        ({"fallback_channel": "pigeon"}, "fallback_channel"),
        ({"condition": "no_click"}, "condition"),
        ({"delay_days": 61}, "delay_days"),
        ({"delay_days": -1}, "delay_days"),
        ({"name": " "}, "name"),
        ({"words": (Words("A", "s", " "),)}, "body"),
        ({"words": (Words("A", "s", "x" * 8001),)}, "body"),
        ({"words": (Words("A", "s", "x", 0),)}, "weight"),
        ({"words": (Words("Z", "s", "x"),)}, "weight"),
        ({"words": ()}, "weight"),
        ({"unchanged": True}, "approved"),
    ],
)
def test_bad_touches_are_refused(
    values: dict[str, Any], field: str, sequence: Sequence, rep: Any
) -> None:
    with pytest.raises(SequenceError) as caught:
        _edit(sequence, rep, **values)
    assert caught.value.field == field
    sequence.refresh_from_db()
    assert sequence.version == 1


def test_words_are_cleaned(sequence: Sequence, rep: Any) -> None:
    words = (Words("A", "Sub\r\nBcc: x", "Line\r\nnext\x00 "),)
    variant = _edit(sequence, rep, words=words, fallback_channel="email").variants.get()
    assert (variant.subject, variant.body) == ("Sub Bcc: x", "Line\nnext")
    assert current_steps(sequence)[0].fallback_channel == ""


def test_manual_touches_have_no_subject_and_are_never_unchanged(
    sequence: Sequence, rep: Any
) -> None:
    step = _edit(sequence, rep, 2, words=(Words("A", "Subject", "Text"),))
    assert step.variants.get().subject == ""
    with pytest.raises(SequenceError, match="Only mails"):
        _edit(sequence, rep, 2, unchanged=True, approved=True)


def test_unchanged_is_approved_by_a_person_and_falls_with_a_word(
    sequence: Sequence, rep: Any, manager: Any
) -> None:
    assert _edit(sequence, rep, unchanged=True, approved=True).unchanged_approved_by == rep
    kept = _edit(sequence, manager, name="Only the name", unchanged=True)
    assert kept.unchanged_approved_by == rep
    with pytest.raises(SequenceError, match="Tick that you approve"):
        _edit(sequence, manager, unchanged=True, words=(Words("A", "S", "Other"),))
    assert _edit(sequence, manager, unchanged=False).unchanged_approved_by is None


def test_a_new_variant_takes_the_approval_away(sequence: Sequence, rep: Any) -> None:
    _edit(sequence, rep, unchanged=True, approved=True)
    sequences.add_variant(sequence, current_steps(sequence)[0].key, user=rep)
    assert not current_steps(sequence)[0].unchanged


def test_moving_keeps_keys_words_and_approval(sequence: Sequence, rep: Any) -> None:
    _edit(sequence, rep, unchanged=True, approved=True)
    first, second = current_steps(sequence)[:2]
    assert sequences.move_step(sequence, first.key, up=False)
    moved = current_steps(sequence)
    assert [moved[0].key, moved[1].key] == [second.key, first.key]
    assert moved[1].unchanged_approved_by == rep
    assert moved[1].variants.get().body == first.variants.get().body
    assert not sequences.move_step(sequence, second.key, up=True)


def test_who_waits_for_a_removed_touch_gets_the_next(
    enrolled: Enrollment, sequence: Sequence
) -> None:
    due = enrolled.next_due_at
    assert sequences.remove_step(sequence, current_steps(sequence)[0].key) == 1
    enrolled.refresh_from_db()
    assert enrolled.next_step_key == current_steps(sequence)[0].key
    assert enrolled.next_due_at == due
    enrolled.lead.refresh_from_db()
    assert enrolled.lead.next_step == "LinkedIn, Touch 2"


def test_removing_the_last_touch_finishes_who_waits(
    enrolled: Enrollment, sequence: Sequence
) -> None:
    for step in current_steps(sequence):
        sequences.remove_step(sequence, step.key)
    enrolled.refresh_from_db()
    assert enrolled.state == "finished"


def test_a_draft_of_a_removed_touch_stays(enrolled: Enrollment, sequence: Sequence) -> None:
    touch = drafting.draft_touch(enrolled)
    assert touch
    assert sequences.remove_step(sequence, current_steps(sequence)[0].key) == 0
    touch.refresh_from_db()
    assert touch.state == "draft"


def test_removed_and_unknown_touches_are_told(sequence: Sequence, rep: Any) -> None:
    key = current_steps(sequence)[0].key
    change = _change(sequence)
    sequences.remove_step(sequence, key)
    for call in (
        lambda: sequences.remove_step(sequence, key),
        lambda: sequences.move_step(sequence, key, up=True),
        lambda: sequences.edit_step(sequence, key, change, user=rep, base_version=9),
        lambda: sequences.remove_step(sequence, uuid.uuid4()),
    ):
        with pytest.raises(SequenceError, match="removed meanwhile"):
            call()


def test_the_last_variant_stays(sequence: Sequence, rep: Any) -> None:
    with pytest.raises(SequenceError, match="at least one text"):
        sequences.remove_variant(sequence, current_steps(sequence)[0].key, "A", user=rep)


# --- the sequence as a whole ---


def test_copy_has_new_keys_and_no_approval(sequence: Sequence, rep: Any, mate: Any) -> None:
    _edit(sequence, rep, unchanged=True, approved=True)
    mine = sequence_life.copy(sequence, mate)
    assert mine.owner == mate and mine.state == "draft"
    old = {step.key for step in current_steps(sequence)}
    assert old.isdisjoint(step.key for step in current_steps(mine))
    assert not any(step.unchanged for step in current_steps(mine))


@pytest.mark.parametrize(
    ("before", "after", "ok"),
    [("draft", "running", True), ("running", "paused", True), ("paused", "running", True),
     ("paused", "archived", True), ("archived", "paused", True), ("running", "archived", False),
     ("archived", "running", False), ("draft", "paused", False), ("running", "running", True),
     ("draft", "nonsense", False)],
)  # fmt: skip
def test_states(before: str, after: str, ok: bool, sequence: Sequence) -> None:
    Sequence.objects.update(state=before)
    if ok:
        sequence_life.set_state(sequence, after)
    else:
        with pytest.raises(SequenceError):
            sequence_life.set_state(sequence, after)
    sequence.refresh_from_db()
    assert sequence.state == (after if ok else before)


def test_a_sequence_must_be_ready_to_run(sequence: Sequence, rep: Any) -> None:
    empty = sequence_life.create(rep, "Empty")
    with pytest.raises(SequenceError, match="Add a touch first"):
        sequence_life.set_state(empty, "running")
    Sequence.objects.update(state="draft")
    Variant.objects.filter(step=current_steps(sequence)[0]).update(subject="")
    with pytest.raises(SequenceError, match="needs a subject"):
        sequence_life.set_state(sequence, "running")
    Variant.objects.filter(step=current_steps(sequence)[0]).update(subject="{{snippet:none}}")
    with pytest.raises(SequenceError, match="is no field"):
        sequence_life.set_state(sequence, "running")


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"name": " "}, "name"),
        ({"start": time(9), "end": None}, "window_end"),
        ({"start": time(9), "end": time(9)}, "window_end"),
    ],
)
def test_bad_settings(values: dict[str, Any], field: str, sequence: Sequence) -> None:
    good = {"name": "N", "description": "", "start": time(8), "end": time(9)}
    with pytest.raises(SequenceError) as caught:
        sequence_life.save_settings(sequence, **{**good, **values})
    assert caught.value.field == field


def test_numbers_of_a_touch_survive_its_edit(
    enrolled: Enrollment, sequence: Sequence, rep: Any
) -> None:
    from leads import thread
    from outreach.selectors_sequences import counts_for, step_numbers

    touch = drafting.draft_touch(enrolled)
    assert touch
    Touch.objects.filter(pk=touch.pk).update(state="sent", sent_at=timezone.now())
    for _ in range(2):
        thread.record(lead=enrolled.lead, kind="reply.received", actor="lead", direction="in")
    _edit(sequence, rep, name="Edited")
    found = step_numbers(sequence)[current_steps(sequence)[0].key]
    assert (found.done, found.replied) == (1, 1)
    assert (found.variants["A"].done, found.variants["A"].replied) == (1, 1)
    counts = counts_for(sequence)
    assert (counts.inside, counts.total, counts.replied) == (1, 1, 1)

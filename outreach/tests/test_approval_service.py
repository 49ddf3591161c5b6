"""Approve, take back, edit, skip, cancel, in bulk: one effect each, bound to the text."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from outreach.models import Enrollment, Step, Task, Touch
from outreach.services import approval, policy
from outreach.services.approval import ApprovalError
from outreach.tests.work import another_lead, draft, kinds

pytestmark = pytest.mark.django_db


@pytest.fixture
def touch(lead: Any, sequence: Any, mailbox: Any, workspace: Any) -> Touch:
    return draft(lead, sequence, mailbox)


def approve(touch: Touch, user: Any) -> Touch:
    return approval.approve(touch, user=user, seen_hash=policy.text_hash(touch))


def test_approve_binds_the_text_and_leaves_undo_time(touch: Touch, rep: Any, settings: Any) -> None:
    settings.UNDO_SECONDS = 20
    before = timezone.now()
    approved = approve(touch, rep)
    assert approved.state == "approved"
    assert approved.approved_by == rep
    assert approved.approved_hash == policy.text_hash(touch)
    assert approved.not_before is not None
    assert 19 <= (approved.not_before - before).total_seconds() <= 22
    assert kinds(touch.lead)[-1] == "touch.approved"
    assert touch.lead.events.last().actor == f"user:{rep.pk}"


def test_a_text_that_changed_is_refused(touch: Touch, rep: Any) -> None:
    seen = policy.text_hash(touch)
    Touch.objects.filter(pk=touch.pk).update(body="Other words, nobody has read them yet.")
    with pytest.raises(ApprovalError, match="The text changed meanwhile. Read it again."):
        approval.approve(touch, user=rep, seen_hash=seen)
    touch.refresh_from_db()
    assert touch.state == "draft" and touch.approved_hash == ""
    assert "touch.approved" not in kinds(touch.lead)


@pytest.mark.parametrize("seen", ["", "0" * 64, "x"])
def test_a_made_up_hash_approves_nothing(touch: Touch, rep: Any, seen: str) -> None:
    with pytest.raises(ApprovalError):
        approval.approve(touch, user=rep, seen_hash=seen)
    assert Touch.objects.get(pk=touch.pk).state == "draft"


def test_a_changed_address_counts_as_a_changed_text(touch: Touch, rep: Any) -> None:
    seen = policy.text_hash(touch)
    Touch.objects.filter(pk=touch.pk).update(to_address="somebody@else.example")
    with pytest.raises(ApprovalError, match="changed meanwhile"):
        approval.approve(touch, user=rep, seen_hash=seen)


def test_the_update_itself_misses_a_text_that_changed_after_the_read(
    touch: Touch, rep: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def edited_by_somebody(given: Touch) -> list[Any]:
        Touch.objects.filter(pk=given.pk).update(body="Edited between the read and the update.")
        return []

    monkeypatch.setattr(approval, "recheck", edited_by_somebody)
    with pytest.raises(ApprovalError, match="changed meanwhile"):
        approve(touch, rep)
    assert Touch.objects.get(pk=touch.pk).state == "draft"


def test_the_second_is_told_who_was_faster(touch: Touch, rep: Any, manager: Any) -> None:
    seen = policy.text_hash(touch)
    approval.approve(touch, user=rep, seen_hash=seen)
    with pytest.raises(ApprovalError, match="Already approved by Jonas Weber"):
        approval.approve(touch, user=manager, seen_hash=seen)
    assert kinds(touch.lead).count("touch.approved") == 1


def test_a_hole_in_the_text_blocks(touch: Touch, rep: Any) -> None:
    Touch.objects.filter(pk=touch.pk).update(body=f"Hi {{{{first_name}}}}, {touch.body}")
    touch.refresh_from_db()
    with pytest.raises(ApprovalError, match="Not yet") as caught:
        approve(touch, rep)
    assert caught.value.code == "blocked"
    touch.refresh_from_db()
    assert touch.state == "draft" and not touch.checks_passed


def test_undo_makes_it_a_draft_again(touch: Touch, rep: Any) -> None:
    approve(touch, rep)
    assert approval.undo(touch, user=rep)
    touch.refresh_from_db()
    assert (touch.state, touch.approved_by, touch.approved_hash) == ("draft", None, "")
    assert touch.not_before is None
    assert kinds(touch.lead)[-1] == "touch.unapproved"
    assert not approval.undo(touch, user=rep), "a draft has nothing to take back"


@pytest.mark.parametrize("state", ["sending", "sent", "failed", "unknown", "cancelled"])
def test_undo_is_too_late_once_it_is_on_its_way(touch: Touch, rep: Any, state: str) -> None:
    approve(touch, rep)
    Touch.objects.filter(pk=touch.pk).update(state=state)
    assert not approval.undo(touch, user=rep)
    assert Touch.objects.get(pk=touch.pk).state == state


def test_edit_keeps_the_new_words_and_checks_them(touch: Touch, rep: Any) -> None:
    changed = approval.edit(
        touch,
        user=rep,
        subject="  Night\r\nBcc: x@y.example ",
        body="Short.",
        seen_hash=policy.text_hash(touch),
    )
    assert changed.subject == "Night Bcc: x@y.example", "one line, no header"
    assert changed.body == "Short."
    assert not changed.checks_passed
    assert changed.state == "draft"


def test_edit_after_approval_takes_the_approval_back(touch: Touch, rep: Any) -> None:
    approve(touch, rep)
    touch.refresh_from_db()
    seen = policy.text_hash(touch)
    changed = approval.edit(touch, user=rep, subject="Other", body=touch.body, seen_hash=seen)
    assert changed.state == "draft" and changed.approved_hash == ""
    assert kinds(touch.lead)[-1] == "touch.unapproved"


def test_edit_of_a_text_somebody_else_changed_is_refused(touch: Touch, rep: Any) -> None:
    seen = policy.text_hash(touch)
    approval.edit(touch, user=rep, subject="First", body=touch.body, seen_hash=seen)
    with pytest.raises(ApprovalError, match="changed meanwhile"):
        approval.edit(touch, user=rep, subject="Second", body=touch.body, seen_hash=seen)
    assert Touch.objects.get(pk=touch.pk).subject == "First"


def test_edit_is_refused_once_sent(touch: Touch, rep: Any) -> None:
    Touch.objects.filter(pk=touch.pk).update(state="sent")
    with pytest.raises(ApprovalError, match="no longer waiting"):
        approval.edit(touch, user=rep, subject="X", body="Y", seen_hash=policy.text_hash(touch))


def test_skip_plans_the_next_touch(touch: Touch, rep: Any, sequence: Any) -> None:
    skipped = approval.skip(touch, user=rep, reason="bad_timing")
    assert (skipped.state, skipped.skip_reason) == ("skipped", "bad_timing")
    enrollment = Enrollment.objects.get(pk=touch.enrollment_id)
    assert enrollment.next_step_key == sequence.steps.get(position=2).key
    assert enrollment.state == "active"
    assert "touch.skipped" in kinds(touch.lead)


def test_skip_of_the_wrong_person_pauses_the_sequence(touch: Touch, rep: Any) -> None:
    approval.skip(touch, user=rep, reason="wrong_person")
    enrollment = Enrollment.objects.get(pk=touch.enrollment_id)
    assert (enrollment.state, enrollment.reason_note) == ("paused", "Wrong person")


def test_skip_needs_a_known_reason_and_a_waiting_touch(touch: Touch, rep: Any) -> None:
    with pytest.raises(ApprovalError, match="Choose a reason"):
        approval.skip(touch, user=rep, reason="because")
    approval.skip(touch, user=rep, reason="other")
    with pytest.raises(ApprovalError, match="no longer waiting"):
        approval.skip(touch, user=rep, reason="other")


def test_a_skip_can_be_taken_back_while_nothing_followed(touch: Touch, rep: Any) -> None:
    approval.skip(touch, user=rep, reason="bad_text")
    assert approval.undo(touch, user=rep)
    touch.refresh_from_db()
    assert (touch.state, touch.skip_reason) == ("draft", "")
    assert Enrollment.objects.get(pk=touch.enrollment_id).next_step_key == touch.step_key


def test_a_skip_stays_once_the_next_touch_was_made(
    touch: Touch, rep: Any, sequence: Any, mailbox: Any
) -> None:
    approval.skip(touch, user=rep, reason="bad_text")
    draft(touch.lead, sequence, mailbox, number=3)
    assert not approval.undo(touch, user=rep)
    assert Touch.objects.get(pk=touch.pk).state == "skipped"


def test_an_approved_call_becomes_a_task_of_the_owner(
    lead: Any, sequence: Any, mailbox: Any, workspace: Any, manager: Any, rep: Any
) -> None:
    call = draft(lead, sequence, mailbox, number=4)
    approved = approve(call, manager)
    assert approved.state == "todo" and approved.not_before is None
    task = Task.objects.get(touch=call)
    assert (task.owner, task.kind, task.channel) == (rep, "touch", "phone")
    assert approval.undo(call, user=manager)
    assert not Task.objects.filter(touch=call).exists()
    approve(Touch.objects.get(pk=call.pk), manager)
    assert Task.objects.filter(touch=call, state="open").count() == 1


def test_cancel_takes_what_waits_and_leaves_what_is_being_sent(
    touch: Touch, rep: Any, sequence: Any, mailbox: Any
) -> None:
    other = draft(another_lead(rep), sequence, mailbox)
    Touch.objects.filter(pk=other.pk).update(state="sending")
    count = approval.cancel([touch, other], "opted_out")
    assert count == 1
    assert Touch.objects.get(pk=touch.pk).state == "cancelled"
    assert Touch.objects.get(pk=other.pk).state == "sending"
    assert kinds(touch.lead)[-1] == "touch.cancelled"


def test_bulk_approves_only_what_passes_and_reads_the_same(
    touch: Touch, rep: Any, sequence: Any, mailbox: Any
) -> None:
    changed = draft(another_lead(rep, 1), sequence, mailbox)
    worse = draft(another_lead(rep, 2), sequence, mailbox)
    seen = {one: policy.text_hash(one) for one in (touch, changed, worse)}
    text = f"{changed.body} One more line."
    Touch.objects.filter(pk=changed.pk).update(body=text, machine_body=text)
    Touch.objects.filter(pk=worse.pk).update(body="Too short.")
    worse.refresh_from_db()
    seen[worse] = policy.text_hash(worse)
    count, refused = approval.approve_bulk(rep, seen)
    assert count == 1
    assert Touch.objects.get(pk=touch.pk).state == "approved"
    assert Touch.objects.get(pk=changed.pk).state == "draft"
    assert Touch.objects.get(pk=worse.pk).state == "draft"
    assert len(refused) == 2
    assert any("changed meanwhile" in line for line in refused)
    assert any("Needs a look" in line for line in refused)


def test_bulk_twice_approves_once(touch: Touch, rep: Any) -> None:
    seen = {touch: policy.text_hash(touch)}
    assert approval.approve_bulk(rep, seen)[0] == 1
    count, refused = approval.approve_bulk(rep, seen)
    assert count == 0 and "Already approved" in refused[0]


def _unchanged(touch: Touch, user: Any) -> Touch:
    Step.objects.filter(pk=touch.step_id).update(unchanged=True, unchanged_approved_by=user)
    return Touch.objects.get(pk=touch.pk)


def test_an_unchanged_template_goes_in_the_name_of_who_approved_it(
    touch: Touch, manager: Any
) -> None:
    assert approval.approve_unchanged(_unchanged(touch, manager))
    touch.refresh_from_db()
    assert (touch.state, touch.approved_by) == ("approved", manager)
    assert touch.approved_hash == policy.text_hash(touch)
    assert touch.lead.events.last().data["unchanged"] is True


@pytest.mark.parametrize(
    "change",
    [
        {"writer": "ai:some-model"},
        {"body": "Edited by hand, so it is no longer the template's text."},
        {"channel": "linkedin"},
        {"body": "Short.", "machine_body": "Short."},
    ],
)
def test_anything_else_waits_for_a_person(touch: Touch, manager: Any, change: Any) -> None:
    Touch.objects.filter(pk=touch.pk).update(**change)
    assert not approval.approve_unchanged(_unchanged(touch, manager))
    assert Touch.objects.get(pk=touch.pk).state == "draft"


def test_no_template_goes_out_for_somebody_who_left(touch: Touch, manager: Any) -> None:
    manager.is_active = False
    manager.save()
    assert not approval.approve_unchanged(_unchanged(touch, manager))


def test_nothing_goes_unchanged_without_the_mark(touch: Touch) -> None:
    assert not approval.approve_unchanged(touch)


def test_an_approved_answer_settles_what_asked_for_it_and_undo_reopens_it(
    lead: Any, mailbox: Any, rep: Any, workspace: Any
) -> None:
    from outreach.services import worklist

    task = worklist.add("answer", owner=rep, lead=lead, title="Asks a question")
    answer = Touch.objects.create(
        lead=lead, kind="reply", channel="email", mailbox=mailbox, author=rep, writer="user",
        to_address=lead.email, subject="Night alarms", body=f"Hi Marta, {'good words ' * 40}",
        due_at=timezone.now(), message_id="<r1@x.example>",
    )  # fmt: skip
    approve(answer, rep)
    task.refresh_from_db()
    assert task.state == "done"
    assert approval.undo(answer, user=rep)
    task.refresh_from_db()
    assert (task.state, task.outcome, task.closed_by) == ("open", "", None)


def test_expected_at_says_when_or_why_not(touch: Touch, rep: Any) -> None:
    later = timezone.now() + timedelta(days=3)
    Touch.objects.filter(pk=touch.pk).update(due_at=later)
    approved = approve(Touch.objects.get(pk=touch.pk), rep)
    at, why = approval.expected_at(approved)
    assert at is not None and at >= later and why == ""


def test_expected_at_names_what_holds_it(touch: Touch, rep: Any, workspace: Any) -> None:
    approved = approve(touch, rep)
    enroll_state = Enrollment.objects.filter(pk=touch.enrollment_id)
    enroll_state.update(state="paused", reason="replied")
    at, why = approval.expected_at(Touch.objects.get(pk=approved.pk))
    assert at is None and why

"""Making drafts: once for each touch, threaded, by the right channel, in the right words."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from leads.models import Lead, ThreadEvent
from outreach.models import Enrollment, Mailbox, Sequence, Step, Touch, Variant
from outreach.services import composing, drafting, enrollment, planning
from outreach.services.drafting import DraftError
from outreach.services.sequences import current_steps


@pytest.fixture
def enrolled(lead: Lead, sequence: Sequence, rep: Any, mailbox: Any, workspace: Any) -> Enrollment:
    return enrollment.enroll(lead, sequence, user=rep, mailbox=mailbox)


def _sent(touch: Touch) -> Touch:
    Touch.objects.filter(pk=touch.pk).update(state="sent", sent_at=timezone.now())
    touch.refresh_from_db()
    planning.touch_done(touch, timezone.now())
    return touch


def _next(enrolled: Enrollment) -> Touch:
    touch = drafting.draft_touch(enrolled)
    assert touch is not None
    return touch


def test_a_draft_has_everything(enrolled: Enrollment, mailbox: Mailbox) -> None:
    touch = _next(enrolled)
    assert touch.state == "draft"
    assert (touch.subject, touch.number, touch.writer) == (
        "A question for Polna Bakeries", 1, "template",
    )  # fmt: skip
    assert touch.body.startswith("Hi Marta,") and touch.body.endswith("Jonas Weber")
    assert touch.machine_body == touch.body
    assert touch.to_address == "m.kowalczyk@polna.example"
    assert touch.message_id and touch.message_id.endswith("@halden.example>")
    assert (touch.in_reply_to, touch.references) == ("", "")
    assert touch.mailbox == mailbox and touch.due_at == enrolled.next_due_at
    assert touch.checks and touch.variant and touch.variant.label == "A"
    event = ThreadEvent.objects.get(kind="touch.drafted")
    assert event.data["touch"] == touch.pk and event.actor == "system"


def test_drafting_twice_gives_the_same_one(enrolled: Enrollment) -> None:
    assert _next(enrolled).pk == _next(enrolled).pk
    assert Touch.objects.count() == 1
    assert ThreadEvent.objects.filter(kind="touch.drafted").count() == 1


def test_a_second_writer_loses_quietly(enrolled: Enrollment, monkeypatch: Any) -> None:
    first = _next(enrolled)
    answers = iter([None, first])
    monkeypatch.setattr(drafting, "_made_before", lambda _enrollment: next(answers))
    assert drafting.draft_touch(enrolled) == first
    assert Touch.objects.count() == 1


@pytest.mark.parametrize("state", ["paused", "finished", "stopped"])
def test_nothing_for_who_is_not_active(state: str, enrolled: Enrollment) -> None:
    Enrollment.objects.update(state=state)
    assert drafting.draft_touch(enrolled) is None
    assert not Touch.objects.exists()


def test_a_follow_up_stands_in_the_thread(enrolled: Enrollment, sequence: Sequence) -> None:
    Variant.objects.filter(step=current_steps(sequence)[2]).update(subject="")
    first = _sent(_next(enrolled))
    task = _next(enrolled)
    assert (task.channel, task.message_id, task.mailbox) == ("linkedin", None, None)
    assert task.state == "draft" and task.to_address.startswith("https://www.linkedin.com/")
    _sent(task)
    second = _next(enrolled)
    assert second.subject == "Re: A question for Polna Bakeries"
    assert second.in_reply_to == first.message_id == second.references
    assert second.message_id != first.message_id
    third_body = second.checks
    assert not [c for c in third_body if c["code"] == "honesty_re"]


def test_references_grow_and_own_subjects_stay(enrolled: Enrollment) -> None:
    first = _sent(_next(enrolled))
    _sent(_next(enrolled))
    second = _sent(_next(enrolled))
    assert second.subject == "A question for Polna Bakeries"
    _sent(_next(enrolled))
    third = _next(enrolled)
    assert third.references.split() == [first.message_id, second.message_id]
    assert third.in_reply_to == second.message_id


@pytest.mark.parametrize("state", ["failed", "unknown", "cancelled", "skipped"])
def test_no_re_without_a_sent_mail(state: str, enrolled: Enrollment, sequence: Sequence) -> None:
    Variant.objects.filter(step=current_steps(sequence)[2]).update(subject="")
    for _ in range(2):
        touch = _next(enrolled)
        Touch.objects.filter(pk=touch.pk).update(state=state)
        third = current_steps(sequence)[2].key
        Enrollment.objects.update(next_step_key=current_steps(sequence)[1].key)
    Enrollment.objects.update(next_step_key=third)
    second = _next(enrolled)
    assert second.subject == "A question for Polna Bakeries"
    assert second.in_reply_to == ""


def test_the_fallback_channel_is_used(enrolled: Enrollment, sequence: Sequence) -> None:
    Step.objects.filter(pk=current_steps(sequence)[1].pk).update(fallback_channel="phone")
    Lead.objects.update(linkedin_url="")
    _sent(_next(enrolled))
    touch = _next(enrolled)
    assert (touch.channel, touch.to_address) == ("phone", "+48615550127")


def test_an_unreachable_touch_is_skipped_with_a_reason(enrolled: Enrollment) -> None:
    Lead.objects.update(linkedin_url="")
    _sent(_next(enrolled))
    assert drafting.draft_touch(enrolled) is None
    skipped = Touch.objects.get(state="skipped")
    assert (skipped.channel, skipped.skip_reason) == ("linkedin", "no_channel")
    assert ThreadEvent.objects.get(kind="touch.skipped").data["reason"] == "no_channel"
    assert _next(enrolled).number == 3


def test_a_condition_that_does_not_hold_skips(enrolled: Enrollment, sequence: Sequence) -> None:
    Step.objects.filter(pk=current_steps(sequence)[0].pk).update(condition="score_warm")
    assert drafting.draft_touch(enrolled) is None
    assert Touch.objects.get().skip_reason == "condition"
    enrolled.refresh_from_db()
    assert enrolled.next_step_key == current_steps(sequence)[1].key


def test_a_removed_step_plans_the_next(enrolled: Enrollment, sequence: Sequence) -> None:
    Step.objects.filter(pk=current_steps(sequence)[0].pk).update(until_version=2)
    assert drafting.draft_touch(enrolled) is None
    enrolled.refresh_from_db()
    assert enrolled.next_step_key == current_steps(sequence)[0].key


def test_unchanged_goes_out_in_the_approvers_name(
    enrolled: Enrollment, sequence: Sequence, rep: Any
) -> None:
    step = current_steps(sequence)[0]
    Step.objects.filter(pk=step.pk).update(unchanged=True, unchanged_approved_by=rep)
    body = "Hi {{first_name}},\n\n" + "we look after cold rooms and ask how you do it. " * 5
    step.variants.update(body=body)
    touch = _next(enrolled)
    assert (touch.state, touch.approved_by) == ("approved", rep)


def test_unchanged_with_a_hole_waits_for_a_person(
    enrolled: Enrollment, sequence: Sequence, rep: Any
) -> None:
    step = current_steps(sequence)[0]
    Step.objects.filter(pk=step.pk).update(unchanged=True, unchanged_approved_by=rep)
    step.variants.update(body="Call me: {{sender_phone}}. " + "words and words " * 30)
    touch = _next(enrolled)
    assert touch.state == "draft"
    assert not touch.checks_passed
    assert "{{sender_phone}}" in touch.body


def test_variants_are_shared_out_by_weight_and_kept(
    enrolled: Enrollment, sequence: Sequence
) -> None:
    step = current_steps(sequence)[0]
    Variant.objects.create(step=step, label="B", subject="B", body="B", weight=3)
    Variant.objects.create(step=step, label="C", subject="C", body="C", weight=0)
    variants = list(Variant.objects.filter(step=step))
    labels = []
    for seed in range(400):
        enrolled.variant_seed = seed
        chosen = drafting.pick(variants, enrolled)
        assert chosen == drafting.pick(variants, enrolled)
        labels.append(chosen.label if chosen else "")
    assert labels.count("C") == 0
    assert 0.15 < labels.count("A") / 400 < 0.35
    assert drafting.pick([], enrolled) is None


def test_redraft_takes_the_next_variant_and_todays_fields(
    enrolled: Enrollment, sequence: Sequence
) -> None:
    touch = _next(enrolled)
    step = current_steps(sequence)[0]
    Variant.objects.create(step=step, label="B", subject="B for {{first_name}}", body="Text B")
    Lead.objects.update(first_name="Marie")
    again = drafting.redraft(touch)
    assert (again.subject, again.body, again.variant and again.variant.label) == (
        "B for Marie", "Text B", "B",
    )  # fmt: skip
    assert again.message_id == touch.message_id
    assert drafting.redraft(again).subject == "A question for Polna Bakeries"


def test_redraft_refuses_what_waits_no_longer(enrolled: Enrollment) -> None:
    touch = _next(enrolled)
    Touch.objects.update(state="approved")
    with pytest.raises(DraftError, match="changed meanwhile"):
        drafting.redraft(touch)


def test_redraft_refuses_hand_written_words(
    lead: Lead, rep: Any, mailbox: Any, workspace: Any
) -> None:
    touch = composing.compose(lead, user=rep, channel="email", subject="S", body="B")
    with pytest.raises(DraftError, match="by hand"):
        drafting.redraft(touch)


# --- hand-written ---


def test_compose_fills_fields_and_keeps_the_thread(
    lead: Lead, rep: Any, mailbox: Any, workspace: Any
) -> None:
    later = timezone.now() + timedelta(days=1)
    touch = composing.compose(
        lead, user=rep, channel="email", subject="Re: x\r\nBcc: y", body="Hi {{first_name}}\r\n",
        kind="reply", in_reply_to="<3@x>", references="<1@x> <2@x>", send_at=later,
    )  # fmt: skip
    assert (touch.subject, touch.body) == ("Re: x Bcc: y", "Hi Marta")
    assert touch.references == "<1@x> <2@x> <3@x>"
    assert (touch.author, touch.writer, touch.state) == (rep, "user", "draft")
    assert (touch.mailbox, touch.due_at) == (mailbox, later)
    assert touch.machine_body == ""
    assert ThreadEvent.objects.get(kind="touch.drafted").actor == rep.actor


@pytest.mark.parametrize(
    ("channel", "subject", "body", "field"),
    [
        ("email", " ", "b", "subject"),
        ("email", "s", " \n", "body"),
        ("pigeon", "s", "b", "channel"),
    ],
)
def test_compose_refuses(
    channel: str, subject: str, body: str, field: str, lead: Lead, rep: Any, mailbox: Any
) -> None:
    with pytest.raises(DraftError) as caught:
        composing.compose(lead, user=rep, channel=channel, subject=subject, body=body)
    assert caught.value.field == field
    assert not Touch.objects.exists()


def test_compose_needs_an_address_and_a_mailbox(lead: Lead, rep: Any, workspace: Any) -> None:
    with pytest.raises(DraftError, match="Connect a mailbox"):
        composing.compose(lead, user=rep, channel="email", subject="s", body="b")
    lead.email = None
    with pytest.raises(DraftError, match="has no e-mail address"):
        composing.compose(lead, user=rep, channel="email", subject="s", body="b")


def test_compose_keeps_the_sender_the_lead_knows(
    lead: Lead, rep: Any, mailbox: Mailbox, workspace: Any
) -> None:
    second = Mailbox.objects.create(user=rep, address="two@halden.example", transport="file")
    for box in (second, mailbox):
        composing.compose(lead, user=rep, channel="email", subject="s", body="b")
        Touch.objects.update(mailbox=second, sent_at=timezone.now(), state="sent")
        assert composing.mailbox_for(lead, rep) == second
        assert box.user == rep


@pytest.mark.parametrize(
    ("subject", "reply"),
    [
        ("x", "Re: x"),
        ("Re: x", "Re: x"),
        ("RE:re: x", "Re: x"),
        ("", ""),
        ("Regards", "Re: Regards"),
    ],
)
def test_reply_subject(subject: str, reply: str) -> None:
    assert drafting.reply_subject(subject) == reply


def test_chain_keeps_the_first_and_the_last() -> None:
    ids = [f"<{n}@x>" for n in range(50)]
    found = drafting.chain(" ".join(ids), "<50@x>").split()
    assert len(found) == 20 and found[0] == "<0@x>" and found[-1] == "<50@x>"
    assert drafting.chain("<1@x> <1@x>", "<1@x>") == "<1@x>"

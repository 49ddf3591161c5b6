"""The rules on signals: each fires once, says why, is switched off and taken back."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from leads import thread
from leads.models import Decision, Lead, ThreadEvent
from leads.services import consent, decisions
from outreach.models import CadenceRule, Enrollment, Task, Touch
from outreach.services import (
    answers,
    cadence,
    cadence_acts,
    cadence_rules,
    cadence_undo,
    cadence_watch,
    drafting,
    planning,
)
from outreach.services import enrollment as enrollments


@pytest.fixture(autouse=True)
def _ready(workspace: Any, mailbox: Any, manager: Any) -> None:
    """A workspace, a mailbox to send from, and somebody who manages the team."""


def classified(
    lead: Lead, channel: str = "email", body: str = "Far too expensive.", **data: Any
) -> ThreadEvent:
    number = ThreadEvent.objects.count()
    received = answers.note_reply(
        lead, channel=channel, text=body, actor="lead",
        occurred_at=timezone.now(), dedupe_key=f"m:{number}",
    )  # fmt: skip
    assert received is not None
    said = {"event": received.pk, "disposition": "other", "confidence": 0.9, **data}
    event = thread.record(lead=lead, kind="reply.classified", actor="ai:local", data=said)
    assert event is not None
    return event


def rules() -> list[str]:
    return sorted(
        set(Decision.objects.filter(rule__in=cadence_rules.BY_CODE).values_list("rule", flat=True))
    )


@pytest.mark.parametrize(
    ("data", "code", "title"),
    [
        ({"disposition": "objection", "kind": "price"}, "price_concern", "Price worries Marta"),
        ({"disposition": "objection", "kind": "competitor"}, "competitor_named", "Marta names"),
        ({"urgency": "high"}, "hot_reply", "Call Marta within 60 minutes"),
        ({"sentiment": "negative"}, "negative_tone", "Marta Kowalczyk sounds unhappy"),
    ],
)
def test_a_signal_starts_its_rule_once(lead, manager, data, code, title):
    event = classified(lead, **data)
    assert cadence_acts.follow(event) == 1
    assert cadence_acts.follow(event) == 0
    assert rules() == [code]
    row = Decision.objects.get(rule=code)
    assert row.event_id == event.data["event"] and row.why
    task = Task.objects.get(dedupe_key=f"rule:{code}:{row.event_id}")
    assert task.title.startswith(title)
    assert (task.owner == manager) == (code == "negative_tone")
    if code == "hot_reply":
        assert task.channel == "phone" and task.deadline_at is not None


def test_a_polite_no_is_no_anger_and_an_angry_word_is_told_whatever_the_class(lead):
    polite = classified(lead, disposition="not_interested", sentiment="negative")
    assert cadence_acts.follow(polite) == 0
    unsure = classified(lead, disposition="interested", abstained=True, body="This is annoying.")
    assert cadence_acts.follow(unsure) == 1
    assert rules() == ["negative_tone"]


def test_a_rule_that_is_off_does_nothing(lead):
    CadenceRule.objects.create(code="price_concern", on=False)
    assert cadence_acts.follow(classified(lead, disposition="objection", kind="price")) == 0


@pytest.mark.parametrize(
    "data",
    [{"abstained": True}, {"disposition": "opt_out"}, {"disposition": "out_of_office"}],
)
def test_nothing_follows_from_doubt_a_stop_or_an_absence(lead, data):
    event = classified(lead, **{"urgency": "high", "sentiment": "negative", **data})
    assert cadence_acts.follow(event) == 0


def test_a_corrected_class_no_longer_counts(lead):
    event = classified(lead, urgency="high")
    said = {"event": event.data["event"], "disposition": "question", "confidence": 1.0}
    thread.record(lead=lead, kind="reply.classified", actor="user:1", data=said)
    assert cadence_acts.follow(event) == 0


def test_an_act_is_taken_back(lead, rep):
    cadence_acts.follow(classified(lead, urgency="high"))
    row = Decision.objects.get(rule="hot_reply")
    assert decisions.undo(row, rep) == "The line is gone from Today."
    assert Task.objects.get(pk=row.undo["task"]).state == "skipped"
    line = next(x for x in cadence_rules.table() if x.setting.rule.code == "hot_reply")
    assert (line.fired, line.undone) == (1, 1)


def test_a_sequence_that_went_on_waits_again(lead, sequence, rep):
    row = enrollments.enroll(lead, sequence, user=rep)
    event = classified(lead, disposition="objection", kind="price")
    row.refresh_from_db()
    enrollments.resume(row, actor=rep.actor)
    cadence_acts.follow(event)
    row.refresh_from_db()
    assert (row.state, row.reason_note) == ("paused", "Price worries them")


def click(lead: Lead, number: int = 1) -> ThreadEvent:
    event = thread.record(
        lead=lead, kind="link.clicked", actor="lead", channel="email",
        data={"url": "https://h.example/"}, dedupe_key=f"click:{number}",
    )  # fmt: skip
    assert event is not None
    return event


def test_a_click_is_a_good_moment_once_a_day(lead):
    assert [cadence_acts.follow(click(lead, n)) for n in (1, 2)] == [1, 0]
    task = Task.objects.get(kind="moment")
    assert task.title == "Good moment to reach Marta"
    assert task.deadline_at - task.due_at == timedelta(hours=4)


def test_a_click_of_somebody_who_waits_for_an_answer_adds_nothing(lead):
    classified(lead)
    assert cadence_acts.follow(click(lead)) == 0


# --- another channel ---


def silent_mails(sequence: Any, lead: Lead, rep: Any) -> Enrollment:
    sequence.adaptive = True
    sequence.save()
    row = enrollments.enroll(lead, sequence, user=rep)
    steps = planning.current_steps(sequence)
    for step in (steps[0], steps[2]):
        Touch.objects.create(
            lead=lead, enrollment=row, step=step, step_key=step.key, channel="email",
            state="sent", due_at=timezone.now(), sent_at=timezone.now(),
        )  # fmt: skip
    Enrollment.objects.filter(pk=row.pk).update(next_step_key=steps[4].key)
    row.refresh_from_db()
    return row


def test_two_mails_without_a_sign_propose_another_channel(sequence, lead, rep):
    row = silent_mails(sequence, lead, rep)
    assert cadence_watch.watch(timezone.now()) == 1
    assert cadence_watch.watch(timezone.now()) == 0
    said = Decision.objects.get(rule="channel_change")
    assert (said.state, said.evidence["channel"]) == ("proposed", "phone")
    assert cadence.channel_instead(row) == "", "nothing changes before somebody accepts"
    assert "Proposed: Call in place" in " ".join(cadence.planned_by(row))
    assert cadence_undo.settle(said, accept=True, user=rep)
    assert not cadence_undo.settle(said, accept=False, user=rep)
    assert cadence.channel_instead(row) == "phone"
    touch = drafting.draft_touch(row)
    assert touch is not None and (touch.channel, touch.state) == ("phone", "draft")


def test_a_text_needs_the_yes(sequence, lead, rep):
    Lead.objects.filter(pk=lead.pk).update(phone="+48601234567")
    row = silent_mails(sequence, Lead.objects.get(pk=lead.pk), rep)
    assert cadence_watch.other_channel(row) == "phone"
    consent.record_consent(lead, "sms", "Form", "Yes", "lead")
    assert cadence_watch.other_channel(row) == "sms"


def test_a_sign_ends_the_silence_and_plain_sequences_are_left_alone(sequence, lead, rep):
    silent_mails(sequence, lead, rep)
    later = timezone.now() + timedelta(minutes=1)
    Lead.objects.filter(pk=lead.pk).update(last_sign_at=later)
    assert cadence_watch.watch(timezone.now()) == 0
    Lead.objects.filter(pk=lead.pk).update(last_sign_at=None)
    type(sequence).objects.update(adaptive=False)
    assert cadence_watch.watch(timezone.now()) == 0


def test_an_answer_by_text_proposes_texts(sequence, lead, rep):
    Lead.objects.filter(pk=lead.pk).update(phone="+48601234567", score=80)
    lead.refresh_from_db()
    consent.record_consent(lead, "sms", "Form", "Yes", "lead")
    sequence.adaptive = True
    sequence.save()
    enrollments.enroll(lead, sequence, user=rep)
    assert cadence_acts.follow(classified(lead, channel="sms")) == 1
    states = Decision.objects.filter(rule="sms_answered").values_list("state", flat=True)
    assert sorted(states) == ["done", "proposed"]


# --- silence ---


def test_weeks_of_silence_bring_up_a_line_once(lead, rep, django_assert_max_num_queries):
    long_ago = timezone.now() - timedelta(days=25)
    Touch.objects.create(
        lead=lead, channel="email", state="sent", due_at=long_ago, sent_at=long_ago
    )
    assert cadence_watch.watch(timezone.now() - timedelta(days=10)) == 0
    with django_assert_max_num_queries(16):
        assert cadence_watch.watch(timezone.now()) == 1
    assert cadence_watch.watch(timezone.now()) == 0
    assert Task.objects.get().title == "Say goodbye to Marta, or once a month from here"
    assert Decision.objects.get(rule="silent_21").why.startswith("No sign for 25 days")


def test_who_is_on_the_list_is_left_in_peace(lead):
    from leads.services import suppression

    suppression.suppress(
        address=lead.email, reason="opted_out", source="x", actor="system", lead=lead
    )
    long_ago = timezone.now() - timedelta(days=25)
    Touch.objects.create(
        lead=lead, channel="email", state="sent", due_at=long_ago, sent_at=long_ago
    )
    assert cadence_watch.watch(timezone.now()) == 0


# --- the table ---


def test_numbers_are_checked_and_kept(owner):
    with pytest.raises(cadence_rules.RuleError):
        cadence_rules.save("silent_21", on=True, numbers={"days": 3}, user=owner)
    with pytest.raises(cadence_rules.RuleError):
        cadence_rules.save(
            "adaptive_pace", on=True, numbers={"hot_low": 5, "hot_high": 2}, user=owner
        )
    cadence_rules.save("silent_21", on=False, numbers={"days": 30}, user=owner)
    assert not cadence_rules.is_on("silent_21")
    assert cadence_rules.params("silent_21") == {"days": 30}
    CadenceRule.objects.filter(code="silent_21").update(params={"days": "x", "old": 1})
    assert cadence_rules.params("silent_21") == {"days": 21}


def test_the_table_takes_two_queries(django_assert_num_queries):
    with django_assert_num_queries(2):
        assert len(cadence_rules.table()) == len(cadence_rules.RULES)

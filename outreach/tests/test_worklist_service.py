"""Tasks of Today: adding once, snoozing, closing, taking back; calls and LinkedIn."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from leads.models import ThreadEvent
from leads.services import lifecycle
from outreach.models import Enrollment, Task, Touch
from outreach.panels_nav import nav_counts
from outreach.selectors_work import board
from outreach.services import approval, calls, enrollment, handwork, policy, worklist
from outreach.services.worklist import WorklistError
from outreach.tests.work import draft, kinds, task

pytestmark = pytest.mark.django_db


@pytest.fixture
def call(lead: Any, sequence: Any, mailbox: Any, workspace: Any, rep: Any) -> Task:
    return _todo(draft(lead, sequence, mailbox, number=4), rep)


@pytest.fixture
def note(lead: Any, sequence: Any, mailbox: Any, workspace: Any, rep: Any) -> Task:
    return _todo(draft(lead, sequence, mailbox, number=2), rep)


def _todo(touch: Touch, user: Any) -> Task:
    approval.approve(touch, user=user, seen_hash=policy.text_hash(touch))
    return Task.objects.select_related("lead", "touch").get(touch=touch)


def again(given: Task) -> Task:
    return Task.objects.select_related("lead", "touch__enrollment").get(pk=given.pk)


def test_a_key_is_used_once(rep: Any, lead: Any) -> None:
    first = worklist.add("answer", owner=rep, lead=lead, title="A", dedupe_key="reply:1")
    assert first is not None
    assert worklist.add("answer", owner=rep, lead=lead, title="A", dedupe_key="reply:1") is None
    worklist.done(first, user=rep)
    assert worklist.add("answer", owner=rep, lead=lead, title="A", dedupe_key="reply:1") is None
    assert worklist.add("answer", owner=rep, lead=lead, title="B") is not None


def test_titles_from_outside_become_one_clean_line(rep: Any) -> None:
    made = task(rep, title="Hello\r\n\x00\u202eevil " + "x" * 500, why="y" * 900)
    assert "\n" not in made.title and "\u202e" not in made.title
    assert len(made.title) <= 160 and len(made.why) <= 300


def test_done_once_the_second_is_told_by_whom(rep: Any, mate: Any, lead: Any) -> None:
    made = task(rep, lead=lead)
    worklist.done(made, user=rep, note=" Sent the list. ")
    made.refresh_from_db()
    assert (made.state, made.closed_by, made.note) == ("done", rep, "Sent the list.")
    with pytest.raises(WorklistError, match="Already done by Jonas Weber"):
        worklist.done(again(made), user=mate)
    assert kinds(lead).count("task.done") == 1


def test_snooze_hides_until_then(rep: Any) -> None:
    made, until = task(rep), timezone.now() + timedelta(hours=1)
    worklist.snooze(made, until, rep)
    assert again(made).snoozed_until == until
    worklist.undo(again(made), rep)
    assert again(made).snoozed_until is None


@pytest.mark.parametrize("days", [-1, 0, 400])
def test_snooze_only_to_a_moment_to_come(rep: Any, days: int) -> None:
    made = task(rep)
    with pytest.raises(WorklistError, match="Choose a moment"):
        worklist.snooze(made, timezone.now() + timedelta(days=days), rep)


def test_a_closed_task_cannot_be_snoozed(rep: Any) -> None:
    made = task(rep)
    worklist.skip(made, rep, "other")
    with pytest.raises(WorklistError, match="Already skipped by"):
        worklist.snooze(again(made), timezone.now() + timedelta(hours=1), rep)


def test_skip_needs_a_known_reason(rep: Any) -> None:
    made = task(rep)
    with pytest.raises(WorklistError, match="Choose a reason"):
        worklist.skip(made, rep, "<script>")
    assert again(made).state == "open"


def test_reached_logs_the_call_and_the_sequence_goes_on(
    call: Task, rep: Any, sequence: Any
) -> None:
    worklist.done(call, user=rep, outcome="reached", note="Wants a visit.", minutes=7)
    event = ThreadEvent.objects.get(lead=call.lead, kind="call.logged")
    assert (event.body, event.data["minutes"], event.data["outcome"]) == (
        "Wants a visit.",
        7,
        "reached",
    )
    touch = Touch.objects.get(pk=call.touch_id)
    assert (touch.state, touch.outcome) == ("done", "reached") and touch.sent_at
    enrollment = Enrollment.objects.get(pk=touch.enrollment_id)
    assert enrollment.next_step_key not in (None, touch.step_key)
    call.lead.refresh_from_db()
    assert call.lead.last_sign == "Spoke on the phone"


def test_a_call_needs_an_outcome(call: Task, rep: Any) -> None:
    for outcome in ("", "shouted"):
        with pytest.raises(WorklistError, match="Choose how the call ended"):
            worklist.done(call, user=rep, outcome=outcome)
    assert again(call).state == "open" and "call.logged" not in kinds(call.lead)


def test_nobody_answers_three_times(call: Task, rep: Any) -> None:
    seen = []
    for attempt in (1, 2, 3):
        now = Task.objects.select_related("lead", "touch").get(touch=call.touch_id, state="open")
        assert handwork.attempt_of(now) == attempt
        seen.append(now.due_at)
        worklist.done(now, user=rep, outcome="no_answer")
        touch = Touch.objects.get(pk=call.touch_id)
        assert touch.state == ("todo" if attempt < 3 else "done")
    assert touch.outcome == "not_reached"
    assert not Task.objects.filter(touch=touch, state="open").exists()
    assert kinds(call.lead).count("call.logged") == 3
    assert seen[1].weekday() < 5 and seen[1] > seen[0]


def test_call_back_becomes_a_call_at_that_time(call: Task, rep: Any) -> None:
    at = timezone.now() + timedelta(days=2)
    worklist.done(call, user=rep, outcome="call_back", call_back_at=at)
    later = Task.objects.get(kind="follow_up")
    assert (later.due_at, later.channel, later.owner) == (at, "phone", rep)
    assert Touch.objects.get(pk=call.touch_id).outcome == "call_back"


def test_call_back_needs_a_moment_to_come(call: Task, rep: Any) -> None:
    for at in (None, timezone.now() - timedelta(minutes=1)):
        with pytest.raises(WorklistError, match="Choose when to call back"):
            worklist.done(call, user=rep, outcome="call_back", call_back_at=at)


def test_taking_back_no_answer_takes_the_retry_away(call: Task, rep: Any) -> None:
    worklist.done(call, user=rep, outcome="no_answer")
    assert Task.objects.filter(touch=call.touch_id, state="open").count() == 1
    worklist.undo(again(call), rep)
    open_now = Task.objects.filter(touch=call.touch_id, state="open")
    assert [one.pk for one in open_now] == [call.pk]
    assert "task.reopened" in kinds(call.lead)


def test_a_first_try_stays_closed_once_the_second_is(call: Task, rep: Any) -> None:
    worklist.done(call, user=rep, outcome="no_answer")
    second = Task.objects.select_related("lead", "touch").get(touch=call.touch_id, state="open")
    worklist.done(second, user=rep, outcome="no_answer")
    with pytest.raises(WorklistError, match="Undo that one first"):
        worklist.undo(again(call), rep)
    assert again(call).state == "done"


def test_a_done_touch_comes_back_while_nothing_followed(call: Task, rep: Any) -> None:
    worklist.done(call, user=rep, outcome="reached")
    worklist.undo(again(call), rep)
    touch = Touch.objects.select_related("enrollment").get(pk=call.touch_id)
    assert (touch.state, touch.sent_at, again(call).state) == ("todo", None, "open")
    assert touch.enrollment and touch.enrollment.next_step_key == touch.step_key


def test_a_done_touch_stays_done_once_the_sequence_went_on(
    call: Task, rep: Any, sequence: Any, mailbox: Any
) -> None:
    worklist.done(call, user=rep, outcome="reached")
    draft(call.lead, sequence, mailbox, number=5)
    with pytest.raises(WorklistError, match="sequence has gone on"):
        worklist.undo(again(call), rep)
    assert again(call).state == "done"
    assert Touch.objects.get(pk=call.touch_id).state == "done"


def test_linkedin_done_writes_the_text_into_the_thread(note: Task, rep: Any) -> None:
    worklist.done(note, user=rep)
    event = ThreadEvent.objects.get(lead=note.lead, kind="linkedin.done")
    assert event.body == note.touch.body and event.direction == "out"
    assert Touch.objects.get(pk=note.touch_id).state == "done"


def test_a_pasted_answer_counts_as_a_reply_and_pauses(note: Task, rep: Any) -> None:
    worklist.done(note, user=rep, answer="Yes, send me the list.")
    reply = ThreadEvent.objects.get(lead=note.lead, kind="reply.received")
    assert (reply.body, reply.channel) == ("Yes, send me the list.", "linkedin")
    enrollment = Enrollment.objects.get(lead=note.lead)
    assert (enrollment.state, enrollment.reason) == ("paused", "replied")
    assert Task.objects.filter(lead=note.lead, kind="answer", state="open").count() == 1


def test_skipping_a_touch_task_skips_the_touch(note: Task, rep: Any) -> None:
    worklist.skip(note, rep, "bad_timing")
    touch = Touch.objects.get(pk=note.touch_id)
    assert (touch.state, touch.skip_reason) == ("skipped", "bad_timing")
    assert Enrollment.objects.get(pk=touch.enrollment_id).next_step_key != touch.step_key


def test_close_for_closes_only_these_kinds(rep: Any, lead: Any) -> None:
    answer, reminder = task(rep, "answer", lead=lead), task(rep, "follow_up", lead=lead)
    assert worklist.close_for(lead, ["answer", "enquiry"], user=rep) == 1
    assert again(answer).state == "done" and again(reminder).state == "open"


def test_log_call_keeps_what_was_said(rep: Any, lead: Any) -> None:
    event = calls.log(lead, rep, "voicemail", "Left my\x00 number. " + "z" * 9000, 99999)
    assert event is not None and "\x00" not in event.body and len(event.body) <= 5000
    assert event.data["minutes"] == calls.LONGEST_MINUTES
    with pytest.raises(WorklistError):
        calls.log(lead, rep, "nonsense")


def test_what_was_to_do_about_an_archived_lead_is_over(rep: Any, lead: Any) -> None:
    """Also when nothing told Today of it; what they write afterwards is still to be read."""
    now = timezone.now()
    for kind in ("moment", "follow_up", "answer", "contact"):
        Task.objects.create(kind=kind, lead=lead, owner=rep, title=kind, due_at=now)
    type(lead).objects.filter(pk=lead.pk).update(archived_at=timezone.now())
    lines = [line.task.kind for line in board(rep).lines]
    assert sorted(lines) == ["answer", "contact"] and nav_counts(rep)["today"] == 2
    Task.objects.create(kind="enquiry", lead=lead, owner=rep, title="New", due_at=now)
    assert worklist.close_archived() == 3
    left = Task.objects.filter(state="open").values_list("kind", flat=True)
    assert sorted(left) == ["contact", "enquiry"]
    assert board(rep).done == 0


def test_archiving_closes_what_was_to_do(rep: Any, lead: Any) -> None:
    Task.objects.create(kind="moment", lead=lead, owner=rep, title="x", due_at=timezone.now())
    lifecycle.archive(lead, rep)
    enrollment.stop_for_archive(ThreadEvent.objects.get(kind="lead.archived"))
    assert Task.objects.get().outcome == "archived"

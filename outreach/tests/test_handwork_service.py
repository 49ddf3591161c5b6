"""What a person carried out: calls, LinkedIn and letters, by their outcomes."""

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.urls import reverse

from leads.models import Lead, Suppression, ThreadEvent
from leads.services.suppression import is_suppressed
from outreach.channels.linkedin import LinkedIn
from outreach.channels.post import Post
from outreach.models import Enrollment, Step, Task, Touch
from outreach.services import approval, handwork, policy, worklist
from outreach.services.worklist import WorklistError
from outreach.tests.work import draft

pytestmark = pytest.mark.django_db


def todo(touch: Touch, user: Any) -> Task:
    approval.approve(touch, user=user, seen_hash=policy.text_hash(touch))
    return Task.objects.select_related("lead", "touch").get(touch=touch)


@pytest.fixture
def call(lead: Any, sequence: Any, mailbox: Any, workspace: Any, rep: Any) -> Task:
    return todo(draft(lead, sequence, mailbox, number=4), rep)


@pytest.fixture
def note(lead: Any, sequence: Any, mailbox: Any, workspace: Any, rep: Any) -> Task:
    return todo(draft(lead, sequence, mailbox, number=2), rep)


@pytest.fixture
def letter(lead: Any, sequence: Any, mailbox: Any, workspace: Any, rep: Any) -> Task:
    lead.street, lead.postcode = "ul. Półwiejska 3", "61-888"
    lead.save()
    Step.objects.filter(sequence=sequence, position=2).update(channel="linkedin")
    touch = draft(lead, sequence, mailbox, number=2)
    Step.objects.filter(pk=touch.step_id).update(channel="post")
    Touch.objects.filter(pk=touch.pk).update(channel="post", to_address="Marta\nul. Półwiejska 3")
    touch.refresh_from_db()
    return todo(touch, rep)


def enrolled(lead: Any) -> Enrollment:
    return Enrollment.objects.get(lead=lead)


# --- calls ---


def test_asked_not_to_be_called_stops_calls_for_good(
    call: Task, lead: Any, rep: Any, run_queue: Any
) -> None:
    worklist.done(call, user=rep, outcome="do_not_call")
    run_queue()
    row = Suppression.objects.get()
    assert (row.channel, row.reason, row.source) == ("phone", "opted_out", "Said on the phone")
    assert is_suppressed(lead, "phone") and not is_suppressed(lead, "email")
    assert ThreadEvent.objects.get(kind="call.logged").data["outcome"] == "do_not_call"
    with pytest.raises(WorklistError, match="do-not-contact list"):
        worklist.undo(Task.objects.get(pk=call.pk), rep)


def test_not_interested_ends_the_sequence(call: Task, lead: Any, rep: Any) -> None:
    worklist.done(call, user=rep, outcome="not_interested")
    assert (enrolled(lead).state, enrolled(lead).reason) == ("stopped", "not_interested")
    assert not Suppression.objects.exists()


def test_a_meeting_moves_the_stage_and_waits(call: Task, lead: Any, rep: Any) -> None:
    worklist.done(call, user=rep, outcome="meeting", note="Thursday at ten")
    lead.refresh_from_db()
    assert lead.stage == Lead.Stage.MEETING
    assert (enrolled(lead).state, enrolled(lead).reason_note) == ("paused", "Meeting agreed")


def test_a_wrong_number_marks_nothing_and_offers_to_correct_it(
    call: Task, lead: Any, rep: Any, as_user: Any
) -> None:
    client = as_user(rep)
    answer = client.post(
        reverse("outreach:task_done", args=[call.pk]), {"outcome": "wrong_number"}, follow=True
    )
    assert "Correct the number" in answer.content.decode()
    lead.refresh_from_db()
    assert lead.phone and not Suppression.objects.exists()
    closed = client.get(reverse("outreach:today_task", args=[call.pk])).content.decode()
    assert reverse("leads:edit", args=[lead.pk]) in closed


def test_late_in_the_evening_the_card_says_when_it_is_good(lead: Any, workspace: Any) -> None:
    zone = ZoneInfo("Europe/Warsaw")
    late = datetime(2026, 11, 23, 21, 40, tzinfo=zone)
    good = handwork.good_time(lead, "phone", late)
    assert good is not None and f"{good.astimezone(zone):%a %H}" == "Tue 09"
    assert handwork.good_time(lead, "phone", datetime(2026, 11, 23, 11, tzinfo=zone)) is None
    assert handwork.good_time(lead, "linkedin", late) is None


# --- LinkedIn ---


def test_they_replied_needs_the_answer(note: Task, rep: Any, as_user: Any, lead: Any) -> None:
    where = reverse("outreach:task_done", args=[note.pk])
    empty = as_user(rep).post(where, {"outcome": "replied"})
    assert empty.status_code == 422 and "Paste what they answered." in empty.content.decode()
    as_user(rep).post(where, {"outcome": "replied", "answer": "Gladly."})
    reply = ThreadEvent.objects.get(kind="reply.received")
    assert (reply.body, reply.channel) == ("Gladly.", "linkedin")
    assert enrolled(lead).state == "paused"


def test_an_answer_pasted_without_a_choice_counts_as_one(note: Task, rep: Any) -> None:
    worklist.done(note, user=rep, answer="Gladly.")
    note.refresh_from_db()
    assert note.outcome == "replied"


def test_not_connected_yet_comes_back_three_times(note: Task, rep: Any) -> None:
    now = note
    for attempt in (2, 3):
        worklist.done(now, user=rep, outcome="not_connected")
        now = Task.objects.select_related("lead", "touch").get(touch=note.touch, state="open")
        assert now.why == f"Not connected yet last time. Attempt {attempt} of 3."
    worklist.done(now, user=rep, outcome="not_connected")
    touch = Touch.objects.get(pk=note.touch_id)
    assert (touch.state, touch.outcome) == ("skipped", "not_reached")
    assert not ThreadEvent.objects.filter(kind="linkedin.done").exists()


def test_not_found_skips_and_the_sequence_goes_on(note: Task, rep: Any, lead: Any) -> None:
    worklist.done(note, user=rep, outcome="not_found")
    assert Touch.objects.get(pk=note.touch_id).state == "skipped"
    assert enrolled(lead).state == "active"
    assert handwork.hint(note) == "Correct the profile link."


def test_an_unknown_outcome_is_refused(note: Task, rep: Any) -> None:
    with pytest.raises(WorklistError, match="how it went"):
        worklist.done(note, user=rep, outcome="<b>")


@pytest.mark.parametrize(("size", "words"), [(200, ""), (250, "Premium"), (301, "as a message")])
def test_where_a_text_fits(size: int, words: str) -> None:
    advice = LinkedIn().advice("x" * size)
    assert (words in advice) if words else advice == ""


# --- letters ---


def test_a_letter_is_posted_and_stands_in_the_thread(
    letter: Task, rep: Any, as_user: Any, lead: Any
) -> None:
    client = as_user(rep)
    page = client.get(reverse("outreach:today_task", args=[letter.pk])).content.decode()
    assert "ul. Półwiejska 3" in page and "61-888 Poznań" in page and "Posted" in page
    client.post(reverse("outreach:task_done", args=[letter.pk]), {"outcome": "sent"})
    event = ThreadEvent.objects.get(kind="touch.done")
    assert (event.channel, event.body) == ("post", letter.touch.body)  # type: ignore[union-attr]


def test_an_address_needs_more_than_a_name() -> None:
    assert Post().problem("Marta", "Hi")
    assert not Post().problem("Marta\nStreet 1\n5000 Odense", "Hi")

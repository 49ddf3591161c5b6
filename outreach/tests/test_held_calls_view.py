"""A call of a sequence waits with it, as its mails do: after an answer it is not due."""

from datetime import timedelta
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone

from outreach import open_lines, panels, panels_nav, selectors_work
from outreach.models import Enrollment, Task
from outreach.services import answers, enrollment, worklist
from outreach.tests.work import draft

pytestmark = pytest.mark.usefixtures("workspace")


@pytest.fixture
def call(lead: Any, sequence: Any, mailbox: Any) -> Task:
    """An approved call that is due."""
    touch = draft(lead, sequence, mailbox, channel="phone", state="todo")
    made = worklist.add_for_touch(touch, due_at=timezone.now() - timedelta(minutes=5))
    assert made is not None
    return made


def due(rep: Any) -> list[str]:
    return [line.task.kind for line in selectors_work.board(rep).lines]


def answer(lead: Any) -> None:
    answers.note_reply(lead, channel="email", text="Not before May.", actor="lead",
                       occurred_at=timezone.now(), dedupe_key="x")  # fmt: skip


def test_after_an_answer_the_call_is_not_due_and_not_counted(
    call: Task, lead: Any, rep: Any
) -> None:
    assert due(rep) == ["touch"] and panels._NEXT_TASK.first(lead.pk) == call
    answer(lead)
    assert due(rep) == ["answer"]
    assert selectors_work.board(rep).counts["calls"] == 0
    assert panels._NEXT_TASK.first(lead.pk).kind == "answer"
    assert selectors_work.next_up(rep, timezone.now() - timedelta(days=3)) != call
    call.refresh_from_db()
    assert call.state == "open", "it waits, and comes back"


def test_its_page_says_that_it_is_held(call: Task, lead: Any, rep: Any, as_user: Any) -> None:
    url = reverse("outreach:today_task", args=[call.pk])
    client = as_user(rep)
    assert "Why now" in client.get(url).content.decode()
    answer(lead)
    page = client.get(url).content.decode()
    assert "Held while the sequence is paused: they replied." in page and "Not now" in page
    assert "Why now" not in page


def test_the_number_beside_today_leaves_it_out(
    call: Task, lead: Any, rep: Any, as_user: Any
) -> None:
    run = Enrollment.objects.get(lead=lead)
    now = panels_nav.nav_counts(rep)
    enrollment.pause(run, reason="manual", actor=rep.actor)
    later = panels_nav.nav_counts(rep)
    assert (now["today"], later["today"]) == (1, 0)


def test_it_comes_back_due_and_not_late(call: Task, lead: Any, rep: Any) -> None:
    run = Enrollment.objects.get(lead=lead)
    enrollment.pause(run, reason="manual", actor=rep.actor)
    Task.objects.update(due_at=timezone.now() - timedelta(days=20))
    assert enrollment.resume(run, actor=rep.actor)
    call.refresh_from_db()
    assert call.due_at >= timezone.now() - timedelta(minutes=1)
    assert not open_lines.held(call)


def test_a_mailbox_that_rests_does_not_hold_a_call(call: Task, lead: Any, rep: Any) -> None:
    enrollment.pause(Enrollment.objects.get(lead=lead), reason="mailbox", actor="system")
    assert due(rep) == ["touch"]

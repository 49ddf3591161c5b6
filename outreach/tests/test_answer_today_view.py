"""A drafted answer in Today and in Approvals: shown, edited, sent, and what it answers."""

import uuid
from typing import Any

import pytest
from django.urls import reverse

from outreach.models import Task, Touch
from outreach.services import policy, worklist
from outreach.tests.answering import answered, came, classed

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _ready(mailbox: Any, workspace: Any) -> None:
    """A mailbox to answer from."""


@pytest.fixture
def drafted(lead: Any, rep: Any) -> Touch:
    touch = answered(lead, "Sounds good, tell me more.", "interested")
    assert touch is not None
    return touch


def line(lead: Any) -> Task:
    return Task.objects.get(lead=lead, kind="answer", state="open")


def url(task: Task) -> str:
    return reverse("outreach:today_task", args=[task.pk])


def send(client: Any, drafted: Touch, body: str) -> Any:
    data = {
        "mail-body": body,
        "mail-subject": drafted.subject,
        "mail-token": str(uuid.uuid4()),
        "draft": f"{drafted.pk}:{policy.text_hash(drafted)}",
    }
    where = reverse("outreach:task_answer", args=[line(drafted.lead).pk])
    return client.post(where, data)


def test_the_draft_stands_in_the_answer_box(drafted: Touch, rep: Any, as_user: Any) -> None:
    page = as_user(rep).get(url(line(drafted.lead))).content.decode()
    assert "Thank you for your answer, I am glad" in page
    assert "Drafted answer, not sent" in page
    assert reverse("outreach:approval", args=[drafted.pk]) in page


def test_sending_it_approves_the_draft(drafted: Touch, rep: Any, as_user: Any) -> None:
    task = line(drafted.lead)
    send(as_user(rep), drafted, drafted.body.replace("\n", "\r\n"))
    drafted.refresh_from_db()
    task.refresh_from_db()
    assert (drafted.state, drafted.approved_by, task.state) == ("approved", rep, "done")
    assert Touch.objects.filter(kind="reply").count() == 1


def test_other_words_replace_it(drafted: Touch, rep: Any, as_user: Any) -> None:
    send(as_user(rep), drafted, "Hi Marta,\n\nGladly. Shall I call you at noon?\n\nJonas Weber")
    drafted.refresh_from_db()
    assert drafted.state == "cancelled"
    own = Touch.objects.get(author=rep)
    assert (own.state, "noon" in own.body) == ("approved", True)


def test_a_waiting_draft_is_always_in_today(lead: Any) -> None:
    event = came(lead, "Sounds good, tell me more.")
    worklist.close_for(lead, [Task.Kind.ANSWER])
    from outreach.services import answering

    assert answering.draft_answer(classed(event, "interested")) is not None
    assert line(lead).event_id == event.pk


def test_who_pressed_done_is_asked_no_more(lead: Any, rep: Any) -> None:
    from outreach.services import answering

    event = came(lead, "Sounds good, tell me more.")
    worklist.done(line(lead), user=rep)
    assert answering.draft_answer(classed(event, "interested")) is None
    assert not Task.objects.filter(lead=lead, kind="answer", state="open").exists()


def test_doubt_is_asked_with_buttons(lead: Any, rep: Any, as_user: Any) -> None:
    labels = {"interested": 0.46, "opt_out": 0.27}
    values = {"confidence": 0.46, "labels": labels}
    assert answered(lead, "Ihre Mails nerven.", "interested", **values) is None
    client = as_user(rep)
    page = client.get(url(line(lead))).content.decode()
    assert "What does this mean?" in page
    task = line(lead)
    sent = client.post(
        reverse("outreach:reply_correct", args=[task.event_id]),
        {"label": "not_interested", "next": url(task)},
    )
    assert sent["Location"] == url(task)
    assert "What does this mean?" not in client.get(url(task)).content.decode()


def test_approvals_quotes_what_is_answered(drafted: Touch, rep: Any, as_user: Any) -> None:
    client = as_user(rep)
    page = client.get(reverse("outreach:approval", args=[drafted.pk])).content.decode()
    assert page.index("Sounds good, tell me more.") < page.index("Thank you for your answer")
    every = client.get(reverse("outreach:approvals")).content.decode()
    assert "Answer, to be read" in every
    assert "checked draft" not in every

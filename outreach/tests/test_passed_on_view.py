"""Today of a manager: what was passed on, "I'll answer" and Reassign."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.urls import reverse

from leads.models import Lead
from outreach.models import Task
from outreach.services import escalation
from outreach.tests.answering import came, classed
from salesagent.accounts.models import Notification, User

TUESDAY = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)


@pytest.fixture
def task(lead: Lead, rep: User, manager: User, mailbox: Any, workspace: Any) -> Task:
    Lead.objects.filter(pk=lead.pk).update(score=91)
    with time_machine.travel(TUESDAY, tick=False):
        event = came(Lead.objects.get(pk=lead.pk), "What if it stops at night? <b>Who</b> comes?")
        escalation.watch(classed(event, "question"))
    assert escalation.run(TUESDAY + timedelta(hours=2)) == 1
    return Task.objects.get(kind="answer")


def test_the_card_stands_above_the_list(task: Task, manager: User, as_user: Any) -> None:
    page = as_user(manager).get("/today/").content.decode()
    assert "Passed on to you" in page and "Waits for Jonas" in page
    assert "&lt;b&gt;Who&lt;/b&gt;" in page
    assert reverse("outreach:task_take", args=[task.pk]) in page
    assert "Notices, 1 new" in page


def test_it_comes_without_a_reload(task: Task, manager: User, as_user: Any) -> None:
    client = as_user(manager)
    answer = client.get("/today/", {"part": "list", "sig": "x"})
    assert "Passed on to you" in answer.content.decode()
    sig = answer.context["sig"]
    assert client.get("/today/", {"part": "list", "sig": sig}).status_code == 204


def test_the_rep_and_other_teams_see_no_card(
    task: Task, rep: User, other_manager: User, owner: User, as_user: Any
) -> None:
    for user in (rep, other_manager, owner):
        assert "Passed on to you" not in as_user(user).get("/today/").content.decode()


def test_ill_answer(task: Task, manager: User, as_user: Any) -> None:
    client = as_user(manager)
    answer = client.post(reverse("outreach:task_take", args=[task.pk]), follow=True)
    page = answer.content.decode()
    assert "It is yours now." in page and "Waits for Jonas" not in page
    again = client.post(reverse("outreach:task_take", args=[task.pk]), follow=True)
    assert "settled this already" in again.content.decode()


def test_reassign_with_a_dialog_that_needs_no_script(
    task: Task, manager: User, mate: User, stranger: User, as_user: Any
) -> None:
    client = as_user(manager)
    page = client.get(reverse("outreach:today_task", args=[task.pk]) + "?ask=give")
    assert 'id="give"' in page.content.decode() and "Priya Nair" in page.content.decode()
    assert "Tom Ashby" not in page.content.decode()
    give = reverse("outreach:task_give", args=[task.pk])
    for wrong in ("", "x", str(stranger.pk), str(task.owner_id)):
        assert client.post(give, {"to": wrong}).url.endswith("?ask=give")
    answer = client.post(give, {"to": mate.pk}, follow=True)
    assert "belongs to Priya Nair now" in answer.content.decode()
    task.refresh_from_db()
    assert task.owner == mate and task.lead and task.lead.owner == mate
    assert Notification.objects.filter(user=mate, kind="reassigned").exists()


def test_strangers_cannot(task: Task, rep: User, other_manager: User, as_user: Any) -> None:
    for user in (rep, other_manager):
        for name in ("task_take", "task_give"):
            url = reverse(f"outreach:{name}", args=[task.pk])
            assert as_user(user).post(url).status_code == 404


def test_queries_of_a_managers_today(
    task: Task, manager: User, as_user: Any, django_assert_max_num_queries: Any
) -> None:
    client = as_user(manager)
    client.get("/today/")
    with django_assert_max_num_queries(20):
        client.get("/today/")
    with django_assert_max_num_queries(13):
        sig = client.get("/today/", {"part": "list", "sig": "x"}).context["sig"]
    with django_assert_max_num_queries(5):
        client.get("/today/", {"part": "list", "sig": sig})

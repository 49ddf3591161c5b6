"""Today of a manager: what was passed on, "I'll answer" and Reassign."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.urls import reverse

from leads.models import Lead
from outreach import passed_page
from outreach.models import Mailbox, Task, Touch
from outreach.services import escalation, policy
from outreach.tests.answering import came, classed
from salesagent.accounts.models import Notification, User
from salesagent.templatetags.ui import past

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
    give_box(manager)
    answer = client.post(reverse("outreach:task_take", args=[task.pk]), follow=True)
    page = answer.content.decode()
    assert "It is yours now." in page and "Waits for Jonas" not in page
    again = client.post(reverse("outreach:task_take", args=[task.pk]), follow=True)
    assert "settled this already" in again.content.decode()


def give_box(user: User) -> None:
    Mailbox.objects.create(user=user, address=user.email, from_name=user.name, transport="smtp")


def test_ill_answer_without_a_mailbox_is_asked_first_and_given_back(
    task: Task, manager: User, rep: User, as_user: Any
) -> None:
    client = as_user(manager)
    take = reverse("outreach:task_take", args=[task.pk])
    asked = client.post(take, follow=True).content.decode()
    assert "without a mailbox?" in asked
    task.refresh_from_db()
    assert task.owner == rep
    page = client.post(take, {"anyway": "1"}, follow=True).content.decode()
    assert "You answer this in Jonas’s place" in page
    assert reverse("outreach:mailboxes") in page.split("You have no mailbox")[1][:120]
    back = reverse("outreach:task_give_back", args=[task.pk])
    assert page.count(back) == 2  # the button, and Undo of the line above
    page = client.post(back, follow=True).content.decode()
    assert "Given back. Jonas" in page and take in page
    task.refresh_from_db()
    assert (task.owner, task.escalated_to) == (rep, manager)
    told = Notification.objects.filter(user=rep, read_at=None).values_list("title", flat=True)
    assert list(told) == ["Marta Kowalczyk waits for you again"]
    again = client.post(back, follow=True).content.decode()
    assert "not yours to give back" in again


def test_a_draft_that_somebody_else_answers_asks_first(
    task: Task, manager: User, rep: User, mailbox: Any, as_user: Any
) -> None:
    draft = Touch.objects.create(
        lead=task.lead, kind="reply", channel="email", mailbox=mailbox, subject="Re: night",
        body="Hello Marta, we come at night too.", to_address="m@polna.example",
        due_at=TUESDAY, answers=task.event,
    )  # fmt: skip
    escalation.take(task, manager)
    client, url = as_user(rep), reverse("outreach:approve", args=[draft.pk])
    page = client.get(reverse("outreach:approval", args=[draft.pk])).content.decode()
    assert "Elena answers this." in page
    asked = client.post(url, {"seen_hash": policy.text_hash(draft)}, follow=True)
    assert "Approve anyway" in asked.content.decode()
    draft.refresh_from_db()
    assert draft.state == "draft"
    said = client.post(url, {"seen_hash": policy.text_hash(draft), "anyway": "1"})
    assert "ask=theirs" not in said.url
    assert escalation.somebody_else(draft, manager) is None


def test_the_lead_page_says_who_answers(
    task: Task, manager: User, rep: User, mailbox: Any, as_user: Any
) -> None:
    page = reverse("leads:detail", args=[task.lead_id])
    client = as_user(rep)
    assert "Elena answers this" not in client.get(page).content.decode()
    escalation.take(task, manager)
    html = client.get(page).content.decode()
    assert html.count("Elena answers this") == 2  # over what is written, and as the next step
    assert reverse("outreach:today_task", args=[task.pk]) not in html  # it is not theirs to open
    Touch.objects.create(
        lead=task.lead, kind="reply", channel="email", mailbox=mailbox, subject="Re: night",
        body="Hello Marta.", to_address="m@polna.example", due_at=TUESDAY, answers=task.event,
    )  # fmt: skip
    live = reverse("leads:live", args=[task.lead_id])
    assert "Elena answers this" in client.get(live, {"after": 0}).content.decode()
    assert client.get(page).content.decode().count("Elena answers this") == 3  # and on the draft
    assert "answers this" not in as_user(manager).get(page).content.decode()


def test_the_former_owner_learns_where_it_went(
    task: Task, manager: User, mate: User, rep: User, as_user: Any
) -> None:
    client, old = as_user(manager), Notification.objects.get(user=rep)
    client.post(reverse("outreach:task_give", args=[task.pk]), {"to": mate.pk})
    (told,) = Notification.objects.filter(user=rep, read_at=None)
    assert (told.title, told.kind) == ("Marta Kowalczyk is Priya's now", "moved")
    answer = as_user(rep).post(reverse("notices:open", args=[old.pk]), follow=True)
    assert answer.status_code == 200 and "with somebody else now" in answer.content.decode()


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
        for name in ("task_take", "task_give", "task_give_back"):
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


def test_the_reps_today_marks_what_was_passed_on(
    task: Task, rep: User, manager: User, as_user: Any
) -> None:
    with time_machine.travel(TUESDAY + timedelta(hours=3), tick=False):
        page = as_user(rep).get("/today/").content.decode()
    row, _, pane = page.partition('id="pane"')
    assert (
        'Passed on<span class="visually-hidden"> to Elena' in row and "Passed on to Elena." in pane
    )
    told = rep.notices.get(kind="reply")
    assert told.title.endswith("Elena was told") and told.text.startswith("You have not answered")
    assert manager.notices.get(kind="escalated").text.startswith("Jonas has not answered")


def test_the_managers_today_is_not_clear_while_somebody_waits(
    task: Task, manager: User, as_user: Any
) -> None:
    with time_machine.travel(TUESDAY + timedelta(hours=3), tick=False):
        answer = as_user(manager).get("/today/")
    page = answer.content.decode()
    assert '<b class="ink2 num">1</b> to go' in page and answer.context["chips"][0][2] == 1
    assert 'class="ic ic-xl bad"' in page and 'class="ic ic-xl"' not in page
    assert task.event is not None
    task.event.body = "a full night of dough is lost " * 9
    assert passed_page.card(task).said.endswith(" is lost…")


def test_reassign_says_who_has_room(
    task: Task, manager: User, mate: User, stranger: User, as_user: Any
) -> None:
    User.objects.filter(pk=mate.pk).update(daily_capacity=2)
    late = User.objects.create_user("late@own.example", "x" * 12, name="Ada Late", team=mate.team)
    User.objects.filter(pk=late.pk).update(
        away_from=TUESDAY.date(), away_until=TUESDAY.date() + timedelta(days=2)
    )
    for number in range(3):
        Task.objects.create(kind="follow_up", owner=mate, title=f"{number}", due_at=TUESDAY)
    with time_machine.travel(TUESDAY + timedelta(hours=3), tick=False):
        page = as_user(manager).get(reverse("outreach:today_task", args=[task.pk]) + "?ask=give")
    names = [name for _, name in page.context["give_to"]]
    assert names == [
        f"{manager}: room for 30 today",
        f"{mate}: full today, 3 of 2",
        "Ada Late: away until 26 Nov",
    ]


def test_today_of_somebody_who_is_away(
    task: Task, rep: User, manager: User, as_user: Any, django_assert_max_num_queries: Any
) -> None:
    Task.objects.filter(pk=task.pk).update(
        escalated_at=None, escalated_to=None, deadline_at=TUESDAY + timedelta(days=4)
    )
    away = User.objects.filter(pk=rep.pk)
    with time_machine.travel(TUESDAY + timedelta(hours=3), tick=False):
        assert "You are away" not in as_user(rep).get("/today/").content.decode()
        away.update(away_from=TUESDAY.date(), away_until=TUESDAY.date() + timedelta(days=2))
        page = as_user(User.objects.get(pk=rep.pk)).get("/today/").content.decode()
        assert "You are away until 26 Nov." in page and "What is hot goes to Elena." in page
        assert "/account/profile/#id_away_from" in page
        assert "so it goes to the manager at once" in page and "goes to the manager on" not in page
        away.update(away_until=None)
        User.objects.filter(pk=manager.pk).update(is_active=False)
        page = as_user(User.objects.get(pk=rep.pk)).get("/today/").content.decode()
    assert "You are away." in page and "nobody that hot answers could go to" in page


def test_the_list_beside_a_draft_of_the_team_is_the_teams(
    task: Task, manager: User, rep: User, mailbox: Any, as_user: Any
) -> None:
    assert task.lead is not None
    draft = Touch.objects.create(
        lead=task.lead, channel="email", kind="manual", state="draft", mailbox=mailbox,
        body="Hello", subject="Night", due_at=TUESDAY, to_address="m@x.example",
    )  # fmt: skip
    url = reverse("outreach:approval", args=[draft.pk])
    answer = as_user(manager).get(url)
    assert answer.context["show"] == "team" and f'id="row-{draft.pk}"' in answer.content.decode()
    assert as_user(manager).get(url + "?show=look").context["show"] == "look"
    assert as_user(rep).get(url).context["show"] == "mine"


@pytest.mark.parametrize(
    ("age", "words"),
    [
        (timedelta(seconds=20), "just now"),
        (timedelta(minutes=26), "26 min ago"),
        (timedelta(days=5), "5 d ago"),
        (timedelta(days=40), "on 15 Oct"),
    ],
)
def test_how_long_ago_in_a_sentence(age: timedelta, words: str) -> None:
    with time_machine.travel(TUESDAY, tick=False):
        assert f">{words}</time>" in past(TUESDAY - age)

"""The daily mail before it comes: it says what Today says, sends nothing, and to oneself only."""

import re
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.core import mail
from django.core.mail.backends.locmem import EmailBackend
from django.urls import reverse

from leads.models import Lead
from outreach.models import Task
from outreach.services import digest, escalation
from outreach.tests.answering import came, classed
from salesagent.accounts.models import User

NIGHT = datetime(2026, 11, 24, 5, 0, tzinfo=UTC)  # Tuesday, 6:00 in Copenhagen
MORNING = NIGHT + timedelta(hours=3)
PAGE, SEND = "/today/mail/", "/today/mail/send/"


@pytest.fixture(autouse=True)
def _ready(workspace: Any, mailbox: Any) -> Any:
    User.objects.update(time_zone="Europe/Copenhagen")
    with time_machine.travel(NIGHT, tick=False):
        yield


@pytest.fixture
def waits(lead: Lead, rep: User) -> None:
    """An answer, a message that may be somebody's, two calls; one more than the day holds."""
    came(lead, "Who comes at night?")
    Task.objects.create(kind="unmatched", owner=rep, title="Is this theirs? Ola", due_at=NIGHT)
    for number in range(5):
        Task.objects.create(
            kind="follow_up", channel="phone", owner=rep, lead=lead, title=f"Call {number}",
            due_at=NIGHT,
        )  # fmt: skip
    User.objects.filter(pk=rep.pk).update(daily_capacity=5)
    rep.refresh_from_db()


def numbers(page: str) -> dict[str, str]:
    """{what it is: number} of the mail on the page."""
    found = re.findall(r'<dt>([^<]+)</dt><dd class="num">([^<]+)</dd>', page)
    return dict(found)


def test_it_comes_before_the_work_day_and_sends_nothing(
    waits: None, rep: User, as_user: Any
) -> None:
    page = as_user(rep).get(PAGE).content.decode()
    assert "Subject" in page and "Marta Kowalczyk waits" in page
    assert "The next one comes" in page and "09:00" in page
    rep.refresh_from_db()
    assert mail.outbox == [] and rep.digest_day is None and not rep.notices.exists()
    assert digest.run(MORNING) == 1


def test_mail_today_and_navigation_say_the_same(waits: None, rep: User, as_user: Any) -> None:
    client = as_user(rep)
    said, today = numbers(client.get(PAGE).content.decode()), client.get("/today/")
    page = today.content.decode()
    assert said == {"to go in Today": "7", "of them replies": "2", "to approve": "0"}
    assert '<b class="ink2 num">7</b> to go; 5 fit into today' in page
    chips = {label: count for _code, label, count in today.context["chips"]}
    assert (chips["All"], chips["Replies"]) == (7, 2)
    assert '<span class="cnt" id="nav-today">7</span>' in page
    assert digest.gather(rep, NIGHT).subject == "Today: 2 replies wait, 5 other tasks"


def test_what_was_passed_on_counts_for_the_manager_everywhere(
    lead: Lead, manager: User, as_user: Any
) -> None:
    Lead.objects.filter(pk=lead.pk).update(score=91)
    escalation.watch(classed(came(Lead.objects.get(pk=lead.pk), "Who comes?"), "question"))
    with time_machine.travel(MORNING + timedelta(hours=2), tick=False):
        assert escalation.run() == 1
        client = as_user(manager)
        said, today = numbers(client.get(PAGE).content.decode()), client.get("/today/")
    page = today.content.decode()
    assert said["to go in Today"] == "1" and '<b class="ink2 num">1</b> to go' in page
    assert today.context["chips"][0] == ("", "All", 1)
    assert '<span class="cnt" id="nav-today">1</span>' in page


def test_to_myself_now_a_few_times_an_hour(waits: None, rep: User, as_user: Any) -> None:
    client = as_user(rep)
    for _ in range(4):
        page = client.post(SEND, {"to": "boss@own.example"}, follow=True).content.decode()
    assert [one.to for one in mail.outbox] == [[rep.email]] * 3
    assert "3 an hour is all" in page
    assert client.get(SEND).status_code == 405
    assert digest.run(MORNING) == 1, "the mail of the day comes all the same"


def test_nothing_waits(rep: User, as_user: Any) -> None:
    client = as_user(rep)
    assert "Nothing waits, so no mail would come." in client.get(PAGE).content.decode()
    assert "nothing to send" in client.post(SEND, follow=True).content.decode()
    assert mail.outbox == []


def test_a_server_that_refuses_is_said(
    waits: None, rep: User, as_user: Any, monkeypatch: Any
) -> None:
    def broken(*_: Any) -> int:
        raise OSError("no route")

    monkeypatch.setattr(EmailBackend, "send_messages", broken)
    page = as_user(rep).post(SEND, follow=True).content.decode()
    assert "It could not leave: no route" in page


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"daily_digest": False}, "The daily mail is off."),
        ({"away_from": date(2026, 11, 1)}, "None comes while you are away"),
        ({"digest_day": date(2026, 11, 24)}, "tomorrow 09:00"),
        ({"work_days": [3]}, "Thu 09:00"),
    ],
)
def test_when_the_next_one_comes(
    waits: None, rep: User, as_user: Any, change: dict[str, Any], words: str
) -> None:
    User.objects.filter(pk=rep.pk).update(**change)
    page = as_user(User.objects.get(pk=rep.pk)).get(PAGE).content.decode()
    assert words in re.sub("<[^>]+>", "", page)


def test_the_way_to_the_switch_is_a_link(waits: None, rep: User, as_user: Any) -> None:
    digest.run(MORNING)
    one: Any = mail.outbox[0]
    link = "/account/profile/#id_daily_digest"
    assert f'{link}" style' in one.alternatives[0][0] and one.body.rstrip().endswith(link)
    assert f'href="{reverse("outreach:digest")}"' in as_user(rep).get(
        "/account/profile/"
    ).content.decode()  # fmt: skip


def test_without_a_mail_server_it_says_where_it_lies(
    waits: None, rep: User, as_user: Any, settings: Any, tmp_path: Any
) -> None:
    settings.EMAIL_BACKEND, settings.DATA_DIR = "salesagent.mail.SystemMailbox", tmp_path
    client = as_user(rep)
    assert "EMAIL_URL" in client.get(PAGE).content.decode()
    assert "Written to a folder" in client.post(SEND, follow=True).content.decode()
    assert len(list((tmp_path / "system-mail").iterdir())) == 1


def test_queries(waits: None, rep: User, as_user: Any, django_assert_max_num_queries: Any) -> None:
    client = as_user(rep)
    with django_assert_max_num_queries(18):
        client.get(PAGE)

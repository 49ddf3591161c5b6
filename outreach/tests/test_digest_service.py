"""The daily mail: when, to whom, what stands in it, and once."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.core import mail
from django.core.mail.backends.locmem import EmailBackend

from leads.models import Lead
from outreach.models import Task, Touch
from outreach.services import digest, escalation, policy
from outreach.tests.answering import came, classed
from salesagent.accounts import notices
from salesagent.accounts.models import Notification, User, Workspace
from salesagent.lib import signing

MORNING = datetime(2026, 11, 24, 8, 0, tzinfo=UTC)  # Tuesday, 9:00 in Copenhagen
WORDS = "What happens if a unit stops at 3 in the morning?\nOur bank account is DK50 0040 0440."


@pytest.fixture(autouse=True)
def _ready(workspace: Workspace, mailbox: Any) -> None:
    User.objects.update(time_zone="Europe/Copenhagen")


@pytest.fixture
def asked(lead: Lead) -> Task:
    with time_machine.travel(MORNING - timedelta(hours=15), tick=False):
        came(lead, WORDS)
    return Task.objects.get(kind="answer")


def draft(lead: Lead, **more: Any) -> Touch:
    values = {"channel": "email", "state": "draft", "due_at": MORNING, "number": 2}
    values |= {
        "subject": "Night alarms",
        "body": "Secret words of the draft",
        "to_address": lead.email,
    }
    return Touch.objects.create(lead=lead, **values | more)


def test_it_comes_when_work_starts(asked: Task) -> None:
    assert digest.run(MORNING - timedelta(minutes=1)) == 0
    assert digest.run(MORNING) == 1
    one: Any = mail.outbox[0]
    assert one.to == ["rep@own.example"] and one.subject == "Today: 1 reply waits"
    html = one.alternatives[0][0]
    for words in ("Marta Kowalczyk waits 15 hours", "What happens if a unit", "to go in Today"):
        assert words in one.body and words in html


def test_only_names_and_the_first_line(asked: Task, lead: Lead) -> None:
    draft(lead)
    digest.run(MORNING)
    one: Any = mail.outbox[0]
    for text in (one.body, one.alternatives[0][0]):
        assert "DK50" not in text and "Secret words" not in text and "m.kowalczyk@" not in text


def test_once_a_day(asked: Task, rep: User) -> None:
    assert [digest.run(MORNING + timedelta(minutes=5 * n)) for n in range(4)] == [1, 0, 0, 0]
    User.objects.update(digest_day=None)  # killed after the mail, before the day was settled
    assert digest.run(MORNING + timedelta(minutes=30)) == 0
    assert digest.run(MORNING + timedelta(days=1)) == 1
    assert notices.unread(rep) == 0


def test_a_mail_that_failed_is_tried_again(asked: Task, monkeypatch: Any) -> None:
    def broken(*_: Any) -> int:
        raise OSError("no route")

    with monkeypatch.context() as patch:
        patch.setattr(EmailBackend, "send_messages", broken)
        assert digest.run(MORNING) == 0
    assert digest.run(MORNING + timedelta(minutes=5)) == 1


def test_nothing_waits_no_mail_and_none_later_that_day(rep: User, lead: Lead) -> None:
    assert digest.run(MORNING) == 0
    with time_machine.travel(MORNING + timedelta(minutes=10), tick=False):
        came(lead, WORDS)
    assert digest.run(MORNING + timedelta(minutes=15)) == 0
    assert mail.outbox == []


@pytest.mark.parametrize(
    ("change", "at"),
    [
        ({"daily_digest": False}, MORNING),
        ({"is_active": False}, MORNING),
        ({"away_from": date(2026, 11, 20)}, MORNING),
        ({"work_days": [0, 2]}, MORNING),
        ({"work_start": "13:00"}, MORNING),
        ({}, MORNING + timedelta(hours=5)),
        ({}, MORNING - timedelta(days=2)),
    ],
)
def test_not_then(asked: Task, rep: User, change: dict[str, Any], at: datetime) -> None:
    User.objects.filter(pk=rep.pk).update(**change)
    assert digest.run(at) == 0


def test_own_zone_and_own_calendar(asked: Task, rep: User) -> None:
    User.objects.filter(pk=rep.pk).update(time_zone="America/New_York")
    assert digest.run(MORNING) == 0
    assert digest.run(datetime(2026, 11, 24, 14, 0, tzinfo=UTC)) == 1


def test_ten_lines_at_most_the_urgent_first(asked: Task, rep: User, lead: Lead) -> None:
    for number in range(12):
        draft(lead, number=number + 1)
        notices.tell(rep, kind="job", key=f"job:{number}", title=f"Import {number}")
    Notification.objects.update(created_at=MORNING)
    found = digest.gather(rep, MORNING)
    assert found.drafts == 12 and sum(len(rows) for _, rows in found.parts) == digest.LINES
    assert [heading for heading, _ in found.parts] == [
        "Answer first",
        "Drafts for you to read",
        "What you should know",
    ]


def test_what_is_new_keeps_its_lines_and_who_said_no_comes_last(
    rep: User, lead: Lead, manager: User
) -> None:
    with time_machine.travel(MORNING - timedelta(hours=3), tick=False):
        for number in range(7):
            one = Lead.objects.create(owner=rep, first_name=f"N{number}", score=90 - number)
            came(one, "Tell me more.", key=f"n{number}")
        notices.tell(rep, kind="advice", key="a", title="Advice for you", text="Read it")
    first = Task.objects.filter(kind="answer", lead__first_name="N0").get()
    assert first.event is not None
    classed(first.event, "not_interested")
    parts = {name: [row.title for row in rows] for name, rows in digest.gather(rep, MORNING).parts}
    assert [title[:2] for title in parts["Answer first"]] == ["N1", "N2", "N3", "N4", "N5"]
    assert "Advice for you" in parts["What you should know"]


def test_groups_that_a_person_leaves_out(rep: User) -> None:
    notices.tell(rep, kind="job", key="job:1", title="Import finished")
    Notification.objects.update(created_at=MORNING)
    assert digest.gather(rep, MORNING).waits
    rep.digest_without = ["jobs"]
    assert not digest.gather(rep, MORNING).waits


def test_a_manager_reads_first_what_was_passed_on(asked: Task, lead: Lead, manager: User) -> None:
    Lead.objects.filter(pk=lead.pk).update(score=91)
    assert asked.event is not None
    escalation.watch(classed(asked.event, "question"))
    assert escalation.run(MORNING + timedelta(hours=2)) == 1
    manager.refresh_from_db()
    found = digest.gather(manager, MORNING + timedelta(hours=2))
    assert found.parts[0][0] == "Passed on to you"
    assert found.subject == "Today: 1 passed on to you"


def test_queries_of_one_digest(
    asked: Task, rep: User, lead: Lead, django_assert_max_num_queries: Any
) -> None:
    for number in range(5):
        draft(lead, number=number + 1)
    with django_assert_max_num_queries(12):
        digest.gather(rep, MORNING)


def test_the_link_is_bound_to_person_and_words(rep: User, lead: Lead) -> None:
    touch = draft(lead)
    token = digest.approve_link(rep, [touch]).split("/")[-2]
    asked = digest.read_link(token)
    assert asked.user == rep.pk and not asked.expired
    assert policy.text_hash(touch).startswith(asked.drafts[touch.pk])
    with pytest.raises(signing.BadToken):
        digest.read_link(token[:-1] + ("A" if token[-1] != "A" else "B"))

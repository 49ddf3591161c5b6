"""What stopped and what has finished is told without anybody watching."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from salesagent.accounts import notice_watch, notices
from salesagent.accounts.cards import Card
from salesagent.lib.models import Job


@pytest.fixture
def stopped(monkeypatch: Any) -> list[Card]:
    found = [
        Card("Gmail", "", "stopped", "/settings/", alert="Gmail needs you.", detail="Sign in.")
    ]
    monkeypatch.setattr(notice_watch, "cards", lambda user: found)
    return found


def test_a_stopped_service_is_told_once_while_unread(rep: Any, stopped: list[Card]) -> None:
    now = timezone.now()
    assert notice_watch.connections(now) == 1
    assert notice_watch.connections(now + timedelta(days=1)) == 0
    row = rep.notices.get()
    assert (row.title, row.text, row.link, row.urgent) == (
        "Gmail needs you.",
        "Sign in.",
        "/settings/",
        True,
    )
    notices.read(rep, row.pk)
    assert notice_watch.connections(now) == 0
    assert notice_watch.connections(now + timedelta(days=1)) == 1


def test_what_works_is_not_told(rep: Any) -> None:
    assert notice_watch.connections(timezone.now()) == 0


@pytest.mark.parametrize(
    ("state", "seconds", "told"),
    [("done", 60, True), ("failed", 60, True), ("done", 5, False), ("running", 60, False)],
)
def test_long_work_that_ended(rep: Any, state: str, seconds: int, told: bool) -> None:
    now = timezone.now()
    ended = None if state == "running" else now
    Job.objects.create(
        kind="t",
        title="Import of fair.csv",
        owner=rep,
        state=state,
        error="Row 7" if state == "failed" else "",
        started_at=now - timedelta(seconds=seconds),
        finished_at=ended,
    )
    assert notice_watch.look(now) == told
    assert notice_watch.look(now) == 0
    if told:
        row = rep.notices.get()
        assert row.urgent == (state == "failed") and "Import of fair.csv" in row.title

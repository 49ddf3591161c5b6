"""When drafts approved together go out, in the words of the dialog: never a time that is past."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.urls import reverse

from leads.models import Lead
from outreach.models import Touch
from outreach.tests.work import another_lead, draft

pytestmark = pytest.mark.usefixtures("workspace")
NOON = datetime(2026, 11, 18, 11, 0, tzinfo=UTC)  # a Wednesday, noon in Warsaw
NIGHT = datetime(2026, 11, 18, 23, 30, tzinfo=UTC)


def dialog(as_user: Any, rep: Any) -> str:
    page = as_user(rep).get(reverse("outreach:approvals") + "?ask=bulk").content.decode()
    text = page[page.index('id="bulk"') :].partition("out ")[2]
    return " ".join(text.partition("working hours.")[0].split())


@pytest.fixture
def ready(lead: Lead, rep: Any, sequence: Any, mailbox: Any) -> list[Touch]:
    made = [draft(lead, sequence, mailbox), draft(another_lead(rep, 1), sequence, mailbox)]
    Lead.objects.update(time_zone="Europe/Warsaw", country="PL")
    Touch.objects.update(due_at=NOON - timedelta(days=2))
    return made


def test_drafts_that_are_due_go_at_once(ready: list[Touch], as_user: Any, rep: Any) -> None:
    with time_machine.travel(NOON, tick=False):
        assert dialog(as_user, rep) == "at once, each in its reader's"


def test_at_night_the_next_working_hours_are_told(
    ready: list[Touch], as_user: Any, rep: Any
) -> None:
    with time_machine.travel(NIGHT, tick=False):
        text = dialog(as_user, rep)
    assert text.startswith("between <time") and "2026-11-19T" in text and "2026-11-16" not in text


def test_some_now_and_some_later(ready: list[Touch], as_user: Any, rep: Any) -> None:
    later = NOON + timedelta(days=1)
    Touch.objects.filter(pk=ready[1].pk).update(due_at=later)
    with time_machine.travel(NOON, tick=False):
        text = dialog(as_user, rep)
        assert text.startswith("between now and <time") and "2026-11-19T" in text


def test_one_alone(ready: list[Touch], as_user: Any, rep: Any) -> None:
    ready[1].delete()
    with time_machine.travel(NOON, tick=False):
        assert dialog(as_user, rep) == "at once, in its reader's"
        Touch.objects.update(due_at=NOON + timedelta(days=1))
        assert dialog(as_user, rep).startswith("<time")

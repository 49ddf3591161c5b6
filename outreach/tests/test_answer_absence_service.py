"""A person's own note of absence holds like a machine's, when the day of the return is plain."""

from datetime import UTC, date, datetime
from typing import Any

import pytest
import time_machine

from leads.models import ThreadEvent
from outreach.models import Enrollment
from outreach.services import replies
from outreach.tests.answering import came
from outreach.tests.work import enroll

pytestmark = pytest.mark.django_db
NOTE = "Sono in ferie fino al 30 novembre, torno martedì 1 dicembre"
SATURDAY = datetime(2026, 11, 21, 10, 0, tzinfo=UTC)


def hold(lead: Any, text: str) -> Enrollment:
    event = came(lead, text)
    said = replies.classify_reply(event)
    assert isinstance(said, ThreadEvent)
    replies.apply_disposition(said)
    return Enrollment.objects.get(lead=lead)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (NOTE, "out_of_office"),
        ("Sono in ferie fino al 30 novembre. Ci sentiamo dopo? Mi interessa.", "replied"),
    ],
)
def test_a_persons_own_note_holds_until_the_return(
    text: str, reason: str, lead: Any, sequence: Any, mailbox: Any
) -> None:
    with time_machine.travel(SATURDAY, tick=False):
        enroll(lead, sequence, mailbox, started_at=SATURDAY)
        held = hold(lead, text)
    assert (held.state, held.reason) == ("paused", reason)
    if reason == "out_of_office":
        assert held.resume_at is not None
        assert held.resume_at.date() in (date(2026, 12, 1), date(2026, 12, 2))

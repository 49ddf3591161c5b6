"""The Team tab: whose lines, their numbers, what was saved, and the owner's minutes."""

from datetime import UTC, datetime
from typing import Any

import pytest
import time_machine
from django.urls import reverse

from analytics.services import rollup
from analytics.tests.world import event
from leads.models import Lead, ThreadEvent
from outreach.models import Touch
from outreach.services import policy
from salesagent.accounts.models import AuditEntry, Workspace

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
URL = "analytics:team"


@pytest.fixture(autouse=True)
def _now(workspace: Any) -> Any:
    with time_machine.travel(NOW, tick=False):
        yield


def approved(lead: Lead, user: Any, **data: Any) -> ThreadEvent:
    at = datetime(2026, 11, 12, 9, tzinfo=UTC)
    row = event(lead, "touch.approved", at, "email", actor=f"user:{user.pk}", machine=True, **data)
    return row


@pytest.fixture
def month(lead: Lead, rep: Any) -> None:
    for number in range(24):
        approved(lead, rep, touch=number, seconds=60 if number < 20 else None)
    event(lead, "enrollment.paused", datetime(2026, 11, 12, 10, tzinfo=UTC), reason="replied")
    rollup.rebuild()


def test_people_of_the_own_team_in_the_order_of_names(
    as_user: Any, manager: Any, rep: Any, mate: Any, stranger: Any, month: None,
    django_assert_max_num_queries: Any,
) -> None:  # fmt: skip
    client = as_user(manager)
    with django_assert_max_num_queries(30):
        page = client.get(reverse(URL)).content.decode()
    assert page.index("Jonas Weber") < page.index("Priya Nair")
    assert "Tom Ashby" not in page
    own = as_user(rep).get(reverse(URL)).content.decode()
    assert "Priya Nair" not in own
    assert as_user(manager).get(f"{reverse(URL)}?owner={stranger.pk}").status_code == 404


def test_time_saved_is_shown_with_its_formula(as_user: Any, manager: Any, month: None) -> None:
    page = as_user(manager).get(reverse(URL)).content.decode()
    # 24 x (6 - 1) + 2
    assert "Time saved: 2 hours" in page and "measured in 20 approvals" in page
    assert "lay open 1.0 minutes" in page
    answer = as_user(manager).get(f"{reverse(URL)}?csv=saved")
    lines = b"".join(answer.streaming_content).decode().splitlines()
    assert lines[1].startswith("Drafts written and checked by a person,24,6.0,1.0,120")


def test_the_owner_sets_the_minutes_and_odd_ones_are_told(
    as_user: Any, owner: Any, manager: Any, month: None
) -> None:
    url = reverse("analytics:hand_minutes")
    client = as_user(owner)
    answer = client.post(url, {"draft": "-1", "pause": "x", "reply": "1"})
    assert answer.status_code == 422 and b"is-invalid" in answer.content
    assert Workspace.current().hand_minutes == {}
    client.post(url, {"draft": "3.5", "pause": "0", "reply": "0"})
    assert Workspace.current().hand_minutes == {"draft": 3.5, "pause": 0.0, "reply": 0.0}
    assert AuditEntry.objects.filter(target="hand_minutes").count() == 1
    assert "Time saved: 60 min" in client.get(reverse(URL)).content.decode()
    assert as_user(manager).post(url, {"draft": "9"}).status_code == 404


def test_an_approval_notes_how_long_the_draft_lay_open(
    as_user: Any, rep: Any, lead: Lead, mailbox: Any
) -> None:
    def one(opened: object) -> dict[str, Any]:
        touch = Touch.objects.create(
            lead=lead, channel="email", mailbox=mailbox, to_address=lead.email, subject="Hello",
            body="Hi Marta,\n\nhow are you?", machine_body="Hi", due_at=NOW, kind="manual",
        )  # fmt: skip
        data = {"seen_hash": policy.text_hash(touch), "opened_at": str(opened)}
        as_user(rep).post(reverse("outreach:approve", args=[touch.pk]), data)
        kept: dict[str, Any] = ThreadEvent.objects.get(
            kind="touch.approved", data__touch=touch.pk
        ).data
        return kept

    now = int(NOW.timestamp())
    assert one(now - 42)["seconds"] == 42 and one(now - 1)["machine"] is True
    for odd in (now + 9, now, now - 901, "", "x", "-3", "٣٤", "9" * 40):
        assert "seconds" not in one(odd)

"""The schedule: not before a person's first sync came to its end, then at the moment it says."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone

from leads.crm.base import CrmError
from leads.models import SyncRun
from leads.services import crm_clock
from leads.tests.crm import option
from salesagent.accounts import connections

pytestmark = pytest.mark.django_db
LATER = timedelta(days=2)


def after(span: timedelta) -> int:
    """How many runs the minute task starts or takes up then."""
    return crm_clock.look_after(timezone.now() + span)


@pytest.fixture(params=["hourly", "nightly"])
def scheduled(request: Any, crm_connection: Any) -> Any:
    option(crm_connection, schedule=request.param)
    return crm_connection


def test_never_before_the_first_sync_of_a_person(there: Any, scheduled: Any, sync: Any) -> None:
    assert (crm_clock.next_at(scheduled), after(LATER)) == (None, 0)
    dry = sync(preview=True)
    assert dry.state == "planned"
    assert (crm_clock.next_at(scheduled), after(LATER)) == (None, 0)


def test_nor_after_one_that_did_not_come_to_its_end(
    there: Any, scheduled: Any, sync: Any, lead: Any
) -> None:
    there.faults.append(CrmError("The key was turned down.", permanent=True))
    assert sync().state == "failed"
    connections.worked(scheduled.pk)
    assert (crm_clock.next_at(scheduled), after(LATER)) == (None, 0)


def test_it_starts_after_the_first_one(
    there: Any, scheduled: Any, sync: Any, lead: Any, run_queue: Any
) -> None:
    sync(preview=True)
    sync()
    at = crm_clock.next_at(scheduled)
    now = timezone.now()
    assert at and now < at
    assert crm_clock.look_after(at - timedelta(seconds=1)) == 0
    there.make("contact", email="new@price.example")
    assert crm_clock.look_after(at) == 1
    assert crm_clock.look_after(at) == 0
    run_queue()
    run = SyncRun.objects.latest("pk")
    assert (run.state, run.user, run.counts["in"]) == ("done", None, 1)
    assert crm_clock.next_at(scheduled)


def test_another_account_begins_anew(scheduled: Any, sync: Any) -> None:
    sync()
    SyncRun.objects.update(account="another")
    assert crm_clock.next_at(scheduled) is None


def test_off_is_never(crm_connection: Any, sync: Any) -> None:
    sync()
    assert (crm_clock.next_at(crm_connection), after(LATER)) == (None, 0)


def test_nights_are_those_of_the_workspace(crm_connection: Any, sync: Any) -> None:
    sync()
    option(crm_connection, schedule="nightly")
    for began, night in (
        (datetime(2026, 6, 1, 23, 59, tzinfo=UTC), datetime(2026, 6, 2, 0, 0, tzinfo=UTC)),
        (datetime(2026, 6, 2, 0, 0, tzinfo=UTC), datetime(2026, 6, 3, 0, 0, tzinfo=UTC)),
        (datetime(2026, 10, 24, 12, 0, tzinfo=UTC), datetime(2026, 10, 25, 0, 0, tzinfo=UTC)),
        (datetime(2026, 10, 25, 12, 0, tzinfo=UTC), datetime(2026, 10, 26, 1, 0, tzinfo=UTC)),
    ):
        SyncRun.objects.update(started_at=began)
        assert crm_clock.next_at(crm_connection) == night


def test_the_page_says_when(
    there: Any, crm_connection: Any, sync: Any, owner: Any, as_user: Any
) -> None:
    option(crm_connection, schedule="hourly")
    client = as_user(owner)
    url = reverse("leads:crm", args=["fake"])
    page = client.get(url).content.decode()
    assert "Each hour, after the first sync that the owner starts" in page
    assert "Next by itself" not in page
    sync()
    page = client.get(url).content.decode()
    assert "after the first sync" not in page and "Next by itself" in page
    SyncRun.objects.update(started_at=timezone.now() - timedelta(hours=3))
    assert "Within a minute" in client.get(url).content.decode()
    connections.failed(crm_connection.pk, "The key was turned down.", broken=True)
    assert "is connected again" in client.get(url).content.decode()

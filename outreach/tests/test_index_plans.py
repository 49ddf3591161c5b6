"""What pages ask of all leads and messages is answered out of an index, on either database."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from coaching.services import talks
from leads.models import Lead
from outreach import mailbox_page
from outreach.models import Touch
from outreach.services import workload

pytestmark = pytest.mark.usefixtures("workspace")
MANY = 3000


def plan(of: str, ask: Any) -> str:
    """How the database answers the first query that names this."""
    with CaptureQueriesContext(
        connection,
    ) as asked:
        ask()
    sql = next(one["sql"] for one in asked.captured_queries if of in one["sql"])
    with connection.cursor() as cursor:
        lite = connection.vendor == "sqlite"
        cursor.execute(f"EXPLAIN {'QUERY PLAN' if lite else ''} {sql}")
        return " ".join(str(cell) for row in cursor.fetchall() for cell in row)


def leads_of(people: list[Any]) -> list[Lead]:
    """Most of them won or lost; one in ten wrote, over a year."""
    now = timezone.now()
    rows = Lead.objects.bulk_create(
        Lead(
            owner=people[n % len(people)],
            email=f"many{n}@x.example",
            stage=("won", "lost", "lost", "new")[n % 4],
            replied_at=now - timedelta(hours=n * 3) if n % 10 == 0 else None,
        )
        for n in range(MANY)
    )
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE leads_lead")
    return rows


def test_open_leads_of_each_person(rep: Any, mate: Any) -> None:
    leads_of([rep, mate])
    assert workload.loads([rep, mate], timezone.now())[rep.pk].leads == 0
    assert workload.loads([rep, mate], timezone.now())[mate.pk].leads == MANY // 4
    found = plan("COUNT(*)", lambda: workload.loads([rep, mate], timezone.now()))
    assert "lead_owner_open" in found


def test_own_leads_that_wrote_lately(rep: Any, mate: Any) -> None:
    leads_of([rep, mate])
    since = timezone.now() - timedelta(days=30)
    found = plan('"replied_at" >=', lambda: talks.read(rep, since))
    assert "lead_owner_replied" in found


def test_messages_that_wait_are_not_looked_for_among_all(lead: Lead, mailbox: Any) -> None:
    for state in ("approved", "approved", "sent", "draft"):
        Touch.objects.create(
            lead=lead, mailbox=mailbox, channel="email", state=state, due_at=timezone.now()
        )
    found = plan("COALESCE", lambda: mailbox_page.boxes([mailbox]))
    assert mailbox_page.boxes([mailbox])[0].waiting == 2
    if connection.vendor == "sqlite":  # the other one reads a table of four rows whole
        assert "touch_due" in found

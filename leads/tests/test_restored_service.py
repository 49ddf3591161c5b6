"""While all is held after a restore nothing of a lead goes to another system by itself."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone

from leads import enrich_tasks, thread
from leads.enrichment import website
from leads.enrichment.fake import FakeEnricher
from leads.models import Company, Lead, SyncRun
from leads.services import stopping, suppression
from leads.tests.crm import link_of
from salesagent.accounts import connections
from salesagent.lib import hold

pytestmark = pytest.mark.django_db
MADE = datetime(2026, 11, 21, 13, 2, tzinfo=UTC)


def test_an_opt_out_waits_and_is_told_when_the_owner_starts_again(
    sync: Any, there: Any, lead: Lead, rep: Any, owner: Any, run_queue: Any
) -> None:
    sync()
    hold.begin(timezone.now())
    before, runs = there.writes, SyncRun.objects.count()
    stopping.stop(lead, rep, what="all", why="asked")
    run_queue()
    assert suppression.is_suppressed(lead, "email"), "here it holds at once"
    assert (there.writes, SyncRun.objects.count()) == (before, runs)
    assert hold.release(owner)
    run_queue()
    assert there.all("contact")[link_of(lead).remote_id]["opt_out"] == "yes"
    assert there.writes == before + 1


def test_what_was_told_long_before_the_backup_is_not_told_again(
    sync: Any, there: Any, lead: Lead, rep: Any, owner: Any, run_queue: Any
) -> None:
    sync()
    stopping.stop(lead, rep, what="all", why="asked")
    run_queue()
    hold.begin(timezone.now() + timedelta(days=3))
    before = there.calls
    hold.release(owner)
    assert "leads.crm_tasks.tell_opt_out" not in run_queue()
    assert there.calls == before


def test_without_another_system_nothing_is_queued(
    lead: Lead, rep: Any, owner: Any, run_queue: Any
) -> None:
    hold.begin(timezone.now())
    stopping.stop(lead, rep, what="all", why="asked")
    run_queue()
    hold.release(owner)
    assert "leads.crm_tasks.tell_opt_out" not in run_queue()


@pytest.fixture
def asked(settings: Any, monkeypatch: Any) -> list[str]:
    """A provider that is asked by itself, and homepages; what was asked of whom."""
    settings.ENRICHERS = {**settings.ENRICHERS, "pdl": settings.ENRICHERS["fake"]}
    FakeEnricher.lay_out({})
    looked: list[str] = []

    def read(domain: str) -> list[Any]:
        looked.append(domain)
        return []

    monkeypatch.setattr(website, "read", read)
    monkeypatch.setattr("leads.enrichment.offline.dns.LIFETIME", 0.1)
    settings.DNS_SERVERS = ["127.0.0.1:9"]
    connections.save("pdl", secret={"key": "k"}, settings={"limit": 10, "auto": True})
    connections.save("company-data", secret={}, settings={"homepages": True})
    return looked


def test_nobody_is_asked_about_a_new_lead(
    asked: list[str], rep: Any, owner: Any, run_queue: Any
) -> None:
    hold.begin(MADE)
    company = Company.objects.create(name="Other", domain="other.example")
    lead = Lead.objects.create(owner=rep, email="n@other.example", company=company)
    event = thread.record(lead=lead, kind="lead.created", actor="system", data={})
    run_queue()
    assert (FakeEnricher.asked, asked) == ([], [])
    assert lead.facts.filter(source="offline").exists(), "what the address tells is no question"
    hold.release(owner)
    assert event is not None
    enrich_tasks.enrich_lead(event.pk)
    assert len(FakeEnricher.asked) == 1 and asked == ["other.example"]

"""Who may be looked up, what it may cost, what is asked again: services, tasks, sweep."""

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.db.models import Sum
from django.utils import timezone

from leads import enrich_tasks, thread
from leads.enrichment import offline, website
from leads.enrichment.base import EnrichmentError, Found, Result
from leads.enrichment.fake import FakeEnricher
from leads.models import Company, Lead, Lookup
from leads.services import enrichment, enrichment_sweep, facts, suppression
from leads.services.enrichment import NotAsked
from outreach.tests.name_server import name_server
from salesagent.accounts import connections
from salesagent.accounts.models import Connection

TITLE = Found("title", "Head of Bread", 0.9)
PAGE = [Found("website_title", "Polna Bakeries", 0.7, "https://polna.example/")]


@pytest.fixture(autouse=True)
def _providers(settings: Any, monkeypatch: Any) -> None:
    settings.ENRICHERS = {**settings.ENRICHERS, "pdl": settings.ENRICHERS["fake"]}
    settings.DNS_SERVERS = ["127.0.0.1:9"]
    monkeypatch.setattr(offline.dns, "LIFETIME", 0.1)
    monkeypatch.setattr(website, "read", lambda domain: list(PAGE))
    FakeEnricher.lay_out({"m.kowalczyk@polna.example": (TITLE,)})


def connect(limit: int = 10, auto: bool = False, user: Any = None) -> Connection:
    return connections.save("pdl", secret={"key": "k"}, settings={"limit": limit, "auto": auto})


def another(rep: Any, number: int) -> Lead:
    return Lead.objects.create(owner=rep, email=f"n{number}@other{number}.example")


def test_an_answer_becomes_facts_and_a_bill(lead: Lead) -> None:
    Lead.objects.filter(pk=lead.pk).update(title="")
    lead.title = ""
    row = connect()
    assert "1 new fact, 1 empty field filled" in enrichment.ask("pdl", lead)
    lead.refresh_from_db()
    assert lead.title == "Head of Bread"
    assert enrichment.bill(row).spent == 1
    lookup = Lookup.objects.get(provider="pdl")
    assert (lookup.found, lookup.credits, lookup.about) == (True, 1.0, f"lead:{lead.pk}")
    assert "kowalczyk" not in lookup.key_hash
    row.refresh_from_db()
    assert row.last_ok_at is not None


def test_nothing_is_asked_twice_before_its_time(lead: Lead) -> None:
    row = connect()
    enrichment.ask("pdl", lead)
    with pytest.raises(NotAsked, match="not asked again before"):
        enrichment.ask("pdl", lead)
    assert len(FakeEnricher.asked) == 1
    with time_machine.travel(timezone.now() + enrichment.AGAIN_FOUND + timedelta(minutes=1)):
        enrichment.ask("pdl", lead)
        assert enrichment.bill(row).spent == 1  # of that month
    assert len(FakeEnricher.asked) == 2


def test_not_known_is_remembered_and_free(lead: Lead) -> None:
    row = connect()
    FakeEnricher.lay_out({})
    assert "does not know them" in enrichment.ask("pdl", lead)
    assert enrichment.bill(row).spent == 0
    with pytest.raises(NotAsked, match="did not know"):
        enrichment.ask("pdl", lead)


def test_the_budget_is_never_passed(lead: Lead, rep: Any) -> None:
    row = connect(limit=2)
    people = [lead, *(another(rep, n) for n in range(3))]
    FakeEnricher.lay_out({one.email: (TITLE,) for one in people if one.email})
    enrichment.ask("pdl", people[0])
    enrichment.ask("pdl", people[1])
    with pytest.raises(NotAsked, match="credits of this month"):
        enrichment.ask("pdl", people[2])
    assert len(FakeEnricher.asked) == 2
    assert enrichment.bill(row).percent == 100
    next_month = (enrichment.month() + timedelta(days=32)).replace(day=2)
    with time_machine.travel(next_month):
        enrichment.ask("pdl", people[2])


def test_a_question_on_its_way_holds_its_price(lead: Lead) -> None:
    row = connect(limit=1)
    claim = enrichment._claim("pdl", "email:x", "lead:1", 1.0, row)
    assert claim is not None
    with pytest.raises(NotAsked, match="credits"):
        enrichment.ask("pdl", lead)
    assert enrichment._claim("pdl", "email:x", "lead:1", 1.0, row) is None


@pytest.mark.parametrize(("charged", "spent"), [(True, 1.0), (False, 0.0)])
def test_a_failed_question_costs_only_what_may_have_been_counted(
    charged: bool, spent: float, lead: Lead
) -> None:
    row = connect()
    error = EnrichmentError("Broken off.", permanent=False, wait=60, charged=charged)
    FakeEnricher.lay_out({"m.kowalczyk@polna.example": error})
    with pytest.raises(NotAsked, match="Broken off"):
        enrichment.ask("pdl", lead)
    assert enrichment.bill(row).spent == spent
    row.refresh_from_db()
    assert (row.state, row.error) == ("waiting", "Broken off.")
    with time_machine.travel(timezone.now() + timedelta(seconds=61)):
        FakeEnricher.lay_out({"m.kowalczyk@polna.example": (TITLE,)})
        enrichment.ask("pdl", lead)
        assert enrichment.bill(row).spent == spent + 1


def test_a_refused_key_waits_for_the_owner(lead: Lead, rep: Any) -> None:
    row = connect()
    FakeEnricher.lay_out(
        {"m.kowalczyk@polna.example": EnrichmentError("Key refused.", permanent=True)}
    )
    with pytest.raises(NotAsked):
        enrichment.ask("pdl", lead)
    row.refresh_from_db()
    assert row.state == "broken"
    with pytest.raises(NotAsked, match="waits for the owner"):
        enrichment.ask("pdl", another(rep, 1))
    assert len(FakeEnricher.asked) == 1


def stop(lead: Lead, how: str) -> None:
    now = timezone.now()
    if how == "suppressed":
        suppression.suppress(
            address=lead.email or "", reason="opt_out", source="test", actor="lead"
        )
    elif how == "domain":
        suppression.suppress(
            address="polna.example", reason="manual", source="test", actor="system"
        )
    elif how == "sms only":
        suppression.suppress(
            address=lead.phone, channel="sms", reason="opt_out", source="test", actor="lead"
        )
    elif how == "archived":
        Lead.objects.filter(pk=lead.pk).update(archived_at=now)
    elif how == "erased":
        Lead.objects.filter(pk=lead.pk).update(erased_at=now)
    elif how == "merged":
        other = Lead.objects.create(archived_at=now)
        Lead.objects.filter(pk=lead.pk).update(merged_into=other)
    lead.refresh_from_db()


@pytest.mark.parametrize(
    "how", ["suppressed", "domain", "sms only", "archived", "erased", "merged"]
)
def test_nothing_is_fetched_about_people_to_leave_alone(how: str, lead: Lead, owner: Any) -> None:
    connect(auto=True)
    enrichment.switch_homepages(True, owner)
    stop(lead, how)
    event = thread.record(lead=lead, kind="lead.created", actor="system")
    assert event is not None
    enrich_tasks.enrich_lead(event.pk)
    enrich_tasks.ask(lead.pk)
    enrich_tasks.sweep()
    with pytest.raises(NotAsked):
        enrichment.ask("pdl", lead)
    assert FakeEnricher.asked == []
    assert not Lookup.objects.exclude(provider="sweep").exists()
    assert not facts.Fact.objects.exists()


def test_homepages_are_the_owners_switch(lead: Lead, owner: Any) -> None:
    assert lead.company is not None
    assert enrichment.look_at(lead.company) is False
    assert enrichment.switch_homepages(True, owner)
    assert not enrichment.switch_homepages(True, owner)
    assert enrichment.look_at(lead.company) is True
    row = facts.of(lead.company).get()
    assert (row.source, row.source_url) == ("website", "https://polna.example/")
    assert enrichment.look_at(lead.company) is False  # not again so soon
    enrichment.switch_homepages(False, owner)
    assert not enrichment.homepages()


def test_the_mail_host_is_asked_of_dns(lead: Lead, owner: Any, settings: Any) -> None:
    assert lead.company is not None
    enrichment.switch_homepages(True, owner)
    with name_server({("polna.example", "MX"): ["1 aspmx.l.google.com."]}, settings):
        enrichment.look_at(lead.company)
    assert facts.of(lead.company).get(field="mail_host").value == "Google"


def test_a_site_that_does_not_answer_is_left_for_a_while(
    lead: Lead, owner: Any, monkeypatch: Any
) -> None:
    def nobody(domain: str) -> Any:
        raise EnrichmentError("The website does not answer.", permanent=False)

    monkeypatch.setattr(website, "read", nobody)
    enrichment.switch_homepages(True, owner)
    assert lead.company is not None
    assert enrichment.look_at(lead.company) is True
    assert Lookup.objects.get(provider="offline").error == "The website does not answer."
    assert enrichment.look_at(lead.company) is False


def test_free_mail_domains_are_no_companies(owner: Any, lead: Lead) -> None:
    enrichment.switch_homepages(True, owner)
    company = Company.objects.create(name="Gmail", name_key="gmail", domain="gmail.com")
    Lead.objects.filter(pk=lead.pk).update(company=company)
    assert enrichment.look_at(company) is False


def test_a_new_lead_is_looked_at(lead: Lead, owner: Any, run_queue: Any) -> None:
    connect(auto=True)
    enrichment.switch_homepages(True, owner)
    Lead.objects.filter(pk=lead.pk).update(country="", time_zone="", title="")
    thread.record(lead=lead, kind="lead.created", actor="system")
    assert "leads.enrich_tasks.enrich_lead" in run_queue()
    lead.refresh_from_db()
    assert (lead.country, lead.time_zone, lead.title) == ("PL", "Europe/Warsaw", "Head of Bread")
    fields = set(facts.for_lead(lead).values_list("field", flat=True))
    assert fields == {
        "email_kind", "country", "time_zone", "phone_kind", "title", "website_title",
    }  # fmt: skip


def test_only_a_new_address_is_looked_at_again(lead: Lead, rep: Any, run_queue: Any) -> None:
    thread.record(lead=lead, kind="lead.changed", actor="x", data={"changes": {"city": ["", "x"]}})
    run_queue()
    assert not facts.of(lead).exists()
    changes = {"email": ["a@b.example", "m.kowalczyk@polna.example"]}
    thread.record(lead=lead, kind="lead.changed", actor="x", data={"changes": changes})
    run_queue()
    assert facts.of(lead).exists()


def test_the_sweep_finds_imported_leads_and_their_companies(lead: Lead, owner: Any) -> None:
    enrichment.switch_homepages(True, owner)
    connect(auto=True)
    enrich_tasks.sweep()
    assert facts.of(lead).exists()
    assert lead.company is not None
    assert facts.of(lead.company).exists()
    assert FakeEnricher.asked == []  # what costs is asked for new leads only
    count = facts.Fact.objects.count()
    Lookup.objects.filter(provider="offline").update(again_at=timezone.now())
    enrich_tasks.sweep()
    assert facts.Fact.objects.count() == count
    assert Lookup.objects.get(provider="offline").again_at > timezone.now()


def test_the_sweep_stops_in_time(rep: Any, owner: Any, monkeypatch: Any) -> None:
    enrichment.switch_homepages(True, owner)
    for n in range(4):
        company = Company.objects.create(name=f"C{n}", name_key=f"c{n}", domain=f"c{n}.example")
        Lead.objects.create(owner=rep, email=f"a@c{n}.example", company=company)
    monkeypatch.setattr(enrichment_sweep, "COMPANIES", 3)
    enrich_tasks.sweep()
    assert Lookup.objects.filter(provider="offline").count() == 3
    enrich_tasks.sweep()
    assert Lookup.objects.filter(provider="offline").count() == 4


def test_an_answer_that_comes_later_is_asked_for_again(lead: Lead, monkeypatch: Any) -> None:
    row = connect()
    with monkeypatch.context() as later:
        later.setattr(FakeEnricher, "look_up", lambda self, question, access: Result(later=300))
        assert "in a few minutes" in enrichment.ask("pdl", lead)
    assert enrichment.bill(row).spent == 0
    enrich_tasks.sweep()
    assert FakeEnricher.asked == []
    with time_machine.travel(timezone.now() + timedelta(seconds=301)):
        enrich_tasks.sweep()
    assert len(FakeEnricher.asked) == 1
    assert facts.of(lead).filter(source="pdl").exists()


def test_the_stored_key_shows_nowhere(owner: Any) -> None:
    row = enrichment.save("pdl", {"limit": 5, "auto": False}, "s3cr3t-key", owner)
    assert "s3cr3t" not in str(row.settings)
    kept = enrichment.save("pdl", {"limit": 7, "auto": True}, "", owner)
    assert connections.secret_of(kept) == {"key": "s3cr3t-key"}
    assert enrichment.automatic() == ["pdl"]
    assert enrichment.switch_off("pdl", owner)
    assert not enrichment.switch_off("pdl", owner)
    total = Lookup.objects.aggregate(sum=Sum("credits"))["sum"]
    assert total is None

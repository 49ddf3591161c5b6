"""The box of facts on the lead page, its buttons, and Settings, Company data."""

from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone

from leads.enrichment.base import Found
from leads.models import Correction, Fact, Lead, Lookup
from leads.services import enrichment, enrichment_keys, facts, suppression
from salesagent.accounts import connections
from salesagent.lib import http
from salesagent.lib.crypto import keyed_hash
from salesagent.tests.peers import faults

KEY = "s3cr3t-key-0123456789"
PAGE = "/settings/connections/company-data/"


@pytest.fixture(autouse=True)
def _quick(monkeypatch: Any) -> None:
    monkeypatch.setattr(http, "sleep", lambda _: None)


def note(lead: Lead, source: str = "pdl", **values: str) -> Fact:
    told = [Found(code, value, 0.8, "https://polna.example/") for code, value in values.items()]
    facts.note(told, source=source, lead=lead, company=lead.company)
    return Fact.objects.latest("id")


def html(client: Any, lead: Lead) -> str:
    return str(client.get(reverse("leads:detail", args=[lead.pk])).content.decode())


def test_each_fact_shows_source_date_and_confidence(as_user: Any, rep: Any, lead: Lead) -> None:
    note(lead, website_text="Bread for 40 shops <script>alert(1)</script>")
    page = html(as_user(rep), lead)
    assert "Bread for 40 shops" in page
    assert "<script>alert(1)" not in page
    assert "People Data Labs" in page
    assert "likely" in page
    assert 'rel="noopener noreferrer nofollow"' in page
    assert "Not right?" in page


def test_nothing_known_is_said(as_user: Any, rep: Any, lead: Lead) -> None:
    assert "Nothing was looked up yet." in html(as_user(rep), lead)


def test_many_facts_cost_two_queries(
    as_user: Any, rep: Any, lead: Lead, django_assert_num_queries: Any
) -> None:
    from leads.panels_facts import known

    note(lead, city="Gdynia", title="Buyer", mail_host="Google", size="140", founded="1994")
    lead = Lead.objects.select_related("company").get(pk=lead.pk)
    with django_assert_num_queries(2):
        template, context = known(lead, rep)
        str(context["facts"])


def test_sources_that_disagree_are_shown_with_a_way_out(as_user: Any, rep: Any, lead: Lead) -> None:
    row = note(lead, title="Head of Bread")
    client = as_user(rep)
    page = html(client, lead)
    assert "Sources disagree" in page
    assert "Operations Director (our record)" in page
    answer = client.post(reverse("leads:fact_holds", args=[lead.pk, row.pk]))
    assert answer["Location"].endswith("#facts")
    lead.refresh_from_db()
    assert lead.title == "Head of Bread"
    assert "Sources disagree" not in html(client, lead)


def test_not_right(as_user: Any, rep: Any, lead: Lead) -> None:
    row = note(lead, website_text="Bread")
    client = as_user(rep)
    url = reverse("leads:fact_wrong", args=[lead.pk, row.pk])
    client.post(url, {"note": "Another firm"})
    assert Correction.objects.get(kind="fact").note == "Another firm"
    assert "Bread" not in html(client, lead)
    assert client.post(url).status_code == 404  # not there any more
    listed = client.get(reverse("leads:corrections")).content.decode()
    assert "website_text" in listed or "A fact" in listed


def test_what_is_right_can_be_said_at_once(as_user: Any, rep: Any, lead: Lead) -> None:
    row = note(lead, title="Head of Bread")
    client = as_user(rep)
    url = reverse("leads:fact_wrong", args=[lead.pk, row.pk])
    client.post(url, {"value": "Owner"})
    lead.refresh_from_db()
    assert lead.title == "Owner"
    page = html(client, lead)
    assert "Told by a colleague" in page
    assert "Head of Bread" not in page
    assert "Sources disagree" not in page
    assert Correction.objects.get(kind="fact").after == "Owner"


def test_what_has_no_room_in_the_record_is_kept_as_a_colleagues_word(
    as_user: Any, rep: Any, lead: Lead
) -> None:
    assert lead.company is not None
    row = note(lead, founded="1994")
    client = as_user(rep)
    client.post(reverse("leads:fact_wrong", args=[lead.pk, row.pk]), {"value": "1987"})
    assert "1987" in html(client, lead)
    note(lead, founded="1994")  # the same source says it again
    assert facts.of(lead.company).filter(field="founded", state="current").get().value == "1987"


def test_what_does_not_fit_changes_nothing(as_user: Any, rep: Any, lead: Lead) -> None:
    row = note(lead, size="140")
    url = reverse("leads:fact_wrong", args=[lead.pk, row.pk])
    answer = as_user(rep).post(url, {"value": "many"}, follow=True)
    assert "does not fit there. Nothing was changed." in answer.content.decode()
    row.refresh_from_db()
    assert row.state == "current"


def test_our_own_record_can_be_said_to_hold(as_user: Any, rep: Any, lead: Lead) -> None:
    row = note(lead, title="Head of Bread")
    client = as_user(rep)
    assert "Ours holds" in html(client, lead)
    client.post(reverse("leads:fact_holds", args=[lead.pk, row.pk]), {"ours": "1"})
    lead.refresh_from_db()
    assert lead.title == "Operations Director"
    assert "Sources disagree" not in html(client, lead)
    note(lead, title="Head of Bread")
    assert "Sources disagree" not in html(client, lead)


def test_what_a_look_up_came_to_is_said(as_user: Any, rep: Any, lead: Lead, owner: Any) -> None:
    enrichment.save("pdl", {"limit": 5, "auto": False}, KEY, owner)
    now = timezone.now()
    key = keyed_hash(f"email:{lead.email}", purpose="lookup.pdl")
    Lookup.objects.create(
        provider="pdl", key_hash=key, about=f"lead:{lead.pk}", again_at=now,
        error="People Data Labs cannot be reached.",
    )  # fmt: skip
    assert "People Data Labs cannot be reached." in html(as_user(rep), lead)


def test_facts_of_others_are_not_there(as_user: Any, rep: Any, stranger: Any, lead: Lead) -> None:
    row = note(lead, city="Gdynia")
    own = Lead.objects.create(owner=stranger, email="x@other.example")
    for name in ("leads:fact_wrong", "leads:fact_holds"):
        assert as_user(stranger).post(reverse(name, args=[lead.pk, row.pk])).status_code == 404
        assert as_user(stranger).post(reverse(name, args=[own.pk, row.pk])).status_code == 404


def test_look_up_is_queued(as_user: Any, rep: Any, lead: Lead, run_queue: Any) -> None:
    client = as_user(rep)
    client.post(reverse("leads:facts_look_up", args=[lead.pk]))
    assert run_queue() == ["leads.enrich_tasks.ask"]
    assert "Of a company" in html(client, lead)


def test_look_up_says_why_not(as_user: Any, rep: Any, lead: Lead, run_queue: Any) -> None:
    suppression.suppress(address=str(lead.email), reason="opt_out", source="x", actor="lead")
    client = as_user(rep)
    answer = client.post(reverse("leads:facts_look_up", args=[lead.pk]), follow=True)
    assert "nothing is looked up about them" in answer.content.decode()
    assert "leads.enrich_tasks.ask" not in run_queue()


def test_the_owner_switches_homepages(as_user: Any, owner: Any) -> None:
    client = as_user(owner)
    assert "Look at company homepages" in client.get(PAGE).content.decode()
    client.post(PAGE + "homepages/", {"on": "1"})
    assert enrichment.homepages()
    client.post(PAGE + "homepages/", {"on": "0"})
    assert not enrichment.homepages()


@pytest.fixture
def pdl(faults_server: Any, settings: Any) -> Any:
    """The provider, as it answers a question about nobody when it takes the key."""
    settings.SERVICE_URLS = {**settings.SERVICE_URLS, "pdl": faults_server.base}
    faults_server.script("/v5/company/enrich", faults.refuse(400))
    return faults_server


def test_a_key_is_stored_and_never_shown(as_user: Any, owner: Any, manager: Any, pdl: Any) -> None:
    client = as_user(owner)
    answer = client.post(PAGE + "pdl/", {"key": KEY, "limit": "50", "auto": "on"})
    assert answer["Location"].endswith("#pdl")
    row = enrichment.connection("pdl")
    assert row is not None
    assert row.settings == {"limit": 50, "auto": True}
    assert row.last_ok_at is not None
    page = client.get(PAGE).content.decode()
    assert "The key works." in page
    assert KEY not in page
    assert "0 of 50 credits this month" in page
    seen = as_user(manager).get(PAGE).content.decode()
    assert "0 of 50 credits" in seen
    assert "API key" not in seen
    client.post(PAGE + "pdl/off/")
    assert enrichment.connection("pdl") is None
    assert connections.of_service("pdl").count() == 0


def test_a_key_that_is_not_taken_is_not_stored(as_user: Any, owner: Any, pdl: Any) -> None:
    pdl.script("/v5/company/enrich", faults.refuse(401))
    answer = as_user(owner).post(PAGE + "pdl/", {"key": KEY, "limit": "50"})
    assert answer.status_code == 422
    page = answer.content.decode()
    assert "People Data Labs does not take the key." in page
    assert 'aria-invalid="true"' in page
    assert enrichment.connection("pdl") is None


def test_a_provider_that_is_away_keeps_nobody_from_saving(
    as_user: Any, owner: Any, pdl: Any
) -> None:
    pdl.script("/v5/company/enrich", faults.refuse(503))
    answer = as_user(owner).post(PAGE + "pdl/", {"key": KEY, "limit": "50"}, follow=True)
    assert "The key could not be tried yet" in answer.content.decode()
    row = enrichment.connection("pdl")
    assert row is not None
    assert row.state == "waiting"
    pdl.script("/v5/company/enrich", faults.refuse(400))
    enrichment_keys.check_all()
    row.refresh_from_db()
    assert row.state == "on"


@pytest.mark.parametrize(
    "data", [{}, {"key": "x y"}, {"key": KEY, "limit": "-1"}, {"key": "é" * 20}]
)
def test_a_wrong_form_says_so(data: dict[str, str], as_user: Any, owner: Any) -> None:
    answer = as_user(owner).post(PAGE + "pdl/", {"limit": "5", **data})
    assert answer.status_code == 422
    assert 'aria-invalid="true"' in answer.content.decode()
    assert enrichment.connection("pdl") is None


def test_unknown_providers_are_not_there(as_user: Any, owner: Any) -> None:
    for code in ("offline", "fake", "nobody"):
        assert as_user(owner).post(PAGE + f"{code}/", {"key": KEY, "limit": "5"}).status_code == 404


def test_people_about_whom_sources_disagree_are_listed(
    as_user: Any, owner: Any, manager: Any, other_manager: Any, lead: Lead
) -> None:
    note(lead, title="Head of Bread")
    assert "Job title" in as_user(owner).get(PAGE).content.decode()
    assert "Marta" in as_user(manager).get(PAGE).content.decode()
    assert "Marta" not in as_user(other_manager).get(PAGE).content.decode()


def test_the_connections_page_has_its_lines(as_user: Any, owner: Any, rep: Any) -> None:
    url = reverse("settings:connections")
    assert "Company homepages" in as_user(owner).get(url).content.decode()
    row = enrichment.save("pdl", {"limit": 5, "auto": False}, KEY, owner)
    connections.failed(row.pk, "The key was refused.", broken=True)
    page = as_user(owner).get(url).content.decode()
    assert "People Data Labs needs you." in page
    assert PAGE not in as_user(rep).get(url).content.decode()

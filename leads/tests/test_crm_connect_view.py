"""Connecting HubSpot and Salesforce on their pages, against servers that behave as documented."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.urls import reverse

from leads.models import Lead, SyncRun
from leads.services import crm_accounts
from leads.tests.hubspot_kit import account
from leads.tests.hubspot_world import World as HubSpotWorld
from leads.tests.salesforce_world import World as SalesforceWorld
from leads.tests.salesforce_world import world as salesforce_world  # noqa: F401  a fixture
from salesagent.accounts import connections
from salesagent.accounts.models import Connection

CHOICES = {
    "basis": "customer",
    "basis_source": "Our CRM",
    "owner": "0",
    "push": "all",
    "schedule": "off",
}


@pytest.fixture
def hubspot(db: None, settings: Any, monkeypatch: Any) -> Iterator[HubSpotWorld]:
    with account(monkeypatch) as (made, crm, _):
        settings.SERVICE_URLS = {**settings.SERVICE_URLS, "hubspot": crm._api.base}
        yield made


@pytest.fixture
def salesforce(salesforce_world: SalesforceWorld, settings: Any) -> SalesforceWorld:  # noqa: F811
    url = salesforce_world.peer.url
    settings.SERVICE_URLS = {**settings.SERVICE_URLS, "salesforce": url}
    return salesforce_world


@pytest.fixture
def as_owner(owner: Any, as_user: Any) -> Any:
    return as_user(owner)


def at(name: str, provider: str, *args: Any) -> str:
    return reverse(f"leads:{name}", args=[provider, *args])


def text_of(answer: Any) -> str:
    return " ".join(answer.content.decode().split())


def test_a_private_app_is_tried_and_stored(hubspot: HubSpotWorld, as_owner: Any) -> None:
    answer = as_owner.post(at("crm_connect", "hubspot"), {"token": hubspot.token})
    assert answer.url == at("crm_choices", "hubspot")
    row = connections.active("hubspot")
    assert row is not None and row.account == str(hubspot.portal)
    assert connections.secret_of(row) == {"token": hubspot.token}
    assert "salesagent_id" in hubspot.properties["contacts"]
    assert str(hubspot.portal) in text_of(as_owner.get(at("crm", "hubspot")))


def test_a_wrong_token_is_not_stored(hubspot: HubSpotWorld, as_owner: Any) -> None:
    given = {"token": "pat-eu1-wrong-token-0123456789"}
    answer = as_owner.post(at("crm_connect", "hubspot"), given)
    assert answer.status_code == 422 and "Nothing was stored." in text_of(answer)
    assert given["token"] not in text_of(answer)
    assert connections.active("hubspot") is None


@pytest.mark.parametrize("token", ["", "short", "with a space in the middle of it", "ä" * 30])
def test_what_is_no_token_is_not_sent(hubspot: HubSpotWorld, as_owner: Any, token: str) -> None:
    before = len(hubspot.log)
    answer = as_owner.post(at("crm_connect", "hubspot"), {"token": token})
    assert answer.status_code == 422 and len(hubspot.log) == before


def test_an_empty_token_stays_and_the_webhook_secret_comes_beside(
    hubspot: HubSpotWorld, as_owner: Any
) -> None:
    url = at("crm_connect", "hubspot")
    as_owner.post(url, {"token": hubspot.token})
    as_owner.post(at("crm_choices", "hubspot"), CHOICES)
    answer = as_owner.post(url, {"client_secret": "webhook-secret-0123456789"})
    assert answer.url == at("crm", "hubspot")
    row = connections.active("hubspot")
    assert row is not None and row.settings["push"] == "all"
    kept = {"token": hubspot.token, "client_secret": "webhook-secret-0123456789"}
    assert connections.secret_of(row) == kept
    assert "webhook-secret" not in as_owner.get(url).content.decode()


def test_missing_rights_are_named(hubspot: HubSpotWorld, as_owner: Any) -> None:
    hubspot.missing_scopes["/crm/owners/"] = "crm.objects.owners.read"
    as_owner.post(at("crm_connect", "hubspot"), {"token": hubspot.token})
    page = text_of(as_owner.get(at("crm", "hubspot")))
    assert "The account lacks something." in page and "crm.objects.owners.read" in page


def test_another_account_ends_the_first(hubspot: HubSpotWorld, as_owner: Any) -> None:
    old = connections.save("hubspot", account="1", secret={"token": "x" * 30})
    as_owner.post(at("crm_connect", "hubspot"), {"token": hubspot.token})
    old.refresh_from_db()
    assert old.state == Connection.State.OFF and not old.secret
    row = connections.active("hubspot")
    assert row is not None and "push" not in row.settings


def test_from_the_token_to_the_first_sync(
    hubspot: HubSpotWorld, as_owner: Any, lead: Any, run_queue: Any
) -> None:
    as_owner.post(at("crm_connect", "hubspot"), {"token": hubspot.token})
    as_owner.post(at("crm_choices", "hubspot"), CHOICES)
    answer = as_owner.post(at("crm_start", "hubspot"), {"preview": "1"})
    run_queue()
    page = text_of(as_owner.get(answer.url))
    assert "New in HubSpot" in page and lead.email in page
    assert not hubspot.things["contacts"]
    as_owner.post(at("crm_start", "hubspot"))
    run_queue()
    run = SyncRun.objects.first()
    assert run is not None and run.state == SyncRun.State.DONE, run.error
    assert len(hubspot.things["contacts"]) == 1
    assert "1 contact in both" in text_of(as_owner.get(reverse("settings:connections")))


def test_hubspots_fields_can_be_chosen(hubspot: HubSpotWorld, as_owner: Any) -> None:
    as_owner.post(at("crm_connect", "hubspot"), {"token": hubspot.token})
    url = at("crm_fields", "hubspot", "contact")
    page = as_owner.get(url)
    assert "As usual: " in text_of(page)
    calls = len(hubspot.log)
    assert as_owner.get(url).status_code == 200 and len(hubspot.log) == calls
    taken = {"theirs.title": "hs_email_optout", "rule.title": "there"}
    assert "would both be" in text_of(as_owner.post(url, taken))
    taken = {"theirs.title": "hs_object_id"}
    answer = as_owner.post(url, taken)
    assert answer.status_code == 422 and "cannot be written there" in text_of(answer)
    assert as_owner.post(url, {**taken, "rule.title": "there"}).status_code == 302


def test_salesforce_is_tried_and_stored(salesforce: SalesforceWorld, as_owner: Any) -> None:
    peer = salesforce.peer
    given = {
        "address": "acme.my.salesforce.com",
        "client_id": peer.client_id,
        "client_secret": peer.client_secret,
    }
    answer = as_owner.post(at("crm_connect", "salesforce"), given)
    assert answer.status_code == 302, text_of(answer)
    row = connections.active("salesforce")
    assert row is not None and row.account.startswith("00D")
    assert row.settings["base_url"] == "https://acme.my.salesforce.com"
    again = as_owner.post(at("crm_connect", "salesforce"), {**given, "client_secret": ""})
    assert again.status_code == 302
    row.refresh_from_db()
    assert connections.secret_of(row)["client_secret"] == peer.client_secret
    wrong = as_owner.post(
        at("crm_connect", "salesforce"), {**given, "client_secret": "wrong-secret"}
    )
    assert wrong.status_code == 422 and "Nothing was stored." in text_of(wrong)


def test_salesforce_options_are_kept_beside_others(
    salesforce: SalesforceWorld, as_owner: Any
) -> None:
    row = connections.save(
        "salesforce", account="00D", secret={}, settings={"extra": {"other": "1", "currency": "X"}}
    )
    data = {"currency": "EUR", "deal_stage_won": "Closed Won"}
    assert as_owner.post(at("crm_options", "salesforce"), data).status_code == 302
    row.refresh_from_db()
    kept = {"other": "1", "currency": "EUR", "deal_stage.won": "Closed Won"}
    assert row.settings["extra"] == kept
    bad = as_owner.post(at("crm_options", "salesforce"), {"currency": "Euros"})
    assert bad.status_code == 422
    assert as_owner.get(at("crm_options", "hubspot")).status_code == 404


def test_from_salesforce_people_come_in(
    salesforce: SalesforceWorld, as_owner: Any, run_queue: Any
) -> None:
    salesforce.people(3)
    peer = salesforce.peer
    given = {"client_id": peer.client_id, "client_secret": peer.client_secret}
    as_owner.post(at("crm_connect", "salesforce"), {"address": "a.my.salesforce.com", **given})
    as_owner.post(at("crm_choices", "salesforce"), {**CHOICES, "push": "linked"})
    row = connections.active("salesforce")
    assert row is not None
    crm_accounts.check_ready(row)
    as_owner.post(at("crm_start", "salesforce"))
    run_queue()
    run = SyncRun.objects.get()
    assert run.state == SyncRun.State.DONE, run.error
    assert Lead.objects.filter(source="Salesforce", lawful_basis="customer").count() == 3

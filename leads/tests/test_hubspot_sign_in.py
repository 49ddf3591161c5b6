"""Sign-in with HubSpot: there and back once, tokens renewed by one, an end that is told."""

import threading
import time
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.test import Client
from django.urls import reverse

from leads.services import hubspot_oauth
from leads.tests.hubspot_kit import account
from leads.tests.hubspot_routes import CLIENT
from leads.tests.hubspot_world import Fault, World
from salesagent.accounts import connections, oauth
from salesagent.accounts.models import Connection

SITE = "https://sales.example"
KEPT = "refresh-token-never-shown-0123"


@pytest.fixture
def world(db: None, settings: Any, monkeypatch: Any) -> Iterator[World]:
    with account(monkeypatch) as (made, crm, _):
        settings.SERVICE_URLS = {
            **settings.SERVICE_URLS,
            "hubspot": crm._api.base,
            "hubspot_auth": "https://app.hubspot.example/oauth/authorize",
        }
        settings.HUBSPOT_CLIENT_ID, settings.HUBSPOT_CLIENT_SECRET = CLIENT
        settings.SITE_URL = SITE
        yield made


def connected(world: World, *, expires_in: float = 3600.0) -> Connection:
    world.refresh_tokens.add(KEPT)
    secret = {
        "refresh_token": KEPT,
        "access_token": "old-access-token",
        "expires_at": str(time.time() + expires_in),
    }
    return connections.save("hubspot", account="62515", secret=secret)


def come_back(client: Client, world: World, **query: str) -> Any:
    away = client.get(reverse("leads:hubspot_go"))
    asked = parse_qs(urlsplit(away["Location"]).query)
    world.codes["the-code"] = KEPT
    given = {"code": "the-code", "state": asked["state"][0], **query}
    return client.get(reverse("leads:hubspot_callback"), given)


def test_the_owner_is_asked_for_exactly_these_rights(world: World, owner: Any, client: Any) -> None:
    client.force_login(owner)
    away = client.get(reverse("leads:hubspot_go"))
    asked = parse_qs(urlsplit(away["Location"]).query)
    assert away["Location"].startswith("https://app.hubspot.example/oauth/authorize?")
    assert asked["client_id"] == [CLIENT[0]]
    assert asked["redirect_uri"] == [f"{SITE}/settings/connections/hubspot/back/"]
    assert asked["scope"][0].split() == list(hubspot_oauth.SCOPES)
    assert CLIENT[1] not in away["Location"]


def test_there_and_back_connects_once(world: World, owner: Any, client: Any) -> None:
    client.force_login(owner)
    back = come_back(client, world)
    row = connections.active("hubspot")
    assert row and row.account == "62515" and back.status_code == 302
    secret = connections.secret_of(row)
    assert (secret["refresh_token"], secret["access_token"]) == (KEPT, world.token)
    again = client.get(reverse("leads:hubspot_callback"), {"code": "x", "state": "y"})
    assert again.status_code == 302 and connections.of_service("hubspot").count() == 1


@pytest.mark.parametrize(
    "query", [{"state": "forged"}, {"state": ""}, {"error": "access_denied"}, {"code": "used"}]
)
def test_nothing_is_stored_when_something_is_odd(
    world: World, owner: Any, client: Any, query: dict[str, str]
) -> None:
    client.force_login(owner)
    assert come_back(client, world, **query).status_code == 302
    assert connections.active("hubspot") is None


def test_the_way_back_is_open_for_ten_minutes(
    world: World, owner: Any, client: Any, monkeypatch: Any
) -> None:
    client.force_login(owner)
    client.get(reverse("leads:hubspot_go"))
    monkeypatch.setattr("leads.views.hubspot.now", lambda: time.time() + 601)
    state = client.session["hubspot_sign_in"]["state"]
    client.get(reverse("leads:hubspot_callback"), {"code": "the-code", "state": state})
    assert connections.active("hubspot") is None


def test_only_the_owner_and_only_where_it_is_set_up(
    world: World, owner: Any, manager: Any, client: Any, settings: Any
) -> None:
    client.force_login(manager)
    assert client.get(reverse("leads:hubspot_go")).status_code in (403, 404)
    settings.HUBSPOT_CLIENT_ID = ""
    client.force_login(owner)
    assert "hubspot.example" not in client.get(reverse("leads:hubspot_go"))["Location"]


def test_what_the_owner_had_set_stays_and_one_account_counts(world: World) -> None:
    old = connections.save(
        "hubspot", account="62515", secret={"token": "x"}, settings={"push": "all"}
    )
    other = connections.save("hubspot", account="1", secret={"token": "x"})
    row = hubspot_oauth.connect(hubspot_oauth.Grant("62515", ["oauth"], {"refresh_token": KEPT}))
    assert row.pk == old.pk and row.settings["push"] == "all" and row.settings["signed_in_at"]
    other.refresh_from_db()
    assert other.state == Connection.State.OFF


def test_a_token_that_runs_out_is_renewed(world: World) -> None:
    row = connected(world, expires_in=60)
    assert oauth.access_token(row.pk) == world.token
    calls = [target for _, target, _ in world.log]
    assert calls == ["/oauth/2026-09/token"]
    assert oauth.access_token(row.pk) == world.token and len(world.log) == 1
    assert oauth.access_token(row.pk, refused=world.token) == world.token and len(world.log) == 2


def test_a_sign_in_that_was_ended_there_needs_a_person(world: World) -> None:
    row = connected(world, expires_in=-5)
    world.refresh_tokens.clear()
    with pytest.raises(oauth.OAuthError, match="HubSpot has ended this sign-in") as caught:
        oauth.access_token(row.pk)
    assert caught.value.revoked and "Google" not in caught.value.message
    row.refresh_from_db()
    assert row.state == Connection.State.BROKEN and KEPT not in row.error


def test_hubspot_being_down_breaks_nothing(world: World) -> None:
    row = connected(world, expires_in=-5)
    world.faults.append(Fault("/oauth/", status=503, times=9))
    with pytest.raises(oauth.OAuthError, match="HubSpot gave no access just now") as caught:
        oauth.access_token(row.pk)
    assert not caught.value.permanent
    world.faults.clear()
    assert oauth.access_token(row.pk) == world.token


def test_a_wrong_client_secret_is_named(world: World, settings: Any) -> None:
    row = connected(world, expires_in=-5)
    settings.HUBSPOT_CLIENT_SECRET = "wrong"
    with pytest.raises(oauth.OAuthError, match="HUBSPOT_CLIENT_SECRET") as caught:
        oauth.access_token(row.pk)
    assert caught.value.permanent and not caught.value.revoked


def test_signing_out_is_told_unless_google_shares_the_name(world: World) -> None:
    row = connected(world)
    connections.save("gmail", account="62515", secret={"refresh_token": "x"})
    assert oauth.sign_out(row.pk)
    assert KEPT not in world.refresh_tokens  # another provider's account keeps nothing alive
    world.faults.append(Fault("/revoke", status=500, times=9))
    assert not oauth.sign_out(row.pk)


def test_of_many_refreshers_one_asks(crowd: None, world: World) -> None:
    row = connected(world, expires_in=-5)
    got: list[str] = []

    def ask() -> None:
        from django.db import connection

        try:
            got.append(oauth.access_token(row.pk))
        finally:
            connection.close()

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for one in threads:
        one.start()
    for one in threads:
        one.join(timeout=20)
    assert set(got) == {world.token} and len(got) == 4
    assert len([1 for _, target, _ in world.log if target.endswith("/token")]) == 1

"""Calls to Calendly: against a provider that misbehaves, and the way a connection is made."""

import json
from typing import Any, ClassVar

import pytest

from outreach import calendly
from outreach.calendly import Account, CalendlyError
from outreach.services import scheduling
from outreach.tests.calendly import API, HOOK, KEY, ME, ORGANIZATION, TOKEN, USER, connect
from salesagent.accounts import connections
from salesagent.accounts.models import Connection
from salesagent.tests.adapter_case import OutgoingCase
from salesagent.tests.peers import faults

WHO = calendly.Person(ME, ORGANIZATION, "Jonas Weber")
OLD, NEW = f"{API}/webhook_subscriptions/OLD", f"{API}/webhook_subscriptions/NEW"


def subscription(uri: str = NEW, url: str = HOOK, state: str = "active") -> dict[str, str]:
    return {"uri": uri, "callback_url": url, "state": state}


def listed(*rows: dict[str, str], more: str = "") -> faults.Step:
    return faults.ok({"collection": list(rows), "pagination": {"next_page_token": more or None}})


MADE = faults.ok({"resource": subscription()}, 201)


class TestCalendlyCalls(OutgoingCase):
    secrets: ClassVar[tuple[str, ...]] = (TOKEN, KEY)
    errors: ClassVar[tuple[type[Exception], ...]] = (CalendlyError,)
    good: ClassVar[faults.Step] = MADE

    def act(self, base: str) -> Any:
        return calendly.subscribe(Account(TOKEN, base), WHO, HOOK, KEY)

    def unknown(self, error: Exception) -> bool:
        return isinstance(error, CalendlyError) and error.unknown


@pytest.fixture
def server(settings: Any, db: None) -> Any:
    with faults.fault_server() as found:
        settings.SITE_URL = "https://sales.example"
        settings.SERVICE_URLS = {**settings.SERVICE_URLS, "calendly": found.base}
        yield found


def asked(server: Any) -> list[tuple[str, str]]:
    return [(one.method, one.path.partition("?")[0]) for one in server.requests]


def test_connecting_replaces_what_reported_here_before(server: Any, owner: Any) -> None:
    foreign = subscription(f"{API}/webhook_subscriptions/X", "https://else.example/")
    mine = listed(foreign, subscription(OLD))
    server.script("*", faults.ok(USER), mine, listed(), faults.raw(b"", status=204), MADE)
    assert scheduling.connect(owner, TOKEN) == "Jonas Weber"
    row = connections.active("calendly")
    assert row is not None and row.state == Connection.State.ON
    assert row.settings["subscription"] == NEW
    assert asked(server) == [
        ("GET", "/users/me"),
        ("GET", "/webhook_subscriptions"),
        ("GET", "/webhook_subscriptions"),
        ("DELETE", "/webhook_subscriptions/OLD"),
        ("POST", "/webhook_subscriptions"),
    ]
    sent = json.loads(server.requests[-1].body)
    assert sent["url"] == HOOK and sent["scope"] == "organization"
    assert sent["events"] == ["invitee.created", "invitee.canceled"]
    assert [sent["signing_key"]] == scheduling.keys()


def test_who_is_no_administrator_subscribes_for_themselves(server: Any, owner: Any) -> None:
    no = faults.refuse(403)
    server.script("*", faults.ok(USER), no, listed(), no, MADE)
    scheduling.connect(owner, TOKEN)
    sent = json.loads(server.requests[-1].body)
    assert (sent["scope"], sent["user"]) == ("user", ME)


def test_a_wrong_token_leaves_the_old_connection_alone(server: Any, owner: Any) -> None:
    row = connect()
    server.script("*", faults.refuse(401))
    with pytest.raises(scheduling.SchedulingError, match="does not take this token"):
        scheduling.connect(owner, "another-token-0123456789")
    row.refresh_from_db()
    assert row.state == Connection.State.ON
    assert scheduling.keys() == [KEY]


def test_a_check_makes_a_lost_subscription_anew(server: Any) -> None:
    connect(settings={"subscription": OLD})
    gone = faults.refuse(404)
    off = subscription(OLD, state="disabled")
    server.script("*", faults.ok(USER), listed(off), listed(), listed(off), listed(), gone, MADE)
    scheduling.check()
    row = connections.active("calendly")
    assert row is not None and row.settings["subscription"] == NEW
    assert json.loads(server.requests[-1].body)["signing_key"] == KEY


def test_a_check_of_a_good_one_changes_nothing(server: Any) -> None:
    connect(settings={"subscription": NEW})
    server.script("*", faults.ok(USER), listed(more="p2"), listed(subscription()), listed())
    scheduling.check()
    assert {method for method, _ in asked(server)} == {"GET"}


def test_a_token_that_was_taken_back_is_told(server: Any) -> None:
    row = connect()
    server.script("*", faults.refuse(401))
    with pytest.raises(scheduling.SchedulingError):
        scheduling.check()
    row.refresh_from_db()
    assert row.state == Connection.State.BROKEN and "new one" in row.error


def test_switching_off_ends_the_reports(server: Any, owner: Any) -> None:
    connect(settings={"subscription": NEW})
    server.script("*", faults.raw(b"", status=204))
    assert scheduling.switch_off(owner) == ""
    assert asked(server) == [("DELETE", "/webhook_subscriptions/NEW")]
    assert scheduling.keys() == []


def test_switched_off_even_when_calendly_cannot_be_told(server: Any, owner: Any) -> None:
    connect(settings={"subscription": NEW})
    server.script("*", faults.refuse(401))
    assert "could not be told" in scheduling.switch_off(owner)
    assert connections.active("calendly") is None


def test_without_a_public_address_nothing_is_asked(server: Any, owner: Any, settings: Any) -> None:
    settings.SITE_URL = "http://127.0.0.1:8000"
    with pytest.raises(scheduling.SchedulingError, match="SITE_URL"):
        scheduling.connect(owner, TOKEN)
    assert server.requests == []

"""HubSpot's webhooks: the published signature, five minutes, each event once, only our account."""

import json
from typing import Any, ClassVar

import pytest

from leads.crm import hubspot_hooks
from leads.crm.base import CrmError, Settings
from leads.crm.hubspot import HubSpot
from leads.crm.hubspot_hooks import SIGNATURE, TIMESTAMP, events_of, signature, verified
from salesagent.accounts import connections
from salesagent.tests.adapter_case import SITE, AdapterSecurityCase
from salesagent.tests.peers import faults

PORTAL, KEY, SECOND = "62515", "yyyyyyyy-yyyy-yyyy-yyyy-yyyyyyyyyyyy", "second-secret-0123456789"
TOKEN = "pat-eu1-token-never-shown-0123456789"
PATH = "/hooks/hubspot/"
NOW = 1_795_000_000.0


def event(number: int = 1, kind: str = "contact.creation", **more: Any) -> dict[str, Any]:
    return {
        "eventId": number,
        "subscriptionId": 12345,
        "portalId": int(PORTAL),
        "occurredAt": 1564113600000,
        "subscriptionType": kind,
        "attemptNumber": 0,
        "objectId": 123,
        "changeSource": "CRM",
        "changeFlag": "NEW",
        "appId": 54321,
        **more,
    }


@pytest.fixture(autouse=True)
def touched(monkeypatch: Any) -> list[tuple[Any, ...]]:
    """What the sync was told to look at."""
    told: list[tuple[Any, ...]] = []
    monkeypatch.setattr(hubspot_hooks, "now", lambda: NOW)
    monkeypatch.setattr("leads.services.crm_sync.touch", lambda *args: told.append(args))
    return told


@pytest.fixture
def connected(db: None) -> Any:
    secret = {"token": TOKEN, "client_secret": KEY, "client_secret_2": SECOND}
    return connections.save("hubspot", account=PORTAL, secret=secret)


def headers(body: bytes, url: str = SITE + PATH, key: str = KEY, at: float = NOW) -> dict[str, str]:
    moment = str(int(at * 1000))
    return {TIMESTAMP: moment, SIGNATURE: signature(key, "POST", url, body, moment)}


class TestHubSpot(AdapterSecurityCase):
    path: ClassVar[str] = PATH
    signature_headers: ClassVar[tuple[str, ...]] = (SIGNATURE, TIMESTAMP)
    keys: ClassVar[tuple[str, ...]] = (KEY, SECOND)
    secrets: ClassVar[tuple[str, ...]] = (TOKEN,)
    errors: ClassVar[tuple[type[Exception], ...]] = (CrmError,)
    idempotent: ClassVar[bool] = True
    good: ClassVar[list[faults.Step]] = [faults.ok({"results": [], "status": "COMPLETE"})] * 3

    @pytest.fixture(autouse=True)
    def _account(self, connected: Any, touched: list[Any]) -> None:
        self.told = touched

    def body(self) -> bytes:
        return json.dumps([event()]).encode()

    def signed(self, body: bytes, url: str, key: str | None = None) -> dict[str, str]:
        return headers(body, url, KEY if key is None else key)

    def effects(self) -> int:
        return len(self.told)

    def act(self, base: str) -> Any:
        crm = HubSpot(lambda refused="": TOKEN, Settings(base_url=base, extra={"account": PORTAL}))
        return crm.read("contact", ["1"])

    def unknown(self, error: Exception) -> bool:
        return False  # every call may be repeated, so nobody has to know


def test_the_published_vector(monkeypatch: Any) -> None:
    """Of the tests of HubSpot's own client for Python."""
    body, at = b"{'example_field':'example_value'}", "15000000"
    expected = "HPW73RUtKmcYoEDADG0s6MmGFWUzWJKAW07r8RDgcQw="
    url = "https://www.example.com/webhook_uri"
    assert signature(KEY, "POST", url, body, at) == expected
    given = {SIGNATURE: expected, TIMESTAMP: at}
    monkeypatch.setattr(hubspot_hooks, "now", lambda: 15000.0)
    assert verified("POST", url, body, given, [KEY])
    assert not verified("POST", url, body, given, ["", "another"])
    assert not verified("GET", url, body, given, [KEY])


@pytest.mark.parametrize(
    ("off", "fine"), [(0, True), (299, True), (-299, True), (301, False), (-301, False)]
)
def test_five_minutes_either_way(off: float, fine: bool) -> None:
    body = b"[]"
    url = SITE + PATH
    assert verified("POST", url, body, headers(body, at=NOW + off), [KEY]) is fine


@pytest.mark.parametrize("at", ["", "soon", "-5", "1e3", "\u0661\u0662", "9" * 30, "0x10", " 1"])
def test_odd_times_are_refused(at: str) -> None:
    given = {TIMESTAMP: at, SIGNATURE: signature(KEY, "POST", SITE, b"", at)}
    assert not verified("POST", SITE, b"", given, [KEY])


def test_an_address_as_hubspot_decodes_it() -> None:
    url, plain = f"{SITE}/hooks/%3Ax%2Cy?a=%2F%26", f"{SITE}/hooks/:x,y?a=/%26"
    assert verified("POST", url, b"", headers(b"", plain), [KEY])
    assert verified("POST", url, b"", headers(b"", url), [KEY])


def post(client: Any, settings: Any, rows: Any) -> int:
    settings.SITE_URL = SITE
    body = json.dumps(rows).encode()
    answer = client.post(PATH, body, content_type="application/json", headers=headers(body))
    return int(answer.status_code)


def test_a_batch_becomes_one_task_for_each_kind(
    connected: Any, client: Any, settings: Any, touched: list[Any]
) -> None:
    rows = [event(n, objectId=n) for n in range(1, 90)]
    rows += [
        event(200, "contact.propertyChange", propertyName="email", objectId=7),
        event(201, "company.deletion", objectId=8),
        event(202, "contact.privacyDeletion", objectId=91),
        event(
            203,
            "contact.merge",
            objectId=95,
            primaryObjectId=92,
            mergedObjectIds=[93, 94],
            newObjectId=95,
        ),
        event(204, "object.creation", objectTypeId="0-3", objectId=9),
        event(205, "ticket.creation"),
        event(206, "contact.associationChange"),
        event(207, "object.creation", objectTypeId="0-48", objectId=9),
    ]
    assert post(client, settings, rows) == 204
    assert touched == [
        ("hubspot", PORTAL, "company", ["8"]),
        ("hubspot", PORTAL, "contact", sorted(str(n) for n in [*range(1, 90), *range(91, 96)])),
        ("hubspot", PORTAL, "deal", ["9"]),
    ]


def test_told_again_it_counts_once(
    connected: Any, client: Any, settings: Any, touched: list[Any]
) -> None:
    assert post(client, settings, [event(1), event(2)]) == 204
    assert post(client, settings, [event(2, attemptNumber=1), event(3)]) == 204
    assert len(touched) == 2
    assert post(client, settings, [event(3, attemptNumber=2)]) == 204
    assert len(touched) == 2


def test_what_we_wrote_ourselves_is_no_news(
    connected: Any, client: Any, settings: Any, touched: list[Any]
) -> None:
    ours = event(1, changeSource="INTEGRATION", sourceId="54321")
    theirs = event(2, changeSource="INTEGRATION", sourceId="99999", objectId=5)
    assert post(client, settings, [ours, theirs]) == 204
    assert touched == [("hubspot", PORTAL, "contact", ["5"])]


def test_events_of_another_account_are_not_ours(
    connected: Any, client: Any, settings: Any, touched: list[Any]
) -> None:
    assert post(client, settings, [event(portalId=1)]) == 403
    assert post(client, settings, [event(1, portalId=1), event(2)]) == 204
    assert len(touched) == 1


@pytest.mark.parametrize(
    "rows",
    [
        [],
        [event(n) for n in range(101)],
        {"eventId": 1},
        ["x"],
        [event(objectId=None)],
        [event(objectId="../1")],
        [event(objectId=-1)],
        [event(objectId=1.5)],
        [event(eventId=None)],
        [event(eventId=True)],
        [event(portalId=[])],
        [event(1, "contact.merge", objectId=1, mergedObjectIds=[{}])],
    ],
    ids=range(12),
)
def test_odd_events_are_refused_whole(
    connected: Any, client: Any, settings: Any, rows: Any, touched: list[Any]
) -> None:
    assert post(client, settings, rows) == 403
    assert touched == []


def test_nothing_without_a_connection_or_a_secret(db: None, client: Any, settings: Any) -> None:
    settings.HUBSPOT_CLIENT_SECRET = KEY
    assert post(client, settings, [event()]) == 403
    row = connections.save("hubspot", account=PORTAL, secret={"token": TOKEN})
    assert post(client, settings, [event()]) == 403  # a private app's secret is not the app's
    connections.save("hubspot", account=PORTAL, secret={"refresh_token": "x" * 20})
    assert post(client, settings, [event()]) == 204
    connections.switch_off(row)
    assert post(client, settings, [event(2)]) == 403


def test_the_same_event_twice_in_one_message_names_its_record_once() -> None:
    found = events_of(json.dumps([event(), event()]).encode())
    assert found[0].key == found[1].key

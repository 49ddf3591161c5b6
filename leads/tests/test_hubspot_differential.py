"""Our requests are those of HubSpot's own client for the same acts.

The client speaks an older version of the API and is asked nothing but what it would send: method,
path up to the version, query and body are compared. It is no part of the product.
"""

import json
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import httpx
import pytest

from leads.crm.base import Write
from leads.crm.hubspot import HubSpot, _key_property
from leads.crm.hubspot_api import VERSION
from leads.tests.hubspot_kit import account
from leads.tests.hubspot_world import World

pytestmark = pytest.mark.django_db
Sent = tuple[str, str, tuple[tuple[str, str], ...], Any]
sdk = pytest.importorskip("hubspot_sdk")


@pytest.fixture
def kit(monkeypatch: Any) -> Iterator[tuple[World, HubSpot]]:
    with account(monkeypatch) as (world, crm, _):
        crm.prepare()
        for kind in ("contacts", "companies", "deals"):
            world.next_id = {"contacts": 2000, "companies": 3000, "deals": 4000}[kind]
            world.add(kind)
        world.log.clear()
        yield world, crm


def theirs(act: Callable[[Any], object]) -> list[Sent]:
    sent: list[Sent] = []

    def take(request: httpx.Request) -> httpx.Response:
        sent.append(_sent(request.method, str(request.url), request.content))
        return httpx.Response(200, json={})

    client = httpx.Client(transport=httpx.MockTransport(take))
    with suppress(sdk.HubSpotError, TypeError, ValueError):  # what it makes of {} is not asked
        act(sdk.HubSpot(access_token="x", http_client=client, max_retries=0))
    return sent


def _sent(method: str, url: str, content: bytes) -> Sent:
    parts = urlsplit(url)
    path = parts.path.replace("/2026-03", "/VERSION").replace(f"/{VERSION}", "/VERSION")
    path = path.replace("/0-3", "/deals")  # the same type under its number
    body = json.loads(content) if content else None
    return method, path, tuple(sorted(parse_qsl(parts.query))), body


def ours(world: World, act: Callable[[], object]) -> list[Sent]:
    world.log.clear()
    act()
    rows = [(m, t, b"" if b is None else json.dumps(b).encode()) for m, t, b in world.log]
    return [_sent(method, target, body) for method, target, body in rows]


SINCE = datetime(2026, 11, 1, tzinfo=UTC)
MS = str(int(SINCE.timestamp() * 1000) - 120_000)


def test_search(kit: tuple[World, HubSpot]) -> None:
    world, crm = kit
    for kind, name, changed in (
        ("contact", "contacts", "lastmodifieddate"),
        ("company", "companies", "hs_lastmodifieddate"),
    ):
        mine = ours(world, lambda kind=kind: crm.changed(kind, SINCE, None))
        asked = crm._records.properties(kind)  # type: ignore[arg-type]
        assert mine == theirs(
            lambda c, name=name, changed=changed, asked=asked: getattr(c.crm.objects, name).search(
                after="0",
                limit=200,
                properties=asked,
                sorts=[{"propertyName": changed, "direction": "ASCENDING"}],
                filter_groups=[
                    {"filters": [{"propertyName": changed, "operator": "GTE", "value": MS}]}
                ],
            )
        )


def test_batch_read_with_ids_addresses_and_history(kit: tuple[World, HubSpot]) -> None:
    world, crm = kit
    asked = crm._records.properties("contact")
    mine = ours(world, lambda: crm.read("contact", ["2001"]))
    assert mine == theirs(
        lambda c: c.crm.objects.contacts.batch.get(
            inputs=[{"id": "2001"}], properties=asked, properties_with_history=[]
        )
    )
    mine = ours(world, lambda: crm.find("contact", "email", ["A@b.example"]))
    assert mine == theirs(
        lambda c: c.crm.objects.contacts.batch.get(
            inputs=[{"id": "a@b.example"}],
            properties=asked,
            properties_with_history=[],
            id_property="email",
        )
    )
    mine = ours(world, lambda: crm.said("contact", [("2001", "title")]))
    assert mine == theirs(
        lambda c: c.crm.objects.contacts.batch.get(
            inputs=[{"id": "2001"}], properties=[], properties_with_history=["jobtitle"]
        )
    )


def test_batch_upsert_and_update(kit: tuple[World, HubSpot]) -> None:
    world, crm = kit
    for kind, name, value, stored in (
        ("contact", "contacts", {"city": "Gdansk"}, {"city": "Gdansk"}),
        ("company", "companies", {"name": "Polna"}, {"name": "Polna"}),
        ("deal", "deals", {"title": "Rooms"}, {"dealname": "Rooms"}),
        ("note", "notes", {"at": "2026-11-21T10:00:00Z", "text": "x"}, None),
    ):
        stored = stored or {"hs_timestamp": "2026-11-21T10:00:00Z", "hs_note_body": "x"}
        key = f"{kind}:1"
        mine = ours(world, lambda: crm.write(kind, [Write(key, kind, value)]))  # type: ignore[arg-type]  # noqa: B023
        row = {"id": key, "id_property": "salesagent_id", "object_write_trace_id": key}
        values = {**stored, "salesagent_id": key}
        assert mine == theirs(
            lambda c: _objects(c, name).batch.upsert(inputs=[{**row, "properties": values}])  # noqa: B023
        )
        (one,) = (t.id for t in world.things[name].values() if t.properties.get("salesagent_id"))
        mine = ours(world, lambda: crm.write(kind, [Write(key, kind, value, id=one)]))  # type: ignore[arg-type]  # noqa: B023
        row = {"id": one, "object_write_trace_id": key, "properties": stored}
        assert mine == theirs(lambda c: _objects(c, name).batch.update(inputs=[row]))  # noqa: B023


def _objects(client: Any, name: str) -> Any:
    return getattr(client.crm.objects, name)


def test_associations(kit: tuple[World, HubSpot]) -> None:
    world, crm = kit
    mine = ours(world, lambda: crm.link([("contact", "2001", "company", "3001")]))
    pair = {"from": {"id": "2001"}, "to": {"id": "3001"}}
    batch = "companies", "contacts"
    assert mine == theirs(
        lambda c: c.crm.associations.batch.create_default(
            to_object_type=batch[0], from_object_type=batch[1], inputs=[pair]
        )
    )
    mine = ours(world, lambda: crm.read("deal", ["4001"]))[1:2]
    assert mine == theirs(
        lambda c: c.crm.associations.batch.get(
            to_object_type="contacts", from_object_type="deals", inputs=[{"id": "4001"}]
        )
    )


def test_erasing_deleted_ones_and_opt_outs(kit: tuple[World, HubSpot]) -> None:
    world, crm = kit
    mine = ours(world, lambda: crm.gone("contact", None, {"after": "100"}))
    assert mine == theirs(
        lambda c: c.crm.objects.contacts.list(archived=True, limit=100, after="100")
    )
    mine = ours(world, lambda: crm.erase("company", ["3001"]))
    assert mine == theirs(lambda c: c.crm.objects.companies.batch.delete(inputs=[{"id": "3001"}]))
    write = Write("lead:1", "contact", {"opt_out": "yes", "email": "a@b.example"}, id="2001")
    mine = ours(world, lambda: crm.write("contact", [write]))[:1]
    assert mine == theirs(
        lambda c: c.communication_preferences.unsubscribe_all("a@b.example", channel="EMAIL")
    )
    mine = ours(world, lambda: crm.erase("contact", ["2001"]))
    assert mine == theirs(lambda c: c.crm.objects.contacts.gdpr_delete(object_id="2001"))


def test_the_account_and_what_it_is_made_of(kit: tuple[World, HubSpot]) -> None:
    world, crm = kit
    mine = ours(world, lambda: crm.account())[:2]
    assert mine == theirs(lambda c: c.account.get()) + theirs(
        lambda c: c.account.get_daily_private_apps_usage()
    )
    mine = ours(world, lambda: crm.fields("deal"))
    assert mine == theirs(lambda c: c.crm.properties.list("deals"))
    mine = ours(world, lambda: crm._lookups.owner_id("a@b.example"))[:1]
    assert mine == theirs(lambda c: c.crm.owners.list(limit=100, archived=False))
    mine = ours(world, lambda: crm._lookups.deal_stage("x"))
    assert mine == theirs(lambda c: c.crm.pipelines.list("deals"))


def test_the_key_property(kit: tuple[World, HubSpot]) -> None:
    world, crm = kit
    del world.properties["deals"]["salesagent_id"]
    world.groups.discard(("deals", "salesagent"))
    mine = ours(world, lambda: crm._prepare("deals"))
    made = _key_property()
    assert mine == [
        *theirs(lambda c: c.crm.properties.get("salesagent_id", object_type="deals")),
        *theirs(
            lambda c: c.crm.properties.groups.create("deals", name="salesagent", label="SalesAgent")
        ),
        *theirs(
            lambda c: c.crm.properties.create(
                "deals",
                field_type=made["fieldType"],
                group_name=made["groupName"],
                has_unique_value=True,
                label=made["label"],
                name=made["name"],
                type=made["type"],
                description=made["description"],
            )
        ),
    ]

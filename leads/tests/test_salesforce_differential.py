"""The same acts through `simple-salesforce`: our requests are equal to those of that client.

It is a client we did not write; it also reads what we wrote, and writes what we read.
"""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs

import pytest
import requests
from hypothesis import given
from hypothesis import strategies as st
from simple_salesforce import Salesforce, SalesforceLogin, format_soql
from simple_salesforce.exceptions import SalesforceMoreThanOneRecord
from simple_salesforce.format import format_external_id

from leads.crm import salesforce_soql as soql
from leads.crm.salesforce_wire import API_VERSION
from leads.tests.salesforce_web import Request
from leads.tests.salesforce_world import World, person, world

__all__ = ["world"]


class _Session(requests.Session):
    """Sends what is meant for https://acme.my.salesforce.com to the scripted server."""

    def __init__(self, url: str) -> None:
        super().__init__()
        self.trust_env = False
        self.url = url

    def request(self, method: Any, url: Any, *args: Any, **kwargs: Any) -> requests.Response:
        for host in (self.url.replace("http://", "https://"), "https://acme.my.salesforce.com"):
            url = url.replace(host, self.url)
        return super().request(method, url, *args, **kwargs)


@pytest.fixture
def other(world: World) -> Iterator[Salesforce]:
    with _Session(world.peer.url) as session:
        token, _ = _login(world, session)
        yield Salesforce(
            instance="acme.my.salesforce.com",
            session_id=token,
            version=API_VERSION,
            session=session,
        )


def _login(world: World, session: requests.Session) -> tuple[str, str]:
    found = SalesforceLogin(
        domain="acme.my",
        consumer_key=world.peer.client_id,
        consumer_secret=world.peer.client_secret,
        session=session,
    )
    return found[0] or "", found[1]


def _same(one: Request, other: Request) -> None:
    assert one.method == other.method
    assert one.path == other.path
    assert parse_qs(one.query) == parse_qs(other.query)
    assert (one.body or None) == (other.body or None)
    if one.body:
        kinds = {r.headers["content-type"].split(";")[0] for r in (one, other)}
        assert len(kinds) == 1


def test_signing_in(world: World, other: Salesforce) -> None:
    world.crm.account()
    theirs, ours = world.peer.calls("oauth2/token")
    _same(ours, theirs)
    assert ours.headers["authorization"] == theirs.headers["authorization"]


def test_query_next_page_and_recycle_bin(world: World, other: Salesforce) -> None:
    world.people(5)
    world.peer.page = 2
    first = world.crm.changed("contact", None, None)
    world.crm.changed("contact", None, first.cursor)
    world.crm.gone("contact", None, None)
    ours = [r for r in world.peer.calls("/query") if "MasterRecordId+%21" not in r.query]
    ours = [r for r in ours if "MasterRecordId !=" not in parse_qs(r.query).get("q", [""])[0]]
    world.peer.requests.clear()
    page = other.query(parse_qs(ours[0].query)["q"][0])
    world.peer.locators[ours[1].path.rsplit("/")[-1]] = ([], 0, 2)  # the same address once more
    other.query_more(ours[1].path, identifier_is_url=True)
    other.query(parse_qs(ours[2].query)["q"][0], include_deleted=True)
    for one, two in zip(ours, world.peer.calls("/query"), strict=True):
        _same(one, two)
    assert [r["Id"] for r in page["records"]] == [r.id for r in first.records]


def test_describe(world: World, other: Salesforce) -> None:
    found = {one.code: one.label for one in world.crm.fields("contact")}
    described = other.Contact.describe()
    assert found.items() <= {one["name"]: one["label"] for one in described["fields"]}.items()
    ours, theirs = world.peer.calls("describe")
    _same(ours, theirs)


def test_upsert_by_key_stores_what_their_client_stores(world: World, other: Salesforce) -> None:
    world.crm.write("contact", [person(1, city="Köln", opt_out="yes")])
    [ours] = world.peer.calls("composite/sobjects")
    [record] = ours.body["records"]
    values = {k: v for k, v in record.items() if k not in ("attributes", "SalesAgent_Id__c")}
    other.Contact.upsert(format_external_id("SalesAgent_Id__c", "lead:2"), values)
    mine, theirs = world.org.data["Contact"].values()
    own = {"Id", "SalesAgent_Id__c", "CreatedDate", "LastModifiedDate", "SystemModstamp"}
    assert {k: v for k, v in mine.items() if k not in own} == {
        k: v for k, v in theirs.items() if k not in own
    }
    [single] = world.peer.calls("sobjects/Contact/SalesAgent_Id__c/lead")
    assert single.path.endswith("/lead%3A2")
    path = ours.path.split(f"v{API_VERSION}/")[1]
    other.restful(path, method="PATCH", json=ours.body)
    _same(world.peer.calls("composite/sobjects")[1], ours)


def test_update_and_delete_of_many(world: World, other: Salesforce) -> None:
    made = world.crm.write("contact", [person(1)])[0].id
    world.crm.erase("contact", [made])
    changed = world.peer.calls("composite/sobjects", "PATCH")[-1]
    deleted = world.peer.calls("composite/sobjects", "DELETE")[-1]
    path = changed.path.split(f"v{API_VERSION}/")[1]
    other.restful(path, method="PATCH", json=changed.body)
    _same(world.peer.calls("composite/sobjects", "PATCH")[-1], changed)
    params = {"ids": made, "allOrNone": "false"}
    other.restful("composite/sobjects", params, method="DELETE")
    _same(world.peer.calls("composite/sobjects", "DELETE")[-1], deleted)


def test_each_reads_what_the_other_wrote(world: World, other: Salesforce) -> None:
    made = other.Contact.create({"LastName": "O'Hara", "Email": "ada@b.example"})
    [read] = world.crm.find("contact", "email", ["ada@b.example"])
    assert (read.id, read.values["last_name"]) == (made["id"], "O'Hara")
    own = world.crm.write("contact", [person(1)])[0].id
    found = other.Contact.get_by_custom_id("SalesAgent_Id__c", "lead:1")
    assert (found["Id"], found["Email"]) == (own, "a1@b.example")
    other.Contact.update(own, {"Title": "Head"})
    assert world.crm.read("contact", [own])[0].values["title"] == "Head"


def test_both_see_the_same_deletions(world: World, other: Salesforce) -> None:
    one, two, _ = world.people(3)
    other.Contact.delete(one)
    other.Contact.delete(two)
    now = datetime.now(UTC)
    found = other.Contact.deleted(now - timedelta(hours=1), now + timedelta(hours=1))
    ours = world.crm.gone("contact", now - timedelta(hours=1), None)
    assert {r["id"] for r in found["deletedRecords"]} == {r.id for r in ours.records}


def test_limits_read_alike(world: World, other: Salesforce) -> None:
    told = world.crm.account().limits
    found = other.limits()["DailyApiRequests"]
    used = found["Max"] - found["Remaining"] - 1  # its own call
    assert told == f"{used:,} of {found['Max']:,} calls of the last 24 hours used"


def test_twenty_five_at_once_and_no_more(world: World, other: Salesforce) -> None:
    ids = world.people(26)
    root = f"/services/data/v{API_VERSION}/sobjects/Contact"
    parts = [
        {"method": "GET", "url": f"{root}/{one}", "referenceId": f"r{place}"}
        for place, one in enumerate(ids)
    ]
    body: dict[str, Any] = {"compositeRequest": parts[:25]}
    found = other.restful("composite", method="POST", json=body)
    assert [r["body"]["Id"] for r in found["compositeResponse"]] == ids[:25]
    with pytest.raises(Exception, match="LIMIT_EXCEEDED"):
        other.restful("composite", method="POST", json={"compositeRequest": parts})


def test_several_with_one_key_are_told_to_their_client_as_well(
    world: World, other: Salesforce
) -> None:
    for _ in range(2):
        world.org.add("Contact", LastName="x", SalesAgent_Id__c="lead:7")
    with pytest.raises(SalesforceMoreThanOneRecord):
        other.Contact.get_by_custom_id("SalesAgent_Id__c", "lead:7")


@given(st.text())
def test_texts_are_quoted_as_their_client_quotes_them(text: str) -> None:
    assert soql.quote(text) == format_soql("{}", text)
    assert soql.like(text) == format_soql("'%{:like}%'", text)


@given(st.datetimes(timezones=st.just(UTC), min_value=datetime(1970, 1, 1)))  # noqa: DTZ001
def test_times_are_written_as_their_client_writes_them(at: datetime) -> None:
    assert soql.moment(at).replace("Z", "+00:00") == format_soql("{}", at)

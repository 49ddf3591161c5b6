"""Reading HubSpot: everything once, in the order of change, whatever happens in between."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from leads.crm.base import CrmError, pages
from leads.crm.hubspot import HubSpot
from leads.tests.hubspot_kit import Clock, account, adapter
from leads.tests.hubspot_world import Fault, World

pytestmark = pytest.mark.django_db
Kit = tuple[World, HubSpot, Clock]


@pytest.fixture
def kit(monkeypatch: Any) -> Iterator[Kit]:
    with account(monkeypatch) as made:
        yield made


def at(ms: int) -> datetime:
    return datetime.fromtimestamp(ms / 1000, UTC)


def ids(crm: HubSpot, since: datetime | None = None) -> list[str]:
    return [one.id for page in pages(crm, "contact", since) for one in page.records]


def test_a_contact_in_our_words(kit: Kit) -> None:
    world, crm, _ = kit
    company = world.add("companies", name="Polna", domain="www.Polna.example")
    one = world.add(
        "contacts",
        firstname="Maria",
        email="M@Polna.example",
        phone="+48 22 123 45 67",
        country="Poland",
        hs_language="pl-pl",
        hs_lead_status="CONNECTED",
        hubspot_owner_id="31",
        hs_linkedin_url="linkedin.com/in/maria",
        associatedcompanyid=company,
    )
    (found,) = crm.read("contact", [one])
    assert found.values == {
        "first_name": "Maria",
        "last_name": "",
        "email": "m@polna.example",
        "phone": "+48221234567",
        "title": "",
        "company_name": "",
        "linkedin_url": "https://linkedin.com/in/maria",
        "street": "",
        "postcode": "",
        "city": "",
        "country": "PL",
        "language": "pl",
        "stage": "engaged",
        "owner": "jonas@own.example",
        "opt_out": "",
    }
    assert found.links == {"company": (company,)}
    assert found.modified_at == at(world.things["contacts"][one].updated)
    assert crm.find("company", "domain", ["polna.example"]) == []  # as it is written there
    assert crm.find("company", "domain", ["WWW.polna.example"])[0].values["domain"] == (
        "polna.example"
    )


def test_a_deal_in_our_words(kit: Kit) -> None:
    world, crm, _ = kit
    contact = world.add("contacts", email="m@polna.example")
    deal = world.add(
        "deals",
        dealname="Two cold rooms",
        amount="1200",
        deal_currency_code="eur",
        dealstage="presentationscheduled",
        pipeline="default",
        closedate="2026-12-01T12:00:00Z",
    )
    world.ties.add(("deals", deal, "contacts", contact))
    (page,) = pages(crm, "deal", None)
    values = dict(page.records[0].values)
    assert values == {
        "title": "Two cold rooms",
        "value": "1200.00",
        "currency": "EUR",
        "stage": "proposal",
        "expected_close": "2026-12-01",
        "reason": "",
        "owner": None,
    }
    assert page.records[0].links == {"contact": (contact,)}
    for theirs, ours in (
        ("closedwon", "won"),
        ("closedlost", "lost"),
        ("contractsent", "negotiation"),
    ):
        world.edit("deals", deal, dealstage=theirs, closed_won_reason="Price")
        assert crm.read("deal", [deal])[0].values["stage"] == ours
    assert crm.read("deal", [deal])[0].values["reason"] == "Price"


@pytest.mark.slow
def test_every_record_once_and_in_order_past_ten_thousand(kit: Kit) -> None:
    world, crm, clock = kit
    for number in range(10_450):
        world.add("contacts", at=1_700_000_000_000 + number // 3, firstname=str(number))
    found = ids(crm)
    assert len(found) == len(set(found)) == 10_450
    searches = [target for _, target, _ in world.log if target.endswith("/search")]
    assert len(searches) <= 10_450 // 200 + 4
    moments = [world.things["contacts"][one].updated for one in found]
    assert moments == sorted(moments)


def test_an_import_of_thousands_at_one_moment(kit: Kit) -> None:
    world, crm, _ = kit
    early = [world.add("contacts", at=1_700_000_000_000 + n, firstname="a") for n in range(150)]
    same = [world.add("contacts", at=1_700_000_009_000, firstname="b") for _ in range(1_001)]
    late = [world.add("contacts", at=1_700_000_009_000 + n, firstname="c") for n in range(1, 30)]
    found = ids(crm)
    assert sorted(found) == sorted(early + same + late)


def test_records_that_change_between_two_pages_are_not_skipped(kit: Kit) -> None:
    world, crm, clock = kit
    every = [world.add("contacts", at=1_700_000_000_000 + n, firstname="a") for n in range(600)]
    first = crm.changed("contact", None, None)
    seen = {one.id for one in first.records}
    for one in every[:50]:  # an offset would now slip by fifty
        world.edit("contacts", one, firstname="changed")
    cursor = first.cursor
    while cursor is not None:
        page = crm.changed("contact", None, cursor)
        seen |= {one.id for one in page.records}
        cursor = page.cursor
    assert seen == set(every)


def test_since_takes_what_the_index_told_late(kit: Kit) -> None:
    world, crm, clock = kit
    world.index_lag = 60_000
    last = clock.at
    one = world.add("contacts", firstname="late")
    assert ids(crm, at(int(last * 1000))) == []  # not in the index yet
    clock.at += 90
    assert ids(crm, at(int(last * 1000) + 60_000)) == [one]  # a run later, with the overlap


def test_deletions_by_page_and_since(kit: Kit) -> None:
    world, crm, clock = kit
    old = world.add("contacts", firstname="old")
    world.remove("contacts", old)
    clock.at += 3600
    gone = [world.add("contacts", firstname="x") for _ in range(150)]
    for one in gone:
        world.remove("contacts", one)
    since = at(int(clock.at * 1000)) - timedelta(minutes=5)
    first = crm.gone("contact", since, None)
    assert first.cursor and all(one.deleted for one in first.records)
    second = crm.gone("contact", since, first.cursor)
    assert second.cursor is None
    assert {one.id for one in [*first.records, *second.records]} == set(gone)


def test_a_merged_id_gives_the_record_it_went_into(kit: Kit) -> None:
    world, crm, _ = kit
    winner = world.add("contacts", email="m@polna.example")
    loser = world.add("contacts", email="maria@polna.example", phone="+48221234567")
    world.merge("contacts", winner, loser)
    (found,) = crm.read("contact", [loser])
    assert (found.id, found.merged) == (winner, (loser,))
    assert ids(crm) == [winner]


def test_reading_leaves_out_what_is_not_there(kit: Kit) -> None:
    world, crm, _ = kit
    one = world.add("contacts", email="m@polna.example")
    assert [r.id for r in crm.read("contact", [one, "99", "98"])] == [one]
    assert crm.read("contact", ["99"]) == []
    assert [r.id for r in crm.find("contact", "email", ["M@POLNA.example", "no@no.example"])] == [
        one
    ]
    assert crm.find("contact", "email", [""]) == []


def test_who_said_it_and_when(kit: Kit) -> None:
    world, crm, clock = kit
    one = world.add("contacts", firstname="Maria")
    clock.at += 60
    world.edit("contacts", one, user="7", jobtitle="Head of sales")
    said = crm.said("contact", [(one, "title"), (one, "city"), (one, "nonsense")])
    assert set(said) == {(one, "title")}
    assert (said[one, "title"].by, said[one, "title"].at) == ("Jo", at(int(clock.at * 1000)))


def test_own_fields_and_another_mapping(kit: Kit) -> None:
    world, crm, _ = kit
    mapping = {"contact": {"title": "", "custom:roof": "company", "stage": "lifecyclestage"}}
    other = adapter(world, crm._api.base, mapping=mapping)
    one = world.add("contacts", company="Flat", lifecyclestage="lead", jobtitle="CEO")
    values = other.read("contact", [one])[0].values
    assert (values["custom:roof"], values["stage"]) == ("Flat", "lead")
    assert "title" not in values


def test_the_fields_that_can_be_mapped(kit: Kit) -> None:
    _, crm, _ = kit
    found = {one.code: one for one in crm.fields("contact")}
    assert found["hs_email_optout"].read_only and not found["firstname"].read_only
    assert ("NEW", "New") in found["hs_lead_status"].options
    assert found["hs_lead_status"].type == "choice"


def test_the_account_and_what_it_may_not_do(kit: Kit) -> None:
    world, crm, _ = kit
    world.missing_scopes["/owners/"] = "crm.objects.owners.read"
    found = crm.account()
    assert (found.id, found.missing) == ("62515", ("crm.objects.owners.read",))
    assert "of 250,000 calls used today" in found.limits
    assert found.url == "https://app-eu1.hubspot.com/contacts/62515"


def test_a_missing_right_is_named(kit: Kit) -> None:
    world, crm, _ = kit
    world.missing_scopes["/deals"] = "crm.objects.deals.read"
    with pytest.raises(CrmError, match="Add crm.objects.deals.read to the app") as caught:
        crm.changed("deal", None, None)
    assert caught.value.permanent


def test_an_expired_token_is_replaced_once(kit: Kit) -> None:
    world, crm, _ = kit
    world.expired.add("old")
    asked: list[str] = []

    def secret(refused: str = "") -> str:
        asked.append(refused)
        return world.token if refused else "old"

    crm._api.secret = secret
    assert crm.read("contact", ["1"]) == []
    assert asked == ["", "old"]


def test_a_withdrawn_token_needs_a_person(kit: Kit) -> None:
    world, crm, _ = kit
    world.expired.add(world.token)
    with pytest.raises(CrmError, match="Connect it again") as caught:
        crm.read("contact", ["1"])
    assert caught.value.permanent
    assert world.token not in str(caught.value)


@pytest.mark.parametrize(
    ("limits", "wait"), [({"ten_seconds": 3}, 10.0), ({"day": 3}, None), ({"second": 1}, 0.0)]
)
def test_three_policies_of_too_many(kit: Kit, limits: dict[str, int], wait: float | None) -> None:
    world, crm, clock = kit
    for _ in range(6 * 200):
        world.add("contacts", firstname="x")
    world.limits = limits
    if wait == 0.0:  # a second's limit is waited for here
        assert len(ids(crm)) == 1200
        return
    with pytest.raises(CrmError) as caught:
        ids(crm)
    assert not caught.value.permanent
    if wait is None:
        assert "after midnight" in str(caught.value)
        assert 60 <= (caught.value.wait or 0) <= 86_400
    else:
        assert caught.value.wait == wait


def test_locked_records_are_waited_for(kit: Kit) -> None:
    world, crm, clock = kit
    world.faults.append(Fault("batch/read", status=423, times=2))
    assert crm.read("contact", ["1"]) == []
    assert clock.slept.count(2.0) >= 2
    world.faults.append(Fault("batch/read", status=423, times=9))
    with pytest.raises(CrmError, match="busy with these records") as caught:
        crm.read("contact", ["1"])
    assert caught.value.wait == 2.0


def test_a_move_to_another_data_centre(kit: Kit) -> None:
    world, crm, _ = kit
    world.faults.append(Fault("batch/read", status=477, headers={"Retry-After": "7200"}))
    with pytest.raises(CrmError, match="another data centre") as caught:
        crm.read("contact", ["1"])
    assert (caught.value.wait, caught.value.permanent) == (7200.0, False)


def test_five_hundreds_and_lost_answers(kit: Kit) -> None:
    world, crm, _ = kit
    world.faults += [Fault("batch/read", status=502), Fault("batch/read", drop=True, done=True)]
    assert crm.read("contact", ["1"]) == []
    world.faults.append(Fault("batch/read", status=503, times=9))
    with pytest.raises(CrmError, match="a problem of its own") as caught:
        crm.read("contact", ["1"])
    assert not caught.value.permanent
    world.faults.append(Fault("batch/read", status=200, body={"results": None}))
    world.faults[-2].times = 0
    assert crm.read("contact", ["1"]) == []

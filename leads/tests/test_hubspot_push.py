"""Writing to HubSpot: once for each record, an outcome for each row, refusals in plain words."""

from collections.abc import Iterator
from typing import Any

import pytest

from leads.crm.base import CrmError, Kind, Write
from leads.crm.hubspot import HubSpot
from leads.crm.hubspot_errors import of_row
from leads.tests.hubspot_kit import Clock, account
from leads.tests.hubspot_world import KINDS, Fault, Rule, World

pytestmark = pytest.mark.django_db
Kit = tuple[World, HubSpot, Clock]


@pytest.fixture
def kit(monkeypatch: Any) -> Iterator[Kit]:
    with account(monkeypatch) as (world, crm, clock):
        crm.prepare()
        world.log.clear()
        yield world, crm, clock


def lead(number: int, **values: str) -> Write:
    given = {"email": f"p{number}@firm.example", "first_name": f"P{number}", **values}
    return Write(f"lead:{number}", "contact", given)


def contacts(world: World) -> dict[str, dict[str, str]]:
    return {t.properties["salesagent_id"]: t.properties for t in world.things["contacts"].values()}


def test_the_key_property_is_made_once(kit: Kit) -> None:
    world, crm, _ = kit
    assert all(world.properties[kind]["salesagent_id"]["hasUniqueValue"] for kind in KINDS)
    crm.prepare()
    assert not [method for method, _, _ in world.log if method == "POST"]


def test_a_key_property_that_is_not_unique_is_refused(kit: Kit) -> None:
    world, crm, _ = kit
    world.properties["deals"]["salesagent_id"]["hasUniqueValue"] = False
    with pytest.raises(CrmError, match="salesagent_id of deals that is not unique"):
        crm.prepare()


def test_creating_twice_makes_one(kit: Kit) -> None:
    world, crm, _ = kit
    writes = [lead(n) for n in range(100)]
    first = crm.write("contact", writes)
    again = crm.write("contact", writes)
    assert len(world.things["contacts"]) == 100
    assert [one.key for one in first] == [one.key for one in writes]
    assert all(one.created and one.id and one.modified_at and not one.error for one in first)
    assert [one.id for one in again] == [one.id for one in first]
    assert not any(one.created for one in again)
    assert len(world.log) == 2


def test_a_lost_answer_makes_no_second_record(kit: Kit) -> None:
    world, crm, _ = kit
    world.faults.append(Fault("batch/upsert", drop=True, done=True))
    (done,) = crm.write("contact", [lead(1)])
    assert done.id and not done.error
    assert len(world.things["contacts"]) == 1


def test_values_as_hubspot_wants_them(kit: Kit) -> None:
    world, crm, _ = kit
    values = {
        "stage": "won",
        "owner": "jonas@own.example",
        "country": "PL",
        "email": "P1@X.example",
    }
    crm.write("contact", [lead(1, **values)])
    stored = contacts(world)["lead:1"]
    assert stored["hs_lead_status"] == "OPEN_DEAL" and stored["lifecyclestage"] == "customer"
    assert (stored["country"], stored["hubspot_owner_id"]) == ("Poland", "31")
    assert stored["email"] == "p1@x.example"
    (one,) = world.things["contacts"]
    read = crm.read("contact", [one])[0].values
    assert {name: read[name] for name in values} == {**values, "email": "p1@x.example"}


def test_what_hubspot_has_no_word_for_is_left_out(kit: Kit) -> None:
    world, crm, _ = kit
    crm.write("contact", [lead(1, owner="nobody@own.example")])
    assert "hubspot_owner_id" not in contacts(world)["lead:1"]
    values = {"name": "Polna", "trade": "roofing"}
    (done,) = crm.write("company", [Write("company:1", "company", values)])
    assert "industry" not in world.things["companies"][done.id].properties
    assert crm.read("company", [done.id])[0].values["trade"] is None
    crm.write("company", [Write("company:1", "company", {"trade": "construction"}, id=done.id)])
    assert crm.read("company", [done.id])[0].values["trade"] == "construction"


def test_an_address_is_never_emptied_and_a_value_can_be(kit: Kit) -> None:
    world, crm, _ = kit
    (done,) = crm.write("contact", [lead(1, city="Gdansk")])
    crm.write("contact", [Write("lead:1", "contact", {"email": "", "city": ""}, id=done.id)])
    stored = world.things["contacts"][done.id].properties
    assert (stored["email"], stored["city"]) == ("p1@firm.example", "")


@pytest.mark.parametrize("apart", [True, False])
def test_refused_rows_do_not_hold_up_the_others(kit: Kit, apart: bool) -> None:
    world, crm, _ = kit
    world.multi_status = apart
    there = world.add("contacts", email="p5@firm.example")
    writes = [lead(n) for n in range(60)]
    writes[7] = lead(7, email="no address")
    writes[9] = Write("lead:9", "contact", {"first_name": "Gone"}, id="404404")
    done = {one.key: one for one in crm.write("contact", writes)}
    assert sum(one.error is None for one in done.values()) == 57
    conflict, wrong, gone = (done[key].error for key in ("lead:5", "lead:7", "lead:9"))
    assert conflict and (conflict.existing_id, conflict.field) == (there, "email")
    assert wrong and wrong.field == "email" and "no address is invalid" in wrong.message
    assert gone and gone.code == "gone"
    assert len(world.log) == (2 if apart else 18)
    crm.write("contact", [one for one in writes if not done[one.key].error])
    assert len(world.things["contacts"]) == 58


def test_an_admins_rule_in_the_users_words(kit: Kit) -> None:
    world, crm, _ = kit
    text = "Close date is required when the deal is won"
    world.rules.append(Rule("deals", "closedate", text, "dealstage", "closedwon"))
    values = {"title": "Cold rooms", "stage": "won"}
    (done,) = crm.write("deal", [Write("deal:1", "deal", values)])
    assert done.error
    assert done.error.message == (f"HubSpot's rule for closedate: {text}. Change it here or there.")
    assert (done.error.field, done.error.code) == ("expected_close", "REQUIRED_PROPERTY_MISSING")
    values |= {"expected_close": "2026-12-01"}
    (done,) = crm.write("deal", [Write("deal:1", "deal", values)])
    assert not done.error
    assert crm.read("deal", [done.id])[0].values["expected_close"] == "2026-12-01"


def test_the_same_address_twice_in_one_batch(kit: Kit) -> None:
    world, crm, _ = kit
    first, second = crm.write("contact", [lead(1), lead(2, email="P1@firm.example")])
    assert not first.error
    assert second.error and second.error.existing_id == first.id


def test_the_same_record_twice_is_written_in_order(kit: Kit) -> None:
    world, crm, _ = kit
    (made,) = crm.write("contact", [lead(1)])
    both = [Write(f"lead:{n}", "contact", {"city": c}, id=made.id) for n, c in ((1, "A"), (2, "B"))]
    assert not any(one.error for one in crm.write("contact", both))
    assert world.things["contacts"][made.id].properties["city"] == "B"


def test_an_opt_out_is_told_even_alone(kit: Kit) -> None:
    world, crm, _ = kit
    (made,) = crm.write("contact", [lead(1)])
    (done,) = crm.write("contact", [Write("lead:1", "contact", {"opt_out": "yes"}, id=made.id)])
    assert not done.error
    assert world.opted_out == {"p1@firm.example"}
    assert crm.read("contact", [made.id])[0].values["opt_out"] == "yes"
    crm.write("contact", [Write("lead:1", "contact", {"opt_out": ""}, id=made.id)])
    assert crm.read("contact", [made.id])[0].values["opt_out"] == "yes"  # nobody is signed up again


def test_an_opt_out_that_may_not_be_told(kit: Kit) -> None:
    world, crm, _ = kit
    world.missing_scopes["/communication-preferences"] = "subscriptions-status-write"
    refused, fine = crm.write("contact", [lead(1, opt_out="yes"), lead(2)])
    assert refused.error and "subscriptions-status-write" in refused.error.message
    assert fine.id and list(contacts(world)) == ["lead:2"]


@pytest.mark.parametrize(
    ("kind", "values", "stored"),
    [
        ("note", {"text": "a < b\nc"}, {"hs_note_body": "a &lt; b<br>c"}),
        (
            "email",
            {"subject": "Re: offer", "text": "<b>", "direction": "in"},
            {"hs_email_direction": "INCOMING_EMAIL", "hs_email_text": "<b>"},
        ),
        ("call", {"seconds": "90", "text": "x"}, {"hs_call_duration": "90000"}),
        (
            "communication",
            {"channel": "whatsapp", "text": "x"},
            {"hs_communication_channel_type": "WHATS_APP"},
        ),
    ],
)
def test_activities_are_tied_to_their_contact(
    kit: Kit, kind: Kind, values: dict[str, str], stored: dict[str, str]
) -> None:
    world, crm, _ = kit
    (person,) = crm.write("contact", [lead(1)])
    at = {"at": "2026-11-21T10:00:00Z", **values}
    write = Write("event:1", kind, at, links=(("contact", person.id),))
    for _ in range(2):
        (done,) = crm.write(kind, [write])
        assert not done.error
    plural = f"{kind}s"
    (thing,) = world.things[plural].values()
    assert stored.items() <= thing.properties.items()
    assert thing.properties["hs_timestamp"] == "2026-11-21T10:00:00Z"
    assert (plural, thing.id, "contacts", person.id) in world.ties


def test_links_and_what_became_of_each(kit: Kit) -> None:
    world, crm, _ = kit
    firm = world.add("companies", name="Polna")
    people = [world.add("contacts", firstname=str(n)) for n in range(3)]
    pairs = [("contact", one, "company", firm) for one in [*people, "404"]]
    assert [bool(error) for error in crm.link(pairs)] == [False, False, False, True]  # type: ignore[arg-type]
    assert crm.read("contact", [people[0]])[0].links == {"company": (firm,)}
    write = Write("lead:8", "contact", {"email": "p8@firm.example"}, links=(("company", "404"),))
    (done,) = crm.write("contact", [write])
    assert done.id and done.error and done.error.code == "gone"


def test_a_known_deal_keeps_its_pipeline_and_its_finer_stage(kit: Kit) -> None:
    world, crm, _ = kit
    deal = world.add("deals", dealname="x", pipeline="default", dealstage="qualifiedtobuy")
    crm.write("deal", [Write("deal:1", "deal", {"stage": "open", "value": "5.00"}, id=deal)])
    assert world.things["deals"][deal].properties["dealstage"] == "qualifiedtobuy"
    (done,) = crm.write("deal", [Write("deal:1", "deal", {"stage": "lost"}, id=deal)])
    assert not done.error
    assert world.things["deals"][deal].properties["dealstage"] == "closedlost"


def test_erasing_for_good(kit: Kit) -> None:
    world, crm, _ = kit
    one = world.add("contacts", email="m@polna.example")
    deal = world.add("deals", dealname="x")
    assert crm.erase("contact", [one, "404"]) == [None, None]
    assert crm.erase("deal", [deal]) == [None]
    assert one not in world.things["contacts"] and world.things["deals"][deal].archived_at


def test_too_many_calls_stop_the_batch_not_the_row(kit: Kit) -> None:
    world, crm, clock = kit
    world.limits = {"ten_seconds": 1}
    with pytest.raises(CrmError, match="slow down") as caught:
        crm.write("contact", [lead(n) for n in range(150)])
    assert caught.value.wait == 10.0
    clock.at += 11
    world.limits = {}
    done = crm.write("contact", [lead(n) for n in range(150)])
    assert not any(one.error for one in done) and len(world.things["contacts"]) == 150


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"message": None, "errors": 5, "context": []},
        {"errors": [{"context": {"propertyName": []}}], "category": 7},
        {"message": "Property values were not valid: [not json"},
        {"message": "x" * 100_000},
    ],
)
def test_odd_error_bodies_are_read_as_far_as_they_go(body: dict[str, Any]) -> None:
    found = of_row(body, {"email": "email"})
    assert found.message and len(found.message) <= 250


def test_no_secret_in_any_error(kit: Kit) -> None:
    world, crm, _ = kit
    for status in (400, 401, 403, 404, 409, 429, 500):
        world.faults = [Fault("/details", status=status, times=9)]
        with pytest.raises(CrmError) as caught:
            crm.account()
        assert world.token not in repr(caught.value) + str(caught.value.message)

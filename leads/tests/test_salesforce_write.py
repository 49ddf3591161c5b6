"""Writing to Salesforce, against a scripted organisation."""

from typing import Any

import pytest

from leads.crm.base import CrmError, RowError, Write
from leads.tests.salesforce_web import Fault
from leads.tests.salesforce_world import World, person, world

__all__ = ["world"]


def _one(world: World, write: Write) -> Any:
    [found] = world.crm.write(write.kind, [write])
    return found


def test_the_same_write_twice_makes_one_record(world: World) -> None:
    first = world.crm.write("contact", [person(1), person(2)])
    again = world.adapter().write("contact", [person(1), person(2)])
    assert [one.created for one in first] == [True, True]
    assert [one.created for one in again] == [False, False]
    assert [one.id for one in first] == [one.id for one in again]
    assert len(world.org.data["Contact"]) == 2


def test_two_hundred_go_in_one_call_and_more_are_a_mistake(world: World) -> None:
    world.crm.fields("contact")
    before = world.crm.requests
    assert all(one.id for one in world.crm.write("contact", [person(n) for n in range(200)]))
    assert world.crm.requests == before + 1
    with pytest.raises(ValueError, match="200"):
        world.crm.write("contact", [person(n) for n in range(201)])


def test_each_row_is_taken_or_refused_on_its_own(world: World) -> None:
    world.org.rules.append(
        ("Contact", lambda row: "" if row.get("Title") != "Spy" else "We hire no spies.")
    )
    rows = [
        person(1),
        person(2, title="Spy"),
        person(3, email="not an address"),
        person(4, last_name=""),
        person(5, title="x" * 300),
    ]
    found = {one.key: one.error for one in world.crm.write("contact", rows)}
    assert found["lead:1"] is None
    assert found["lead:2"] == RowError(
        "A rule in Salesforce refused it: We hire no spies.",
        code="FIELD_CUSTOM_VALIDATION_EXCEPTION",
    )
    assert found["lead:3"] == RowError(
        "Salesforce takes this for no e-mail address.", "INVALID_EMAIL_ADDRESS", "email"
    )
    missing = found["lead:4"]
    assert missing is not None
    assert (missing.code, missing.field) == ("REQUIRED_FIELD_MISSING", "last_name")
    assert found["lead:5"] is not None and found["lead:5"].field == "title"
    assert len(world.org.data["Contact"]) == 1


def test_known_records_are_changed_by_their_id(world: World) -> None:
    [one] = world.people(1)
    found = _one(world, Write("lead:1", "contact", {"city": "Köln", "phone": ""}, id=one))
    assert (found.id, found.created, found.error) == (one, False, None)
    row = world.org.data["Contact"][one]
    assert row["MailingCity"] == "Köln"
    assert row["LastName"] == "L0"


def test_a_record_somebody_holds_is_tried_again(world: World) -> None:
    one, other = world.people(2)
    world.org.locked = {one: 2, other: 9}
    writes = [Write(f"k{one}", "contact", {"city": "Köln"}, id=one) for one in (one, other)]
    found = world.crm.write("contact", writes)
    assert found[0].error is None
    assert found[1].error is not None and found[1].error.again
    assert len(world.peer.calls("composite/sobjects")) == 3
    assert len(world.peer.calls("composite/sobjects")[1].body["records"]) == 2


def test_a_record_deleted_there_says_so(world: World) -> None:
    [one] = world.people(1)
    world.org.delete("Contact", one)
    found = _one(world, Write("lead:1", "contact", {"city": "Köln"}, id=one))
    assert found.error.message == "The record was deleted in Salesforce."


@pytest.mark.parametrize("tells", [True, False])
def test_a_duplicate_rule_names_the_twin(world: World, tells: bool) -> None:
    twin = world.org.add("Contact", LastName="Hara", Email="a1@b.example")
    world.org.twins = lambda row, values: row["Email"] == values.get("Email")
    world.org.tells_twins = tells
    found = world.crm.write("contact", [person(1), person(2)])
    assert found[0].error is not None
    assert found[0].error.code == "DUPLICATES_DETECTED"
    assert found[0].error.existing_id == twin
    assert found[1].error is None


def test_a_value_that_is_taken_names_its_record(world: World) -> None:
    other = world.org.add("Contact", LastName="Hara", SalesAgent_Id__c="lead:9")
    [one] = world.people(1)
    world.crm._org.call(  # as somebody else could do it
        "PATCH", f"sobjects/Contact/{one}", json={"Title": "x"}
    )
    with pytest.raises(CrmError) as caught:
        world.crm._org.call("PATCH", f"sobjects/Contact/{one}", json={"SalesAgent_Id__c": "lead:9"})
    assert other in caught.value.message


def test_an_opt_out_is_told_and_never_lifted(world: World) -> None:
    [one] = world.people(1)
    _one(world, Write("lead:1", "contact", {"opt_out": "yes"}, id=one))
    assert world.org.data["Contact"][one]["HasOptedOutOfEmail"] is True
    before = len(world.peer.requests)
    _one(world, Write("lead:1", "contact", {"opt_out": ""}, id=one))
    assert world.org.data["Contact"][one]["HasOptedOutOfEmail"] is True
    assert len(world.peer.requests) == before  # nothing to say


def test_an_opt_out_that_cannot_be_told_is_an_error(world: World) -> None:
    world.org.columns["Contact"]["HasOptedOutOfEmail"].read_only = True
    [one] = world.people(1)
    found = _one(world, Write("lead:1", "contact", {"opt_out": "yes"}, id=one))
    assert found.error.field == "opt_out"
    assert "could not be told" in found.error.message


def test_owner_goes_by_address(world: World) -> None:
    kim = world.org.add(
        "User", Email="kim@own.example", Name="Kim", IsActive=True, UserType="Standard"
    )
    world.org.add("User", Email="old@own.example", Name="Old", IsActive=False, UserType="Standard")
    made = _one(world, person(1, owner="Kim@own.example"))
    assert world.org.data["Contact"][made.id]["OwnerId"] == kim
    stranger = _one(world, person(2, owner="old@own.example"))
    assert world.org.data["Contact"][stranger.id]["OwnerId"] == world.org.me
    changed = Write("lead:1", "contact", {"owner": "old@own.example"}, id=made.id)
    assert _one(world, changed).error.field == "owner"


def test_a_company_with_numbers_lists_and_country(world: World) -> None:
    world.org.restricted = {"Industry"}
    values = {"name": "Roof", "size": "12", "trade": "construction", "country": "DE"}
    made = _one(world, Write("company:1", "company", values))
    row = world.org.data["Account"][made.id]
    assert (row["NumberOfEmployees"], row["Industry"]) == (12, "Construction")
    assert row["BillingCountry"] == "Germany"
    other = _one(world, Write("company:2", "company", {"name": "R", "trade": "roofing"}))
    assert world.org.data["Account"][other.id]["Industry"] is None
    odd = _one(world, Write("company:3", "company", {"name": "R", "size": "many"}))
    assert odd.error.field == "size"


def test_a_new_deal_has_a_stage_and_a_close_date(world: World) -> None:
    account = world.org.add("Account", Name="Roof")
    values = {"title": "New roof", "value": "1500.50", "stage": "proposal"}
    write = Write("deal:1", "deal", values, links=(("company", account),))
    refused = _one(world, write)
    assert refused.error.field == "expected_close"
    [made] = world.adapter(close_days="30").write("deal", [write])
    row = world.org.data["Opportunity"][made.id]
    assert row["StageName"] == "Proposal/Price Quote"
    assert row["AccountId"] == account
    assert row["Amount"] == 1500.5


def test_a_deal_in_another_currency_is_not_written_as_if_it_were_theirs(world: World) -> None:
    values = {"title": "x", "expected_close": "2026-12-24", "value": "5.00", "currency": "EUR"}
    write = Write("deal:1", "deal", values)
    [refused] = world.adapter(currency="USD").write("deal", [write])
    assert refused.error is not None and refused.error.field == "currency"
    assert world.adapter(currency="EUR").write("deal", [write])[0].id


def test_a_value_for_a_list_of_their_own(world: World) -> None:
    world.org.restricted = {"Industry"}
    crm = world.adapter({"company": {"custom:Field": "Industry", "trade": ""}})
    writes = [Write("c:1", "company", {"name": "R", "custom:Field": v}) for v in ("x", "retail")]
    bad, good = crm.write("company", writes)
    assert bad.error is not None
    assert bad.error.message == "“x” is not in Salesforce's list of Industry."
    assert bad.error.field == "custom:Field"
    assert world.org.data["Account"][good.id]["Industry"] == "Retail"


def test_a_deal_that_stands_in_the_right_stage_stays_there(world: World) -> None:
    deal = world.org.add("Opportunity", Name="x", StageName="Qualification", CloseDate="2026-12-24")
    _one(world, Write("deal:1", "deal", {"stage": "open"}, id=deal))
    assert world.org.data["Opportunity"][deal]["StageName"] == "Qualification"
    _one(world, Write("deal:1", "deal", {"stage": "won"}, id=deal))
    assert world.org.data["Opportunity"][deal]["StageName"] == "Closed Won"


def test_the_owner_may_choose_the_stage(world: World) -> None:
    crm = world.adapter(**{"deal_stage.proposal": "Value Proposition"})
    values = {"title": "x", "expected_close": "2026-12-24", "stage": "proposal"}
    [made] = crm.write("deal", [Write("deal:1", "deal", values)])
    assert world.org.data["Opportunity"][made.id]["StageName"] == "Value Proposition"
    [read] = crm.read("deal", [made.id])
    assert read.values["stage"] == "proposal"


def test_people_without_a_last_name_get_the_chosen_one_and_come_back_without(world: World) -> None:
    crm = world.adapter(no_last_name="[unknown]")
    [made] = crm.write("contact", [person(1, last_name="")])
    assert world.org.data["Contact"][made.id]["LastName"] == "[unknown]"
    [read] = crm.read("contact", [made.id])
    assert read.values["last_name"] == ""


ACTIVITY = {
    "at": "2026-11-21T10:00:00+00:00",
    "subject": "Your roof",
    "text": "Dear Ada\nhere it is",
    "direction": "out",
}


@pytest.mark.parametrize(
    ("kind", "more", "subject", "subtype"),
    [
        ("note", {"direction": ""}, "Note: Your roof", "Task"),
        ("email", {}, "Email sent: Your roof", "Email"),
        ("email", {"direction": "in"}, "Email received: Your roof", "Email"),
        ("call", {"seconds": "95"}, "Call: Your roof", "Call"),
        ("communication", {"channel": "whatsapp"}, "WhatsApp sent: Your roof", "Task"),
    ],
)
def test_activities_are_done_tasks(
    world: World, kind: Any, more: dict[str, str], subject: str, subtype: str
) -> None:
    [contact] = world.people(1)
    deal = world.org.add("Opportunity", Name="x", StageName="Prospecting", CloseDate="2026-12-24")
    account = world.org.add("Account", Name="Roof")
    links = (("contact", contact), ("company", account), ("deal", deal))
    write = Write("event:1", kind, {**ACTIVITY, **more}, links=links)  # type: ignore[arg-type]
    made = _one(world, write)
    again = _one(world, write)
    row = world.org.data["Task"][made.id]
    assert (made.id, again.created) == (again.id, False)
    assert (row["Subject"], row["TaskSubtype"], row["Status"]) == (subject, subtype, "Completed")
    assert (row["WhoId"], row["WhatId"]) == (contact, deal)
    assert row["ActivityDate"] == "2026-11-21"
    assert row["CallDurationInSeconds"] == (95 if kind == "call" else None)


ROUND: list[tuple[Any, dict[str, str]]] = [
    (
        "contact",
        {
            "first_name": "Ada",
            "last_name": "O'Hara \\ “Söhne”",
            "email": "ada@roof.example",
            "phone": "+4930123456",
            "title": "Head",
            "linkedin_url": "https://www.linkedin.com/in/ada",
            "street": "Am Wall 1\n2. Stock",
            "postcode": "01067",
            "city": "Dresden",
            "country": "DE",
            "opt_out": "yes",
            "owner": "api@acme.example",
        },
    ),
    (
        "company",
        {
            "name": "Roof & Son",
            "domain": "roof.example",
            "phone": "+4930123456",
            "address": "Am Wall 1",
            "city": "Dresden",
            "country": "DE",
            "trade": "roofing",
            "size": "12",
        },
    ),
    (
        "deal",
        {
            "title": "New roof",
            "value": "1500.50",
            "stage": "negotiation",
            "expected_close": "2026-12-24",
            "reason": "Price",
            "owner": "api@acme.example",
        },
    ),
]


@pytest.mark.parametrize(("kind", "values"), ROUND)
def test_what_was_written_comes_back_as_it_was(
    world: World, kind: Any, values: dict[str, str]
) -> None:
    world.org.columns["Account"]["Industry"].type = "string"  # a list that takes any value
    table = {"contact": {"linkedin_url": "LinkedIn__c"}, "deal": {"reason": "Loss_Reason__c"}}
    crm = world.adapter(table)
    [made] = crm.write(kind, [Write("x:1", kind, values)])
    assert made.error is None
    for _ in range(2):
        [read] = crm.read(kind, [made.id])
        told = {code: read.values[code] for code in values}
        assert told == values
        crm.write(kind, [Write("x:1", kind, values, id=made.id)])


# without the field for our key


@pytest.mark.parametrize("after", [True, False])
def test_without_the_key_field_an_interrupted_create_is_found_again(
    world: World, after: bool
) -> None:
    world.without_key()
    world.peer.faults = [Fault("composite/sobjects", 0, after=after)]
    rows = [person(1), person(2), person(3, email="", phone="+4930123456")]
    with pytest.raises(CrmError) as caught:
        world.crm.write("contact", rows)
    assert not caught.value.permanent
    found = world.adapter().write("contact", rows)
    assert all(one.id and not one.error for one in found)
    assert len(world.org.data["Contact"]) == 3


def test_without_the_key_field_two_notes_alike_stay_two(world: World) -> None:
    world.without_key()
    [contact] = world.people(1)
    notes = [Write(f"event:{n}", "note", ACTIVITY, links=(("contact", contact),)) for n in (1, 2)]
    world.peer.faults = [Fault("composite/sobjects", 0, after=True)]
    with pytest.raises(CrmError):
        world.crm.write("note", notes)
    first = world.crm.write("note", notes)
    second = world.crm.write("note", notes)
    assert [one.id for one in first] == [one.id for one in second]
    assert len({one.id for one in first}) == 2
    assert len(world.org.data["Task"]) == 2


def test_without_the_key_field_companies_and_deals_are_found_again(world: World) -> None:
    world.without_key()
    company = Write("company:1", "company", {"name": "Roof", "domain": "roof.example"})
    assert _one(world, company).id == _one(world, company).id
    account = _one(world, company).id
    values = {"title": "x", "expected_close": "2026-12-24"}
    deal = Write("deal:1", "deal", values, links=(("company", account),))
    assert _one(world, deal).id == _one(world, deal).id


def test_a_key_field_that_is_not_unique_does_not_count(world: World) -> None:
    world.org.columns["Contact"]["SalesAgent_Id__c"].unique = False
    world.crm.write("contact", [person(1)])
    assert world.peer.calls("composite/sobjects/Contact/SalesAgent_Id__c") == []
    world.crm.prepare()

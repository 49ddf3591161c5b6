"""Reading from Salesforce, against a scripted organisation."""

from datetime import UTC, datetime, timedelta

import pytest

from leads.crm import base
from leads.crm.base import CrmError
from leads.tests.salesforce_org import Column
from leads.tests.salesforce_web import Fault
from leads.tests.salesforce_world import World, world

__all__ = ["world"]


def test_account_says_who_we_are_and_what_is_missing(world: World) -> None:
    world.org.columns["Contact"].pop("HasOptedOutOfEmail")
    world.org.columns["Task"].pop("SalesAgent_Id__c")
    world.org.columns["Account"]["Phone"].read_only = True
    found = world.crm.account()
    assert found.id.startswith("00D")
    assert found.name == "Acme GmbH"
    assert found.limits == "5 of 15,000 calls of the last 24 hours used"
    assert set(found.missing) == {
        "Email Opt Out is hidden from us: opt-outs are neither seen nor told.",
        "Tasks lack the field SalesAgent_Id__c (text, external id, unique). It works without; "
        "with it an interrupted sync makes nothing twice.",
        "Salesforce lets us read but not write: Phone (accounts).",
    }


def test_an_object_we_may_not_see_is_named(world: World) -> None:
    del world.org.data["Opportunity"]
    assert "The user we run as cannot see opportunities." in world.crm.account().missing


def test_contact_comes_in_our_words(world: World) -> None:
    account = world.org.add("Account", Name="Roof & Son")
    owner = world.org.add("User", Email="Kim@Own.example.invalid", Name="Kim")
    world.org.add(
        "Contact",
        FirstName="Ada",
        LastName="O'Hara",
        Email="ADA@Roof.example",
        Phone="030 123456",
        MailingCountry="Germany",
        MailingCity="Köln",
        HasOptedOutOfEmail=True,
        AccountId=account,
        OwnerId=owner,
        LinkedIn__c="linkedin.com/in/ada",
    )
    crm = world.adapter({"contact": {"linkedin_url": "LinkedIn__c", "custom:Born": "Birthdate"}})
    [record] = crm.changed("contact", None, None).records
    assert record.values == {
        "first_name": "Ada",
        "last_name": "O'Hara",
        "email": "ada@roof.example",
        "phone": "+4930123456",
        "title": "",
        "company_name": "Roof & Son",
        "linkedin_url": "https://linkedin.com/in/ada",
        "street": "",
        "postcode": "",
        "city": "Köln",
        "country": "DE",
        "language": None,
        "stage": None,
        "owner": "kim@own.example",
        "opt_out": "yes",
        "custom:Born": "",
    }
    assert record.links == {"company": (account,)}
    assert record.modified_at is not None and record.modified_at.tzinfo is UTC


def test_company_and_deal_come_in_our_words(world: World) -> None:
    account = world.org.add(
        "Account",
        Name="Roof & Son",
        Website="https://www.Roof.example/about",
        Industry="Construction",
        NumberOfEmployees=12,
    )
    contact = world.org.add("Contact", LastName="Hara")
    deal = world.org.add(
        "Opportunity",
        Name="New roof",
        Amount=1500.5,
        StageName="Qualification",
        CloseDate="2026-12-24",
        AccountId=account,
    )
    world.org.add("OpportunityContactRole", OpportunityId=deal, ContactId=contact)
    [company] = world.crm.changed("company", None, None).records
    assert company.values["domain"] == "roof.example"
    assert company.values["trade"] == "construction"
    assert company.values["size"] == "12"
    [found] = world.adapter(currency="EUR").changed("deal", None, None).records
    assert found.values == {
        "title": "New roof",
        "value": "1500.50",
        "currency": "EUR",
        "stage": "open",
        "expected_close": "2026-12-24",
        "reason": None,
        "owner": "api@acme.example",
    }
    assert found.links == {"company": (account,), "contact": (contact,)}


@pytest.mark.parametrize(
    ("theirs", "ours"),
    [
        ("Prospecting", "open"),
        ("Perception Analysis", "open"),
        ("Proposal/Price Quote", "proposal"),
        ("Negotiation/Review", "negotiation"),
        ("Closed Won", "won"),
        ("Closed Lost", "lost"),
    ],
)
def test_stages_of_a_deal(world: World, theirs: str, ours: str) -> None:
    world.org.add("Opportunity", Name="x", StageName=theirs, CloseDate="2026-12-24")
    [found] = world.crm.changed("deal", None, None).records
    assert found.values["stage"] == ours


def test_every_page_is_read_once_and_a_new_process_goes_on(world: World) -> None:
    ids = world.people(25)
    world.peer.page = 10
    first = world.crm.changed("contact", None, None)
    assert first.total == 25
    second = world.adapter().changed("contact", None, first.cursor)
    third = world.adapter().changed("contact", None, second.cursor)
    assert third.cursor is None
    read = [one.id for page in (first, second, third) for one in page.records]
    assert read == ids


def test_reading_goes_on_when_the_address_of_the_next_page_has_ended(world: World) -> None:
    ids = world.people(25)
    world.peer.page = 10
    first = world.crm.changed("contact", None, None)
    world.peer.locators.clear()
    rest = world.crm.changed("contact", None, first.cursor)
    last = world.crm.changed("contact", None, rest.cursor)
    assert last.cursor is None
    assert rest.total == 25
    assert [one.id for page in (first, rest, last) for one in page.records] == ids


def test_an_address_of_another_place_is_not_followed(world: World) -> None:
    with pytest.raises(CrmError, match="no readable answer"):
        world.crm.changed("contact", None, {"next": "https://evil.example/services/data/"})
    assert not world.peer.calls("evil")


def test_only_what_changed_since_then_with_a_margin(world: World) -> None:
    now = datetime(2026, 11, 1, 12, tzinfo=UTC)
    world.org.clock = lambda: now - timedelta(minutes=30)
    world.people(1)
    world.org.clock = lambda: now - timedelta(seconds=90)
    late = world.org.add("Contact", LastName="Late")
    found = world.crm.changed("contact", now, None)
    assert [one.id for one in found.records] == [late]


def test_deleted_ones_are_gone_and_merged_ones_are_told_by_their_winner(world: World) -> None:
    start = datetime.now(UTC) - timedelta(minutes=5)
    kept, lost, other, between = world.people(4)
    world.org.merge("Contact", between, lost)
    world.org.merge("Contact", kept, between)
    world.org.delete("Contact", other)
    gone = world.crm.gone("contact", start, None)
    assert [(one.id, one.deleted) for one in gone.records] == [(other, True)]
    [winner] = world.crm.changed("contact", start, None).records
    assert (winner.id, sorted(winner.merged)) == (kept, sorted([lost, between]))
    [read] = world.crm.read("contact", [lost, other])
    assert (read.id, read.merged) == (kept, (lost,))


def test_a_record_merged_into_one_that_was_deleted_is_gone(world: World) -> None:
    kept, lost = world.people(2)
    world.org.merge("Contact", kept, lost)
    world.org.delete("Contact", kept)
    assert {one.id for one in world.crm.gone("contact", None, None).records} == {kept, lost}


def test_read_takes_many_ids_and_leaves_odd_ones_out(world: World) -> None:
    ids = world.people(700)
    found = world.crm.read("contact", [*ids, "x' OR Id != '", "", "003000000000000AAA"])
    assert {one.id for one in found} == set(ids)


@pytest.mark.parametrize("email", ["o'hara@b.example", 'x\\"y@b.example', "a_b%c@b.example"])
def test_find_by_email_quotes_what_people_are_called(world: World, email: str) -> None:
    wanted = world.org.add("Contact", LastName="Hara", Email=email.upper())
    world.people(3)
    found = world.crm.find("contact", "email", [email, "", "nobody@b.example"])
    assert [one.id for one in found] == [wanted]


def test_find_by_domain_takes_every_spelling_and_no_neighbour(world: World) -> None:
    spelled = ["https://www.roof.example/", "roof.example", "HTTP://Roof.example/a?b=1"]
    wanted = {world.org.add("Account", Name=site, Website=site) for site in spelled}
    world.org.add("Account", Name="no", Website="https://notroof.example")
    world.org.add("Account", Name="no", Website="https://roofxexample")
    found = world.crm.find("company", "domain", ["roof.example", "other.example"])
    assert {one.id for one in found} == wanted


def test_find_by_a_field_that_is_not_there_finds_nothing(world: World) -> None:
    assert world.crm.find("contact", "linkedin_url", ["https://linkedin.com/in/x"]) == []
    assert world.crm.find("contact", "company_name", ["Acme"]) == []


def test_person_accounts_are_left_out(world: World) -> None:
    for kind in ("Contact", "Account"):
        world.org.columns[kind]["IsPersonAccount"] = Column("IsPersonAccount", "boolean")
    world.org.add("Contact", LastName="Private", IsPersonAccount=True)
    world.org.add("Account", Name="Private", IsPersonAccount=True)
    kept = world.org.add("Contact", LastName="Hara", IsPersonAccount=False)
    assert [one.id for one in world.crm.changed("contact", None, None).records] == [kept]
    assert not world.crm.changed("company", None, None).records


def test_said_takes_the_newest_entry_of_the_history(world: World) -> None:
    world.org.tracked = {"Title", "MailingCity"}
    [one] = world.people(1)
    world.org.clock = lambda: datetime(2026, 11, 1, 9, tzinfo=UTC)
    world.org.update("Contact", one, {"Title": "Clerk"})
    world.org.clock = lambda: datetime(2026, 11, 2, 9, tzinfo=UTC)
    world.org.update("Contact", one, {"Title": "Head"})
    asks = [(one, "title"), (one, "email"), ("nonsense", "title")]
    found = world.crm.said("contact", asks)
    when = datetime(2026, 11, 2, 9, tzinfo=UTC)
    assert found == {(one, "title"): base.Said("Sync User", when)}


def test_said_knows_nothing_where_no_history_is_kept(world: World) -> None:
    [one] = world.people(1)
    del world.org.data["ContactHistory"]
    assert world.crm.said("contact", [(one, "title")]) == {}


def test_fields_can_be_chosen_from_what_is_there(world: World) -> None:
    found = {one.code: one for one in world.crm.fields("company")}
    assert found["Industry"].type == "choice"
    assert ("Construction", "Construction") in found["Industry"].options
    assert found["Id"].read_only
    assert "SalesAgent_Id__c" not in found


def test_pages_of_the_interface(world: World) -> None:
    world.people(5)
    world.peer.page = 2
    found = [len(page.records) for page in base.pages(world.crm, "contact", None)]
    assert found == [2, 2, 1]


def test_a_column_that_vanished_is_named(world: World) -> None:
    world.crm.changed("contact", None, None)
    world.org.columns["Contact"].pop("Title")
    with pytest.raises(CrmError, match="Salesforce does not know a field.*Title") as caught:
        world.crm.changed("contact", None, None)
    assert caught.value.permanent


def test_answers_that_nobody_can_read(world: World) -> None:
    world.crm.account()
    world.peer.faults = [Fault("query", 200, ["no", "object"])]
    with pytest.raises(CrmError, match="no readable answer"):
        world.crm.changed("contact", None, None)

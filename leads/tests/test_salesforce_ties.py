"""Associations in Salesforce, and erasing people there."""

from typing import Any

import pytest

from leads.crm.base import CrmError, Write
from leads.tests.salesforce_web import Fault
from leads.tests.salesforce_world import World, person, world

__all__ = ["world"]

ACTIVITY = {"at": "2026-11-21T10:00:00+00:00", "subject": "Your roof", "text": "Dear Ada"}


def test_links_between_records(world: World) -> None:
    [contact] = world.people(1)
    account = world.org.add("Account", Name="Roof")
    deal = world.org.add("Opportunity", Name="x", StageName="Prospecting", CloseDate="2026-12-24")
    task = world.org.add("Task", Subject="x")
    pairs: list[Any] = [
        ("contact", contact, "company", account),
        ("company", account, "deal", deal),
        ("contact", contact, "deal", deal),
        ("note", task, "contact", contact),
        ("note", task, "note", task),
        ("contact", "003000000000000AAA", "company", account),
    ]
    for _ in range(2):
        found = world.crm.link(pairs)
        assert found[:4] == [None] * 4
        assert found[4] is not None and found[5] is not None
    assert world.org.data["Contact"][contact]["AccountId"] == account
    assert world.org.data["Opportunity"][deal]["AccountId"] == account
    assert world.org.data["Task"][task]["WhoId"] == contact
    assert len(world.org.data["OpportunityContactRole"]) == 1


def test_erasing_leaves_nothing_in_the_recycle_bin(world: World) -> None:
    made = world.crm.write("contact", [person(1, title="Head", phone="+4930123456")])[0].id
    [kept] = world.people(1)
    note = Write("event:1", "note", ACTIVITY, links=(("contact", made),))
    task = world.crm.write("note", [note])[0].id
    own = world.org.add("Task", Subject="Theirs", WhoId=made)
    assert world.crm.erase("contact", [made, "003000000000000AAA"]) == [None, None]
    row = world.org.data["Contact"][made]
    assert row["IsDeleted"] and row["LastName"] == "Erased"
    personal = ("FirstName", "Email", "Phone", "Title", "MailingCity", "Birthdate")
    assert not any(row[name] for name in personal)
    assert world.org.data["Task"][task]["IsDeleted"]
    assert not world.org.data["Task"][task]["Description"]
    assert not world.org.data["Task"][own]["IsDeleted"]
    assert not world.org.data["Contact"][kept]["IsDeleted"]
    assert world.crm.erase("contact", [made]) == [None]


def test_erasing_says_when_a_rule_keeps_the_values(world: World) -> None:
    [one] = world.people(1)
    world.org.rules.append(("Contact", lambda row: "" if row["Email"] else "Email, please."))
    [found] = world.crm.erase("contact", [one])
    assert found is not None and "empty the recycle bin" in found.message
    assert world.org.data["Contact"][one]["IsDeleted"]


def test_a_new_deal_is_joined_with_its_person_once(world: World) -> None:
    [contact] = world.people(1)
    values = {"title": "x", "expected_close": "2026-12-24"}
    links: tuple[tuple[Any, str], ...] = (("contact", contact), ("contact", "003000000000000AAA"))
    write = Write("deal:1", "deal", values, links=links)
    for _ in range(2):
        [made] = world.crm.write("deal", [write])
        assert made.error is None
    [read] = world.crm.read("deal", [made.id])
    assert read.links["contact"][0] == contact
    assert (
        len(
            [
                r
                for r in world.org.data["OpportunityContactRole"].values()
                if r["ContactId"] == contact
            ]
        )
        == 1
    )


def test_an_answer_to_an_erasure_that_nobody_can_read(world: World) -> None:
    [one] = world.people(1)
    world.crm.fields("contact")
    world.peer.faults = [Fault("composite/sobjects", 200, [{"success": True, "id": one}])]
    world.peer.faults += [Fault("composite/sobjects", 200, {"odd": 1})]
    with pytest.raises(CrmError, match="no readable answer"):
        world.crm.erase("contact", [one])

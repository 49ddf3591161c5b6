"""Conflicts about an address that another lead or company here has: left open, with who has it."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from leads import crm_page
from leads.models import Company, Lead, SyncConflict
from leads.services import crm_conflicts, crm_local
from leads.tests.crm import link_of, option

pytestmark = pytest.mark.django_db


@pytest.fixture
def asked(there: Any, sync: Any, crm_connection: Any, make_lead: Any) -> Any:
    """asked(lead, address): both sides gave the lead another address."""
    option(crm_connection, rules={"contact": {"email": "ask"}, "company": {"domain": "ask"}})

    def ask(lead: Lead, theirs: str, ours: str) -> SyncConflict:
        there.edit("contact", link_of(lead).remote_id, email=theirs)
        Lead.objects.filter(pk=lead.pk).update(email=ours)
        sync()
        return SyncConflict.objects.get(link__lead=lead, field="email")

    return ask


def test_one_is_not_settled_and_says_who_has_it(
    there: Any, sync: Any, lead: Any, owner: Any, make_lead: Any, asked: Any
) -> None:
    sync()
    one = asked(lead, "m.k@polna.example", "marta@polna.example")
    mia = make_lead(owner, first_name="Mia", last_name="Lund", email="m.k@polna.example")
    base = dict(link_of(lead).base)
    with pytest.raises(crm_conflicts.Taken, match="Mia Lund has m.k@polna.example here"):
        crm_conflicts.settle(one, "there", owner)
    one.refresh_from_db()
    lead.refresh_from_db()
    assert (one.state, lead.email, link_of(lead).base) == ("open", "marta@polna.example", base)
    assert crm_local.rivals([one]) == {one.pk: mia}
    assert crm_conflicts.settle(one, "here", owner)


def test_who_got_it_between_our_look_and_our_write(
    sync: Any, lead: Any, owner: Any, make_lead: Any, asked: Any, monkeypatch: Any
) -> None:
    sync()
    one = asked(lead, "m.k@polna.example", "marta@polna.example")
    make_lead(owner, first_name="Mia", email="m.k@polna.example")
    answers: Any = iter([{}])
    seen = crm_local.rivals
    monkeypatch.setattr(crm_local, "rivals", lambda rows: next(answers, None) or seen(rows))
    with pytest.raises(crm_conflicts.Taken, match="Mia has"):
        crm_conflicts.settle(one, "there", owner)
    one.refresh_from_db()
    assert one.state == "open"
    assert not lead.events.filter(kind="lead.changed").exists()


def test_all_settles_the_rest(
    there: Any, sync: Any, lead: Any, owner: Any, make_lead: Any, asked: Any
) -> None:
    other = make_lead(owner, first_name="Ole", email="ole@price.example", lawful_basis="consent")
    sync()
    taken = asked(lead, "m.k@polna.example", "marta@polna.example")
    make_lead(owner, first_name="Mia", email="m.k@polna.example")
    free = asked(other, "ole@new.example", "ole@other.example")
    assert crm_conflicts.settle_all("fake", "there", owner) == 1
    taken.refresh_from_db()
    free.refresh_from_db()
    lead.refresh_from_db()
    other.refresh_from_db()
    assert (taken.state, free.state) == ("open", "there")
    assert (lead.email, other.email) == ("marta@polna.example", "ole@new.example")
    assert crm_conflicts.settle_all("fake", "there", owner) == 0


def test_an_address_that_becomes_free_with_another_one_is_settled_too(
    sync: Any, lead: Any, owner: Any, make_lead: Any, asked: Any
) -> None:
    other = make_lead(owner, first_name="Ole", email="ole@price.example", lawful_basis="consent")
    sync()
    asked(lead, "ole@waits.example", "marta@polna.example")
    asked(other, "ole@new.example", "ole@waits.example")
    assert crm_conflicts.settle_all("fake", "there", owner) == 2
    lead.refresh_from_db()
    assert lead.email == "ole@waits.example"


def test_a_website_that_another_company_has(
    there: Any, sync: Any, lead: Any, owner: Any, asked: Any
) -> None:
    sync()
    link = lead.company.remote_links.get()
    there.edit("company", link.remote_id, domain="polna.test")
    Company.objects.filter(pk=lead.company_id).update(domain="polna.org.example")
    sync()
    one = SyncConflict.objects.get(link=link)
    Company.objects.create(name="Polna AS", name_key="polna", domain="polna.test")
    with pytest.raises(crm_conflicts.Taken, match="Polna AS has polna.test"):
        crm_conflicts.settle(one, "there", owner)


def test_an_address_of_a_lead_that_was_merged_into_this_one(
    sync: Any, lead: Any, owner: Any, make_lead: Any, asked: Any
) -> None:
    sync()
    one = asked(lead, "m.k@polna.example", "marta@polna.example")
    make_lead(owner, first_name="Mia", email="m.k@polna.example", merged_into=lead)
    with pytest.raises(crm_conflicts.Taken, match="was merged into this lead"):
        crm_conflicts.settle(one, "there", owner)


def test_theirs_wins_does_not_break_the_sync(
    there: Any, sync: Any, lead: Any, owner: Any, make_lead: Any, crm_connection: Any
) -> None:
    """The address was changed here, and somebody else took the old one: it cannot be put back."""
    option(crm_connection, rules={"contact": {"email": "there"}})
    sync()
    there.clock = lambda: datetime.now(UTC) + timedelta(hours=2)
    there.make("contact", email="later@price.example")
    sync()  # the next one reads from here, so nothing of this lead
    old = lead.email
    Lead.objects.filter(pk=lead.pk).update(email="marta@polna.example", city="Gdańsk")
    make_lead(owner, first_name="Mia", email=old)
    run = sync()
    lead.refresh_from_db()
    assert (run.state, lead.email) == ("done", "marta@polna.example")
    assert there.all("contact")[link_of(lead).remote_id]["city"] == "Gdańsk"
    line = run.changes.get(state="failed", lead=lead)
    assert "Another lead has this address" in line.reason


def test_a_stranger_s_lead_is_not_named(
    sync: Any, lead: Any, owner: Any, manager: Any, make_lead: Any, asked: Any, stranger: Any
) -> None:
    sync()
    one = asked(lead, "m.k@polna.example", "marta@polna.example")
    make_lead(stranger, first_name="Mia", email="m.k@polna.example")
    (row,) = crm_page.questions([one], crm_page.Words("fake"), manager)
    assert (row.taken.partition(" has")[0], row.rival) == ("Somebody else", "")

"""One odd value, record or answer does not stop a sync, and costs nobody their work."""

import contextlib
import threading
from dataclasses import replace
from typing import Any

import pytest
from django.db import DataError, connection
from django.db import connections as databases
from django.utils import timezone

from leads.crm import hubspot_pull
from leads.crm.base import CrmError, Page, Record, pages
from leads.crm.fake import FakeCrm
from leads.crm.merge import agree
from leads.crm.places import Places
from leads.crm.salesforce_wire import Org
from leads.models import Company, Deal, Lead, SyncConflict, SyncRun
from leads.services import crm_apply, crm_conflicts, crm_rules, crm_sync, crm_undo
from leads.services.crm_accounts import SyncError
from leads.tests.crm import link_of, option

pytestmark = pytest.mark.django_db
HALF = "\ud83d"  # a lone surrogate: no database takes it
NASTY = {
    "contact": {
        "first_name": [f"Jo{HALF}", "a\x00b", "İ" * 160, "x" * 400],
        "email": [f"a{HALF}@b.example", "a@b.example\nBcc: x@y.example", "x" * 400],
        "phone": [f"+49{HALF} 30 1234567", "9" * 400],
        "linkedin_url": ["https://[bad", f"https://linkedin.com/in/{'İ' * 300}"],
        "company_name": ["İ" * 210, "ß" * 210],
        "city": ["🔥" * 300],
        "country": [HALF, "x" * 400],
        "stage": ["ßßß", "x" * 400],
        "owner": ["İ" * 60],
    },
    "company": {
        "name": ["İ" * 210, "ß" * 210],
        "domain": ["İ" * 60, f"{'x' * 60}.{'y' * 60}.{'z' * 60}.{'v' * 60}.example"],
        "trade": ["İ" * 60],
        "size": ["9" * 5000, "0009", "-5", "٣" * 4400],
        "phone": ["9" * 400],
    },
    "deal": {
        "value": ["9999999999.999", "-5.5", "1e9999999", "9" * 5000, "NaN"],
        "currency": ["ßßß", "İİİ", "eur"],
        "expected_close": ["9999-12-31", "0001-01-01", "soon"],
        "reason": [f"x{HALF}"],
        "title": ["İ" * 200],
    },
}


def world_with(there: Any, kind: str, number: int, **values: str) -> None:
    usual = {
        "contact": {"last_name": "Zed", "email": f"n{number}@z.example"},
        "company": {"name": f"Co {number}", "domain": f"co{number}.example"},
        "deal": {"title": f"Deal {number}", "value": "1"},
    }[kind]
    contact = there.make("contact", last_name="Base", email=f"base{number}@one.example")
    links = {"links": {"contact": [contact]}} if kind == "deal" else {}
    there.make(kind, **{**usual, **values}, **links)


@pytest.mark.parametrize("kind", list(NASTY))
def test_broken_values_cost_at_most_their_field(
    there: Any, sync: Any, kind: str, monkeypatch: Any
) -> None:
    real = FakeCrm._seen
    values = [(code, one) for code, some in NASTY[kind].items() for one in some]
    for number, (_, _one) in enumerate(values):
        world_with(there, kind, number)

    def seen(self: FakeCrm, record: Record) -> Record:
        found = real(self, record)
        if record.kind != kind or "base" in (record.values.get("email") or ""):
            return found
        name = str(found.values.get("title" if kind == "deal" else "name") or found.values["email"])
        number = int("".join(c for c in name.partition("@")[0] if c.isdigit()))
        code, one = values[number]
        return replace(found, values={**found.values, code: one})

    monkeypatch.setattr(FakeCrm, "_seen", seen)
    run = sync()
    assert (run.state, run.error) == ("done", "")
    assert Lead.objects.filter(last_name="Base").count() == len(values)
    assert not run.changes.filter(reason__startswith="It could not be taken in").exists()
    model: Any = {"contact": Lead, "company": Company, "deal": Deal}[kind]
    assert all(str(row) for row in model.objects.all())  # each can be read


def test_a_value_too_much_by_rounding_is_left_out(there: Any, sync: Any, client: Any) -> None:
    contact = there.make("contact", last_name="One", email="good@one.example")
    there.make("deal", title="Odd", value="9999999999.999", links={"contact": [contact]})
    sync()
    assert Deal.objects.get(title="Odd").value == 0
    assert sync().state == "done"


def test_a_record_that_makes_its_page_fail_is_left_out_and_listed(
    there: Any, sync: Any, monkeypatch: Any
) -> None:
    for number in range(5):
        there.make("contact", last_name=f"No {number}", email=f"n{number}@z.example")
    real = crm_apply.Applier._make_leads

    def make(self: Any, items: Any, leads: Any) -> None:
        if any(lead.last_name == "No 3" for lead in leads):
            raise DataError("value out of range")
        real(self, items, leads)

    monkeypatch.setattr(crm_apply.Applier, "_make_leads", make)
    run = sync()
    assert (run.state, Lead.objects.count()) == ("done", 4)
    (line,) = run.changes.filter(state="failed")
    assert (line.action, line.label, line.kind) == ("skip", "No 3", "contact")
    assert run.counts["failed"] == 1 and run.counts["in"] == 4
    monkeypatch.undo()
    sync()
    assert Lead.objects.count() == 5  # looked at again


def test_a_fault_of_every_record_stops_the_sync(
    there: Any, crm_connection: Any, owner: Any, monkeypatch: Any
) -> None:
    for number in range(5):
        there.make("contact", last_name=f"No {number}", email=f"n{number}@z.example")

    def make(*_: Any) -> None:
        raise TypeError("ours")

    monkeypatch.setattr(crm_apply.Applier, "_make_leads", make)
    run = crm_sync.start("fake", owner)
    with pytest.raises(TypeError):
        crm_sync.work(run.job_id or 0)
    run.refresh_from_db()
    assert run.state == "failed"


def test_ids_that_cannot_be_kept_are_left_out_with_the_reason(
    there: Any, sync: Any, monkeypatch: Any
) -> None:
    now = timezone.now()
    records = [
        Record("contact", one, {"last_name": "L", "email": f"l{i}@m.example"}, modified_at=now)
        for i, one in enumerate(["9" * 70, "9" * 70 + "1", "9"])
    ]
    monkeypatch.setattr(
        FakeCrm, "changed", lambda s, kind, *_: Page(records if kind == "contact" else [], None)
    )
    run = sync()
    assert run.state == "done"
    assert [lead.email for lead in Lead.objects.all()] == ["l2@m.example"]
    assert run.changes.filter(reason__startswith="Its id is longer").count() == 2


@pytest.mark.parametrize("method", ["changed", "gone"])
def test_a_list_without_an_end_is_ended(
    there: Any, sync: Any, lead: Lead, owner: Any, monkeypatch: Any, method: str
) -> None:
    sync()
    asked = 0

    def page(*_: Any) -> Page:
        nonlocal asked
        asked += 1
        assert asked < 10
        return Page([], {"at": "2026-01-01T00:00:00+00:00", "id": asked % 3})

    monkeypatch.setattr(FakeCrm, method, page)
    run = crm_sync.start("fake", owner)
    crm_sync.work(run.job_id or 0)
    run.refresh_from_db()
    assert (run.state, "same page twice" in run.error) == ("stopped", True)


def test_a_place_comes_once() -> None:
    places = Places("HubSpot")
    places.check(None)
    places.check({"a": 1, "b": 2})
    with pytest.raises(CrmError, match="HubSpot gave the same page twice"):
        places.check({"b": 2, "a": 1})


def test_the_lists_of_the_adapters_come_to_an_end_too() -> None:
    salesforce = Org.__new__(Org)
    page = {"records": [], "done": False, "nextRecordsUrl": "/services/data/v66.0/query/1"}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Org, "query", lambda *_, **__: page)
        patch.setattr(Org, "more", lambda *_: page)
        with pytest.raises(CrmError, match="same page twice"):
            list(salesforce.rows("SELECT Id FROM Contact"))
        rows = [{"id": "7"}] * hubspot_pull.PAGE
        patch.setattr(hubspot_pull.Pull, "_search", lambda *_: (rows, 0))
        hubspot = hubspot_pull.Pull.__new__(hubspot_pull.Pull)
        with pytest.raises(CrmError, match="same page twice"):
            hubspot._all_with("company", "domain", ["a.example"])
        patch.setattr(FakeCrm, "changed", lambda *_: Page([], {"id": 1}))
        with pytest.raises(CrmError, match="same page twice"):
            list(pages(FakeCrm.__new__(FakeCrm), "contact", None))


def name_merged(there: Any, one: str, gone: str) -> None:
    row = there._row("contact", one)
    row["data"]["merged"] = [gone]
    there._store("contact", int(one), row["key"], there.tick(), row["data"])


def test_a_record_that_names_itself_as_merged_stays_tied(there: Any, sync: Any, lead: Lead) -> None:
    sync()
    record = link_of(lead).remote_id
    name_merged(there, record, record)
    sync()
    assert link_of(lead).state == "linked"


@pytest.mark.parametrize("apart", [False, True])
def test_records_that_name_each_other_do_not_both_lose_their_tie(
    there: Any, sync: Any, lead: Lead, make_lead: Any, apart: bool
) -> None:
    basis = {"lawful_basis": "legitimate_interest", "basis_source": "x"}
    bea = make_lead(lead.owner, first_name="Bea", email="bea@bee.example", **basis)
    sync()
    one, two = link_of(lead).remote_id, link_of(bea).remote_id
    name_merged(there, one, two)
    if apart:
        sync()
        assert link_of(bea).state == "cut"
    name_merged(there, two, one)
    sync()
    assert "linked" in (link_of(lead).state, link_of(bea).state) or apart
    states = [link.state for link in [*lead.remote_links.all(), *bea.remote_links.all()]]
    assert states.count("linked") == (1 if apart else 2)


# undo
def deal_of(there: Any, sync: Any) -> SyncRun:
    contact = there.make("contact", last_name="One", email="good@one.example")
    sync()
    there.make("deal", title="Cold rooms", value="1000", links={"contact": [contact]})
    found: SyncRun = sync()
    return found


@pytest.mark.parametrize(
    "change",
    [{}, {"stage": "negotiation"}, {"value": "48000"}, {"reason": "Friday"}, {"title": "Three"}],
)
def test_a_deal_that_somebody_worked_on_outlives_the_undo(
    there: Any, sync: Any, owner: Any, run_queue: Any, change: dict[str, str]
) -> None:
    run = deal_of(there, sync)
    Deal.objects.update(**change)
    crm_undo.start(run, owner)
    run_queue()
    assert Deal.objects.exists() == bool(change)
    line = run.changes.get(kind="deal", action="create_here")
    assert (line.state, line.reason) == (("kept", crm_undo.SINCE) if change else ("undone", ""))


@pytest.mark.parametrize("change", [{}, {"trade": "bakery"}, {"custom": {"Ovens": "3"}}])
def test_a_company_that_somebody_worked_on_outlives_the_undo(
    there: Any, sync: Any, owner: Any, run_queue: Any, change: dict[str, Any]
) -> None:
    there.make("company", name="Ofen GmbH", domain="ofen.example", city="Graz")
    run = sync()
    Company.objects.update(**change)
    crm_undo.start(run, owner)
    run_queue()
    assert Company.objects.exists() == bool(change)


# names and fields that are long
def test_long_names_in_a_history_are_cut(
    there: Any, sync: Any, lead: Lead, crm_connection: Any
) -> None:
    own = f"custom:{'n' * 60}"
    mapping = {"contact": {own: "favourite_colour"}}
    option(crm_connection, rules={"contact": {"city": "ask", own: "ask"}}, mapping=mapping)
    sync()
    Lead.objects.filter(pk=lead.pk).update(city="Ours", custom={"n" * 60: "mine"})
    record = link_of(lead).remote_id
    there.edit("contact", record, by="B" * 300, city="Theirs", favourite_colour="red")
    assert sync().state == "done"
    assert SyncConflict.objects.get().there_by == "B" * 120
    with pytest.raises(SyncError, match="53 letters"):
        crm_rules.save(crm_connection, {}, mapping)


def _at_once(do: Any, rows: Any) -> int:
    """Each row in a thread of its own; how many there were."""
    threads = [threading.Thread(target=do, args=(one,)) for one in rows]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return len(threads)


@pytest.mark.django_db(transaction=True)
def test_two_fields_of_one_record_settled_at_once(
    there: Any,
    sync: Any,
    lead: Lead,
    owner: Any,
    crm_connection: Any,
    run_queue: Any,
    monkeypatch: Any,
) -> None:
    if connection.vendor != "postgresql":
        pytest.skip("SQLite has one writer at a time")
    option(crm_connection, rules={"contact": {"city": "ask", "title": "ask"}})
    sync()
    record = link_of(lead).remote_id
    Lead.objects.filter(pk=lead.pk).update(city="Ours", title="Ours")
    there.edit("contact", record, city="Theirs", title="Theirs")
    sync()
    real, both = agree, threading.Barrier(2, timeout=2)

    def slow(*given: Any) -> None:
        with contextlib.suppress(threading.BrokenBarrierError):
            both.wait()  # in vain: the other one waits for our lock
        real(*given)

    monkeypatch.setattr(crm_conflicts, "agree", slow)

    def settle(one: SyncConflict) -> None:
        crm_conflicts.settle(one, "here", owner)
        databases.close_all()

    assert _at_once(settle, SyncConflict.objects.filter(state="open")) == 2
    run_queue()
    sync()
    found = there.all("contact")[record]
    assert (found["city"], found["title"]) == ("Ours", "Ours")
    assert not SyncConflict.objects.filter(state="open").exists()

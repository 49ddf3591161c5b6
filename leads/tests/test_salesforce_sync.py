"""The whole sync with Salesforce: connect, both ways, ten quiet passes, merges and deletions."""

from typing import Any

import pytest

from leads import thread
from leads.forms_crm_salesforce import SalesforceForm
from leads.models import Company, Lead, RemoteLink, SyncChange, SyncRun
from leads.services import crm_accounts, crm_connect, crm_counts, crm_sync, suppression
from leads.tests.salesforce_world import World, world
from salesagent.accounts.models import Connection, User

__all__ = ["world"]
CHOICES = {"basis": "legitimate_interest", "basis_source": "CRM", "owner": "", "push": "all"}


@pytest.fixture
def connection(world: World, owner: User, settings: Any) -> Connection:
    """Connected as the page does it; the address leads to the scripted server."""
    settings.SERVICE_URLS = {**settings.SERVICE_URLS, "salesforce": world.peer.url}
    form = SalesforceForm(
        {
            "address": "acme.my.salesforce.com",
            "client_id": world.peer.client_id,
            "client_secret": world.peer.client_secret,
        }
    )
    assert form.is_valid(), form.errors
    row = crm_connect.salesforce(owner, form.secret(), form.settings())
    crm_accounts.set_options(row, **CHOICES)
    return row


def _sync(user: User) -> SyncRun:
    run = crm_sync.start("salesforce", user)
    assert run.job is not None
    crm_sync.work(run.job.pk)
    run.refresh_from_db()
    assert (run.state, run.error) == (SyncRun.State.DONE, "")
    return run


def _writes(world: World) -> int:
    return len([r for r in world.peer.calls("composite/sobjects") if r.method != "GET"])


@pytest.mark.parametrize("passes", [2, pytest.param(10, marks=pytest.mark.slow)])
def test_both_sides_are_equal_and_then_quiet(
    world: World, connection: Connection, owner: User, make_lead: Any, passes: int
) -> None:
    account = world.org.add("Account", Name="Roof", Website="www.roof.example")
    person = {"LastName": "Hara", "Email": "ada@roof.example", "AccountId": account}
    theirs = world.org.add("Contact", FirstName="Ada", **person)
    company = Company.objects.create(name="Wall", name_key="wall", domain="wall.example")
    ours = make_lead(
        first_name="Bo",
        last_name="Lee",
        email="bo@wall.example",
        company=company,
        company_name="Wall",
        lawful_basis="consent",
        country="DE",
        phone="+4930123456",
    )
    _sync(owner)
    came = Lead.objects.get(email="ada@roof.example")
    assert (came.last_name, came.company_name, came.source) == ("Hara", "Roof", "Salesforce")
    link = RemoteLink.objects.get(lead=ours)
    there = world.org.data["Contact"][link.remote_id]
    assert (there["Email"], there["MailingCountry"]) == ("bo@wall.example", "Germany")
    assert world.org.data["Account"][there["AccountId"]]["Name"] == "Wall"
    before = _writes(world)
    for _ in range(passes):
        run = _sync(owner)
        assert not run.counts.get("in") and not run.counts.get("out"), run.counts
    assert _writes(world) == before
    assert run.counts["requests"] <= 12
    assert Lead.objects.count() == 2 and len(world.org.data["Contact"]) == 2
    assert RemoteLink.objects.get(lead=came).remote_id == theirs


def test_a_change_on_each_side_arrives_on_the_other(
    world: World, connection: Connection, owner: User, make_lead: Any
) -> None:
    one = world.org.add("Contact", LastName="Hara", Email="ada@roof.example", Title="Clerk")
    _sync(owner)
    lead = Lead.objects.get()
    world.org.update("Contact", one, {"Title": "Head", "HasOptedOutOfEmail": True})
    _sync(owner)
    lead.refresh_from_db()
    assert lead.title == "Head"
    assert world.org.data["Contact"][one]["HasOptedOutOfEmail"] is True


def test_merged_and_deleted_there(world: World, connection: Connection, owner: User) -> None:
    kept, lost, other = world.people(3)
    _sync(owner)
    world.org.merge("Contact", kept, lost)
    world.org.delete("Contact", other)
    _sync(owner)
    states = dict(RemoteLink.objects.filter(kind="contact").values_list("remote_id", "state"))
    assert states[other] == RemoteLink.State.GONE
    assert states[kept] == RemoteLink.State.LINKED
    assert states.get(lost) != RemoteLink.State.LINKED
    assert Lead.objects.filter(archived_at=None).count() == 3


def test_a_limit_of_the_day_stops_and_goes_on_later(
    world: World, connection: Connection, owner: User
) -> None:
    world.people(25)
    world.peer.page = 10
    world.peer.limit = world.peer.used + 6
    run = crm_sync.start("salesforce", owner)
    assert run.job is not None
    crm_sync.work(run.job.pk)
    run.refresh_from_db()
    assert run.state == SyncRun.State.STOPPED and "24 hours" in run.error
    world.peer.limit = 15_000
    assert crm_sync.go_on(run, owner)
    assert run.job is not None
    crm_sync.work(run.job.pk)
    run.refresh_from_db()
    assert run.state == SyncRun.State.DONE
    assert Lead.objects.count() == 25 == RemoteLink.objects.filter(kind="contact").count()


def test_an_opt_out_here_is_told_there_and_nothing_else(
    world: World, connection: Connection, owner: User
) -> None:
    [one] = world.people(1)
    _sync(owner)
    lead = Lead.objects.get()
    suppression.suppress(address=str(lead.email), reason="opted_out", source="t", actor="system")
    Lead.objects.filter(pk=lead.pk).update(title="Secret")
    _sync(owner)
    row = world.org.data["Contact"][one]
    assert row["HasOptedOutOfEmail"] is True
    assert row["Title"] is None


def test_what_happened_is_written_as_a_task_once(
    world: World, connection: Connection, owner: User
) -> None:
    [one] = world.people(1)
    _sync(owner)
    thread.record(
        lead=Lead.objects.get(),
        kind="touch.sent",
        actor=owner.actor,
        channel="email",
        direction="out",
        body="Dear Ada",
        data={"subject": "Your roof"},
    )
    for _ in range(3):
        _sync(owner)
    [task] = world.org.data["Task"].values()
    assert (task["Subject"], task["WhoId"]) == ("Email sent: Your roof", one)
    assert (task["Description"], task["Status"]) == ("Dear Ada", "Completed")


def test_a_refused_row_says_why_on_its_line(
    world: World, connection: Connection, owner: User, make_lead: Any
) -> None:
    make_lead(first_name="Bo", email="bo@wall.example", lawful_basis="consent")
    run = _sync(owner)
    [line] = run.changes.filter(action=SyncChange.Action.CREATE_THERE)
    assert line.state == SyncChange.State.FAILED
    assert line.reason == "Salesforce wants a value for LastName. Fill it in, then sync again."
    assert not world.org.data["Contact"]


def test_a_dry_run_says_what_the_sync_does(
    world: World, connection: Connection, owner: User, make_lead: Any
) -> None:
    world.org.add("Contact", FirstName="Ada", LastName="Hara", Email="ada@roof.example")
    lead = make_lead(last_name="Lee", email="bo@wall.example", lawful_basis="consent")

    def both() -> SyncRun:
        seen = crm_sync.start("salesforce", owner, preview=True)
        assert seen.job is not None
        crm_sync.work(seen.job.pk)
        seen.refresh_from_db()
        done = _sync(owner)
        assert crm_counts.by_code(seen.changes.all()) == crm_counts.by_code(done.changes.all())
        assert [seen.counts.get(code, 0) for code in crm_counts.SUMS] == [
            done.counts.get(code, 0) for code in crm_counts.SUMS
        ]
        return done

    assert both().counts["out"] == 1
    assert not both().changes.exists()
    link = RemoteLink.objects.get(lead=lead)
    world.org.delete("Contact", link.remote_id)
    Lead.objects.filter(pk=lead.pk).update(title="Boss")
    run = _sync(owner)
    link.refresh_from_db()
    assert link.state == "gone", list(run.changes.values("action", "state", "reason"))

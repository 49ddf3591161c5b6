"""The whole way: our leads and a HubSpot account kept equal through the adapter and its server."""

import time
from collections.abc import Iterator
from typing import Any

import pytest

from leads.models import Deal, Lead, RemoteLink, SyncRun
from leads.services import crm_connect, crm_counts, crm_run, crm_sync, editing, suppression
from leads.tests.crm import link_of, option
from leads.tests.hubspot_kit import Clock, account
from leads.tests.hubspot_world import Fault, World
from salesagent.accounts.models import Connection

pytestmark = pytest.mark.django_db


@pytest.fixture
def there(
    monkeypatch: Any, settings: Any, owner: Any, workspace: Any
) -> Iterator[tuple[World, Connection, Clock]]:
    with account(monkeypatch) as (world, crm, clock):
        clock.at = time.time()  # the sync asks for what changed since its last start
        monkeypatch.setattr(crm_run, "wait", clock.sleep)
        settings.SERVICE_URLS = {**settings.SERVICE_URLS, "hubspot": crm._api.base}
        row = crm_connect.hubspot(owner, {"token": world.token})
        option(row, basis="legitimate_interest", basis_source="HubSpot", owner=owner.pk, push="all")
        yield world, row, clock


@pytest.fixture
def sync(there: Any, owner: Any, run_queue: Any) -> Any:
    _, _, clock = there

    def work() -> SyncRun:
        clock.at += 3600
        run = crm_sync.start("hubspot", owner, False)
        run_queue()
        run.refresh_from_db()
        assert (run.state, run.error) == ("done", "")
        return run

    return work


def writes(world: World) -> list[str]:
    found = [target for method, target, _ in world.log if method == "POST"]
    return [one for one in found if not one.endswith(("/search", "/batch/read"))]


def test_both_ways_and_then_nothing_for_ten_cycles(there: Any, sync: Any, lead: Any) -> None:
    world, _, _ = there
    firm = world.add("companies", name="Duarte Lda", domain="duarte.example")
    one = world.add("contacts", firstname="Ines", email="ines@duarte.example", country="Portugal")
    world.ties.add(("contacts", one, "companies", firm))
    world.things["contacts"][one].properties["associatedcompanyid"] = firm
    Deal.objects.create(lead=lead, owner=lead.owner, title="Cold rooms", value=1200)
    sync()
    came = Lead.objects.get(email="ines@duarte.example")
    assert (came.country, came.company.domain, came.source) == ("PT", "duarte.example", "HubSpot")
    assert {t.properties["email"] for t in world.things["contacts"].values()} == {
        "ines@duarte.example",
        lead.email,
    }
    (deal,) = world.things["deals"].values()
    assert deal.properties["dealname"] == "Cold rooms"
    contact = link_of(lead).remote_id
    assert ("deals", deal.id, "contacts", contact) in world.ties
    world.log.clear()
    for _ in range(10):
        run = sync()
        assert not list(run.changes.values("action", "kind", "changes", "reason"))
    assert writes(world) == []


def test_each_side_gets_what_changed_on_the_other(
    there: Any, sync: Any, lead: Any, owner: Any
) -> None:
    world, _, clock = there
    sync()
    clock.at += 60
    remote = link_of(lead).remote_id
    editing.edit_lead(lead, {"title": "Head of Production"}, owner)
    world.edit("contacts", remote, city="Gdansk")
    sync()
    lead.refresh_from_db()
    assert lead.city == "Gdansk"
    assert world.things["contacts"][remote].properties["jobtitle"] == "Head of Production"


def test_an_opt_out_wins_on_both_sides(there: Any, sync: Any, lead: Any, owner: Any) -> None:
    world, _, _ = there
    other = world.add("contacts", firstname="Ines", email="ines@duarte.example")
    sync()
    world.opt_out("ines@duarte.example")
    suppression.suppress(
        address=lead.email,
        channel="email",
        reason="asked",
        source="phone",
        actor=f"user:{owner.pk}",
    )
    sync()
    assert suppression.channels_off([Lead.objects.get(email="ines@duarte.example")])
    assert lead.email in world.opted_out
    assert world.things["contacts"][other].properties["hs_email_optout"] == "true"


def test_merged_and_deleted_there(there: Any, sync: Any, lead: Any) -> None:
    world, _, _ = there
    kept = world.add("contacts", firstname="Ines", email="ines@duarte.example")
    gone = world.add("contacts", firstname="Rui", email="rui@duarte.example")
    sync()
    world.merge("contacts", kept, gone)
    world.remove("contacts", link_of(lead).remote_id)
    sync()
    assert link_of(lead).state == RemoteLink.State.GONE
    assert Lead.objects.filter(email=lead.email, archived_at=None).exists()
    assert not RemoteLink.objects.filter(remote_id=gone, state="linked").exists()
    world.log.clear()
    sync()
    assert writes(world) == []


def test_a_touched_record_comes_in_alone(there: Any, sync: Any, run_queue: Any) -> None:
    world, row, clock = there
    sync()
    one = world.add("contacts", firstname="Ines", email="ines@duarte.example")
    world.add("contacts", firstname="Rui", email="rui@duarte.example")
    crm_sync.touch("hubspot", row.account, "contact", [one])
    run_queue()
    assert Lead.objects.filter(email="ines@duarte.example").exists()
    assert not Lead.objects.filter(email="rui@duarte.example").exists()


def test_a_lost_answer_and_a_refused_row_make_no_second_record(
    there: Any, sync: Any, lead: Any
) -> None:
    world, _, _ = there
    world.faults.append(Fault("contacts/batch/upsert", drop=True, done=True))
    sync()
    sync()
    assert len(world.things["contacts"]) == 1


def test_a_dry_run_says_what_the_sync_does(
    there: Any, sync: Any, owner: Any, lead: Lead, run_queue: Any
) -> None:
    world, _, clock = there
    bad = world.add("contacts", firstname="Ines", email="ines@duarte.example")

    def both() -> SyncRun:
        clock.at += 3600
        crm_sync.start("hubspot", owner, True)
        run_queue()
        seen, done = SyncRun.objects.latest("pk"), sync()
        seen.refresh_from_db()
        assert crm_counts.by_code(seen.changes.all()) == crm_counts.by_code(done.changes.all())
        assert [seen.counts.get(code, 0) for code in crm_counts.SUMS] == [
            done.counts.get(code, 0) for code in crm_counts.SUMS
        ]
        return done

    both()
    world.edit("contacts", bad, email="at the desk")
    for _ in range(2):
        assert both().counts["failed"] == 1
    world.things["contacts"].pop(link_of(lead).remote_id)
    editing.edit_lead(lead, {"title": "Boss"}, owner)
    run = sync()
    assert run.changes.filter(action="unlink", lead=lead).exists()
    assert link_of(lead).state == "gone"

"""Conflicts settled by a person, rules, undo, and what the other side tells."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from leads import thread
from leads.crm.base import CrmError
from leads.models import Company, Deal, Lead, RemoteLink, SyncConflict, SyncRun
from leads.services import (
    crm_clock,
    crm_conflicts,
    crm_counts,
    crm_links,
    crm_plan,
    crm_rules,
    crm_sync,
    crm_undo,
    editing,
    suppression,
)
from leads.services.crm_accounts import SyncError
from leads.tests.crm import ACCOUNT, link_of, option

pytestmark = pytest.mark.django_db


@pytest.fixture
def torn(there: Any, sync: Any, lead: Any) -> SyncConflict:
    """The stage was changed on both sides."""
    sync()
    there.edit("contact", link_of(lead).remote_id, stage="meeting")
    Lead.objects.filter(pk=lead.pk).update(stage="engaged")
    sync()
    (conflict,) = crm_conflicts.open("fake")
    return conflict


def test_ours_is_kept_and_goes_out_at_once(
    there: Any, torn: Any, lead: Any, owner: Any, run_queue: Any
) -> None:
    assert crm_conflicts.settle(torn, "here", owner)
    assert (torn.state, torn.settled_by, torn.written_at) == ("here", owner, None)
    run_queue()
    assert there.all("contact")[link_of(lead).remote_id]["stage"] == "engaged"
    torn.refresh_from_db()
    assert torn.written_at
    assert not crm_conflicts.settle(torn, "there", owner)
    assert crm_conflicts.settled("fake") == [torn]


def test_theirs_is_taken_with_a_line_in_the_thread(
    there: Any, torn: Any, lead: Any, owner: Any, sync: Any
) -> None:
    crm_conflicts.settle(torn, "there", owner)
    lead.refresh_from_db()
    assert lead.stage == "meeting"
    event = lead.events.get(kind="lead.stage_changed")
    assert (event.actor, event.data["to"]) == (owner.actor, "meeting")
    written = there.writes
    sync()
    assert (there.writes, crm_conflicts.count("fake")) == (written, 0)


def test_a_value_that_changed_meanwhile_is_shown_again(torn: Any, lead: Any, owner: Any) -> None:
    Lead.objects.filter(pk=lead.pk).update(stage="proposal")
    with pytest.raises(SyncError, match="changed since"):
        crm_conflicts.settle(torn, "there", owner)
    torn.refresh_from_db()
    assert (torn.state, torn.here) == ("open", "proposal")


def test_a_dry_run_shows_what_waits_since_before(
    there: Any, torn: Any, lead: Any, sync: Any, owner: Any
) -> None:
    there.clock = lambda: timezone.now() + timedelta(hours=2)
    there.make("contact", email="later@price.example")
    sync()  # the next one reads nothing of the lead
    for city in ("", "Gdańsk"):  # nothing changed, or something else did
        Lead.objects.filter(pk=lead.pk).update(city=city or lead.city)
        run = sync(preview=True)
        (line,) = run.changes.filter(lead=lead, reason=crm_plan.ASKED)
        assert line.changes == {"stage": ["engaged", "meeting"]}
        assert run.counts["decide"] == 1
        assert crm_counts.by_code(run.changes.all())["decide"] == 1
    there.edit("contact", link_of(lead).remote_id, title="Boss")
    run = sync(preview=True)  # now it is read, and said once
    assert run.changes.filter(lead=lead, reason=crm_plan.ASKED).count() == 1
    assert run.counts["decide"] == 1
    Lead.objects.filter(pk=lead.pk).update(stage="meeting")
    run = sync(preview=True)
    assert not run.changes.filter(lead=lead, reason=crm_plan.ASKED).exists()
    assert "decide" not in run.counts
    torn.refresh_from_db()
    assert torn.state == "open"


def test_equal_again_is_no_question(there: Any, torn: Any, lead: Any, sync: Any) -> None:
    there.edit("contact", link_of(lead).remote_id, stage="engaged")
    sync()
    torn.refresh_from_db()
    assert torn.state == "moot"


def test_all_at_once(there: Any, torn: Any, owner: Any) -> None:
    assert crm_conflicts.settle_all("fake", "there", owner) == 1
    assert crm_conflicts.count("fake") == 0


def test_a_field_that_is_off_asks_nothing_any_more(
    torn: Any, sync: Any, crm_connection: Any
) -> None:
    crm_rules.save(crm_connection, {"contact": {"stage": "off"}})
    torn.refresh_from_db()
    assert torn.state == "moot"
    assert list(sync().changes.values("action", "kind", "changes", "reason")) == []


def test_the_table_of_rules(crm_connection: Any) -> None:
    rows = {(row.kind, row.code): row for row in crm_rules.table(crm_connection)}
    assert rows["contact", "stage"].rule == "ask"
    assert rows["contact", "opt_out"].fixed
    crm_rules.save(
        crm_connection,
        {"contact": {"city": "there", "opt_out": "off"}},
        {"contact": {"custom:colour": "favourite_colour"}},
    )
    rows = {(row.kind, row.code): row for row in crm_rules.table(crm_connection)}
    assert rows["contact", "city"].rule == "there"
    assert rows["contact", "opt_out"].rule == "newest"  # it cannot be set, and has no effect
    assert rows["contact", "custom:colour"].theirs == "favourite_colour"
    assert crm_connection.settings["full"]
    with pytest.raises(SyncError):
        crm_rules.save(crm_connection, {"contact": {"city": "maybe"}})
    with pytest.raises(SyncError, match="cannot be one"):
        crm_rules.save(crm_connection, {}, {"contact": {"custom:a": "x", "custom:b": "x"}})


def test_a_field_of_theirs_gets_their_value_again(
    there: Any, sync: Any, lead: Any, owner: Any, crm_connection: Any
) -> None:
    option(crm_connection, rules={"contact": {"city": "there"}})
    sync()
    editing.edit_lead(lead, {"city": "Berlin"}, owner)
    sync()
    lead.refresh_from_db()
    assert lead.city == "Poznań"


def test_undo_puts_back_what_came_in_and_asks(
    there: Any, sync: Any, lead: Any, owner: Any, run_queue: Any
) -> None:
    sync()
    remote = link_of(lead).remote_id
    there.edit("contact", remote, city="Gdańsk", title="Boss", opt_out="yes")
    there.make("contact", email="new@price.example", first_name="New")
    worked = there.make("contact", email="worked@price.example", first_name="Worked")
    company = there.make("company", name="Lonely Ltd")
    there.make("deal", title="Roof", links={"contact": [link_of(lead).remote_id]})
    run = sync()
    lead.refresh_from_db()
    editing.edit_lead(lead, {"title": "Director"}, owner)
    busy = Lead.objects.get(first_name="Worked")
    thread.record(lead=busy, kind="call.logged", actor=owner.actor, body="Spoke")
    assert crm_undo.can(run) == ""
    crm_undo.start(run, owner)
    run_queue()
    run.refresh_from_db()
    lead.refresh_from_db()
    assert run.state == "undone"
    assert (lead.city, lead.title) == ("Poznań", "Director")
    assert suppression.is_suppressed(lead, "email")
    assert Lead.objects.get(first_name="New").archived_at == run.undone_at
    assert Lead.objects.get(first_name="Worked").archived_at is None
    assert not Company.objects.filter(name="Lonely Ltd").exists()
    assert not Deal.objects.exists()
    kept = {line.label: line.reason for line in run.changes.filter(state="kept")}
    assert kept["Worked"] == "There was a call"
    (question,) = crm_conflicts.open("fake")
    assert (question.field, question.here, question.there) == ("city", "Poznań", "Gdańsk")
    written = there.writes
    after = sync()
    assert Lead.objects.get(first_name="New").archived_at
    assert there.all("contact")[remote]["city"] == "Gdańsk"
    assert there.all("contact")[worked]
    assert there.all("company")[company]
    assert there.writes == written + 1  # the call; who opted out is not told about any more
    assert [line.action for line in after.changes.all()] == ["skip", "log_there"]
    assert "nothing to take back" in crm_undo.can(run)


def test_only_the_last_pull_is_taken_back(there: Any, sync: Any, lead: Any) -> None:
    there.make("contact", email="new@price.example")
    first = sync()
    there.make("contact", email="newer@price.example")
    sync()
    assert "later sync" in crm_undo.can(first)


def test_told_by_them_only_those_are_read(
    there: Any, sync: Any, lead: Any, run_queue: Any, make_lead: Any
) -> None:
    sync()
    remote = link_of(lead).remote_id
    there.edit("contact", remote, city="Gdańsk")
    make_lead(email="other@price.example", lawful_basis="consent")
    crm_sync.touch("fake", ACCOUNT, "contact", [remote])
    run_queue()
    lead.refresh_from_db()
    assert lead.city == "Gdańsk"
    assert len(there.all("contact")) == 1  # the other one waits for a whole sync
    there.purge("contact", remote)
    crm_sync.touch("fake", ACCOUNT, "contact", [remote])
    run_queue()
    assert link_of(lead).state == "gone"
    history = crm_sync.history("fake")
    runs = SyncRun.objects.count()
    crm_sync.touch("fake", ACCOUNT, "contact", [remote])
    run_queue()
    assert (crm_sync.history("fake"), SyncRun.objects.count()) == (history, runs)


def test_told_before_the_first_sync_nothing_comes_in(
    there: Any, crm_connection: Any, run_queue: Any
) -> None:
    one = there.make("contact", email="new@price.example")
    crm_sync.touch("fake", ACCOUNT, "contact", [one])
    crm_sync.touch("fake", "another account", "contact", [one])
    run_queue()
    assert not Lead.objects.exists()


def test_told_while_a_sync_runs_waits_for_its_end(
    there: Any, sync: Any, lead: Any, owner: Any, run_queue: Any
) -> None:
    sync()
    remote = link_of(lead).remote_id
    running = crm_sync.start("fake", owner)
    for _ in range(2):
        crm_clock.touched("fake", ACCOUNT, "contact", [remote])
    assert SyncRun.objects.filter(state="stopped").count() == 1
    assert crm_sync.history("fake")[0] == running
    there.edit("contact", remote, city="Gdańsk")
    run_queue()
    lead.refresh_from_db()
    assert lead.city == "Gdańsk"
    assert not SyncRun.objects.filter(state="stopped").exists()  # it began by itself


def test_erasure_leaves_no_value_in_what_the_sync_keeps(there: Any, torn: Any, lead: Any) -> None:
    there.turn(refused={lead.email: "no"})
    crm_links.forget(lead.pk)
    link = link_of(lead)
    assert (link.base, link.remote_id != "") == ({}, True)
    for run in SyncRun.objects.all():
        for line in run.changes.filter(lead=lead):
            assert (line.changes, line.label) == ({}, "Erased")
    assert not SyncConflict.objects.exists()
    assert crm_links.export(lead.pk)["other_systems"]
    assert RemoteLink.objects.exists()


def test_an_opt_out_here_is_told_at_once(
    there: Any, sync: Any, lead: Any, run_queue: Any, make_lead: Any
) -> None:
    sync()
    other = make_lead(email="other@price.example", lawful_basis="consent")
    for one in (lead, other):
        suppression.suppress(
            address=one.email, reason="opted_out", source="Stop link", actor="lead", lead=one
        )
    run_queue()
    (contact,) = there.all("contact").values()
    assert (contact["email"], contact["opt_out"]) == (lead.email, "yes")
    runs = SyncRun.objects.count()
    there.edit("contact", link_of(lead).remote_id, opt_out="yes")
    sync()
    run_queue()
    assert SyncRun.objects.count() == runs + 1


def test_a_run_that_was_overtaken_does_not_go_on(
    there: Any, sync: Any, lead: Any, run_queue: Any
) -> None:
    there.faults.append(CrmError("All calls of the day are used.", permanent=False, wait=7200))
    stopped = sync()
    assert stopped.state == "stopped"
    sync()
    assert crm_clock.look_after(timezone.now() + timedelta(hours=3)) == 0
    stopped.refresh_from_db()
    assert (stopped.state, "again_at" in stopped.cursor) == ("stopped", False)


def test_what_a_person_paused_stays_paused(
    there: Any, sync: Any, lead: Any, run_queue: Any
) -> None:
    there.faults.append(CrmError("All calls of the day are used.", permanent=False, wait=7200))
    run = sync()
    later = timezone.now() + timedelta(hours=3)
    assert crm_clock.look_after(later) == 1
    run.refresh_from_db()
    assert crm_sync.pause(run)
    run_queue()
    run.refresh_from_db()
    assert run.state == "stopped"
    assert crm_clock.look_after(later) == 0


def test_an_erased_person_s_deal_stays_there(there: Any, sync: Any, lead: Any, owner: Any) -> None:
    Deal.objects.create(lead=lead, title="Cold rooms", value=5)
    sync()
    Lead.objects.filter(pk=lead.pk).update(erased_at=timezone.now(), email=None, phone="")
    sync()
    assert not there.all("contact")
    assert there.all("deal")

"""Syncs from start to end against the practice CRM."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from leads import thread
from leads.crm.base import CrmError, Page, Record
from leads.crm.fake import FakeCrm
from leads.models import (
    Company,
    Deal,
    DuplicatePair,
    Lead,
    RemoteLink,
    SyncChange,
    SyncConflict,
    SyncRun,
)
from leads.services import crm_clock, crm_rules, crm_sync, editing, suppression
from leads.services.crm_accounts import SyncError
from leads.tests.crm import link_of, option

pytestmark = pytest.mark.django_db


def test_what_is_there_comes_in_with_basis_and_owner(there: Any, sync: Any, owner: Any) -> None:
    company = there.make("company", name="Horák s.r.o.", domain="horak.example", city="Brno")
    there.make(
        "contact",
        first_name="Milan",
        last_name="Horák",
        email="M.Horak@horak.example",
        links={"company": [company]},
    )
    run = sync()
    assert (run.state, run.error) == ("done", "")
    lead = Lead.objects.get(email="m.horak@horak.example")
    assert (lead.owner, lead.source, lead.lawful_basis) == (
        owner,
        "Practice CRM",
        "legitimate_interest",
    )
    assert lead.company == Company.objects.get(domain="horak.example")
    assert run.counts["in"] == 2
    assert link_of(lead).state == "linked"
    assert [event.kind for event in lead.events.all()] == ["lead.pulled"]


def test_ours_go_out_once_with_company_and_deal(there: Any, sync: Any, lead: Any) -> None:
    deal = Deal.objects.create(lead=lead, owner=lead.owner, title="Cold rooms", value=1200)
    run = sync()
    assert (run.state, run.counts["out"]) == ("done", 3)
    (contact,) = there.all("contact").values()
    assert contact["email"] == lead.email
    assert contact["owner"] == lead.owner.email
    (one,) = there.all("deal").values()
    assert (one["title"], one["value"]) == (deal.title, "1200.00")
    contact_id = link_of(lead).remote_id
    company_id = next(iter(there.all("company")))
    assert there.links_of("contact", contact_id) == {"company": [company_id]}
    deal_id = next(iter(there.all("deal")))
    assert there.links_of("deal", deal_id)["contact"] == [contact_id]


def test_ten_cycles_without_a_change_write_nothing(there: Any, sync: Any, lead: Any) -> None:
    there.make("contact", first_name="Ines", email="ines@duarte.example", phone="+351 21 555 0142")
    there.make("company", name="Duarte Lda", domain="duarte.example")
    Deal.objects.create(lead=lead, title="Cold rooms", value=1200)
    sync()
    written = there.writes
    links = list(RemoteLink.objects.values("pk", "base", "remote_id"))
    for _ in range(10):
        run = sync()
        assert run.state == "done"
        assert not list(run.changes.values("action", "kind", "changes", "reason"))
    assert there.writes == written
    assert list(RemoteLink.objects.values("pk", "base", "remote_id")) == links


def test_each_side_sends_only_what_changed(there: Any, sync: Any, lead: Any, owner: Any) -> None:
    sync()
    remote = link_of(lead).remote_id
    editing.edit_lead(lead, {"title": "Head of Production"}, owner)
    there.edit("contact", remote, city="Gdańsk")
    run = sync()
    lead.refresh_from_db()
    assert lead.city == "Gdańsk"
    assert there.all("contact")[remote]["title"] == "Head of Production"
    kinds = {(line.action, tuple(line.changes)) for line in run.changes.all()}
    assert kinds == {("update_here", ("city",)), ("update_there", ("title",))}
    changed = lead.events.filter(kind="lead.changed").order_by("-pk").first()
    assert changed.actor == "crm:fake"


def test_newest_edit_wins_and_stage_asks(there: Any, sync: Any, lead: Any, owner: Any) -> None:
    sync()
    remote = link_of(lead).remote_id
    editing.edit_lead(lead, {"title": "Ours"}, owner)
    there.edit("contact", remote, title="Theirs", stage="meeting", by="Ada")
    Lead.objects.filter(pk=lead.pk).update(stage="engaged")
    run = sync()
    lead.refresh_from_db()
    assert lead.title == "Theirs"
    assert lead.stage == "engaged"
    (conflict,) = SyncConflict.objects.filter(state="open")
    assert (conflict.field, conflict.here, conflict.there) == ("stage", "engaged", "meeting")
    assert conflict.there_by == "Ada"
    assert run.counts["decide"] == 1
    assert sync().counts["decide"] == 1  # asked once, and nothing was sent
    assert there.all("contact")[remote]["stage"] == "meeting"


def test_an_opt_out_holds_on_both_sides(there: Any, sync: Any, lead: Any, make_lead: Any) -> None:
    other = make_lead(email="owen@price.example", lawful_basis="consent")
    sync()
    there.edit("contact", link_of(lead).remote_id, opt_out="yes")
    suppression.suppress(
        address=other.email, reason="opted_out", source="Stop link", actor="lead", channel="all"
    )
    Lead.objects.filter(pk=other.pk).update(first_name="Secret")
    run = sync()
    assert suppression.is_suppressed(lead, "email")
    assert there.all("contact")[link_of(other).remote_id]["opt_out"] == "yes"
    assert "Secret" not in str(there.all("contact"))
    assert {line.action for line in run.changes.all()} == {"suppress", "update_there"}
    there.edit("contact", link_of(other).remote_id, opt_out="")
    sync()
    assert there.all("contact")[link_of(other).remote_id]["opt_out"] == "yes"


@pytest.mark.parametrize("why", ["suppressed", "archived", "no basis", "no address", "erased"])
def test_who_never_leaves(why: str, there: Any, sync: Any, lead: Any) -> None:
    if why == "suppressed":
        suppression.suppress(
            address=lead.email, reason="opted_out", source="x", actor="lead", channel="email"
        )
    now = "2026-11-20T00:00Z"
    change = {
        "suppressed": {},
        "archived": {"archived_at": now},
        "no basis": {"lawful_basis": ""},
        "no address": {"email": None, "phone": ""},
        "erased": {"erased_at": now},
    }[why]
    Lead.objects.filter(pk=lead.pk).update(**{"city": "Poznań", **change})
    run = sync()
    assert run.state == "done"
    assert not there.all("contact")
    assert not there.all("company")


def test_erased_here_is_erased_there_and_not_brought_back(
    there: Any, sync: Any, lead: Any, crm_connection: Any
) -> None:
    sync()
    address = lead.email
    suppression.suppress(address=address, reason="erased", source="x", actor="system")
    Lead.objects.filter(pk=lead.pk).update(erased_at="2026-11-20T00:00Z", email=None, phone="")
    sync()
    assert not there.all("contact")
    assert link_of(lead).state == "gone"
    there.make("contact", email=address, first_name="Back")
    run = sync()
    assert not Lead.objects.filter(first_name="Back").exists()
    assert run.changes.get().reason.startswith("Erased here")


def test_deleted_there_stays_here_and_is_not_pushed_again(there: Any, sync: Any, lead: Any) -> None:
    sync()
    there.delete("contact", link_of(lead).remote_id)
    run = sync()
    assert link_of(lead).state == "gone"
    assert [line.action for line in run.changes.all()] == ["unlink"]
    assert not there.all("contact")
    lead.refresh_from_db()
    assert lead.is_open
    assert list(sync().changes.values("action", "kind", "changes", "reason")) == []


def test_merged_there_moves_the_link_and_pairs_two_leads(
    there: Any, sync: Any, lead: Any, make_lead: Any
) -> None:
    other = make_lead(email="owen@price.example", lawful_basis="consent", first_name="Owen")
    sync()
    first, second = link_of(lead).remote_id, link_of(other).remote_id
    there.merge("contact", first, second)
    sync()
    assert link_of(lead).remote_id == first
    assert link_of(other).state == "cut"
    pair = DuplicatePair.objects.get()
    assert {pair.first_id, pair.second_id} == {lead.pk, other.pk}
    new = there.make("contact", email="new@price.example")
    there.merge("contact", new, first)
    sync()
    assert link_of(lead).remote_id == new
    assert list(sync().changes.values("action", "kind", "changes", "reason")) == []


def test_known_by_address_they_become_one(there: Any, sync: Any, lead: Any) -> None:
    there.make("contact", email=lead.email.upper(), phone="", language="pl")
    sync()
    lead.refresh_from_db()
    assert Lead.objects.count() == 1
    assert lead.language == "pl"
    (contact,) = there.all("contact").values()
    assert contact["phone"] == lead.phone


def test_a_dry_run_changes_nothing_and_says_the_same_as_the_sync(
    there: Any, sync: Any, lead: Any, make_lead: Any
) -> None:
    there.make("contact", email=lead.email, title="Boss", phone="")
    contact = there.make("contact", email="ines@duarte.example", first_name="Ines")
    there.make("deal", title="Roof", value="100", links={"contact": [contact]})
    make_lead(email="owen@price.example", lawful_basis="consent")
    before = there.writes, list(Lead.objects.order_by("pk").values())
    run = sync(preview=True)
    assert run.state == "planned"
    assert (there.writes, list(Lead.objects.order_by("pk").values())) == before
    assert not RemoteLink.objects.exists()
    assert not SyncConflict.objects.exists()
    seen = crm_sync.diff(run)
    assert {line.action for line in seen} == {
        *("create_here", "create_there", "link", "update_here", "update_there")
    }
    done = sync()
    assert done.counts.get("differs", 0) == 0, crm_sync._lines(run) ^ crm_sync._lines(done)
    there.make("contact", email="late@duarte.example")
    sync(preview=True)
    there.make("contact", email="later@duarte.example")
    assert sync().counts["differs"] == 1


def test_refusals_are_told_for_each_row(there: Any, sync: Any, lead: Any, make_lead: Any) -> None:
    make_lead(email="owen@price.example", lawful_basis="consent")
    there.turn(refused={lead.email: "A rule there wants a city."})
    run = sync()
    assert run.state == "done"
    line = run.changes.get(state="failed")
    assert line.reason == "A rule there wants a city."
    assert (run.counts["failed"], run.counts["out"]) == (1, 2)
    again = sync(user=None)
    assert again.changes.get().state == "failed"  # said again, not tried again
    there.turn(refused={})
    assert sync().counts["out"] == 1


def test_what_may_work_later_is_tried_again_in_the_same_sync(
    there: Any, sync: Any, make_lead: Any
) -> None:
    for number in range(10):
        make_lead(email=f"p{number}@price.example", lawful_basis="consent")
    there.turn(stumble_every=3, busy_every=4)
    run = sync()
    assert (run.state, run.counts["out"], run.counts.get("failed", 0)) == ("done", 10, 0)
    assert len(there.all("contact")) == 10


def test_a_long_limit_pauses_and_goes_on_by_itself(
    there: Any, sync: Any, lead: Any, run_queue: Any
) -> None:
    there.faults.append(CrmError("All calls of the day are used.", permanent=False, wait=7200))
    run = sync()
    assert (run.state, run.error) == ("stopped", "All calls of the day are used.")
    assert crm_clock.look_after() == 0
    crm_clock.look_after(timezone.now() + timedelta(hours=3))
    run_queue()
    run.refresh_from_db()
    assert run.state == "done"


def test_a_withdrawn_token_needs_a_person(there: Any, sync: Any, crm_connection: Any) -> None:
    there.faults.append(CrmError("The token was withdrawn. Connect again.", permanent=True))
    run = sync()
    assert (run.state, run.error) == ("failed", "The token was withdrawn. Connect again.")
    crm_connection.refresh_from_db()
    assert crm_connection.state == "broken"
    with pytest.raises(SyncError, match="withdrawn"):
        sync()


def test_choices_are_required_before_the_first_sync(crm_connection: Any, sync: Any) -> None:
    option(crm_connection, basis="")
    with pytest.raises(SyncError) as caught:
        sync()
    assert caught.value.field == "basis"


def test_one_sync_at_a_time(crm_connection: Any, owner: Any) -> None:
    crm_sync.start("fake", owner)
    with pytest.raises(SyncError, match="runs already"):
        crm_sync.start("fake", owner)


def test_pause_and_go_on(there: Any, crm_connection: Any, owner: Any, run_queue: Any) -> None:
    there.make("contact", email="ines@duarte.example")
    run = crm_sync.start("fake", owner)
    assert crm_sync.pause(run)
    run_queue()
    run.refresh_from_db()
    assert run.state == "stopped"
    assert crm_sync.go_on(run, owner)
    run_queue()
    run.refresh_from_db()
    assert run.state == "done"
    assert Lead.objects.count() == 1


def test_activities_go_out_once_and_never_of_the_suppressed(
    there: Any, sync: Any, lead: Any, make_lead: Any
) -> None:
    other = make_lead(email="owen@price.example", lawful_basis="consent")
    thread.record(lead=lead, kind="call.logged", actor="user:1", body="Too early.")
    sync()
    for one in (lead, other):
        thread.record(
            lead=one,
            kind="reply.received",
            actor="lead",
            body="Call me",
            channel="email",
            direction="in",
            data={"subject": "Re: hi"},
        )
    thread.record(lead=lead, kind="touch.sent", actor="user:1", body="Hi", channel="sms")
    suppression.suppress(address=other.email, reason="opted_out", source="x", actor="lead")
    run = sync()
    (mail,) = there.all("email").values()
    assert (mail["text"], mail["subject"], mail["direction"]) == ("Call me", "Re: hi", "in")
    assert not there.all("call")
    (message,) = there.all("communication").values()
    assert message["channel"] == "sms"
    contact = there.links_of("email", next(iter(there.all("email"))))["contact"]
    assert contact == [link_of(lead).remote_id]
    assert run.changes.filter(action="log_there", state="done").count() == 2
    assert not sync().changes.filter(action="log_there").exists()


def test_own_fields_are_mapped(there: Any, sync: Any, lead: Any, crm_connection: Any) -> None:
    mapping = {"contact": {"custom:colour": "favourite_colour"}}
    crm_rules.save(crm_connection, {}, mapping)
    Lead.objects.filter(pk=lead.pk).update(custom={"colour": "red"})
    sync()
    remote = link_of(lead).remote_id
    assert there.all("contact")[remote]["favourite_colour"] == "red"
    there.edit("contact", remote, favourite_colour="blue")
    sync()
    lead.refresh_from_db()
    assert lead.custom == {"colour": "blue"}


def test_values_they_do_not_keep_do_not_come_back_and_forth(
    there: Any, sync: Any, lead: Any, owner: Any, crm_connection: Any
) -> None:
    there.turn(lossy=["title"])
    option(crm_connection, rules={"contact": {"title": "here"}})
    sync()
    lead.refresh_from_db()
    written = there.writes
    for _ in range(3):
        sync()
    lead.refresh_from_db()
    assert lead.title == "Operations Director"
    assert there.writes - written <= 1


def test_a_stale_search_index_does_not_bring_old_values_back(
    there: Any, sync: Any, lead: Any, owner: Any, monkeypatch: Any
) -> None:
    sync()
    editing.edit_lead(lead, {"title": "New"}, owner)
    sync()
    link = link_of(lead)
    old = {**there.all("contact")[link.remote_id], "title": "Operations Director"}
    record = Record("contact", link.remote_id, old, link.remote_at - timedelta(seconds=1))

    def changed(adapter: Any, kind: str, since: Any, cursor: Any) -> Page:
        return Page([record] if kind == "contact" else [], None)

    monkeypatch.setattr(FakeCrm, "changed", changed)
    sync()
    lead.refresh_from_db()
    assert lead.title == "New"


def test_history_and_tally(there: Any, sync: Any, lead: Any) -> None:
    run = sync()
    assert crm_sync.latest("fake") == run
    assert crm_sync.history("fake") == [run]
    assert crm_sync.tally(run) == {"create_there": 2}
    assert SyncChange.objects.count() == 2
    assert SyncRun.objects.count() == 1

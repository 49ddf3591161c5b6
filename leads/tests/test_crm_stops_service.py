"""An opt-out or an erasure holds for the person, whatever tie a record of theirs has."""

from typing import Any

import pytest

from leads.crm.fake import FakeCrm
from leads.models import Lead, SyncChange, SyncConflict
from leads.services import crm_clock, crm_undo, lifecycle, merging, suppression
from leads.tests.crm import link_of, option
from salesagent.lib import privacy

pytestmark = pytest.mark.django_db
NEW = "new.address@elsewhere.example"
BASIS = {"lawful_basis": "legitimate_interest", "basis_source": "Fair"}


@pytest.fixture
def bea(make_lead: Any, lead: Lead) -> Lead:
    found: Lead = make_lead(
        lead.owner, first_name="Bea", last_name="Bee", email="bea@bee.example", **BASIS
    )
    return found


def off(lead: Lead, channel: str = "email") -> bool:
    return suppression.is_suppressed(Lead.objects.get(pk=lead.pk), channel)


def stop(lead: Lead, channel: str = "all", reason: str = "opted_out") -> None:
    suppression.suppress(
        address=lead.email or "", channel=channel, reason=reason, source="", actor="lead", lead=lead
    )


def erase(lead: Lead) -> None:
    """As the person's page does it: every holder, then the row."""
    for holder in privacy.HOLDERS.values():
        holder.erase(lead.pk)
    blank = {"first_name": "", "last_name": "", "title": "", "phone": "", "linkedin_url": ""}
    rows = Lead.objects.filter(pk=lead.pk)
    rows.update(erased_at="2026-11-20T00:00Z", email=None, company_name="", city="", **blank)


# an address that becomes another one
@pytest.mark.parametrize("reason", ["opted_out", "complaint", "manual"])
def test_an_address_changed_there_does_not_end_an_opt_out(
    there: Any, sync: Any, lead: Lead, reason: str
) -> None:
    sync()
    stop(lead, reason=reason)
    sync()
    record = link_of(lead).remote_id
    there.edit("contact", record, email=NEW)
    there.turn(skew=1200)
    sync()
    assert Lead.objects.get(pk=lead.pk).email == NEW
    assert off(lead)
    Lead.objects.filter(pk=lead.pk).update(title="Not for them")
    sync()
    assert there.all("contact")[record]["title"] != "Not for them"


def test_an_opt_out_they_know_of_is_put_on_the_list_again(
    there: Any, sync: Any, lead: Lead
) -> None:
    sync()
    stop(lead, channel="email")
    sync()
    there.turn(skew=1200)
    there.make("contact", first_name="Other", email="other@one.example")
    sync()  # from here on their record is not read again
    Lead.objects.filter(pk=lead.pk).update(email=NEW)  # past every service
    run = sync()
    assert off(lead)
    (line,) = run.changes.filter(kind="contact", action="suppress")
    assert (line.state, line.changes) == ("done", {"opt_out": ["", "yes"]})


# records that are left out
def test_the_opt_out_of_a_second_record_counts(there: Any, sync: Any, lead: Lead) -> None:
    sync()
    there.make("contact", first_name=lead.first_name, email=lead.email, opt_out="yes")
    dry = sync(preview=True)
    assert dry.changes.filter(action="suppress").count() == 1 and not off(lead)
    run = sync()
    assert off(lead)
    actions = [one.action for one in run.changes.order_by("pk")]
    assert actions == ["skip", "suppress", "update_there"]  # the first record is told


def test_of_two_new_records_of_one_person_either_opt_out_counts(there: Any, sync: Any) -> None:
    there.make("contact", first_name="A", email="a@b.example")
    there.make("contact", first_name="A", email="a@b.example", opt_out="yes")
    sync()
    assert off(Lead.objects.get(email="a@b.example"))


def test_a_second_address_of_somebody_who_opted_out_is_stopped_too(
    there: Any, sync: Any, lead: Lead, crm_connection: Any
) -> None:
    option(crm_connection, rules={"contact": {"email": "here"}})
    sync()
    there.edit("contact", link_of(lead).remote_id, email=NEW, opt_out="yes")
    sync()
    assert off(lead) and suppression.find(NEW)


def test_a_bounce_does_not_hide_an_opt_out(there: Any, sync: Any, lead: Lead) -> None:
    sync()
    stop(lead, "email", "hard_bounce")
    there.edit("contact", link_of(lead).remote_id, opt_out="yes")
    sync()
    assert [row.reason for row in suppression.find(lead.email or "")] == ["opted_out"]


def test_without_mail_and_phone_the_profile_is_stopped(there: Any, sync: Any) -> None:
    profile = "https://www.linkedin.com/in/lin-ked"
    there.make("contact", first_name="Lin", linkedin_url=profile, opt_out="yes")
    sync()
    lead = Lead.objects.get()
    assert suppression.channels_off([lead]) == {lead.pk: {"all"}}


def test_nothing_is_called_done_that_was_not(there: Any, sync: Any, lead: Lead) -> None:
    sync()
    Lead.objects.filter(pk=lead.pk).update(email=None, phone="", linkedin_url="")
    values = {"email": "", "phone": "", "linkedin_url": "", "opt_out": "yes"}
    there.edit("contact", link_of(lead).remote_id, **values)
    run = sync()
    assert not run.changes.filter(action="suppress").exists()
    assert run.changes.filter(state="failed", reason__startswith="There is no address").exists()


# ties that are cut
def test_an_opt_out_on_the_second_record_of_a_merged_person_counts(
    there: Any, sync: Any, lead: Lead, bea: Lead, owner: Any
) -> None:
    sync()
    second = link_of(bea).remote_id
    merging.merge(lead, bea, {"email": "gone"}, owner)
    sync()
    there.edit("contact", second, opt_out="yes")
    sync()
    assert link_of(bea).state == "cut"
    assert off(lead)


def test_an_opt_out_here_is_told_to_the_second_record_once(
    there: Any, sync: Any, lead: Lead, bea: Lead, owner: Any
) -> None:
    sync()
    second = link_of(bea).remote_id
    merging.merge(lead, bea, {}, owner)
    sync()
    stop(lead)
    run = sync()
    assert there.all("contact")[second]["opt_out"] == "yes"
    assert there.all("contact")[second]["email"] == "bea@bee.example"
    assert not run.changes.exclude(state="done").exists()
    written = there.writes
    again = sync()
    assert (again.counts.get("out"), there.writes) == (None, written)


def test_it_is_told_at_once_too(
    there: Any, sync: Any, lead: Lead, bea: Lead, owner: Any, run_queue: Any
) -> None:
    sync()
    second = link_of(bea).remote_id
    merging.merge(lead, bea, {}, owner)
    sync()
    stop(lead)
    event = lead.events.filter(kind="lead.suppressed").order_by("pk").last()
    assert event and crm_clock.tell_opt_out(event.pk) == 1
    run_queue()
    assert there.all("contact")[second]["opt_out"] == "yes"


def test_an_opt_out_reaches_whoever_a_sync_had_brought_and_an_undo_withdrew(
    there: Any, sync: Any, owner: Any, run_queue: Any
) -> None:
    record = there.make("contact", first_name="Good", last_name="One", email="good@one.example")
    crm_undo.start(sync(), owner)
    run_queue()
    lead = Lead.objects.get()
    assert lifecycle.restore(lead, owner)
    there.edit("contact", record, opt_out="yes")
    sync()
    assert off(lead)


def test_a_record_merged_into_another_there_is_told_through_that_one(
    there: Any, sync: Any, lead: Lead, bea: Lead
) -> None:
    sync()
    keeper = link_of(lead).remote_id
    there.merge("contact", keeper, link_of(bea).remote_id)
    sync()
    assert link_of(bea).state == "cut"
    stop(bea)
    sync()
    assert there.all("contact")[keeper]["opt_out"] == "yes"
    sync()
    assert off(lead)  # one record there, so one person


def test_erased_here_is_erased_there_over_every_tie_and_once(
    there: Any, sync: Any, lead: Lead, bea: Lead, owner: Any
) -> None:
    sync()
    merging.merge(lead, bea, {}, owner)
    sync()
    erase(lead)
    run = sync()
    assert there.all("contact") == {}
    assert run.changes.filter(action="suppress", state="done").count() == 2
    assert not sync().changes.exists()


# while a batch is on the wire
def test_who_is_erased_while_a_batch_is_on_the_wire_leaves_nothing_here(
    there: Any, sync: Any, lead: Lead, monkeypatch: Any
) -> None:
    sync()
    Lead.objects.filter(pk=lead.pk).update(title="Changed title")
    real = FakeCrm.write

    def write(self: FakeCrm, kind: Any, writes: Any) -> Any:
        answer = real(self, kind, writes)
        if kind == "contact" and Lead.objects.filter(pk=lead.pk, erased_at=None).exists():
            erase(lead)
        return answer

    monkeypatch.setattr(FakeCrm, "write", write)
    sync()
    assert link_of(lead).base == {} and link_of(lead).pushed_hash == ""
    sync()
    assert there.all("contact") == {}


def test_who_is_erased_while_they_are_made_there_is_erased_there(
    there: Any, sync: Any, lead: Lead, monkeypatch: Any
) -> None:
    real = FakeCrm.write

    def write(self: FakeCrm, kind: Any, writes: Any) -> Any:
        answer = real(self, kind, writes)
        if kind == "contact" and Lead.objects.filter(pk=lead.pk, erased_at=None).exists():
            erase(lead)
        return answer

    monkeypatch.setattr(FakeCrm, "write", write)
    sync()
    assert link_of(lead).base == {}
    sync()
    assert there.all("contact") == {}


# merged here, and owners
def test_a_change_of_the_second_record_does_not_reach_the_hidden_lead(
    there: Any, sync: Any, lead: Lead, bea: Lead, owner: Any
) -> None:
    sync()
    record = link_of(bea).remote_id
    merging.merge(lead, bea, {}, owner)
    there.edit("contact", record, city="Hidden city", stage="meeting")
    dry = sync(preview=True)
    assert not dry.changes.filter(lead=bea).exists()
    sync()
    bea.refresh_from_db()
    lead.refresh_from_db()
    assert "Hidden city" not in (bea.city, lead.city) and bea.stage == "new"


def test_the_only_record_of_a_merged_person_goes_on_with_the_keeper(
    there: Any, sync: Any, lead: Lead, bea: Lead, owner: Any, crm_connection: Any
) -> None:
    option(crm_connection, push="linked")
    record = there.make("contact", first_name="Bea", last_name="Bee", email="bea@bee.example")
    sync()
    merging.merge(lead, bea, {}, owner)
    there.edit("contact", record, street="Main 1")
    dry = sync(preview=True)
    assert dry.changes.filter(lead=lead, action="update_here").exists()
    sync()
    assert Lead.objects.get(pk=lead.pk).street == "Main 1"


def test_a_lead_that_would_go_to_another_team_is_asked_about(
    there: Any, sync: Any, lead: Lead, stranger: Any, rep: Any
) -> None:
    sync()
    record = link_of(lead).remote_id
    there.edit("contact", record, owner=stranger.email, city="Gdynia")
    run = sync()
    lead.refresh_from_db()
    assert (lead.owner, lead.city) == (rep, "Gdynia")
    (asked,) = SyncConflict.objects.filter(state="open")
    assert (asked.field, asked.here, asked.there) == ("owner", rep.email, stranger.email)
    assert asked.there_by == "Ada" and run.counts["decide"] == 1
    there.edit("contact", record, title="Head")
    sync()
    assert SyncConflict.objects.filter(state="open").count() == 1
    assert SyncChange.objects.filter(action="update_there", changes__has_key="owner").count() == 0


def test_within_the_team_the_new_owner_is_taken_and_shown(
    there: Any, sync: Any, lead: Lead, rep: Any, django_user_model: Any
) -> None:
    mate = django_user_model.objects.create(email="mate@acme.example", name="Mate", team=rep.team)
    sync()
    there.edit("contact", link_of(lead).remote_id, owner=mate.email)
    sync()
    lead.refresh_from_db()
    assert lead.owner == mate
    assert lead.events.filter(kind="lead.assigned").exists()

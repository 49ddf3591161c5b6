"""The pages of a sync, as the owner, a manager and a rep use them."""

import json

import pytest
from django.urls import reverse

from leads.crm import fake
from leads.models import Lead, RemoteLink, SyncChange, SyncConflict, SyncRun
from leads.services import crm_accounts, crm_connect, crm_sync
from salesagent.accounts import connections
from salesagent.accounts.models import AuditEntry, Connection

State = SyncRun.State
CHOICES = {
    "basis": "legitimate_interest",
    "basis_source": "Our contacts",
    "owner": "0",
    "push": "all",
    "schedule": "nightly",
}


def at(name, *args):
    return reverse(f"leads:{name}", args=["fake", *args])


def text_of(answer):
    return " ".join(answer.content.decode().split())


@pytest.fixture
def as_owner(owner, as_user):
    return as_user(owner)


@pytest.fixture
def twins(there, lead, sync):
    """Marta stands in both, and the first sync is done."""
    number = there.make("contact", first_name="Marta", last_name="Kowalczyk", email=lead.email)
    sync()
    return number


# choices
def test_nothing_starts_before_the_owner_chose(there, as_owner, owner):
    connections.save("fake", account="fake-1", secret={})
    page = text_of(as_owner.get(at("crm")))
    assert "Before the first sync." in page and "Sync now" not in page
    answer = as_owner.post(at("crm_start"))
    assert answer.url == at("crm_choices") and not SyncRun.objects.exists()


def test_nothing_is_chosen_beforehand(there, as_owner):
    connections.save("fake", account="fake-1", secret={})
    form = as_owner.get(at("crm_choices")).context["form"]
    assert form["basis"].value() is None and form["push"].value() is None
    assert form["owner"].value() is None
    answer = as_owner.post(at("crm_choices"), {})
    assert answer.status_code == 422
    assert set(answer.context["form"].errors) == set(CHOICES)


def test_choices_are_kept(there, as_owner):
    row = connections.save("fake", account="fake-1", secret={}, settings={"rules": {"x": 1}})
    assert as_owner.post(at("crm_choices"), CHOICES).url == at("crm")
    row.refresh_from_db()
    assert row.settings["owner"] == 0 and row.settings["schedule"] == "nightly"
    assert row.settings["rules"] == {"x": 1}
    crm_accounts.check_ready(row)
    page = text_of(as_owner.get(at("crm")))
    assert "a manager hands them out" in page and "Each night" in page


# dry run and sync
def test_a_dry_run_is_a_diff_that_a_person_reads(there, crm_connection, as_owner, run_queue, lead):
    there.make("contact", first_name="Ada", last_name="Lund", email="ada@lund.example")
    answer = as_owner.post(at("crm_start"), {"preview": "1"})
    run = SyncRun.objects.get()
    assert answer.url == at("crm_run", run.pk) and run.state == State.PLANNING
    assert "Waits for its turn" in text_of(as_owner.get(answer.url))
    run_queue()
    page = text_of(as_owner.get(answer.url))
    assert "What would change. Nothing was written yet." in page
    assert "ada@lund.example" in page and "New here" in page and "Marta Kowalczyk" in page
    assert Lead.objects.count() == 1 and there.count("contact") == 1
    only = text_of(as_owner.get(f"{answer.url}?show=create_here"))
    assert "Ada Lund" in only and "Marta Kowalczyk" not in only
    as_owner.post(at("crm_start"))
    run_queue()
    assert Lead.objects.filter(email="ada@lund.example").exists()
    assert there.count("contact") == 2


def test_a_long_diff_comes_in_pages(there, crm_connection, as_owner, sync):
    for number in range(120):
        there.make("contact", last_name=f"Person {number:03}", email=f"p{number}@x.example")
    run = sync(preview=True)
    seen, url = [], at("crm_run", run.pk)
    for _ in range(9):
        context = as_owner.get(url).context
        seen += [row.who for row in context["rows"]]
        if context["next"] is None:
            break
        url = at("crm_run", run.pk) + f"?after={context['next']}"
    assert len(seen) == len(set(seen)) == 120
    assert as_owner.get(at("crm_run", run.pk) + "?after=x").status_code == 404
    assert as_owner.get(at("crm_run", run.pk) + "?show=<b>").context["show"] == ""


def test_a_diff_asks_no_more_for_more_rows(
    there, crm_connection, as_owner, sync, django_assert_max_num_queries
):
    for number in range(60):
        there.make("contact", last_name=f"P{number}", email=f"p{number}@x.example", title="Boss")
    run = sync(preview=True)
    with django_assert_max_num_queries(14):
        as_owner.get(at("crm_run", run.pk))


def test_a_running_sync_shows_how_far_it_is(there, crm_connection, as_owner, owner, run_queue):
    run = crm_sync.start("fake", owner)
    page = text_of(as_owner.get(at("crm")))
    assert "Pause" in page and at("crm_start") not in page and at("crm_live", run.pk) in page
    part = as_owner.get(at("crm_live", run.pk))
    assert part.status_code == 200 and "data-job" in part.content.decode()
    assert as_owner.post(at("crm_start"), follow=True).status_code == 200
    assert SyncRun.objects.count() == 1
    as_owner.post(at("crm_pause", run.pk))
    run_queue()
    run.refresh_from_db()
    assert run.state == State.STOPPED
    ended = as_owner.get(at("crm_live", run.pk))
    assert ended.status_code == 286 and ended["HX-Refresh"] == "true"
    assert "goes on where it was" in text_of(as_owner.get(at("crm")))
    as_owner.post(at("crm_start"))
    run_queue()
    run.refresh_from_db()
    assert run.state == State.DONE and SyncRun.objects.count() == 1


# conflicts
@pytest.fixture
def conflict(twins, there, lead, sync):
    lead.refresh_from_db()
    Lead.objects.filter(pk=lead.pk).update(stage="engaged")
    there.edit("contact", twins, by="Tom Ashby", stage="lost")
    sync()
    return SyncConflict.objects.get()


def test_a_conflict_stands_side_by_side(conflict, as_owner):
    page = text_of(as_owner.get(at("crm")))
    assert "Marta Kowalczyk" in page and "Engaged" in page and "Tom Ashby" in page
    assert "You decide" in page and "Keep choice" in page


@pytest.mark.parametrize(("choice", "stage"), [("here", "engaged"), ("there", "lost")])
def test_keep_choice(conflict, as_owner, lead, twins, there, run_queue, choice, stage):
    answer = as_owner.post(at("crm_settle", conflict.pk), {"choice": choice}, follow=True)
    assert f"Kept: {stage.capitalize()}" in text_of(answer)
    run_queue()
    lead.refresh_from_db()
    assert lead.stage == stage and there.all("contact")[twins]["stage"] == stage
    again = as_owner.post(at("crm_settle", conflict.pk), {"choice": choice}, follow=True)
    assert "decided before" in text_of(again)


def test_a_choice_needs_a_side(conflict, as_owner):
    answer = as_owner.post(at("crm_settle", conflict.pk), {"choice": "both"}, follow=True)
    assert "Choose one of the two values first." in text_of(answer)
    conflict.refresh_from_db()
    assert conflict.state == "open"


def test_an_opt_out_is_a_settled_row(there, twins, sync, as_owner):
    there.edit("contact", twins, opt_out="yes")
    sync()
    page = text_of(as_owner.get(at("crm")))
    assert "An opt-out always wins" in page and "Settled" in page


def test_what_failed_says_why(there, crm_connection, lead, sync, as_owner):
    there.turn(refused={lead.email: "Their rule: a phone number is needed."})
    sync()
    page = text_of(as_owner.get(at("crm")))
    assert "Could not be done" in page and "Their rule: a phone number is needed." in page


# who sees what
def test_a_manager_sees_the_team_only_and_changes_nothing(
    conflict, there, sync, as_user, manager, other_manager, rep
):
    there.make("contact", first_name="Ada", last_name="Lund", email="ada@lund.example")
    run = sync(preview=True)
    page = text_of(as_user(manager).get(at("crm")))
    assert "Marta Kowalczyk" in page and 'name="choice"' not in page
    assert "Marta Kowalczyk" not in text_of(as_user(other_manager).get(at("crm")))
    page = text_of(as_user(manager).get(at("crm_run", run.pk)))
    assert "ada@lund.example" not in page and "rows of your team" in page
    posts = ("crm_start", "crm_check", "crm_off", "crm_choices")
    for name in posts:
        assert as_user(manager).post(at(name)).status_code == 404
    answer = as_user(manager).post(at("crm_fields", "contact"), {"rule.title": "here"})
    assert answer.status_code == 404
    settle = as_user(manager).post(at("crm_settle", conflict.pk), {"choice": "here"})
    assert settle.status_code == 404
    assert as_user(rep).get(at("crm")).status_code == 404


def test_nothing_from_there_is_markup(there, crm_connection, sync, as_owner):
    there.make("contact", last_name="<script>alert(1)</script>", email="a@x.example", title="<b>x")
    run = sync(preview=True)
    page = as_owner.get(at("crm_run", run.pk)).content.decode()
    assert "<script>alert" not in page and "<b>x" not in page and "&lt;script&gt;" in page


# fields
def test_the_field_table(crm_connection, as_owner):
    page = text_of(as_owner.get(at("crm_fields", "contact")))
    assert "An opt-out always wins" in page and "As usual: Job title" in page
    data = {"rule.title": "here", "theirs.title": "favourite_colour"}
    assert as_owner.post(at("crm_fields", "contact"), data).status_code == 302
    crm_connection.refresh_from_db()
    assert crm_connection.settings["rules"]["contact"]["title"] == "here"
    assert crm_connection.settings["mapping"]["contact"] == {"title": "favourite_colour"}
    assert as_owner.get(at("crm_fields", "note")).status_code == 404


def test_own_fields_come_and_go(crm_connection, as_owner):
    url = at("crm_fields", "contact")
    as_owner.post(url, {"own.name": "Colour", "own.theirs": "favourite_colour"})
    crm_connection.refresh_from_db()
    assert crm_connection.settings["mapping"]["contact"] == {"custom:Colour": "favourite_colour"}
    twice = as_owner.post(url, {"own.name": "Colour", "own.theirs": "title"})
    assert twice.status_code == 422 and "in the table already" in text_of(twice)
    as_owner.post(url, {"theirs.custom:Colour": ""})
    crm_connection.refresh_from_db()
    assert crm_connection.settings["mapping"]["contact"] == {}
    alone = as_owner.post(url, {"own.name": "Colour"})
    assert "Choose which field there" in text_of(alone)


def test_the_other_kinds_keep_their_rules(crm_connection, as_owner):
    as_owner.post(at("crm_fields", "company"), {"rule.phone": "there"})
    as_owner.post(at("crm_fields", "deal"), {"rule.value": "here"})
    crm_connection.refresh_from_db()
    rules = crm_connection.settings["rules"]
    assert rules["company"]["phone"] == "there" and rules["deal"]["value"] == "here"


@pytest.mark.parametrize("data", [{"rule.title": "mine"}, {"theirs.title": "no_such_field"}])
def test_a_made_up_rule_is_refused(crm_connection, as_owner, data):
    assert as_owner.post(at("crm_fields", "contact"), data).status_code == 422
    crm_connection.refresh_from_db()
    assert "rules" not in crm_connection.settings


def test_the_table_stands_when_they_do_not_answer(crm_connection, there, as_owner):
    there.faults.append(fake.CrmError("It is down.", permanent=False))
    page = text_of(as_owner.get(at("crm_fields", "deal")))
    assert "It is down." in page and "Newest edit wins" in page


# undo
def test_taking_back(there, crm_connection, sync, as_owner, run_queue):
    there.make("contact", first_name="Ada", last_name="Lund", email="ada@lund.example")
    run = sync()
    assert "Take back" in text_of(as_owner.get(at("crm_run", run.pk)))
    assert "What somebody changed since stays" in text_of(as_owner.get(at("crm_undo", run.pk)))
    assert as_owner.post(at("crm_undo", run.pk)).url == at("crm_run", run.pk)
    run_queue()
    assert Lead.objects.get(email="ada@lund.example").archived_at is not None
    page = text_of(as_owner.get(at("crm_run", run.pk)))
    assert "Taken back" in page and "Take back what" not in page
    assert "nothing to take back" in text_of(as_owner.get(at("crm_undo", run.pk)))


def test_the_history(there, crm_connection, sync, as_owner):
    runs = [sync(preview=True).pk for _ in range(3)]
    page = as_owner.get(at("crm_history")).content.decode()
    assert all(at("crm_run", pk) in page for pk in runs)
    assert page.count("Waits for you") == 1 and page.count("Looked at") == 2
    assert "Sync now" not in text_of(as_owner.get(at("crm_run", runs[0])))
    assert "Sync now" in text_of(as_owner.get(at("crm_run", runs[2])))


# connecting
def test_the_practice_system_is_there_in_the_demo_only(there, as_owner, settings):
    settings.DEMO = False
    assert as_owner.get(at("crm")).status_code == 404
    settings.DEMO, settings.ROOT_URLCONF = True, "salesagent.tests.demo_urls"
    assert as_owner.get(at("crm")).url == at("crm_connect")
    assert as_owner.post(at("crm_connect")).url == at("crm_choices")
    assert connections.active("fake").settings["name"] == "Practice account"


def test_disconnect_keeps_who_is_whom(twins, crm_connection, as_owner):
    assert "nothing is doubled" in text_of(as_owner.get(at("crm_off")))
    as_owner.post(at("crm_off"))
    crm_connection.refresh_from_db()
    assert crm_connection.state == Connection.State.OFF and not crm_connection.secret
    assert RemoteLink.objects.filter(kind="contact").count() == 1
    assert crm_connection.settings["push"] == "all"
    assert AuditEntry.objects.filter(action="crm.disconnected").exists()


def test_check_says_what_is_wrong_and_keeps_it(there, crm_connection, as_owner):
    there.faults.append(fake.CrmError("The token was withdrawn. Connect again.", permanent=True))
    answer = as_owner.post(at("crm_check"), follow=True)
    assert "The token was withdrawn." in text_of(answer)
    crm_connection.refresh_from_db()
    assert crm_connection.state == Connection.State.BROKEN
    assert "Practice CRM needs you." in text_of(as_owner.get(reverse("settings:connections")))
    as_owner.post(at("crm_check"))
    crm_connection.refresh_from_db()
    assert crm_connection.state == Connection.State.ON


def test_check_all_looks_at_crms_too(there, crm_connection, as_owner, run_queue):
    there.faults.append(fake.CrmError("It is down.", permanent=False))
    as_owner.post(reverse("settings:check_connections"))
    run_queue()
    assert "It is down." in text_of(as_owner.get(reverse("settings:connections")))
    crm_connect.check_all()
    assert "It is down." not in text_of(as_owner.get(reverse("settings:connections")))


def test_a_sign_in_of_another_account_is_not_taken_for_this_one(there, crm_connection, as_owner):
    Connection.objects.filter(pk=crm_connection.pk).update(account="fake-2")
    answer = as_owner.post(at("crm_check"), follow=True)
    assert "another account" in text_of(answer)


def test_changes_are_named_in_words(there, lead, rep):
    from leads import crm_page

    words = crm_page.Words("hubspot")
    assert words.value("contact", "stage", "engaged") == "Engaged"
    assert words.value("contact", "owner", rep.email.upper()) == rep.name
    assert words.value("deal", "expected_close", "2026-12-01") == "1 Dec 2026"
    assert words.value("deal", "expected_close", "soon") == "soon"
    assert words.value("contact", "opt_out", "") == "May be written to"
    assert words.field("contact", "custom:Budget") == "Budget"
    assert words.action("create_there") == ("New in HubSpot", "ok")
    odd = SyncChange(action="update_here", changes={"title": "no pair"}, kind="contact")
    assert crm_page.rows([odd], words)[0].fields == []


def test_what_is_stored_never_shows(there, as_owner):
    connections.save("hubspot", account="1", secret={"token": "pat-very-secret-token"})
    for name in ("crm", "crm_connect"):
        page = as_owner.get(reverse(f"leads:{name}", args=["hubspot"])).content.decode()
        assert "pat-very-secret" not in page
    assert "pat-very" not in json.dumps(list(AuditEntry.objects.values("data", "target")))


def test_crm_connect_names_its_practice_world(there, owner):
    row = crm_connect.practice(owner, "default")
    assert row.account == "fake-1" and row.settings["base_url"] == "default"


def test_an_address_that_somebody_else_took_is_told(
    there, twins, lead, sync, crm_connection, as_owner, make_lead, rep
):
    crm_accounts.set_options(crm_connection, rules={"contact": {"email": "ask"}})
    Lead.objects.filter(pk=lead.pk).update(email="marta@polna.example")
    there.edit("contact", twins, by="Tom Ashby", email="m.k@polna.example")
    sync()
    conflict = SyncConflict.objects.get()
    mia = make_lead(rep, first_name="Mia", email="m.k@polna.example")
    answer = as_owner.post(at("crm_settle", conflict.pk), {"choice": "there"}, follow=True)
    assert f'<a href="/leads/{mia.pk}/">Mia has m.k@polna.example here.' in text_of(answer)
    conflict.refresh_from_db()
    lead.refresh_from_db()
    assert conflict.state == "open" and lead.email == "marta@polna.example"


def test_the_lead_says_where_else_it_stands(there, twins, lead, sync, as_owner):
    url = reverse("leads:detail", args=[lead.pk])
    page = text_of(as_owner.get(url))
    assert "In other systems" in page and "In both" in page
    there.delete("contact", twins)
    sync()
    assert "Deleted there. The lead stays here" in text_of(as_owner.get(url))


@pytest.mark.parametrize(
    ("url", "shown"),
    [("https://app.hubspot.com/contacts/9", True), ("javascript:alert(1)//", False), ("", False)],
)
def test_a_record_opens_where_it_is(lead, as_owner, url, shown):
    connections.save("hubspot", account="9", secret={}, settings={"url": url})
    RemoteLink.objects.create(
        provider="hubspot", account="9", kind="contact", remote_id="51", lead=lead, error="No name"
    )
    page = text_of(as_owner.get(reverse("leads:detail", args=[lead.pk])))
    assert ("https://app.hubspot.com/contacts/9/record/0-1/51" in page) is shown
    assert "javascript:alert" not in page and "No name" in page

"""Disconnecting a CRM and connecting it again: the same account, or another one."""

import pytest
from django.urls import reverse

from leads.connections import cards
from leads.crm import fake
from leads.models import Lead, RemoteLink, SyncConflict
from leads.services import crm_conflicts, crm_sync
from leads.tests.crm import option
from salesagent.accounts import connections


def at(name, *args, provider="fake"):
    return reverse(f"leads:{name}", args=[provider, *args])


def text_of(answer):
    return " ".join(answer.content.decode().split())


@pytest.fixture
def as_owner(owner, as_user, settings, tmp_path):
    settings.DATA_DIR = str(tmp_path)
    return as_user(owner)


@pytest.fixture
def again(as_owner, settings):
    """Connect it as in the demo; the page after it."""

    def work():
        settings.DEMO = True
        answer = as_owner.post(at("crm_connect"))
        settings.DEMO = False
        return text_of(as_owner.get(answer.url))

    return work


def test_the_same_people_stand_there_again(there, lead, sync, as_owner, again):
    option(connections.active("fake"), base_url="default")
    ada = there.make("contact", last_name="Lund", email="ada@lund.example")
    sync()
    as_owner.post(at("crm_off"))
    assert "2 contacts from before are recognised." in again()
    links = list(RemoteLink.objects.order_by("pk").values_list("remote_id", "state"))
    for preview in (True, False):
        run = sync(preview=preview)
        assert not run.changes.exists(), list(run.changes.values())
    there.edit("contact", ada, city="Lund")
    sync()
    assert Lead.objects.get(last_name="Lund").city == "Lund"
    assert Lead.objects.count() == 2 and there.count("contact") == 2
    assert links == list(RemoteLink.objects.order_by("pk").values_list("remote_id", "state"))


def test_the_first_practice_account_is_a_file_that_all_processes_see(db, again, tmp_path):
    again()
    row = connections.active("fake")
    assert row.settings["base_url"].startswith(str(tmp_path))
    fake.forget_worlds()


@pytest.mark.parametrize("demo", [True, False])
def test_it_stands_among_the_connections_in_the_demo_only(db, owner, settings, demo):
    settings.DEMO = demo
    found = [card for card in cards(owner) if card.title == "Practice CRM"]
    assert [(card.state, card.url) for card in found] == ([("off", at("crm"))] if demo else [])


def test_another_account_reuses_nothing_and_says_so(
    there, lead, sync, as_owner, again, monkeypatch
):
    """As HubSpot's portal and Salesforce's organisation: the number is another one."""
    sync()
    link = RemoteLink.objects.get(kind="contact")
    SyncConflict.objects.create(link=link, field="stage", here="new", there="won")
    assert crm_conflicts.count("fake") == 1
    connections.note(connections.active("fake").pk, settings=CHOSEN, ends_at=None)
    as_owner.post(at("crm_off"))
    other = fake.Account(id="fake-2", name="Other account")
    monkeypatch.setattr(fake.FakeCrm, "account", lambda self: other)
    assert "It is another account than Practice account" in again()
    assert (crm_conflicts.count("fake"), crm_sync.linked_count("fake")) == (0, 0)
    row = connections.active("fake")
    assert row.account == "fake-2" and "push" not in row.settings


CHOSEN = {"name": "Practice account", "base_url": "default"}

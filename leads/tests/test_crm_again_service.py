"""Who caused a change that goes out by itself, and a sync that is started in its way."""

import pytest
from django.urls import reverse

from leads import crm_page
from leads.models import Lead, SyncConflict, SyncRun
from leads.services import crm_clock, crm_conflicts, crm_sync, suppression
from leads.tests.crm import ACCOUNT, link_of


@pytest.fixture
def torn(there, sync, lead):
    sync()
    there.edit("contact", link_of(lead).remote_id, stage="meeting")
    Lead.objects.filter(pk=lead.pk).update(stage="engaged")
    sync()
    return SyncConflict.objects.get(state="open")


def told():
    return crm_page.told(SyncRun.objects.latest("pk"))


def test_a_choice_is_said_to_be_somebodys(torn, owner, run_queue):
    crm_conflicts.settle(torn, "here", owner)
    run_queue()
    assert told().who == f"a choice of {owner.get_short_name()}"
    assert told().title == "Change here, told there"


def test_an_opt_out_is_said_to_be_one(there, sync, lead, owner, run_queue):
    sync()
    suppression.suppress(
        address=lead.email,
        channel="email",
        reason="opted_out",
        source="x",
        actor=owner.actor,
        lead=lead,
    )
    run_queue()
    assert told().who == f"an opt-out here, by {owner.get_short_name()}"
    assert there.all("contact")[link_of(lead).remote_id]["opt_out"] == "yes"


def test_what_they_tell_of_is_theirs(torn, there, run_queue):
    number = torn.link.remote_id
    there.edit("contact", number, city="Porto")
    crm_sync.touch("fake", ACCOUNT, "contact", [number])
    run_queue()
    assert told().who == "Practice CRM, which told of it"


@pytest.mark.parametrize("preview", [False, True])
def test_a_sync_right_after_a_choice_begins_by_itself(preview, torn, owner, as_user, run_queue):
    crm_conflicts.settle(torn, "here", owner)
    crm_clock.touched("fake", ACCOUNT, "contact", [torn.link.remote_id], "a choice")
    data = {"preview": "1"} if preview else {}
    url = reverse("leads:crm_start", args=["fake"])
    page = as_user(owner).post(url, data, follow=True).content.decode()
    assert crm_sync.BEHIND in page and crm_sync.IN_THE_WAY not in page
    if not preview:
        as_user(owner).post(url, follow=True)
        assert crm_sync.whole("fake").filter(state="stopped").count() == 1
    run_queue()
    run = SyncRun.objects.filter(user=owner).latest("pk")
    assert (run.state, run.preview, run.error) == ("planned" if preview else "done", preview, "")


def test_two_whole_syncs_are_still_in_each_others_way(torn, owner, as_user):
    crm_sync.start("fake", owner)
    url = reverse("leads:crm_start", args=["fake"])
    page = as_user(owner).post(url, {"preview": "1"}, follow=True).content.decode()
    assert crm_sync.IN_THE_WAY in page
    assert SyncRun.objects.filter(preview=True).count() == 0

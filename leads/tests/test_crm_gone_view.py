"""Records that were deleted there, and two records there that are one lead here."""

import pytest
from django.urls import reverse

from leads.models import Lead, RemoteLink, SyncConflict
from leads.services import crm_counts, crm_gone, merging
from leads.tests.crm import link_of


def at(name, *args):
    return reverse(f"leads:{name}", args=["fake", *args])


def text_of(answer):
    return " ".join(answer.content.decode().split())


@pytest.fixture
def lost(there, sync, lead):
    """Deleted there, with an open question about it."""
    sync()
    link = link_of(lead)
    SyncConflict.objects.create(link=link, field="stage", here="new", there="won")
    there.delete("contact", link.remote_id)
    sync()
    return link_of(lead)


def test_a_deleted_record_asks_nothing_but_this(lost, owner, as_user, sync):
    page = as_user(owner).get(at("crm"))
    assert page.context["questions"] == [] and page.context["failures"] == []
    text = text_of(page)
    assert "Deleted in Practice CRM" in text and "Make it anew there" in text
    assert not sync().changes.filter(action__in=["create_there", "update_there"]).exists()


def test_it_is_made_anew_at_once(lost, owner, as_user, there, run_queue, lead, sync):
    answer = as_user(owner).post(at("crm_gone", lost.pk), {"choice": "again"}, follow=True)
    assert "1 record made anew, in a moment." in text_of(answer)
    run_queue()
    new = link_of(lead)
    assert (new.state, new.remote_id != lost.remote_id) == ("linked", True)
    assert there.all("contact")[new.remote_id]["email"] == lead.email
    assert "Deleted in Practice CRM" not in text_of(as_user(owner).get(at("crm")))
    assert not sync().changes.exists()


def test_it_is_left_here_only(lost, owner, as_user, there, sync):
    client = as_user(owner)
    client.post(at("crm_gone_all"), {"choice": "leave"})
    assert "Make it anew there" not in text_of(client.get(at("crm")))
    assert not sync().changes.exists() and there.count("contact") == 0


def test_who_may_not_leave_is_not_made_anew(lost, owner, as_user, there, run_queue, lead):
    Lead.objects.filter(pk=lead.pk).update(lawful_basis="")
    answer = as_user(owner).post(at("crm_gone", lost.pk), {"choice": "again"}, follow=True)
    assert "No lawful basis is recorded" in text_of(answer)
    run_queue()
    assert there.count("contact") == 0 and RemoteLink.objects.filter(pk=lost.pk).exists()


def test_a_write_that_finds_it_deleted_is_no_failure(there, sync, lead, owner, as_user):
    """As HubSpot and Salesforce answer to a write, when no list said before that it is gone."""
    sync()
    there.purge("contact", link_of(lead).remote_id)
    Lead.objects.filter(pk=lead.pk).update(title="Boss")
    run = sync()
    assert crm_counts.by_code(run.changes.all()) == {"unlink": 1}
    assert run.counts.get("failed", 0) == 0 and link_of(lead).state == "gone"
    page = as_user(owner).get(at("crm"))
    assert page.context["failures"] == [] and len(page.context["deleted"]) == 1


@pytest.fixture
def doubled(there, sync, lead, make_lead, owner):
    """Two leads that both stand there are one here."""
    other = make_lead(email="marta@old.example", lawful_basis="consent", last_name="Kowalczyk")
    sync()
    second = link_of(other)
    merging.merge(lead, other, {}, owner)
    return second


def test_two_records_there_are_named_until_they_are_one(doubled, there, sync, lead, owner, as_user):
    for preview in (True, False, True, False):
        run = sync(preview=preview)
        (line,) = run.changes.filter(reason__startswith="Two contacts in Practice CRM")
        assert (line.lead, line.state) == (lead, "planned" if preview else "done")
    page = text_of(as_user(owner).get(reverse("leads:detail", args=[lead.pk])))
    assert "Two contacts in Practice CRM are now one lead here: merge them there." in page
    there.merge("contact", link_of(lead).remote_id, doubled.remote_id)
    sync()
    assert not sync().changes.exists()
    page = text_of(as_user(owner).get(reverse("leads:detail", args=[lead.pk])))
    assert "Two contacts in" not in page


def test_the_second_record_does_not_play_ping_pong(doubled, there, sync, lead):
    sync()
    written, city = there.writes, Lead.objects.get(pk=lead.pk).city
    for number in range(3):
        there.edit("contact", doubled.remote_id, city=f"Town {number}", title=f"Title {number}")
        run = sync()
        assert {one.reason for one in run.changes.all()} == {
            crm_gone.TWO.format(there="Practice CRM")
        }
    assert there.writes == written
    assert Lead.objects.get(pk=lead.pk).city == city

"""Bulk actions: on chosen rows or the whole view, never beyond what the user sees."""

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.messages import get_messages
from django.test import Client
from django.urls import reverse

from leads import tasks
from leads.models import Lead, ThreadEvent
from leads.services import bulk
from salesagent.accounts.models import AuditEntry
from salesagent.lib.models import Job

BULK = reverse("leads:bulk")
Make = Callable[..., Lead]
AsUser = Callable[[Any], Client]


def post(client: Client, action: str, **data: Any) -> str:
    """Post and give back the line that the person reads."""
    response = client.post(BULK, {"action": action, **data})
    assert response.status_code == 302
    return str(list(get_messages(response.wsgi_request))[-1])


@pytest.fixture
def three(make_lead: Make, rep: Any) -> list[Lead]:
    return [make_lead(rep, first_name=f"L{n}", score=n) for n in range(3)]


def test_owner_goes_to_a_mate(three: list[Lead], rep: Any, mate: Any, as_user: AsUser) -> None:
    ids = [three[0].pk, three[1].pk]
    said = post(as_user(rep), "owner", ids=ids, to_owner=mate.pk)
    assert said == "2 leads handed over."
    assert set(Lead.objects.filter(owner=mate).values_list("pk", flat=True)) == set(ids)
    events = ThreadEvent.objects.filter(kind="lead.assigned")
    assert [event.data for event in events] == [{"from": rep.pk, "to": mate.pk}] * 2
    assert {event.actor for event in events} == {rep.actor}
    assert AuditEntry.objects.get(action="leads.bulk_owner").data == {"rows": 2}


def test_only_managers_leave_leads_to_nobody(
    three: list[Lead], rep: Any, manager: Any, as_user: AsUser
) -> None:
    data = {"ids": three[0].pk, "to_owner": "none"}
    assert post(as_user(rep), "owner", **data) == "Choose who gets the leads."
    assert post(as_user(manager), "owner", **data) == "1 lead handed over."
    assert Lead.objects.get(pk=three[0].pk).owner is None


def test_nobody_hands_leads_to_a_stranger(
    three: list[Lead], rep: Any, stranger: Any, as_user: AsUser
) -> None:
    said = post(as_user(rep), "owner", ids=three[0].pk, to_owner=stranger.pk)
    assert said == "Choose who gets the leads."
    assert Lead.objects.get(pk=three[0].pk).owner == rep


def test_tags_are_put_on_and_taken_off_and_found(
    three: list[Lead], rep: Any, as_user: AsUser
) -> None:
    client, ids = as_user(rep), [lead.pk for lead in three]
    assert post(client, "tag", ids=ids, to_tag=" Trade  Fair, 2026 ") == "3 leads tagged."
    lead = Lead.objects.get(pk=ids[0])
    assert lead.tags == ["trade fair 2026"]
    assert "trade fair 2026" in lead.search_text
    said = post(client, "tag", ids=ids, to_tag="trade fair 2026")
    assert said == "Nothing to change: all of them already were so."
    assert post(client, "untag", ids=ids[:1], to_untag="trade fair 2026") == "1 lead lost the tag."
    assert Lead.objects.get(pk=ids[0]).tags == []
    assert post(client, "tag", ids=ids, to_tag=" , ") == "Write a tag."


def test_stage_moves_with_a_line_and_a_reaction_each(
    three: list[Lead], rep: Any, as_user: AsUser
) -> None:
    Lead.objects.filter(pk=three[2].pk).update(stage="meeting")
    ids = [lead.pk for lead in three]
    said = post(as_user(rep), "stage", ids=ids, to_stage="meeting")
    assert said == "2 leads moved to the stage. 1 already were."
    events = ThreadEvent.objects.filter(kind="lead.stage_changed")
    assert [event.data for event in events] == [{"from": "new", "to": "meeting"}] * 2
    assert post(as_user(rep), "stage", ids=ids, to_stage="best") == "Choose a stage."


def test_archive_and_bring_back(three: list[Lead], rep: Any, as_user: AsUser) -> None:
    ids = [lead.pk for lead in three[:2]]
    client = as_user(rep)
    assert post(client, "archive", ids=ids) == "2 leads archived."
    assert Lead.objects.filter(archived_at=None).get().pk == three[2].pk
    assert post(client, "restore", ids=ids) == "2 leads back in the list."
    kinds = ThreadEvent.objects.filter(lead=ids[0]).values_list("kind", flat=True)
    assert list(kinds) == ["lead.archived", "lead.restored"]


@pytest.mark.parametrize("who", ["mate", "stranger", "other_manager"])
def test_leads_of_others_stay_as_they_are(
    three: list[Lead], request: Any, as_user: AsUser, who: str
) -> None:
    client = as_user(request.getfixturevalue(who))
    ids = [lead.pk for lead in three]
    for data in ({"ids": ids}, {"all": "1", "query": "view=all"}):
        assert post(client, "archive", **data) == "Choose at least one lead first."
    assert not Lead.objects.exclude(archived_at=None).exists()


def test_the_whole_view_is_the_filter_not_the_page(
    make_lead: Make, rep: Any, mate: Any, as_user: AsUser
) -> None:
    Lead.objects.bulk_create(
        Lead(owner=rep if n % 2 else mate, first_name=f"L{n}", score=n) for n in range(90)
    )
    said = post(as_user(rep), "tag", all="1", query="view=all&score=20", to_tag="x", ids=[1])
    assert said == "35 leads tagged."
    tagged = [lead for lead in Lead.objects.all() if lead.tags]
    assert {lead.owner_id for lead in tagged} == {rep.pk}
    assert min(lead.score for lead in tagged) == 21


def test_nothing_chosen_and_nothing_known(three: list[Lead], rep: Any, as_user: AsUser) -> None:
    client = as_user(rep)
    assert post(client, "archive") == "Choose at least one lead first."
    assert post(client, "archive", ids=["x", "-1", "9" * 30]) == "Choose at least one lead first."
    assert post(client, "explode", ids=three[0].pk) == "Choose what to do."
    assert client.get(BULK).status_code == 405


def test_it_goes_back_to_the_view_and_nowhere_else(
    three: list[Lead], rep: Any, as_user: AsUser
) -> None:
    client = as_user(rep)
    data = {"action": "archive", "ids": three[0].pk}
    assert client.post(BULK, {**data, "next": "/leads/?view=hot"}).url == "/leads/?view=hot"
    assert client.post(BULK, {**data, "next": "https://evil.example/"}).url == "/leads/"
    assert client.post(BULK, {**data, "next": "//evil.example/"}).url == "/leads/"


def test_many_leads_become_a_job_that_does_the_same(
    three: list[Lead], rep: Any, mate: Any, as_user: AsUser, monkeypatch: Any, run_queue: Any
) -> None:
    monkeypatch.setattr(bulk, "AT_ONCE", 2)
    said = post(as_user(rep), "owner", all="1", query="view=all&q=L", to_owner=mate.pk)
    assert said == "3 leads will change in the background."
    assert not Lead.objects.filter(owner=mate).exists()
    assert "leads.tasks.bulk_change" in run_queue()
    assert Lead.objects.filter(owner=mate).count() == 3
    job = Job.objects.get()
    assert (job.state, job.done, job.total, job.owner) == ("done", 3, 3, rep)
    tasks.bulk_change(job.pk)  # a second run finds it done
    assert ThreadEvent.objects.filter(kind="lead.assigned").count() == 3


def test_a_job_acts_with_the_rights_its_owner_has_then(
    three: list[Lead], rep: Any, mate: Any, as_user: AsUser, monkeypatch: Any, run_queue: Any
) -> None:
    monkeypatch.setattr(bulk, "AT_ONCE", 0)
    post(as_user(rep), "tag", ids=[lead.pk for lead in three], to_tag="mine")
    Lead.objects.filter(pk=three[0].pk).update(owner=mate)
    run_queue()
    assert [lead.tags for lead in Lead.objects.order_by("pk")] == [[], ["mine"], ["mine"]]


@pytest.mark.parametrize("name", ["archive", "restore"])
@pytest.mark.parametrize(
    ("who", "status"),
    [
        ("rep", 302),
        ("mate", 404),
        ("stranger", 404),
        ("manager", 302),
        ("other_manager", 404),
        ("owner", 302),
    ],
)
def test_one_lead_is_archived_and_brought_back_by_who_sees_it(
    lead: Lead, request: Any, as_user: AsUser, name: str, who: str, status: int
) -> None:
    client = as_user(request.getfixturevalue(who))
    address = reverse(f"leads:{name}", args=[lead.pk])
    response = client.post(address)
    assert response.status_code == status
    lead.refresh_from_db()
    assert (lead.archived_at is not None) == (name == "archive" and status == 302)
    assert client.get(address).status_code == 405
    if status == 302:
        assert response.url == f"/leads/{lead.pk}/"

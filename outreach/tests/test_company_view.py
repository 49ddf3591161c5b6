"""Everybody at a company, everybody in a sequence: only those a user sees, and by whom."""

from typing import Any

import pytest
from django.urls import reverse

from leads.models import Lead
from outreach.models import Enrollment
from outreach.services import enrollment as enrollments


@pytest.fixture
def rows(workspace: Any, mailbox: Any, lead: Any, sequence: Any, rep: Any) -> list[Enrollment]:
    """The lead and two colleagues, all in the sequence."""
    people = [lead] + [
        Lead.objects.create(
            email=f"{n}@polna.example", owner=rep, company=lead.company, lawful_basis="consent"
        )
        for n in range(2)
    ]
    return [enrollments.enroll(one, sequence, user=rep) for one in people]


def states() -> list[str]:
    return list(Enrollment.objects.order_by("pk").values_list("state", flat=True))


def post(client: Any, name: str, pk: int) -> Any:
    return client.post(reverse(f"outreach:{name}", args=[pk]), follow=True)


def test_a_company_is_paused_resumed_and_stopped(as_user, rep, lead, rows):
    client = as_user(rep)
    assert "3 people at Polna Bakeries paused." in post(client, "company_pause", lead.pk).text
    assert states() == ["paused"] * 3
    assert "3 people at Polna Bakeries resumed." in post(client, "company_resume", lead.pk).text
    assert states() == ["active"] * 3
    assert "stopped for good" in post(client, "company_stop", lead.pk).text
    assert states() == ["stopped"] * 3
    assert "Nobody there is in a sequence." in post(client, "company_stop", lead.pk).text


def test_it_works_although_answers_leave_colleagues_alone(as_user, rep, lead, rows, workspace):
    workspace.pause_company_on_reply = False
    workspace.save()
    post(as_user(rep), "company_pause", lead.pk)
    assert states() == ["paused"] * 3


def test_only_those_the_user_sees(as_user, rep, mate, lead, rows):
    Lead.objects.filter(pk=rows[2].lead_id).update(owner=mate)
    post(as_user(rep), "company_stop", lead.pk)
    assert states() == ["stopped", "stopped", "active"]


@pytest.mark.parametrize("name", ["company_pause", "company_resume", "company_stop"])
@pytest.mark.parametrize("who", ["mate", "stranger", "other_manager"])
def test_somebody_elses_lead_is_not_found(request, as_user, lead, rows, name, who):
    client = as_user(request.getfixturevalue(who))
    assert post(client, name, lead.pk).status_code == 404
    assert states() == ["active"] * 3


def test_the_lead_page_offers_it_when_there_are_colleagues(as_user, rep, lead, rows):
    page = as_user(rep).get(reverse("leads:detail", args=[lead.pk])).text
    assert "Everybody at Polna Bakeries" in page and "2 others there are in a sequence" in page
    for row in rows[1:]:
        enrollments.stop(row, reason="manual", actor="system")
    page = as_user(rep).get(reverse("leads:detail", args=[lead.pk])).text
    assert "Everybody at Polna Bakeries" not in page


def test_everybody_in_a_sequence_is_stopped_in_the_background(
    as_user, rep, sequence, rows, run_queue
):
    page = post(as_user(rep), "sequence_stop", sequence.pk).text
    assert "3 people are being stopped." in page and "Stop everybody" in page
    assert states() == ["active"] * 3
    assert "outreach.tasks.stop_everybody" in run_queue()
    assert states() == ["stopped"] * 3
    assert enrollments.stop_everybody(sequence, actor=rep.actor) == 0, "may run twice"
    assert "Nobody is in it now." in post(as_user(rep), "sequence_stop", sequence.pk).text


@pytest.mark.parametrize(("who", "code"), [("mate", 404), ("stranger", 404), ("manager", 200)])
def test_who_may_stop_a_sequence(request, as_user, sequence, rows, who, code):
    client = as_user(request.getfixturevalue(who))
    assert post(client, "sequence_stop", sequence.pk).status_code == code


@pytest.mark.parametrize("name", ["company_pause", "sequence_stop"])
def test_looking_changes_nothing(as_user, rep, lead, sequence, rows, name):
    pk = lead.pk if name == "company_pause" else sequence.pk
    assert as_user(rep).get(reverse(f"outreach:{name}", args=[pk])).status_code == 405

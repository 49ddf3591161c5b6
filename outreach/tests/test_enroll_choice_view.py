"""From the lead list into a sequence: choose leads there, the sequence here."""

from collections.abc import Callable
from typing import Any

from django.test import Client
from django.urls import reverse

from leads.models import Lead
from outreach.models import Enrollment, Sequence

ENROLL = reverse("outreach:enroll_bulk")
AsUser = Callable[[Any], Client]


def test_the_choice_of_leads_is_carried_along(
    lead: Lead, sequence: Sequence, mailbox: Any, workspace: Any, rep: Any, as_user: AsUser
) -> None:
    Sequence.objects.create(name="Not started", owner=rep)
    client = as_user(rep)
    page = client.post(ENROLL, {"ids": [lead.pk], "query": "view=hot"})
    text = page.content.decode()
    assert page.status_code == 200
    assert f'name="ids" value="{lead.pk}"' in text and 'name="query" value="view=hot"' in text
    assert sequence.name in text and "Not started" not in text
    done = client.post(ENROLL, {"ids": [lead.pk], "sequence": sequence.pk})
    assert done.url == reverse("outreach:sequence_people", args=[sequence.pk])
    assert Enrollment.objects.get().lead == lead


def test_the_whole_view_goes_in_by_its_filter(
    lead: Lead, sequence: Sequence, mailbox: Any, workspace: Any, rep: Any, as_user: AsUser
) -> None:
    Lead.objects.create(owner=rep, first_name="Other", trade="clinic", email="o@o.example")
    client = as_user(rep)
    data = {"all": "1", "query": "view=all&trade=bakery"}
    page = client.post(ENROLL, data)
    assert page.context["count"] == 1 and b'name="all" value="1"' in page.content
    client.post(ENROLL, {**data, "sequence": sequence.pk})
    assert [enrollment.lead for enrollment in Enrollment.objects.all()] == [lead]


def test_leads_of_others_cannot_be_chosen(
    lead: Lead, sequence: Sequence, stranger: Any, mate: Any, as_user: AsUser
) -> None:
    for user in (stranger, mate):
        for data in ({"ids": [lead.pk]}, {"all": "1", "query": "view=all"}):
            assert as_user(user).post(ENROLL, data).url == reverse("leads:list")
    as_user(mate).post(ENROLL, {"ids": [lead.pk], "sequence": sequence.pk})
    assert not Enrollment.objects.exists()


def test_without_a_running_sequence_the_page_says_so(lead: Lead, rep: Any, as_user: AsUser) -> None:
    page = as_user(rep).post(ENROLL, {"ids": [lead.pk]})
    assert b"No sequence runs yet" in page.content

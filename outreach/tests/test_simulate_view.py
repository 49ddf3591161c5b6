"""The dry run page: for those inside, for a filter, and for whoever may look at it."""

from typing import Any

import pytest
from django.urls import reverse

from leads.models import Lead
from outreach.models import Enrollment
from outreach.services import enrollment as enrollments


@pytest.fixture(autouse=True)
def _ready(workspace: Any, mailbox: Any) -> None:
    """A workspace and a mailbox to send from."""


def page(client: Any, sequence: Any, query: str = "") -> Any:
    return client.get(reverse("outreach:sequence_simulate", args=[sequence.pk]) + query)


def test_an_empty_sequence_says_that_nothing_would_go_out(as_user, rep, sequence, lead):
    text = page(as_user(rep), sequence).text
    assert "Nothing would go out" in text and "Marta" not in text


def test_those_inside_with_both_clocks(as_user, rep, sequence, lead):
    enrollments.enroll(lead, sequence, user=rep)
    text = page(as_user(rep), sequence).text
    assert "1 person, 5 touches" in text
    assert "Marta Kowalczyk" in text and "Their time" in text
    assert text.count("Touch 5") == 1


def test_a_filter_is_tried_without_adding_anybody(as_user, rep, sequence, lead):
    Lead.objects.create(email="x@x.example", owner=rep, country="PL", first_name="Nobasis")
    client = as_user(rep)
    assert "1 person, 5 touches" in page(client, sequence, "?country=PL&add=1").text
    assert "1 not added: without a lawful basis." in page(client, sequence, "?add=1").text
    assert "Nothing would go out" in page(client, sequence, "?country=DE&add=1").text
    assert not Enrollment.objects.exists()


def test_the_choice_of_people_leads_to_it(as_user, rep, sequence, lead):
    url = reverse("outreach:sequence_enroll", args=[sequence.pk])
    text = as_user(rep).get(url + "?country=PL").text
    assert "/simulate/?country=PL&amp;add=1" in text


def test_a_colleagues_lead_keeps_its_name(as_user, rep, mate, sequence, lead):
    enrollments.enroll(lead, sequence, user=rep)
    text = page(as_user(mate), sequence).text
    assert "Marta" not in text and "A colleague&#x27;s lead" not in text
    assert text.count("A colleague's lead") == 5


def test_a_stranger_finds_nothing(as_user, stranger, sequence):
    assert page(as_user(stranger), sequence).status_code == 404


def test_names_are_escaped(as_user, rep, sequence, lead):
    Lead.objects.filter(pk=lead.pk).update(first_name="<script>alert(1)</script>")
    lead.refresh_from_db()
    enrollments.enroll(lead, sequence, user=rep)
    text = page(as_user(rep), sequence).text
    assert "<script>alert" not in text and "&lt;script&gt;alert" in text


def test_queries_do_not_grow_with_the_people(as_user, rep, sequence, django_assert_num_queries):
    client = as_user(rep)
    page(client, sequence)
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    def add(number: int) -> None:
        lead = Lead.objects.create(email=f"{number}@x.example", owner=rep, lawful_basis="consent")
        enrollments.enroll(lead, sequence, user=rep)

    add(1)
    with CaptureQueriesContext(connection) as one:
        page(client, sequence)
    for number in range(2, 12):
        add(number)
    with django_assert_num_queries(len(one)):
        page(client, sequence)


def test_every_touch_as_a_file(as_user, rep, mate, sequence, lead):
    Lead.objects.filter(pk=lead.pk).update(first_name="=1+1")
    other = Lead.objects.create(
        email="o@o.example", owner=mate, first_name="Hidden", lawful_basis="consent"
    )
    for one in (lead, other):
        enrollments.enroll(one, sequence, user=rep)
    response = page(as_user(rep), sequence, "?csv=1")
    assert response["Content-Type"].startswith("text/csv")
    rows = response.text.splitlines()
    assert rows[0] == "Person,Touch,Name of the touch,Channel,UTC,Their time,Their zone"
    assert len(rows) > 6 and "Hidden" not in response.text
    assert any(row.startswith("'=1+1") for row in rows)


def test_it_says_what_was_held_back_and_what_follows_interest(
    as_user, rep, sequence, lead, workspace
):
    workspace.lead_touches_per_week = 1
    workspace.save()
    type(sequence).objects.update(adaptive=True)
    Lead.objects.filter(pk=lead.pk).update(score=90)
    enrollments.enroll(lead, sequence, user=rep)
    text = page(as_user(rep), sequence).text
    assert "by the limit for one person in seven days" in text
    assert "This sequence follows interest." in text and "Hot" in text

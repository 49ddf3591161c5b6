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

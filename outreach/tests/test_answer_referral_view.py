"""Whom an answer names, and the number that stands in it: one click to keep either."""

from typing import Any

import pytest
from django.urls import reverse

from leads.models import Lead
from outreach.models import Task
from outreach.services import answering, contacts
from outreach.tests.answering import answered, came, classed

pytestmark = pytest.mark.django_db
TEXT = "Por favor, fale com o João Costa, joao.costa@polna.example, ele trata disto."


@pytest.fixture(autouse=True)
def _ready(mailbox: Any, workspace: Any) -> None:
    """A mailbox to answer from."""


def test_a_referral_can_be_added_as_a_lead(lead: Any, rep: Any, as_user: Any) -> None:
    row = classed(came(lead, TEXT), "referral", language="pt")
    answering.draft_answer(row)
    answering.draft_answer(row)
    task = Task.objects.get(lead=lead, kind="contact")
    assert task.title == "Write to João Costa?"
    page = as_user(rep).get(reverse("outreach:today_task", args=[task.pk])).content.decode()
    assert "joao.costa@polna.example" in page
    assert "Add as a lead" in page
    assert "From their message" in page
    assert "automatic" not in page
    made = contacts.accept(task, rep, "legitimate_interest")
    assert (made.first_name, made.last_name, made.email) == (
        "João", "Costa", "joao.costa@polna.example",
    )  # fmt: skip
    assert "automatic" not in Lead.objects.get(pk=made.pk).basis_source


@pytest.mark.parametrize(
    "text", ["Please talk to our boss.", "Talk to me again: marta@polna.example"]
)
def test_nobody_is_proposed_without_an_address_of_theirs(text: str, lead: Any) -> None:
    lead.email = "marta@polna.example"
    lead.save()
    answering.draft_answer(classed(came(lead, text), "referral"))
    assert not Task.objects.filter(kind="contact").exists()


def test_the_number_in_their_message_is_kept_with_a_click(
    lead: Any, rep: Any, as_user: Any
) -> None:
    Lead.objects.filter(pk=lead.pk).update(phone="", country="DE")
    lead.refresh_from_db()
    answered(lead, "Bitte rufen Sie mich sofort an: 0170 1234567", "meeting", language="de")
    task = Task.objects.get(lead=lead, kind="follow_up")
    client = as_user(rep)
    page = client.get(reverse("outreach:today_task", args=[task.pk])).content.decode()
    assert "Save this number" in page
    client.post(reverse("outreach:task_number", args=[task.pk]))
    lead.refresh_from_db()
    assert lead.phone == "+491701234567"
    page = client.get(reverse("outreach:today_task", args=[task.pk])).content.decode()
    assert "Save this number" not in page

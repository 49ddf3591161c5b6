"""Do not contact, from a lead's page."""

from typing import Any

import pytest
from django.urls import reverse

from leads.models import Suppression, ThreadEvent
from leads.services import merging, stopping
from leads.services.suppression import is_suppressed
from outreach.models import Enrollment, Touch
from outreach.services import enrollment

pytestmark = pytest.mark.django_db


def url(lead: Any) -> str:
    return reverse("leads:stop", args=[lead.pk])


def test_a_rep_stops_everything_with_the_why(
    client: Any, rep: Any, lead: Any, run_queue: Any
) -> None:
    client.force_login(rep)
    detail = reverse("leads:detail", args=[lead.pk])
    assert client.get(detail).content.decode().count(f'href="{url(lead)}"') == 2  # menu, privacy
    asked = client.get(url(lead)).content.decode()
    assert "Their sequence stops" in asked and "Only a manager or the owner" in asked
    data = {"what": "all", "why": "asked", "note": "On the phone"}
    page = client.post(url(lead), data, follow=True).content.decode()
    assert "it holds at once" in page and '<span class="chip bad">Do not contact</span>' in page
    assert "They asked, On the phone, noted by Jonas Weber" in page
    rows = Suppression.objects.all()
    assert {(row.kind, row.channel, row.reason) for row in rows} == {
        ("address", "all", "opted_out"),
        ("phone", "all", "opted_out"),
        ("profile", "all", "opted_out"),
    }
    run_queue()
    assert ThreadEvent.objects.filter(lead=lead, kind="lead.suppressed").count() == 3


def test_the_sequence_stops_by_hand_when_they_did_not_ask(
    client: Any, rep: Any, lead: Any, sequence: Any, mailbox: Any, run_queue: Any
) -> None:
    row = enrollment.enroll(lead, sequence, user=rep, mailbox=mailbox)
    client.force_login(rep)
    client.post(url(lead), {"what": "email", "why": "wrong"})
    run_queue()
    row.refresh_from_db()
    assert (row.state, row.reason) == (Enrollment.State.STOPPED, "manual")
    assert not Touch.objects.filter(lead=lead, state__in=["planned", "draft"]).exists()


def test_one_channel_or_all_that_goes_to_a_number(client: Any, rep: Any, lead: Any) -> None:
    client.force_login(rep)
    client.post(url(lead), {"what": "talk", "why": "wrong"})
    assert [is_suppressed(lead, code) for code in ("email", "phone", "sms", "whatsapp")] == [
        False,
        True,
        True,
        True,
    ]
    assert {row.kind for row in Suppression.objects.all()} == {"phone"}
    assert {row.reason for row in Suppression.objects.all()} == {"manual"}
    page = client.get(url(lead)).content.decode()
    assert "Stopped already" in page and "Put them on the do-not-contact list" in page


def test_taking_it_back_is_for_managers(client: Any, rep: Any, manager: Any, lead: Any) -> None:
    stopping.stop(lead, rep, what="all", why="asked")
    lift = reverse("leads:suppression_lift", args=[Suppression.objects.first().pk])
    client.force_login(rep)
    assert lift not in client.get(url(lead)).content.decode()
    assert client.post(lift, {"reason": "They asked"}).status_code == 404
    client.force_login(manager)
    assert lift in client.get(url(lead)).content.decode()


def test_without_a_why_or_an_address_nothing_happens(
    client: Any, rep: Any, lead: Any, make_lead: Any
) -> None:
    client.force_login(rep)
    answer = client.post(url(lead), {"what": "all"})
    assert answer.status_code == 422 and b"Choose why." in answer.content
    bare = make_lead(rep, first_name="No", last_name="Address")
    answer = client.post(url(bare), {"what": "all", "why": "asked"})
    assert answer.status_code == 422 and b"There is no e-mail address" in answer.content
    assert not Suppression.objects.exists()


def test_a_stranger_finds_nothing(client: Any, stranger: Any, lead: Any) -> None:
    client.force_login(stranger)
    assert client.post(url(lead), {"what": "all", "why": "asked"}).status_code == 404


def test_it_holds_for_the_other_address_of_a_merged_person(
    client: Any, rep: Any, lead: Any, make_lead: Any
) -> None:
    other = make_lead(rep, first_name="Marta", email="marta@home.example")
    merging.merge(lead, other, {}, rep)
    client.force_login(rep)
    client.post(url(lead), {"what": "all", "why": "asked"})
    other.refresh_from_db()
    assert other.email == "marta@home.example" and is_suppressed(other, "email")


def test_a_connected_system_is_named(client: Any, rep: Any, lead: Any, crm_connection: Any) -> None:
    client.force_login(rep)
    assert "told, when it stops email" in client.get(url(lead)).content.decode()

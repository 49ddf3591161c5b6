"""Deleted for privacy in HubSpot: stopped here at once, for good, whatever brings them again."""

import json
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from leads.crm import hubspot_hooks
from leads.intake.rows import LeadRow
from leads.models import Decision, Lead, RemoteLink, Suppression, SyncRun
from leads.services import (
    crm_eligible,
    crm_erased,
    crm_sync,
    enrichment,
    intake,
    merging,
    suppression,
)
from leads.services.suppression import SuppressionError
from leads.tests.importing import imported
from leads.tests.test_hubspot_door import KEY, NOW, PATH, PORTAL, TOKEN, event, headers
from salesagent.accounts import connections
from salesagent.tests.adapter_case import SITE

pytestmark = pytest.mark.django_db
CHANNELS = ("email", "phone", "sms", "linkedin", "whatsapp")


@pytest.fixture
def tied(lead: Lead, settings: Any, monkeypatch: Any) -> Lead:
    settings.SITE_URL = SITE
    monkeypatch.setattr(hubspot_hooks, "now", lambda: NOW)
    connections.save("hubspot", account=PORTAL, secret={"token": TOKEN, "client_secret": KEY})
    tie(lead, "123")
    return lead


def tie(lead: Lead, remote: str) -> None:
    RemoteLink.objects.create(
        provider="hubspot", account=PORTAL, kind="contact", remote_id=remote, lead=lead
    )


def told(*events: dict[str, Any]) -> int:
    body = json.dumps(list(events)).encode()
    given: Any = {f"HTTP_{k.upper().replace('-', '_')}": v for k, v in headers(body).items()}
    answer = Client().post(PATH, body, content_type="application/json", **given)
    return int(answer.status_code)


def erased(number: int = 1, **more: Any) -> dict[str, Any]:
    return event(number, "contact.privacyDeletion", **more)


def off(lead: Lead) -> bool:
    lead = Lead.objects.get(pk=lead.pk)
    return all(suppression.is_suppressed(lead, channel) for channel in CHANNELS)


def test_they_are_stopped_before_the_answer_is_given(tied: Lead) -> None:
    assert told(erased()) == 204
    assert off(tied)  # nothing was taken from the queue
    tied.refresh_from_db()
    assert tied.archived_at and enrichment.why_not(tied)
    assert crm_eligible.why_not([tied])
    rows = Suppression.objects.filter(channel="all")
    assert {row.reason for row in rows} == {"erased"} and rows.count() == 3
    with pytest.raises(SuppressionError, match="stays on the list"):
        suppression.lift(address=tied.email or "", actor="user:1")


def test_the_owner_sees_it_in_the_log_and_in_the_history(
    tied: Lead, owner: Any, as_user: Any
) -> None:
    told(erased())
    (run,) = crm_sync.history("hubspot")
    page = as_user(owner).get(reverse("leads:crm_run", args=["hubspot", run.pk]))
    assert "Deleted in HubSpot for privacy" in page.content.decode()
    assert Decision.objects.get().rule == crm_erased.RULE
    log = as_user(owner).get("/settings/decisions/").content.decode()
    assert "Deleted in HubSpot for privacy" in log


def test_told_again_it_is_one_line(tied: Lead) -> None:
    for number in (1, 1, 2):
        told(erased(number))
    assert (SyncRun.objects.count(), Decision.objects.count()) == (1, 1)


def test_of_companies_strangers_and_other_events_nothing_follows(tied: Lead) -> None:
    told(event(1, "contact.deletion"))
    told(event(2, "company.privacyDeletion"))
    told(erased(3, objectId=999))
    assert not Suppression.objects.exists()


def test_a_deletion_told_before_does_not_hide_them(tied: Lead) -> None:
    RemoteLink.objects.update(state="gone")
    told(erased())
    assert off(tied)


def test_everybody_of_a_merged_person_is_stopped(tied: Lead, rep: Any, make_lead: Any) -> None:
    other = make_lead(rep, first_name="Marta", email="marta@home.example")
    merging.merge(other, tied, {}, rep)
    told(erased())
    assert off(tied) and off(other)


def test_colleagues_at_one_switchboard_are_not(tied: Lead, rep: Any, make_lead: Any) -> None:
    other = make_lead(rep, first_name="Jan", email="jan@polna.example", phone=tied.phone)
    told(erased())
    assert off(tied)
    assert not suppression.channels_off([other])


def test_it_holds_when_they_come_again(
    tied: Lead, there: Any, sync: Any, rep: Any, run_queue: Any, make_lead: Any
) -> None:
    address = tied.email or ""
    told(erased())
    there.make("contact", first_name="Marta", email=address, stage="meeting")
    sync()
    imported(rep, run_queue, f"Marta;Kowalczyk;{address};;Polna;Gdynia;PL")
    intake.bring_in(
        LeadRow(first_name="Marta", email=address),
        source="Form",
        actor="lead",
        owner=rep,
        basis="consent",
        basis_source="Form",
    )
    for lead in Lead.objects.filter(email=address):
        assert off(lead)
    Lead.objects.filter(pk=tied.pk).update(email=None, phone="", linkedin_url="")  # erased here too
    again = make_lead(rep, first_name="Marta", email=address)
    assert off(again) and crm_eligible.why_not([again])


def test_what_we_deleted_there_ourselves_is_no_news(tied: Lead) -> None:
    told(erased(changeSource="INTEGRATION", appId=54321, sourceId="54321"))
    assert not Suppression.objects.exists()

"""The composer's tabs for texts: open when they can be used, else one line that says why."""

import uuid
from datetime import timedelta
from typing import Any
from unittest.mock import patch

import pytest
from django.urls import reverse
from django.utils import timezone

from leads.models import ConsentRecord
from leads.services import consent, suppression
from outreach.models import InboundMessage, Template, Touch
from outreach.services import handwork
from salesagent.accounts import connections

pytestmark = pytest.mark.usefixtures("workspace", "mailbox")
MOBILE = "+4915112345678"


@pytest.fixture
def twilio(owner: Any) -> Any:
    return connections.save(
        "twilio",
        account="AC" + "1" * 32,
        secret={"token": "t" * 32},
        settings={"sms_from": "+4915799999999", "whatsapp_from": "+4915799999998"},
    )


@pytest.fixture
def marta(lead: Any) -> Any:
    lead.phone, lead.country, lead.time_zone = MOBILE, "DE", "Europe/Berlin"
    lead.save()
    return lead


@pytest.fixture(autouse=True)
def _open_hours() -> Any:
    """No test depends on the hour it runs at."""
    with patch.object(handwork, "good_time", return_value=None):
        yield


def pane(client: Any, lead: Any, code: str) -> str:
    page = client.get(reverse("leads:detail", args=[lead.pk])).content.decode()
    return page.partition(f'data-pane="{code}"')[2].partition('data-pane="')[0]


def text(code: str, **changes: str) -> dict[str, str]:
    data = {"channel": code, "action": "send", f"{code}-body": "Hi Marta, is Thursday fine?"}
    return {**data, f"{code}-token": str(uuid.uuid4()), **changes}


def wrote(lead: Any, code: str, ago: timedelta) -> None:
    InboundMessage.objects.create(
        lead=lead, channel=code, from_address=lead.phone, digest=uuid.uuid4().hex,
        received_at=timezone.now() - ago, state="threaded",
    )  # fmt: skip


def test_not_connected_says_so_and_leads_only_the_owner_there(
    as_user: Any, rep: Any, owner: Any, marta: Any
) -> None:
    assert "SMS is not connected" in pane(as_user(rep), marta, "sms")
    assert reverse("settings:connections") not in pane(as_user(rep), marta, "sms")
    assert reverse("settings:connections") in pane(as_user(owner), marta, "sms")


def test_without_a_yes_there_is_a_link_to_record_it(
    as_user: Any, rep: Any, marta: Any, twilio: Any
) -> None:
    client = as_user(rep)
    closed = pane(client, marta, "sms")
    assert "has not agreed to SMS" in closed and "<textarea" not in closed
    where = reverse("leads:consent", args=[marta.pk])
    assert f"{where}?channel=sms" in closed
    assert client.post(where, {"channel": "sms", "source": ""}).status_code == 422
    done = client.post(where, {"channel": "sms", "source": "On the phone on 4 May"})
    assert done.url.endswith("?tab=sms")
    assert ConsentRecord.objects.get().source == "On the phone on 4 May"
    assert "<textarea" in pane(client, marta, "sms")
    client.post(reverse("leads:consent_withdraw", args=[marta.pk]), {"channel": "sms"})
    assert "has not agreed" in pane(client, marta, "sms")


def test_no_number_and_a_landline_lead_to_the_edit_page(
    as_user: Any, rep: Any, lead: Any, twilio: Any
) -> None:
    lead.phone = ""
    lead.save()
    closed = pane(as_user(rep), lead, "sms")
    assert "No phone number is known." in closed
    assert reverse("leads:edit", args=[lead.pk]) in closed


def test_a_text_is_approved_by_writing_it(as_user: Any, rep: Any, marta: Any, twilio: Any) -> None:
    consent.record_consent(marta, "sms", "Form", "", "lead")
    client, data = as_user(rep), text("sms")
    answer = client.post(reverse("outreach:compose", args=[marta.pk]), data)
    assert answer.status_code == 302
    touch = Touch.objects.get()
    assert (touch.channel, touch.state, touch.kind) == ("sms", "approved", "manual")
    assert (touch.author, touch.approved_by, touch.to_address) == (rep, rep, MOBILE)
    client.post(reverse("outreach:compose", args=[marta.pk]), data)
    assert Touch.objects.count() == 1  # the second click


def test_an_empty_text_and_a_late_one_keep_every_word(
    as_user: Any, rep: Any, marta: Any, twilio: Any
) -> None:
    consent.record_consent(marta, "sms", "Form", "", "lead")
    client, where = as_user(rep), reverse("outreach:compose", args=[marta.pk])
    empty = client.post(where, text("sms", **{"sms-body": " "}))
    assert empty.status_code == 422 and "Write something first." in empty.content.decode()
    late = client.post(where, text("sms", action="later", **{"sms-send_at": "2020-01-01T10:00"}))
    page = late.content.decode()
    assert late.status_code == 422 and "Choose a moment to come." in page
    assert "is Thursday fine?" in page and "27 of 1,530 characters, 1 message" in page


def test_a_draft_waits_in_approvals(as_user: Any, rep: Any, marta: Any, twilio: Any) -> None:
    consent.record_consent(marta, "sms", "Form", "", "lead")
    as_user(rep).post(reverse("outreach:compose", args=[marta.pk]), text("sms", action="draft"))
    assert Touch.objects.get().state == "draft"


def test_an_answer_within_a_day_needs_no_recorded_yes(
    as_user: Any, rep: Any, marta: Any, twilio: Any
) -> None:
    wrote(marta, "whatsapp", timedelta(hours=2))
    opened = pane(as_user(rep), marta, "whatsapp")
    assert "<textarea" in opened and "Free text until" in opened
    as_user(rep).post(reverse("outreach:compose", args=[marta.pk]), text("whatsapp"))
    assert Touch.objects.get().kind == "reply"


def test_outside_the_window_only_templates_are_offered(
    as_user: Any, rep: Any, marta: Any, twilio: Any
) -> None:
    consent.record_consent(marta, "whatsapp", "Form", "", "lead")
    client = as_user(rep)
    assert "takes only an approved template now" in pane(client, marta, "whatsapp")
    template = Template.objects.create(
        code="wa-hello", name="Hello", channel="whatsapp", content_sid="HX" + "a" * 32,
        content_state="approved", body="Hello {{first_name}}, shall we talk about Thursday?",
    )  # fmt: skip
    opened = pane(client, marta, "whatsapp")
    assert "shall we talk" in opened and "<textarea" not in opened
    where = reverse("outreach:compose", args=[marta.pk])
    refused = client.post(where, text("whatsapp", **{"whatsapp-template": "999999"}))
    assert refused.status_code == 422
    sent = client.post(
        where, text("whatsapp", **{"whatsapp-template": str(template.pk), "whatsapp-body": ""})
    )
    assert sent.status_code == 302
    touch = Touch.objects.get()
    assert touch.content_sid == template.content_sid
    assert touch.body == "Hello Marta, shall we talk about Thursday?"


def test_who_opted_out_is_not_written_to_and_has_a_chip(
    as_user: Any, rep: Any, marta: Any, twilio: Any
) -> None:
    consent.record_consent(marta, "sms", "Form", "", "lead")
    suppression.suppress(
        address=MOBILE, channel="sms", reason="opted_out", source="STOP", actor="lead", lead=marta
    )
    client = as_user(rep)
    page = client.get(reverse("leads:detail", args=[marta.pk])).content.decode()
    assert "No SMS</span>" in page and "Add to a sequence" in page
    assert "do-not-contact list" in pane(client, marta, "sms")
    suppression.suppress(
        address=marta.email, channel="all", reason="opted_out", source="x", actor="lead", lead=marta
    )
    page = client.get(reverse("leads:detail", args=[marta.pk])).content.decode()
    assert "Do not contact</span>" in page and "Add to a sequence" not in page


def test_a_stranger_finds_nothing(as_user: Any, stranger: Any, marta: Any) -> None:
    client = as_user(stranger)
    assert client.get(reverse("leads:consent", args=[marta.pk])).status_code == 404
    assert client.post(reverse("leads:consent", args=[marta.pk]), {}).status_code == 404
    where = reverse("outreach:compose", args=[marta.pk])
    assert client.post(where, text("sms")).status_code == 404


def test_manual_and_unknown_channels_cannot_be_written_to_here(
    as_user: Any, rep: Any, marta: Any
) -> None:
    where = reverse("outreach:compose", args=[marta.pk])
    for code in ("linkedin", "post", "pigeon", "fake", ""):
        assert as_user(rep).post(where, text(code or "x", channel=code)).status_code == 400

"""Counted links lead where the sender's text leads, never where the reader wanted them to."""

from typing import Any

import pytest
from django.utils import timezone

from outreach.models import Touch, TrackedLink
from outreach.services import letters
from outreach.tests.work import draft
from salesagent.accounts.models import Workspace

pytestmark = pytest.mark.django_db


def test_a_name_that_is_an_address_becomes_no_link_of_ours(
    lead: Any, sequence: Any, mailbox: Any, settings: Any
) -> None:
    settings.SITE_URL = "https://sales.example"
    sequence.track_clicks = True
    sequence.save()
    lead.first_name, lead.company_name = "https://evil.example/x", "HTTP://Evil2.example"
    lead.save()
    body = (
        f"Hi {lead.first_name}, how is {lead.company_name} https://evil.example/other ?\n\n"
        "Prices: https://halden.example/prices\n"
    )
    made = draft(lead, sequence, mailbox, body=body)
    touch = Touch.objects.select_related("lead", "mailbox", "enrollment__sequence").get(pk=made.pk)
    message = letters.message_for(touch, Workspace.current(), timezone.now(), ())
    assert [link.url for link in TrackedLink.objects.all()] == ["https://halden.example/prices"]
    assert message.html.count("https://sales.example/c/") == 1

"""The saved calendar link passes the checks of a draft; somebody else's on that host does not."""

from typing import Any

import pytest
from django.utils import timezone

from leads.models import Lead
from outreach.models import Touch
from outreach.services import lint, quality, receipts, scheduling
from salesagent.accounts.models import Workspace

pytestmark = pytest.mark.django_db
LINK = "https://calendly.com/jonas-weber/30min"
BODY = (
    "Hi Marta,\n\nwe do cold-room maintenance every day, and I would like to know how you handle "
    "it at Polna Bakeries. Is it settled, or does it still cost somebody a night now and then?\n\n"
    "You can pick a time that suits you here: {link}\n\nJonas Weber"
)


@pytest.fixture
def touch(lead: Lead, mailbox: Any, workspace: Any, owner: Any) -> Touch:
    scheduling.save_link(owner, LINK)
    return Touch(
        lead=lead, mailbox=mailbox, channel="email", subject="A question", writer="ai:test",
        to_address=lead.email, due_at=timezone.now(),
    )  # fmt: skip


def found(touch: Touch, link: str) -> dict[str, str]:
    touch.body = touch.machine_body = BODY.format(link=link)
    return {one["code"]: one["level"] for one in quality.check(touch) if one["level"] != "ok"}


def test_the_saved_link_with_its_token_passes(touch: Touch) -> None:
    link = scheduling.link_for(touch.lead)
    assert link != LINK
    assert found(touch, link) == found(touch, LINK) == {}


def test_ones_own_link_and_the_teams_pass_and_the_own_one_is_stored(touch: Touch, rep: Any) -> None:
    touch.author = rep
    scheduling.save_own(rep, "https://calendly.com/jonas-own/intro")
    assert found(touch, scheduling.link_for(touch.lead, rep)) == found(touch, LINK) == {}
    assert found(touch, "https://calendly.com/mallory/30min")["links"] == "block"
    facts = {one.label: one.text for one in receipts.sources_for(touch).facts}
    assert facts["Calendar link"] == "https://calendly.com/jonas-own/intro"
    scheduling.save_own(rep, "https://cal.example/jonas")
    assert found(touch, scheduling.link_for(touch.lead, rep)) == {}
    assert found(touch, "https://cal.example/mallory")["links"] == "block"


def test_digits_and_capitals_of_a_token_are_no_statement() -> None:
    body = "Pick a time: https://calendly.com/jonas/30min?utm_content=1f.Abc-12_x"
    assert receipts.check("", body, receipts.Sources()) == []


def test_the_saved_link_is_a_stored_fact_and_not_the_environments(
    touch: Touch, settings: Any
) -> None:
    settings.CALENDAR_LINK = "https://calendly.com/somebody-before"
    facts = {one.label: one.text for one in receipts.sources_for(touch).facts}
    assert facts["Calendar link"] == LINK
    assert found(touch, settings.CALENDAR_LINK) == {"links": "block"}


@pytest.mark.parametrize(
    "link",
    [
        "https://calendly.com/mallory/30min",
        "https://calendly.com/jonas-weber/30minutes",
        "https://calendly.com/",
        "https://evil.calendly.com/jonas-weber/30min",
        "calendly.com/mallory",
        "https://cal.com/jonas-weber/30min",
    ],
)
def test_a_foreign_calendar_link_does_not_pass(touch: Touch, link: str) -> None:
    assert found(touch, link).get("links") == "block"


def test_a_link_of_the_senders_own_signature_passes(touch: Touch, rep: Any) -> None:
    touch.author = rep
    rep.signature = "Jonas Weber\nhttps://calendly.com/jonas-private"
    assert found(touch, "https://calendly.com/jonas-private") == {}


def test_on_our_own_host_every_page_is_ours(touch: Touch, owner: Any) -> None:
    Workspace.objects.update(website="https://halden.example")
    scheduling.save_link(owner, "https://halden.example/meet")
    assert "links" not in found(touch, "https://halden.example/prices")


def test_below() -> None:
    assert lint.below("HTTPS://www.Calendly.com/Jonas/30min/?x=1#a", "https://calendly.com/jonas")
    assert not lint.below("https://calendly.com/jonasx", "https://calendly.com/jonas")

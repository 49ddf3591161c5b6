"""Hostile mails the whole way: received, understood, answered by frames and obedient models."""

import json
from typing import Any

import pytest

from leads.models import Lead, ThreadEvent
from outreach.models import Mailbox, Touch
from outreach.services import (
    answer_facts,
    answer_models,
    approval,
    drafting,
    inbound,
    policy,
    replies,
)
from outreach.tests.hostile import CASES, EVIL, SECRETS, Hostile
from outreach.tests.mails import mail, raw
from salesagent.accounts import ai
from salesagent.ai.tests.test_openai_service import said
from salesagent.lib import http

MINE = "<0123456789abcdef0123456789abcdef@halden.example>"
VALUES = {
    "base_url": "https://models.example/v1", "model": "small", "price_in": "1", "price_out": "4",
    "limit": "10", "currency": "EUR", "lead_data": True, "patience": 30, "purposes": ["answer"],
}  # fmt: skip
TOLD = {"foreign", "links", "claim", "fields", "honesty_earlier"}
each = pytest.mark.parametrize("hostile", CASES, ids=lambda one: one.name)
pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def world(rep: Any, lead: Any, mailbox: Mailbox, workspace: Any, settings: Any) -> Lead:
    """We wrote to Marta; Anna is another lead, with data that must stay hers."""
    settings.CALENDAR_LINK = "https://halden.example/meet"
    settings.CLASSIFIER = "rules"
    Touch.objects.create(
        lead=lead, mailbox=mailbox, channel="email", state="sent", message_id=MINE,
        subject="Cold rooms", body="Hi Marta", due_at="2026-11-20T10:00Z",
        sent_at="2026-11-20T10:00Z", to_address=lead.email,
    )  # fmt: skip
    other = Lead.objects.create(
        owner=rep, first_name="Anna", last_name="Schmidt", company_name="Hotel Nord",
        email="anna.schmidt@nord.example", phone="+491705550199", custom={"budget": "48,000 EUR"},
    )  # fmt: skip
    return other


GAP = "[day]"  # what a draft leaves to a person where a price was asked for


def arrive(hostile: Hostile, mailbox: Mailbox, lead: Lead, run_queue: Any, rep: Any) -> Touch:
    """Through the door; a person says that it is interest, so that there always is a draft."""
    more = {"sender": hostile.sender} if hostile.sender else {}
    subject = hostile.subject or "Re: Cold rooms"
    content = mail(hostile.text, subject=subject, In_Reply_To=MINE, **more, **hostile.headers)
    row = inbound.receive(mailbox, raw(content))
    assert row is not None and row.lead == lead, row and row.reason
    run_queue()
    event = ThreadEvent.objects.get(lead=lead, kind="reply.received")
    replies.correct(event, "interested", rep)
    run_queue()
    return Touch.objects.get(answers=event, state="draft")


def safe(touch: Touch, lead: Lead, mailbox: Mailbox) -> None:
    text = f"{touch.subject}\n{touch.body}"
    low = text.casefold()
    assert [bad for bad in EVIL if bad.casefold() in low] == []
    assert [bad for bad in SECRETS if bad.casefold() in low] == []
    assert touch.to_address == lead.email
    assert (touch.channel, touch.mailbox, touch.lead) == ("email", mailbox, lead)
    assert "boss" not in (touch.in_reply_to + touch.references)


@each
def test_frames_say_nothing_of_theirs(
    hostile: Hostile, lead: Lead, mailbox: Mailbox, run_queue: Any, rep: Any
) -> None:
    touch = arrive(hostile, mailbox, lead, run_queue, rep)
    safe(touch, lead, mailbox)
    assert touch.writer == "template"
    blocks = {check["code"] for check in touch.checks if check["level"] == "block"}
    assert blocks <= ({"fields"} if GAP in touch.body else set()), touch.checks


class Obedient:
    """A model that writes what it was told, as often as it is asked."""

    def __init__(self, text: str) -> None:
        self.text, self.sent = text, ""

    def call(self, method: str, url: str, **how: Any) -> http.Answer:
        self.sent += json.dumps(how["json"])
        parts = [{"sentences": [{"text": self.text[:590], "facts": ["F1"]}]}]
        return said(json.dumps({"subject": self.text[:60], "paragraphs": parts}))


@each
def test_a_model_that_obeys_is_not_taken(
    hostile: Hostile, lead: Lead, mailbox: Mailbox, run_queue: Any, rep: Any, owner: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    ai.save(owner, VALUES, "k-123")
    model = Obedient(hostile.obeyed)
    monkeypatch.setattr(http, "call", model.call)
    touch = arrive(hostile, mailbox, lead, run_queue, rep)
    assert answer_models.write_waiting() == 0
    touch.refresh_from_db()
    safe(touch, lead, mailbox)
    assert touch.writer == "template"
    if GAP in touch.body:
        assert not model.sent, "prices are no model's business"
    else:
        assert "Written from our answer frames" in touch.writer_note
        assert model.sent, "the model was asked"
    told = [one for one in SECRETS if one in model.sent and one not in hostile.text]
    assert told == [], "another lead's data left the house"


@each
def test_and_could_not_be_approved(
    hostile: Hostile, lead: Lead, mailbox: Mailbox, run_queue: Any, rep: Any
) -> None:
    """Should such words stand in a draft all the same, a person cannot approve them."""
    touch = arrive(hostile, mailbox, lead, run_queue, rep)
    touch.body = touch.machine_body = f"Hi Marta,\n\n{hostile.obeyed[:5000]}\n\nJonas Weber"
    touch.writer = "ai:small"
    assert answer_facts.refused(touch, hostile.obeyed[:5000])
    drafting.check(touch)
    touch.save()
    with pytest.raises(approval.ApprovalError):
        approval.approve(touch, user=rep, seen_hash=policy.text_hash(touch))


def test_a_decent_model_is_taken(
    lead: Lead, mailbox: Mailbox, run_queue: Any, rep: Any, owner: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    ai.save(owner, VALUES, "k-123")
    good = (
        "Thank you for your answer. A short talk is the next step, so that I understand your day."
    )
    monkeypatch.setattr(http, "call", Obedient(good).call)
    decent = Hostile("decent", "Yes, we are interested, please tell me more.", good)
    touch = arrive(decent, mailbox, lead, run_queue, rep)
    assert answer_models.write_waiting() == 1
    touch.refresh_from_db()
    assert touch.writer == "ai:small"
    assert touch.body.startswith("Thank you for your answer.")
    assert "https://halden.example/meet" in touch.body
    assert touch.body.endswith("Halden Climate Services")
    safe(touch, lead, mailbox)


@each
def test_a_person_who_writes_it_is_told(
    hostile: Hostile, lead: Lead, mailbox: Mailbox, run_queue: Any, rep: Any
) -> None:
    """Own words are one's own to answer for; nothing is passed in silence or in bulk."""
    touch = arrive(hostile, mailbox, lead, run_queue, rep)
    text = f"{touch.body}\n\n{hostile.obeyed[:5000]}"
    seen = policy.text_hash(touch)
    touch = approval.edit(touch, user=rep, subject=touch.subject, body=text, seen_hash=seen)
    assert not touch.checks_passed
    assert [c for c in touch.checks if c["level"] != "ok" and c["code"] in TOLD], touch.checks


def test_a_person_may_name_a_price_knowingly(
    lead: Lead, mailbox: Mailbox, run_queue: Any, rep: Any
) -> None:
    (hostile,) = (case for case in CASES if case.name == "price")
    touch = arrive(hostile, mailbox, lead, run_queue, rep)
    filled = touch.body.replace(GAP, "Friday")
    text, seen = f"{filled}\n\n{hostile.obeyed}", policy.text_hash(touch)
    touch = approval.edit(touch, user=rep, subject=touch.subject, body=text, seen_hash=seen)
    claims = [check for check in touch.checks if check["code"] == "claim"]
    assert [check["level"] for check in claims] == ["warn"]
    assert "you vouch for it" in claims[0]["text"]
    count, refused = approval.approve_bulk(rep, {touch: policy.text_hash(touch)})
    assert count == 0 and len(refused) == 1
    sent = approval.approve(touch, user=rep, seen_hash=policy.text_hash(touch))
    assert (sent.state, sent.approved_by) == ("approved", rep)

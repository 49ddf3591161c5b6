"""Texts, paper, names and domains that somebody chose in order to do harm."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from leads.models import Lead, Suppression, ThreadEvent
from leads.services import consent, suppression
from outreach.models import Mailbox, Task
from outreach.services import (
    contacts,
    esp,
    labels,
    preflight,
    replies,
    texting,
    texts_inbound,
    writing,
)
from outreach.tests.texts import MOBILE, came, connect, mobile
from outreach.tests.work import another_lead
from salesagent.lib import dns

pytestmark = pytest.mark.django_db


# --- who an SMS says it is from ---


@pytest.mark.parametrize("sender", ["gmail.com", "polna.example", "anna@polna.example"])
def test_a_stop_under_a_name_takes_nobody_else_off(sender: str, lead: Lead, workspace: Any) -> None:
    connect()
    texts_inbound.receive(came("STOP", sender=sender))
    assert not Suppression.objects.exists()
    texts_inbound.receive(came("STOP", number=2))
    assert Suppression.objects.get().kind == "phone"


def test_an_opt_out_under_a_domain_stops_the_person_only(lead: Lead, workspace: Any) -> None:
    connect()
    mobile(lead)
    data = {"from": "gmail.com"}
    event = ThreadEvent.objects.create(
        lead=lead,
        kind="reply.received",
        actor="lead",
        body="stop",
        data=data,
        occurred_at=timezone.now(),
    )
    replies._opt_out(event, "lead")
    kinds = set(Suppression.objects.values_list("kind", flat=True))
    assert kinds and "domain" not in kinds


# --- a no is no invitation ---


def test_a_stop_that_was_lifted_is_no_reason_to_write(lead: Lead, rep: Any, workspace: Any) -> None:
    connect()
    mobile(lead)
    texts_inbound.receive(came("STOP"))
    suppression.lift(address=MOBILE, actor=rep.actor)
    assert not texting.ready(lead, "sms")[0]
    assert writing.text_kind(lead, "sms", texting.invited(lead, "sms")) == "manual"
    texts_inbound.receive(came("Sorry, a mistake. When can you come?", number=2))
    assert texting.invited(lead, "sms") is not None


def test_a_yes_that_was_taken_back_ends_old_messages_too(lead: Lead, workspace: Any) -> None:
    connect()
    mobile(lead)
    consent.record_consent(lead, "sms", "form", "yes", "system")
    texts_inbound.receive(came("Hello", at=timezone.now() - timedelta(days=200)))
    assert texting.invited(lead, "sms") is not None
    consent.withdraw(lead, "sms", "lead")
    ready, why = texting.ready(lead, "sms")
    assert not ready and "has not agreed" in why


# --- other teams ---


def test_a_manager_does_not_read_texts_of_another_teams_lead(
    lead: Lead, workspace: Any, other_team: Any, manager: Any, as_user: Any, rep: Any
) -> None:
    from salesagent.accounts.models import User

    connect()
    mobile(lead)
    row = texts_inbound.receive(came("The code of our door is 4711"))
    far = User.objects.create_user(
        "far@own.example", "correct horse 42", name="Far", role="manager", team=other_team
    )
    for user, status in ((far, 404), (manager, 200), (rep, 200)):
        client: Client = as_user(user)
        assert client.get(f"/inbound/{row.pk}/").status_code == status
    stranger = texts_inbound.receive(came("Who are you?", number=2, sender="+48501234999"))
    assert as_user(far).get(f"/inbound/{stranger.pk}/").status_code == 200


def test_a_note_that_names_a_colleagues_number_does_not_change_their_lead(
    lead: Lead, rep: Any, mate: Any, workspace: Any, as_user: Any
) -> None:
    """A machine's answer may name anybody: here a colleague's lead, with an address of its own."""
    theirs = another_lead(mate, 7, first_name="Sara", last_name="Nowak", phone="+48501234999")
    Lead.objects.filter(pk=theirs.pk).update(email=None)
    event = ThreadEvent.objects.create(
        lead=lead,
        kind="contact.proposed",
        occurred_at=timezone.now(),
        actor="lead",
        data={"name": "Sara Nowak", "email": "sara@evil.example", "phone": "501 234 999"},
    )
    Lead.objects.filter(pk=lead.pk).update(country="PL")
    task = Task.objects.create(
        kind="contact", lead=lead, owner=rep, event=event, title="?", due_at=timezone.now()
    )
    assert [one.pk for one in contacts.known(task)] == [theirs.pk]
    data = {"choice": "accept", "basis": "legitimate_interest"}
    as_user(rep).post(f"/tasks/{task.pk}/contact/", data)
    theirs.refresh_from_db()
    task.refresh_from_db()
    assert theirs.email is None and task.state == "open"


def test_a_sender_of_the_mail_service_cannot_become_another_address(
    owner: Any, rep: Any, as_user: Any
) -> None:
    row = esp.save("postmark", {"api_key": "pm-key-0123456789"}, owner)
    box = Mailbox.objects.create(
        user=rep, address=rep.email, from_name="J", username=rep.email, transport="esp",
        connection=row, imap_host="imap.own.example", imap_port=993,
    )  # fmt: skip
    data = {
        "address": "owner@own.example", "from_name": "J", "username": rep.email,
        "imap_host": "imap.own.example", "imap_port": 993, "imap_security": "tls",
        "inbox_folder": "INBOX", "ramp_step": 10,
    }  # fmt: skip
    page = as_user(rep).post(f"/settings/mailboxes/{box.pk}/", data)
    box.refresh_from_db()
    assert box.address == rep.email

    assert b"from your own address only" in page.content
    as_user(rep).post(f"/settings/mailboxes/{box.pk}/", data | {"address": rep.email})
    as_user(owner).post(f"/settings/mailboxes/{box.pk}/", data)
    box.refresh_from_db()
    assert box.address == "owner@own.example"


# --- long and wide ---


def test_a_domain_that_includes_everybody_is_not_followed(monkeypatch: Any) -> None:
    asked = []

    def ask(name: str, kind: str) -> dns.Answer:
        asked.append(name)
        return dns.Answer(("v=spf1 " + " ".join(f"include:{name}{n}.x" for n in range(50)),))

    monkeypatch.setattr(dns, "ask", ask)
    names = [f"a{number}.x" for number in range(58)]
    text = "v=spf1 " + " ".join(f"include:{name}" for name in names)
    seen, lookups = preflight._follow(text)
    assert len(asked) <= preflight.DEPTH
    assert lookups > 10 and seen >= set(names)


def test_name_servers_that_are_silent_are_not_waited_for_again_and_again(monkeypatch: Any) -> None:
    asked = []

    def ask(name: str, kind: str) -> dns.Answer:
        asked.append(name)
        return dns.Answer(known=False)

    monkeypatch.setattr(dns, "ask", ask)
    preflight._follow("v=spf1 " + " ".join(f"include:a{number}.x" for number in range(58)))
    assert len(asked) == preflight.SILENT
    asked.clear()
    box = Mailbox(address="rep@own.example", smtp_host="mx.elsewhere.example")
    assert preflight._dkim(box).level == preflight.UNKNOWN
    assert len(asked) == preflight.SILENT


def test_a_line_without_an_end_is_cut_in_few_steps(monkeypatch: Any) -> None:
    measured = []
    width = labels._width

    def count(text: str, points: float) -> float:
        measured.append(text)
        return width(text, points)

    monkeypatch.setattr(labels, "_width", count)
    cut = labels._fit("W" * 8000, 10.5, 400)
    assert cut.endswith("…") and 390 < width(cut, 10.5) <= 400
    assert len(measured) < 20
    assert labels._fit("Odense", 10.5, 400) == "Odense"
    assert labels._fit("Odense", 10.5, 1) == ""


@pytest.mark.parametrize("charset", ["utf-16", "latin-1", "utf-7"])
def test_a_form_in_another_alphabet_is_refused(charset: str) -> None:
    connect()
    kind = f"application/x-www-form-urlencoded; charset={charset}"
    headers = {"X-Twilio-Signature": "a"}
    for path in ("/hooks/twilio/inbound/", "/hooks/twilio/status/", "/hooks/twilio/calls/1/key/"):
        assert Client().post(path, b"a=b", content_type=kind, headers=headers).status_code == 403


def test_a_start_does_not_lift_what_a_person_has_added_since(lead: Lead, workspace: Any) -> None:
    connect()
    mobile(lead)
    texts_inbound.receive(came("STOP"))
    suppression.suppress(address=MOBILE, reason="manual", source="", actor="system")
    texts_inbound.receive(came("START", number=2))
    assert suppression.find(MOBILE)

"""A text comes in: whose it is, "stop" before anything else, each once."""

from collections.abc import Callable
from typing import Any

import pytest

from leads.models import ConsentRecord, Lead, Suppression, ThreadEvent
from leads.services import consent, suppression
from leads.services.suppression import suppress
from outreach.models import Enrollment, InboundMessage, Task
from outreach.services import enrollment as enrollments
from outreach.services import inbound, texts_inbound
from outreach.tests.texts import MOBILE, came, mobile
from outreach.tests.work import another_lead, enroll

Run = Callable[[], list[str]]


@pytest.fixture
def marta(lead: Any) -> Lead:
    return mobile(lead)


@pytest.fixture
def running(marta: Lead, sequence: Any, mailbox: Any) -> Enrollment:
    return enrollments.enroll(marta, sequence, user=marta.owner, mailbox=mailbox)


def state(row: Enrollment) -> tuple[str, str]:
    row.refresh_from_db()
    return row.state, row.reason


def test_an_answer_pauses_before_anything_understands_it(running: Enrollment, rep: Any) -> None:
    row = texts_inbound.receive(came("Yes, call me at ten", name="Marta K"))
    assert (row.state, row.lead_id, row.matched_by) == ("threaded", running.lead_id, "address")
    assert state(running) == ("paused", "replied")
    event = ThreadEvent.objects.get(kind="reply.received")
    assert (event.channel, event.body, event.pk) == ("sms", "Yes, call me at ten", row.event_id)
    task = Task.objects.get(kind="answer")
    assert (task.owner, task.channel) == (rep, "sms")


def test_a_colleague_waits_too(running: Enrollment, sequence: Any, mailbox: Any) -> None:
    other = another_lead(running.lead.owner, company=running.lead.company)
    theirs = enroll(other, sequence, mailbox)
    texts_inbound.receive(came("Yes"))
    assert state(theirs) == ("paused", "company_replied")


def test_the_same_message_again_changes_nothing(marta: Lead) -> None:
    first = texts_inbound.receive(came("Yes"))
    again = texts_inbound.receive(came("Yes"))
    assert first.pk == again.pk
    assert ThreadEvent.objects.filter(kind="reply.received").count() == 1
    texts_inbound.receive(came("Yes", channel="whatsapp"))
    assert InboundMessage.objects.count() == 2


def test_pictures_and_places_are_named_and_not_fetched(marta: Lead) -> None:
    files = [{"name": "Picture (image/jpeg)", "url": "https://api.twilio.com/m"}]
    event = came("", channel="whatsapp", attachments=files, place="52.1, 13.2")
    row = texts_inbound.receive(event)
    assert row.text == "[Picture (image/jpeg)]\n[Place: 52.1, 13.2]"
    assert row.headers["attachments"] == files


# --- stop ---


@pytest.mark.parametrize("words", ["STOP", "stop!", "Abmelden", "退订", "Désabonner"])
@pytest.mark.parametrize("channel", ["sms", "whatsapp"])
def test_stop_counts_at_once(running: Enrollment, words: str, channel: str, run_queue: Run) -> None:
    marta = running.lead
    for code in ("sms", "whatsapp"):
        consent.record_consent(marta, code, "Web form", "Yes", "lead")
    row = texts_inbound.receive(came(words, channel=channel))
    for code in ("sms", "whatsapp", "phone", "email"):
        assert suppression.is_suppressed(marta, code)
    assert state(running) == ("stopped", "opted_out")
    assert not ConsentRecord.objects.filter(withdrawn_at=None).exists()
    assert (row.state, row.reason) == ("threaded", "Asked to stop")
    assert not Task.objects.filter(kind="answer").exists()
    run_queue()
    assert not ThreadEvent.objects.filter(kind__in=["reply.received", "reply.classified"]).exists()
    assert ThreadEvent.objects.get(kind="optout.received").body == words


def test_the_service_says_that_it_is_a_stop(marta: Lead) -> None:
    texts_inbound.receive(came("no thank you my friend", kind="opt_out"))
    assert suppression.is_suppressed(marta, "sms")


def test_a_stop_of_an_unknown_number_counts_too(db: None) -> None:
    row = texts_inbound.receive(came("STOP"))
    assert row.state == "ignored"
    assert Suppression.objects.get().channel == "all"
    assert not Task.objects.exists()


def test_a_stop_of_a_shared_number_counts_for_everybody(marta: Lead, mailbox: Any) -> None:
    other = another_lead(marta.owner, phone=MOBILE)
    texts_inbound.receive(came("STOP"))
    assert suppression.is_suppressed(marta, "email") and suppression.is_suppressed(other, "sms")
    assert ThreadEvent.objects.filter(kind="optout.received").count() == 2


def test_a_sentence_goes_to_the_classifier(marta: Lead, run_queue: Run) -> None:
    texts_inbound.receive(came("Please stop writing to me, take me off your list."))
    assert not suppression.is_suppressed(marta, "sms")
    run_queue()
    assert suppression.is_suppressed(marta, "sms") and suppression.is_suppressed(marta, "email")


def test_stop_alone_in_a_mail_counts_as_well(marta: Lead, run_queue: Run) -> None:
    """Stop words in any channel: a mail, or an answer that was pasted in."""
    from outreach.services.answers import note_reply

    note_reply(
        marta, channel="linkedin", text="退订", actor="lead", dedupe_key="x",
        occurred_at=marta.created_at,
    )  # fmt: skip
    run_queue()
    assert suppression.is_suppressed(marta, "email")


# --- start again ---


def test_start_takes_off_what_stop_has_put_on(marta: Lead) -> None:
    texts_inbound.receive(came("STOP", 1))
    row = texts_inbound.receive(came("START", 2))
    assert row.reason == "Asked to start again"
    assert not suppression.is_suppressed(marta, "sms")
    given = ConsentRecord.objects.get(withdrawn_at=None)
    assert (given.channel, given.source) == ("sms", "START by sms")


def test_start_takes_off_nothing_else(marta: Lead) -> None:
    suppress(address=MOBILE, reason="manual", source="by hand", actor="user:1", lead=marta)
    texts_inbound.receive(came("START"))
    assert suppression.is_suppressed(marta, "sms")
    assert ThreadEvent.objects.filter(kind="reply.received").exists()


def test_yes_is_an_answer(marta: Lead) -> None:
    texts_inbound.receive(came("STOP", 1))
    texts_inbound.receive(came("Yes", 2))
    assert suppression.is_suppressed(marta, "sms")
    texts_inbound.receive(came("Yes", 3, kind="opt_in"))
    assert not suppression.is_suppressed(marta, "sms")


# --- whose it is ---


def test_whatsapp_may_write_the_number_otherwise(lead: Any) -> None:
    mobile(lead, "+525512345678")
    row = texts_inbound.receive(came("Hola", sender="+5215512345678", channel="whatsapp"))
    assert (row.lead, row.from_address) == (lead, "+525512345678")
    assert row.headers["wrote_from"] == "+5215512345678"


def test_an_unknown_number_is_a_question(lead: Any, owner: Any) -> None:
    row = texts_inbound.receive(came("Who is this?", name="Marta Kowalczyk"))
    assert (row.state, row.candidates) == ("unmatched", [lead.pk])
    task = Task.objects.get()
    assert (task.kind, task.owner, task.inbound) == ("unmatched", owner, row)
    assert task.title == "Is this theirs? Marta Kowalczyk"


def test_who_answers_enquiries_is_asked(workspace: Any, rep: Any, owner: Any) -> None:
    workspace.form_owner = rep
    workspace.save()
    texts_inbound.receive(came("Who is this?"))
    assert Task.objects.get().owner == rep


def test_two_with_one_number_wait_for_a_person(running: Enrollment, mailbox: Any) -> None:
    other = another_lead(running.lead.owner, phone=MOBILE)
    row = texts_inbound.receive(came("Yes please"))
    assert (row.state, row.candidates) == ("unmatched", [running.lead_id, other.pk])
    assert state(running) == ("paused", "task")
    assert not ThreadEvent.objects.filter(kind="reply.received").exists()


def test_placing_it_by_hand_teaches_the_number(running: Enrollment, rep: Any) -> None:
    running.lead.phone = ""
    running.lead.save()
    row = texts_inbound.receive(came("Yes please", sender="+48509999999"))
    assert row.state == "unmatched"
    inbound.assign(row, running.lead, rep)
    event = ThreadEvent.objects.get(kind="reply.received")
    assert (event.channel, event.lead) == ("sms", running.lead)
    assert state(running) == ("paused", "replied")
    assert Task.objects.get(kind="unmatched").state == "done"
    later = texts_inbound.receive(came("And by ten", 2, sender="+48509999999"))
    assert (later.state, later.lead) == ("threaded", running.lead)


def test_a_flood_is_held_back_but_pauses(running: Enrollment, monkeypatch: Any) -> None:
    monkeypatch.setattr(texts_inbound, "FLOOD", 3)
    rows = [texts_inbound.receive(came(f"Message {n}", n)) for n in range(1, 6)]
    assert [row.state for row in rows] == ["threaded"] * 3 + ["ignored"] * 2
    assert "More than 3" in rows[4].reason
    assert texts_inbound.receive(came("STOP", 9)).reason == "Asked to stop"


def test_many_unknown_numbers_are_one_line_a_day(owner: Any, monkeypatch: Any) -> None:
    monkeypatch.setattr(texts_inbound, "ASK_LIMIT", 2)
    for number in range(1, 6):
        texts_inbound.receive(came("Hi", number, sender=f"+4850000000{number}"))
    assert Task.objects.filter(kind="unmatched").count() == 2
    assert Task.objects.filter(kind="attention").count() == 1
    assert InboundMessage.objects.filter(state="unmatched").count() == 5


def test_a_short_code_or_a_name_is_no_reason_to_fail(db: None) -> None:
    for number, sender in enumerate(["AMAZON", "12345", "+1", "x" * 60], start=1):
        row = texts_inbound.receive(came("STOP", number, sender=sender))
        assert row.state == "ignored"

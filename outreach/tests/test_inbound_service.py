"""What comes in: once, to the right person, and their words stop the machine at once."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone

from leads import thread
from leads.models import Company, Lead, Suppression, ThreadEvent
from outreach.models import Enrollment, InboundMessage, Mailbox, Task, Touch
from outreach.services import inbound
from outreach.tests.mails import bounce, mail, nested, raw

MINE = "<0123456789abcdef0123456789abcdef@halden.example>"


@pytest.fixture
def enrolled(lead: Lead, sequence: Any, mailbox: Mailbox) -> Enrollment:
    return Enrollment.objects.create(lead=lead, sequence=sequence, mailbox=mailbox)


@pytest.fixture
def sent(lead: Lead, mailbox: Mailbox, enrolled: Enrollment) -> Touch:
    return Touch.objects.create(
        lead=lead,
        enrollment=enrolled,
        channel="email",
        mailbox=mailbox,
        state="sent",
        to_address=lead.email,
        subject="A question for Polna Bakeries",
        message_id=MINE,
        due_at=timezone.now(),
        sent_at=timezone.now(),
    )


def _replies() -> Any:
    return ThreadEvent.objects.filter(kind="reply.received")


def test_an_answer_pauses_in_the_recording_transaction_before_any_task_runs(
    mailbox: Mailbox, sent: Touch, enrolled: Enrollment, lead: Lead
) -> None:
    row = inbound.receive(mailbox, raw(mail(In_Reply_To=MINE)))
    enrolled.refresh_from_db()
    assert (enrolled.state, enrolled.reason) == ("paused", "replied")
    event = _replies().get()
    assert event.body == "Tuesday at 10 works."
    assert (event.lead, event.direction, event.actor) == (lead, "in", "lead")
    assert event.data["touch"] == sent.pk
    assert (row.state, row.matched_by, row.event_id) == ("threaded", "references", event.pk)
    task = Task.objects.get(kind="answer")
    assert (task.owner, task.lead, task.event_id) == (lead.owner, lead, event.pk)
    lead.refresh_from_db()
    assert (lead.last_sign, lead.stage) != ("Replied", "engaged")  # words may also refuse
    assert lead.last_sign == "Replied"


def test_the_quoted_part_is_cut_and_the_whole_is_kept(mailbox: Mailbox, sent: Touch) -> None:
    text = (
        "Yes.\n\nOn Mon, 23 Nov 2026 at 09:00, Jonas <jonas@halden.example> wrote:\n> Unsubscribe"
    )
    row = inbound.receive(mailbox, raw(mail(text, References=f"<x@y> {MINE}")))
    assert row.text == "Yes." == _replies().get().body
    assert "Unsubscribe" in row.full_text


@pytest.mark.parametrize("change", [{}, {"uid": 99, "uidvalidity": 2}])
def test_a_second_delivery_changes_nothing(
    mailbox: Mailbox, sent: Touch, change: dict[str, int]
) -> None:
    content = mail(In_Reply_To=MINE)
    first = inbound.receive(mailbox, raw(content))
    again = inbound.receive(mailbox, raw(content, **change))
    other_way = inbound.receive(mailbox, raw(b"Received: by another path\r\n" + content))
    assert first.pk == again.pk == other_way.pk
    assert _replies().count() == 1 and Task.objects.filter(kind="answer").count() == 1


def test_the_same_id_with_other_words_is_another_message(mailbox: Mailbox, sent: Touch) -> None:
    for text in ("First", "Second"):
        inbound.receive(mailbox, raw(mail(text, message_id="<always@the.same>", In_Reply_To=MINE)))
    assert sorted(_replies().values_list("body", flat=True)) == ["First", "Second"]
    assert InboundMessage.objects.count() == 2


def test_the_address_alone_is_enough(mailbox: Mailbox, lead: Lead) -> None:
    row = inbound.receive(mailbox, raw(mail(sender="X <M.Kowalczyk@POLNA.example>")))
    assert (row.lead, row.matched_by) == (lead, "address")


def test_our_id_in_the_quoted_body_is_enough(mailbox: Mailbox, sent: Touch, lead: Lead) -> None:
    text = f"Yes\n\n-----Original Message-----\nMessage-ID: {MINE}\nhello"
    row = inbound.receive(mailbox, raw(mail(text, sender="private@gmail.com", subject="hi")))
    assert (row.lead, row.matched_by) == (lead, "references")


def test_a_thread_that_goes_on_from_an_unknown_address(
    mailbox: Mailbox, sent: Touch, lead: Lead
) -> None:
    inbound.receive(mailbox, raw(mail(message_id="<one@polna.example>", In_Reply_To=MINE)))
    row = inbound.receive(
        mailbox, raw(mail(sender="b@elsewhere.example", References="<one@polna.example>"))
    )
    assert row.lead == lead


def test_a_colleague_who_answers_gets_it_into_their_own_thread_and_both_pause(
    mailbox: Mailbox, sent: Touch, enrolled: Enrollment, rep: Any, sequence: Any
) -> None:
    other = Lead.objects.create(owner=rep, email="boss@other.example", first_name="Ola")
    mine = Enrollment.objects.create(lead=other, sequence=sequence)
    row = inbound.receive(mailbox, raw(mail(sender="boss@other.example", In_Reply_To=MINE)))
    assert row.lead == other and _replies().get().lead == other
    for enrollment, reason in ((mine, "replied"), (enrolled, "company_replied")):
        enrollment.refresh_from_db()
        assert (enrollment.state, enrollment.reason) == ("paused", reason)


def test_colleagues_of_the_company_pause_unless_the_workspace_says_no(
    mailbox: Mailbox, sent: Touch, lead: Lead, rep: Any, sequence: Any, workspace: Any
) -> None:
    mate = Lead.objects.create(owner=rep, email="k@polna.example", company=lead.company)
    theirs = Enrollment.objects.create(lead=mate, sequence=sequence)
    workspace.pause_company_on_reply = False
    workspace.save()
    inbound.receive(mailbox, raw(mail(In_Reply_To=MINE)))
    theirs.refresh_from_db()
    assert theirs.state == "active"
    workspace.pause_company_on_reply = True
    workspace.save()
    inbound.receive(mailbox, raw(mail("More", In_Reply_To=MINE)))
    theirs.refresh_from_db()
    assert (theirs.state, theirs.reason) == ("paused", "company_replied")


def test_an_answer_ends_an_absence_that_would_resume_by_itself(
    mailbox: Mailbox, sent: Touch, enrolled: Enrollment
) -> None:
    Enrollment.objects.update(
        state="paused", reason="out_of_office", resume_at=timezone.now() + timedelta(days=3)
    )
    inbound.receive(mailbox, raw(mail(In_Reply_To=MINE)))
    enrolled.refresh_from_db()
    assert (enrolled.reason, enrolled.resume_at) == ("replied", None)


def test_a_pause_by_hand_stays_one(mailbox: Mailbox, sent: Touch, enrolled: Enrollment) -> None:
    Enrollment.objects.update(state="paused", reason="manual")
    inbound.receive(mailbox, raw(mail(In_Reply_To=MINE)))
    enrolled.refresh_from_db()
    assert enrolled.reason == "manual"


def test_several_answers_make_one_task_with_the_newest_words(mailbox: Mailbox, sent: Touch) -> None:
    for text in ("One", "Two"):
        inbound.receive(mailbox, raw(mail(text, In_Reply_To=MINE)))
    task = Task.objects.get(kind="answer")
    assert task.why == "Two" and task.event_id == _replies().last().pk


@pytest.mark.parametrize(
    "content",
    [
        lambda: mail(sender="Jonas <jonas@halden.example>", In_Reply_To=MINE),
        lambda: mail(sender="rep@own.example"),
        lambda: mail(message_id=MINE, sender="m.kowalczyk@polna.example"),
    ],
)
def test_our_own_copies_are_no_answers(
    mailbox: Mailbox, sent: Touch, enrolled: Enrollment, content: Any
) -> None:
    row = inbound.receive(mailbox, raw(content()))
    assert (row.state, row.reason) == ("ignored", "Sent from here")
    enrolled.refresh_from_db()
    assert enrolled.state == "active" and not _replies().exists()


AUTO = [
    {"Auto_Submitted": "auto-replied"},
    {"X_Autoreply": "yes"},
    {"X_Auto_Response_Suppress": "All"},
    {"Precedence": "auto_reply"},
    {"Return_Path": "<>"},
]


@pytest.mark.parametrize("headers", AUTO)
def test_automatic_answers_pause_nobody(
    mailbox: Mailbox, sent: Touch, enrolled: Enrollment, headers: dict[str, str]
) -> None:
    row = inbound.receive(mailbox, raw(mail("Thanks for your mail.", In_Reply_To=MINE, **headers)))
    assert row.state == "threaded" and row.reason.startswith("Automatic reply")
    enrolled.refresh_from_db()
    assert enrolled.state == "active"
    assert not _replies().exists() and not Task.objects.exists()
    assert ThreadEvent.objects.filter(kind="autoreply.received").count() == 1


@pytest.mark.parametrize(
    "subject", ["Automatische Antwort: Frage", "Out of Office: x", "Réponse automatique : x"]
)
def test_automatic_subjects(mailbox: Mailbox, sent: Touch, subject: str) -> None:
    inbound.receive(mailbox, raw(mail("Bin weg.", subject=subject, In_Reply_To=MINE)))
    assert not _replies().exists()


@pytest.mark.parametrize("headers", AUTO)
def test_a_wish_to_stop_pauses_whatever_the_program_says(
    mailbox: Mailbox, sent: Touch, enrolled: Enrollment, headers: dict[str, str]
) -> None:
    inbound.receive(mailbox, raw(mail("Stop emailing me.", In_Reply_To=MINE, **headers)))
    enrolled.refresh_from_db()
    assert enrolled.state == "paused"
    assert _replies().count() == 1


def test_auto_submitted_no_is_a_person(mailbox: Mailbox, sent: Touch) -> None:
    inbound.receive(mailbox, raw(mail(Auto_Submitted="no", In_Reply_To=MINE)))
    assert _replies().count() == 1


def test_a_newsletter_of_a_lead_is_no_answer(mailbox: Mailbox, lead: Lead) -> None:
    row = inbound.receive(mailbox, raw(mail(subject="Our bread news", List_Id="<news.polna>")))
    assert (row.state, row.reason) == ("ignored", "Mass mail")


def test_an_absence_holds_until_the_day_after_the_return(
    mailbox: Mailbox, sent: Touch, enrolled: Enrollment, run_queue: Any
) -> None:
    back = (timezone.now() + timedelta(days=10)).date()
    text = f"I am out of the office. I will be back on {back.isoformat()}."
    inbound.receive(mailbox, raw(mail(text, In_Reply_To=MINE, Auto_Submitted="auto-replied")))
    run_queue()
    enrolled.refresh_from_db()
    assert (enrolled.state, enrolled.reason) == ("paused", "out_of_office")
    assert enrolled.resume_at and back < enrolled.resume_at.date() <= back + timedelta(days=6)


def test_an_absence_without_a_day_holds_a_week(
    mailbox: Mailbox, sent: Touch, enrolled: Enrollment, run_queue: Any
) -> None:
    text = "I am out of the office with limited access to e-mail."
    inbound.receive(mailbox, raw(mail(text, In_Reply_To=MINE, Auto_Submitted="auto-replied")))
    run_queue()
    enrolled.refresh_from_db()
    assert enrolled.resume_at
    assert timedelta(days=7) < enrolled.resume_at - timezone.now() < timedelta(days=14)


def test_a_ticket_robot_holds_nothing(
    mailbox: Mailbox, sent: Touch, enrolled: Enrollment, run_queue: Any
) -> None:
    text = "We have received your request. Ticket 4711."
    inbound.receive(mailbox, raw(mail(text, In_Reply_To=MINE, Auto_Submitted="auto-generated")))
    run_queue()
    enrolled.refresh_from_db()
    assert enrolled.state == "active"


def test_a_hard_bounce_suppresses_and_stops(
    mailbox: Mailbox, sent: Touch, enrolled: Enrollment, lead: Lead, run_queue: Any
) -> None:
    row = inbound.receive(mailbox, raw(bounce(MINE)))
    enrolled.refresh_from_db()
    assert (enrolled.state, enrolled.reason) == ("stopped", "hard_bounce")
    assert Suppression.objects.get().reason == "hard_bounce"
    event = ThreadEvent.objects.get(kind="touch.bounced")
    assert event.data["kind"] == "hard" and event.data["touch"] == sent.pk
    assert row.state == "threaded" and row.lead == lead
    assert not _replies().exists()
    inbound.receive(mailbox, raw(bounce(MINE)))
    run_queue()
    assert Suppression.objects.count() == 1


@pytest.mark.parametrize(
    ("status", "action"), [("4.2.2", "delayed"), ("5.7.1", "failed"), ("5.2.2", "failed")]
)
def test_other_failures_are_only_noted(
    mailbox: Mailbox, sent: Touch, enrolled: Enrollment, status: str, action: str
) -> None:
    inbound.receive(mailbox, raw(bounce(MINE, status=status, action=action)))
    enrolled.refresh_from_db()
    assert enrolled.state == "active" and not Suppression.objects.exists()
    assert ThreadEvent.objects.get(kind="touch.bounced").data["kind"] == "soft"


def test_a_complaint_suppresses_every_channel_for_good(
    mailbox: Mailbox, sent: Touch, enrolled: Enrollment
) -> None:
    inbound.receive(mailbox, raw(bounce(MINE, kind="feedback-report")))
    enrolled.refresh_from_db()
    row = Suppression.objects.get()
    assert (row.reason, row.channel, enrolled.reason) == ("complaint", "all", "complaint")


def test_a_made_up_bounce_suppresses_nobody(mailbox: Mailbox, lead: Lead) -> None:
    row = inbound.receive(mailbox, raw(bounce("<never@sent.example>")))
    assert row.state == "ignored" and not Suppression.objects.exists()


def test_a_shared_company_domain_is_a_question_not_a_match(
    mailbox: Mailbox, lead: Lead, rep: Any
) -> None:
    row = inbound.receive(mailbox, raw(mail(sender="Piotr <piotr@mail.polna.example>")))
    assert (row.state, row.candidates, row.lead) == ("unmatched", [lead.pk], None)
    task = Task.objects.get()
    assert (task.kind, task.owner, task.inbound) == ("unmatched", rep, row)
    assert not _replies().exists()


def test_free_mail_domains_make_no_candidates(mailbox: Mailbox, lead: Lead) -> None:
    Company.objects.update(domain="gmail.com")
    row = inbound.receive(mailbox, raw(mail(sender="who@gmail.com", subject="Hello there")))
    assert row.state == "ignored" and row.reason.startswith("Not from a lead")


@pytest.mark.parametrize(
    ("sender", "subject"),
    [
        ("Marta Kowalczyk <mk77@gmail.com>", "hello"),
        ("mk77@gmail.com", "AW: A question for Polna Bakeries"),
    ],
)
def test_a_known_name_or_subject_makes_a_candidate(
    mailbox: Mailbox, sent: Touch, lead: Lead, sender: str, subject: str
) -> None:
    row = inbound.receive(mailbox, raw(mail(sender=sender, subject=subject)))
    assert (row.state, row.candidates) == ("unmatched", [lead.pk])


def test_assigning_records_pauses_and_teaches_the_address(
    mailbox: Mailbox, sent: Touch, enrolled: Enrollment, lead: Lead, rep: Any
) -> None:
    private = mail("Yes", sender="Marta Kowalczyk <mk77@gmail.com>", subject="From my phone")
    row = inbound.receive(mailbox, raw(private))
    inbound.assign(row, lead, rep)
    enrolled.refresh_from_db()
    assert enrolled.state == "paused" and _replies().get().body == "Yes"
    assert not Task.objects.filter(kind="unmatched", state="open").exists()
    with pytest.raises(inbound.InboundError):
        inbound.assign(row, lead, rep)
    later = inbound.receive(mailbox, raw(mail("Again", sender="mk77@gmail.com", subject="x")))
    assert (later.state, later.lead, later.matched_by) == ("threaded", lead, "known")


def test_ignoring_wants_a_known_reason(mailbox: Mailbox, lead: Lead, rep: Any) -> None:
    row = inbound.receive(mailbox, raw(mail(sender="piotr@polna.example")))
    with pytest.raises(inbound.InboundError):
        inbound.ignore(row, rep, "because")
    inbound.ignore(row, rep, "private")
    row.refresh_from_db()
    assert (row.state, row.reason) == ("ignored", "Private, said by Jonas Weber")
    assert not Task.objects.filter(state="open").exists()
    with pytest.raises(inbound.InboundError):
        inbound.ignore(row, rep, "private")


def test_an_erased_person_leaves_no_words_behind(mailbox: Mailbox, sent: Touch, lead: Lead) -> None:
    Lead.objects.update(email=None, erased_at=timezone.now())
    row = inbound.receive(mailbox, raw(mail("secret words", In_Reply_To=MINE)))
    row.refresh_from_db()
    assert row.state == "ignored"
    assert (row.text, row.full_text, row.from_address, row.subject) == ("", "", "", "")
    assert not _replies().exists()


def test_two_machines_talking_are_cut_off_and_nothing_is_lost(
    mailbox: Mailbox, sent: Touch
) -> None:
    for number in range(13):
        inbound.receive(mailbox, raw(mail(f"Hello {number}", In_Reply_To=MINE)))
    assert _replies().count() == 10
    assert InboundMessage.objects.count() == 13
    assert InboundMessage.objects.filter(state="ignored").count() == 3
    assert Task.objects.filter(kind="attention").count() == 1


def test_a_mail_too_large_to_read_still_pauses(
    mailbox: Mailbox, sent: Touch, enrolled: Enrollment
) -> None:
    envelope = {
        "from": "Marta <m.kowalczyk@polna.example>",
        "message_id": "<big@polna.example>",
        "in_reply_to": MINE,
        "references": MINE,
    }
    row = inbound.receive(mailbox, raw(None, size=12 * 1024 * 1024, envelope=envelope))
    enrolled.refresh_from_db()
    assert enrolled.state == "paused" and row.state == "threaded"
    assert "12.0 MB" in _replies().get().body
    assert (
        inbound.receive(mailbox, raw(None, size=12 * 1024 * 1024, envelope=envelope)).pk == row.pk
    )


def test_two_thousand_nested_parts_are_kept_as_they_came(
    mailbox: Mailbox, lead: Lead, enrolled: Enrollment, settings: Any
) -> None:
    content = nested(2000)
    row = inbound.receive(mailbox, raw(content))
    enrolled.refresh_from_db()
    assert enrolled.state == "paused"  # the header says who it is
    assert (settings.DATA_DIR / "mail" / row.raw_path).read_bytes() == content


def test_an_unreadable_mail_of_nobody_is_quarantined(mailbox: Mailbox, lead: Lead) -> None:
    row = inbound.receive(mailbox, raw(nested(2000).replace(b"polna", b"unknown")))
    assert row.state == "quarantined" and row.reason and row.raw_path


def test_a_reply_while_the_next_touch_is_sending_holds_the_later_ones(
    mailbox: Mailbox, sent: Touch, enrolled: Enrollment, lead: Lead
) -> None:
    flying = Touch.objects.create(
        lead=lead, enrollment=enrolled, channel="email", mailbox=mailbox, state="sending",
        step_key="11111111-1111-1111-1111-111111111111", due_at=timezone.now(),
        lease_until=timezone.now() + timedelta(minutes=5),
    )  # fmt: skip
    waiting = Touch.objects.create(
        lead=lead, enrollment=enrolled, channel="email", mailbox=mailbox, state="approved",
        step_key="22222222-2222-2222-2222-222222222222", due_at=timezone.now(),
    )  # fmt: skip
    inbound.receive(mailbox, raw(mail(In_Reply_To=MINE)))
    from outreach.services import policy

    flying.refresh_from_db()
    waiting = Touch.objects.select_related("lead", "enrollment__sequence", "mailbox__user").get(
        pk=waiting.pk
    )
    assert flying.state == "sending"
    assert not policy.may_send(waiting, timezone.now()).ok


def test_zero_bytes_anywhere_are_stored_without_them(mailbox: Mailbox, lead: Lead) -> None:
    content = mail("a\x00b", message_id="<x\x00y@polna.example>", subject="s\x00t")
    row = inbound.receive(mailbox, raw(content.replace(b"text/plain", b"te\x00xt/plain")))
    row.refresh_from_db()
    assert "\x00" not in row.subject + row.text + row.message_id + json.dumps(row.headers)


def test_other_channels_use_the_same_door(lead: Lead, enrolled: Enrollment) -> None:
    for _ in range(2):
        inbound.note_reply(
            lead,
            channel="linkedin",
            text="Sure, call me\x00",
            actor="lead",
            occurred_at=datetime.now(UTC),
            dedupe_key="linkedin:1",
        )
    event = _replies().get()
    assert (event.body, event.channel) == ("Sure, call me", "linkedin")
    enrolled.refresh_from_db()
    assert enrolled.state == "paused"


def test_an_opt_out_suppresses_all_and_a_correction_takes_it_back(
    mailbox: Mailbox, sent: Touch, enrolled: Enrollment, lead: Lead, rep: Any, run_queue: Any
) -> None:
    from outreach.services import replies

    inbound.receive(mailbox, raw(mail("Please stop emailing me.", In_Reply_To=MINE)))
    run_queue()
    enrolled.refresh_from_db()
    assert (enrolled.state, enrolled.reason) == ("stopped", "opted_out")
    assert set(Suppression.objects.values_list("channel", flat=True)) == {"all"}
    assert Suppression.objects.count() >= 2  # mail and phone
    event = _replies().get()
    replies.correct(event, "question", rep)
    run_queue()
    assert not Suppression.objects.exists()
    newest = replies.classes_of(event)[0]
    assert (newest.actor, newest.data["disposition"]) == (rep.actor, "question")


def test_a_correction_to_opt_out_suppresses(
    mailbox: Mailbox, sent: Touch, enrolled: Enrollment, rep: Any, run_queue: Any
) -> None:
    from outreach.services import replies

    inbound.receive(mailbox, raw(mail("No, and never again.", In_Reply_To=MINE)))
    run_queue()
    assert not Suppression.objects.exists()
    replies.correct(_replies().get(), "opt_out", rep)
    assert replies.correct(_replies().get(), "opt_out", rep) is None
    run_queue()
    enrolled.refresh_from_db()
    assert enrolled.reason == "opted_out" and Suppression.objects.exists()
    with pytest.raises(replies.ReplyError):
        replies.correct(_replies().get(), "nonsense", rep)


def test_a_person_who_says_to_be_away_is_held_and_colleagues_go_on(
    mailbox: Mailbox, sent: Touch, enrolled: Enrollment, lead: Lead, rep: Any, sequence: Any,
    run_queue: Any,
) -> None:  # fmt: skip
    mate = Lead.objects.create(owner=rep, email="k@polna.example", company=lead.company)
    theirs = Enrollment.objects.create(lead=mate, sequence=sequence)
    text = "I am out of the office until further notice with limited access to e-mail."
    inbound.receive(mailbox, raw(mail(text, In_Reply_To=MINE)))
    run_queue()
    enrolled.refresh_from_db()
    theirs.refresh_from_db()
    assert (enrolled.reason, theirs.state) == ("out_of_office", "active")
    assert enrolled.resume_at is not None


def test_our_quoted_footer_never_opts_out(
    mailbox: Mailbox, sent: Touch, enrolled: Enrollment, run_queue: Any
) -> None:
    text = "-----Original Message-----\nFrom: Jonas\nPlease unsubscribe me here"
    inbound.receive(mailbox, raw(mail(text, In_Reply_To=MINE)))
    run_queue()
    assert not Suppression.objects.exists()
    assert ThreadEvent.objects.get(kind="reply.classified").data["disposition"] == "other"


def test_reactions_may_run_twice(mailbox: Mailbox, sent: Touch, run_queue: Any) -> None:
    from outreach import tasks

    inbound.receive(mailbox, raw(mail("Stop emailing me.", In_Reply_To=MINE)))
    run_queue()
    event = _replies().get()
    before = ThreadEvent.objects.count()
    tasks.classify_reply(event.pk)
    tasks.apply_disposition(ThreadEvent.objects.get(kind="reply.classified").pk)
    run_queue()
    assert ThreadEvent.objects.count() == before


MIME = Path(__file__).resolve().parents[3] / "shared" / "fixtures" / "mime"


@pytest.mark.skipif(not MIME.exists(), reason="the public corpus is not here")
def test_odd_mails_of_the_public_corpus_all_end_in_the_ledger(mailbox: Mailbox, lead: Lead) -> None:
    files = [p for p in sorted(MIME.rglob("*")) if p.is_file() and p.name != "LICENSE"]
    for path in files:
        inbound.receive(mailbox, raw(path.read_bytes()))
    assert len(files) > 50
    states = set(InboundMessage.objects.values_list("state", flat=True))
    assert states <= {"ignored", "quarantined", "unmatched", "threaded"}
    json.dumps(list(InboundMessage.objects.values("text", "subject", "headers")))


def test_the_stop_address_of_the_header_works_whatever_the_body_says(
    lead: Any, run_queue: Any
) -> None:
    from leads.services import suppression

    thread.record(
        lead=lead,
        kind="reply.received",
        actor="lead",
        body="This message was automatically generated by the mail program.",
        data={"subject": " Unsubscribe "},
    )
    run_queue()
    assert suppression.is_suppressed(lead, "email")

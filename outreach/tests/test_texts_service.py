"""Texts from the draft to the service: consent, window, hours, templates, lost answers."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs

import pytest
from django.utils import timezone

from leads.models import Lead, Suppression
from leads.services import consent
from outreach.models import Enrollment, InboundMessage, Step, Task, Template, Touch, Variant
from outreach.services import (
    approval,
    composing,
    content,
    drafting,
    policy,
    reconciling,
    sending,
    text_templates,
    texting,
)
from outreach.services import enrollment as enrollments
from outreach.tests.texts import MOBILE, OURS, SID, connect, mobile, sid, text
from salesagent.tests.peers import faults

TUESDAY = datetime(2026, 11, 24, 10, 0, tzinfo=UTC)  # 11:00 in Warsaw
MESSAGES = f"/2010-04-01/Accounts/{SID}/Messages.json"
WORDS = "Hello {{1}}, a yearly check by {{2}} is quick. Shall we call?"
FRAME = "Hello {{first_name}}, a yearly check by {{sender_company}} is quick. Shall we call?"


@pytest.fixture
def marta(lead: Any, workspace: Any) -> Lead:
    return mobile(lead)


@pytest.fixture
def twilio(
    db: None, settings: Any, faults_server: faults.FaultServer, monkeypatch: pytest.MonkeyPatch
) -> faults.FaultServer:
    """The service, which takes everything until it is told otherwise."""
    monkeypatch.setattr("salesagent.lib.http.sleep", lambda seconds: None)
    settings.SERVICE_URLS = {
        **settings.SERVICE_URLS,
        "twilio": faults_server.base,
        "twilio_content": faults_server.base,
    }
    settings.SITE_URL = "https://sales.example"
    connect()
    steps = [faults.ok({"sid": sid(n), "status": "queued"}, 201) for n in range(1, 6)]
    faults_server.script(MESSAGES, *steps)
    return faults_server


def agree(lead: Lead, *codes: str) -> None:
    for code in codes or ("sms", "whatsapp"):
        consent.record_consent(lead, code, "Web form", "Yes", "lead")


def wrote(lead: Lead, at: datetime, channel: str = "whatsapp") -> InboundMessage:
    return InboundMessage.objects.create(
        channel=channel, from_address=lead.phone, to_address=OURS, message_id=f"m{at}",
        digest=f"d{at}{channel}", received_at=at, state="threaded", lead=lead,
    )  # fmt: skip


def template(state: str = "approved", body: str = FRAME) -> Template:
    return Template.objects.create(
        code="wa-1", name="Due", channel="whatsapp", body=body, content_sid=sid(1, "HX"),
        content_state=state,
    )  # fmt: skip


def step_of(sequence: Any, channel: str, body: str, **values: Any) -> Step:
    """The sequence starts with this touch."""
    step: Step = sequence.steps.get(position=1)
    Step.objects.filter(pk=step.pk).update(channel=channel, **values)
    Variant.objects.filter(step=step).update(subject="", body=body)
    step.refresh_from_db()
    return step


def drafted(lead: Lead, sequence: Any, mailbox: Any) -> Touch:
    row = enrollments.enroll(lead, sequence, user=lead.owner, mailbox=mailbox, now=TUESDAY)
    touch = drafting.draft_touch(row, TUESDAY)
    assert touch is not None
    return touch


def blocks(touch: Touch) -> list[str]:
    return [check["text"] for check in touch.checks if check["level"] == "block"]


def code_of(touch: Touch, now: datetime = TUESDAY) -> str:
    return policy.may_send(touch, now).code


# --- consent ---


def test_without_a_yes_the_fallback_is_used(marta: Lead, sequence: Any, mailbox: Any) -> None:
    step = step_of(sequence, "sms", "Hi {{first_name}}", fallback_channel="email")
    assert drafting.channel_for(step, marta) == "email"
    agree(marta, "sms")
    assert drafting.channel_for(step, marta) == "sms"
    mobile(marta, "+48615550127")
    assert drafting.channel_for(step, marta) == "email"  # a landline


def test_without_a_yes_and_a_fallback_the_touch_is_left_out(
    marta: Lead, sequence: Any, mailbox: Any
) -> None:
    step_of(sequence, "sms", "Hi {{first_name}}")
    row = enrollments.enroll(marta, sequence, user=marta.owner, mailbox=mailbox, now=TUESDAY)
    assert drafting.draft_touch(row, TUESDAY) is None
    assert Touch.objects.get().skip_reason == "no_channel"


def test_a_yes_that_was_taken_back_stops_an_approved_text(marta: Lead, twilio: Any) -> None:
    agree(marta)
    touch = text(marta, due_at=TUESDAY)
    assert code_of(touch) == "ok"
    consent.withdraw(marta, "sms", "lead")
    assert code_of(touch) == "consent"
    assert sending.send_due(TUESDAY).sent == 0
    assert twilio.requests == []


def test_an_answer_needs_no_yes(marta: Lead, twilio: Any) -> None:
    touch = text(marta, due_at=TUESDAY, kind=Touch.Kind.REPLY)
    assert code_of(touch) == "ok"


# --- hours ---


@pytest.mark.parametrize(
    ("local", "code"),
    [
        ("08:59", "window"),
        ("09:00", "ok"),
        ("19:59", "ok"),
        ("20:01", "window"),
        ("23:00", "window"),
    ],
)
def test_quiet_hours_are_the_leads(marta: Lead, twilio: Any, local: str, code: str) -> None:
    """Also for what a person wrote; 9 to 20 o'clock in Warsaw."""
    agree(marta)
    hour, minute = map(int, local.split(":"))
    now = datetime(2026, 11, 24, hour - 1, minute, tzinfo=UTC)
    touch = text(marta, due_at=now - timedelta(hours=1))
    assert code_of(touch, now) == code


# --- the window of WhatsApp ---


@pytest.mark.parametrize(
    ("after", "code"),
    [
        (timedelta(hours=23, minutes=59, seconds=59), "ok"),
        (timedelta(hours=24), "ok"),
        (timedelta(hours=24, seconds=1), "template"),
        (timedelta(days=3), "template"),
    ],
)
def test_free_text_for_24_hours(marta: Lead, twilio: Any, after: timedelta, code: str) -> None:
    agree(marta)
    wrote(marta, TUESDAY - after)
    touch = text(marta, "whatsapp", due_at=TUESDAY)
    assert code_of(touch) == code
    facts = policy.Facts.for_touches([touch], TUESDAY)
    assert policy.may_send(touch, TUESDAY, facts=facts).code == code


def test_only_their_last_message_on_whatsapp_opens_it(marta: Lead, twilio: Any) -> None:
    agree(marta)
    wrote(marta, TUESDAY - timedelta(hours=1), "sms")
    touch = text(marta, "whatsapp", due_at=TUESDAY)
    assert code_of(touch) == "template"
    assert code_of(text(marta, "sms", due_at=TUESDAY)) == "ok"


def test_a_draft_outside_the_window_says_what_to_do(
    marta: Lead, sequence: Any, mailbox: Any
) -> None:
    agree(marta)
    step_of(sequence, "whatsapp", "Hi {{first_name}}, shall we talk?")
    touch = drafted(marta, sequence, mailbox)
    assert touch.content_sid == ""
    assert "takes only an approved template now" in blocks(touch)[0]
    with pytest.raises(approval.ApprovalError):
        approval.approve(touch, user=marta.owner, seen_hash=policy.text_hash(touch))


def test_ready_says_why_not(marta: Lead, twilio: Any) -> None:
    assert "has not agreed" in texting.ready(marta, "whatsapp")[1]
    agree(marta)
    assert texting.ready(marta, "sms") == (True, "")
    assert "has not written yet" in texting.ready(marta, "whatsapp")[1]
    wrote(marta, timezone.now() - timedelta(hours=1))
    assert texting.ready(marta, "whatsapp") == (True, "")
    connect(settings={"sms_from": OURS})
    assert "No sender for WhatsApp" in texting.ready(marta, "whatsapp")[1]
    mobile(marta, "+48615550127")
    assert "landline" in texting.ready(marta, "sms")[1]
    assert not texting.ready(marta, "email")[0]


# --- templates ---


def test_words_of_an_approved_template_go_out_as_it(
    marta: Lead, sequence: Any, mailbox: Any, twilio: Any
) -> None:
    agree(marta)
    template()
    step_of(sequence, "whatsapp", FRAME.replace("{{first_name}}", "{{first_name|there}}"))
    touch = drafted(marta, sequence, mailbox)
    assert touch.body.startswith("Hello Marta, a yearly check by Halden Climate Services is")
    assert touch.content_variables == {"1": "Marta", "2": "Halden Climate Services"}
    assert blocks(touch) == []
    approval.approve(touch, user=marta.owner, seen_hash=policy.text_hash(touch))
    Touch.objects.update(due_at=TUESDAY, not_before=None)
    assert sending.send_due(TUESDAY).sent == 1
    form = twilio.requests[0].form()
    assert form["ContentSid"] == touch.content_sid and "Body" not in form
    assert form["ContentVariables"] == '{"1": "Marta", "2": "Halden Climate Services"}'


def test_an_approval_binds_template_and_values(marta: Lead) -> None:
    touch = text(marta, "whatsapp", due_at=TUESDAY, content_sid=sid(1, "HX"))
    before = policy.text_hash(touch)
    touch.content_variables = {"1": "Somebody else"}
    assert policy.text_hash(touch) != before


def test_an_edit_makes_it_free_text(marta: Lead, sequence: Any, mailbox: Any) -> None:
    agree(marta)
    template()
    step_of(sequence, "whatsapp", FRAME)
    touch = drafted(marta, sequence, mailbox)
    seen = policy.text_hash(touch)
    changed = approval.edit(
        touch, user=marta.owner, subject="", body="My own words for you", seen_hash=seen
    )
    assert changed.content_sid == "" and changed.content_variables == {}
    assert any("approved template" in text for text in blocks(changed))


@pytest.mark.parametrize("state", ["pending", "rejected", "gone", "unsubmitted"])
def test_a_template_that_is_not_approved_is_not_used(
    marta: Lead, sequence: Any, mailbox: Any, state: str
) -> None:
    agree(marta)
    template(state)
    step_of(sequence, "whatsapp", FRAME)
    touch = drafted(marta, sequence, mailbox)
    assert touch.content_sid == "" and blocks(touch)


def test_a_template_that_lost_its_approval_blocks(marta: Lead, sequence: Any, mailbox: Any) -> None:
    agree(marta)
    row = template()
    step_of(sequence, "whatsapp", FRAME)
    touch = drafted(marta, sequence, mailbox)
    Template.objects.filter(pk=row.pk).update(content_state="rejected")
    approval.recheck(touch)
    assert "is rejected, not approved" in blocks(touch)[0]


def test_composed_by_hand_it_is_a_template_too(marta: Lead, twilio: Any) -> None:
    template()
    touch = composing.compose(marta, user=marta.owner, channel="whatsapp", subject="", body=FRAME)
    assert touch.content_sid == sid(1, "HX")
    assert touch.message_id and touch.message_id.endswith("@text>")


def contents(**changes: Any) -> dict[str, Any]:
    one = {
        "sid": sid(1, "HX"),
        "friendly_name": "appointment_due",
        "language": "en",
        "types": {"twilio/text": {"body": WORDS}},
        "variables": {"1": "first_name", "2": "Sender company"},
        "approval_requests": {"status": "approved"},
    }
    return {"contents": [one | changes], "meta": {}}


def test_templates_are_fetched_with_fields_for_their_places(twilio: faults.FaultServer) -> None:
    twilio.script("/v1/ContentAndApprovals", faults.ok(contents()))
    assert text_templates.sync() == text_templates.Synced(1, 1, 0)
    row = text_templates.rows()[0]
    assert (row.body, row.name) == (FRAME, "appointment_due (en)")
    text_templates.map_fields(row, ["full_name", "service"])
    text_templates.sync()
    row.refresh_from_db()
    assert "{{full_name}}" in row.body and "{{service}}" in row.body, "a person's choice stays"
    with pytest.raises(text_templates.TemplateError):
        text_templates.map_fields(row, ["full_name"])
    with pytest.raises(text_templates.TemplateError):
        text_templates.map_fields(row, ["full_name", "password"])


@pytest.mark.parametrize(
    "types",
    [
        {"twilio/text": {"body": "Hello {{2}}, {{1}}"}},
        {"twilio/text": {"body": "Hello {{1}}, {{1}}"}},
        {"twilio/text": {"body": "Hello {{name}}"}},
        {"twilio/media": {"body": "Hello {{1}}", "media": ["https://x.example/{{2}}"]}},
        {"twilio/text": {}},
        {"twilio/text": "x"},
        {},
        [],
    ],
)
def test_what_cannot_be_filled_is_unusable(twilio: faults.FaultServer, types: Any) -> None:
    twilio.script("/v1/ContentAndApprovals", faults.ok(contents(types=types)))
    assert text_templates.sync().unusable == 1
    assert text_templates.matching("Hello {{first_name}}, {{company}}") is None


def test_a_template_that_is_gone_is_used_no_more(twilio: faults.FaultServer) -> None:
    twilio.script("/v1/ContentAndApprovals", faults.ok(contents()), faults.ok({"contents": []}))
    text_templates.sync()
    assert text_templates.matching(FRAME) is not None
    text_templates.sync()
    assert text_templates.matching(FRAME) is None
    assert text_templates.rows() == []


# --- sending ---


def test_a_text_goes_out_and_the_sequence_goes_on(
    marta: Lead, sequence: Any, mailbox: Any, twilio: faults.FaultServer
) -> None:
    agree(marta)
    step_of(sequence, "sms", "Hi {{first_name}}, shall we talk? {{sender_first_name}}")
    touch = drafted(marta, sequence, mailbox)
    assert touch.message_id and touch.mailbox is None
    approval.approve(touch, user=marta.owner, seen_hash=policy.text_hash(touch))
    Touch.objects.update(due_at=TUESDAY, not_before=None)
    assert sending.send_due(TUESDAY).sent == 1
    touch.refresh_from_db()
    assert (touch.state, touch.provider_id) == ("sent", sid(1))
    form = twilio.requests[0].form()
    assert (form["To"], form["From"]) == (MOBILE, OURS)
    key = parse_qs(form["StatusCallback"].partition("?")[2])["t"][0]
    assert touch.message_id == f"<{key}@text>"
    row = Enrollment.objects.get()
    assert row.next_step_key != touch.step_key


@pytest.mark.parametrize("step", [faults.reset(), faults.server_error(500), faults.hang_up()])
def test_a_lost_answer_is_asked_about_and_never_sent_again(
    marta: Lead, twilio: faults.FaultServer, step: faults.Step
) -> None:
    agree(marta)
    twilio.script(MESSAGES, step)
    touch = text(marta, due_at=TUESDAY)
    for minutes in (0, 10, 60):
        sending.send_due(TUESDAY + timedelta(minutes=minutes))
    posts = [request for request in twilio.requests if request.method == "POST"]
    assert len(posts) == 1
    touch.refresh_from_db()
    assert touch.state == "unknown"
    assert Task.objects.get().kind == "unknown"


def found(touch: Touch, at: datetime) -> dict[str, Any]:
    return {
        "sid": sid(1), "direction": "outbound-api", "body": touch.body, "to": MOBILE,
        "date_created": at.isoformat(),
    }  # fmt: skip


def test_a_look_up_settles_it(marta: Lead, twilio: faults.FaultServer) -> None:
    agree(marta)
    now = timezone.now()
    touch = text(marta, due_at=now - timedelta(days=1), kind=Touch.Kind.REPLY)
    message = found(touch, now)
    twilio.script(MESSAGES, faults.reset(), faults.ok({"messages": [message]}))
    sending.send_due(now)
    assert Touch.objects.get().state == "unknown"
    assert reconciling.reconcile() == 1
    assert Touch.objects.get().state == "sent"
    assert not Task.objects.exists()
    assert reconciling.reconcile() == 0


def test_a_look_up_that_finds_nothing_leaves_the_question(
    marta: Lead, twilio: faults.FaultServer
) -> None:
    now = timezone.now()
    text(marta, due_at=now - timedelta(days=1), kind=Touch.Kind.REPLY)
    twilio.script(MESSAGES, faults.reset(), faults.ok({"messages": []}))
    sending.send_due(now)
    assert reconciling.reconcile() == 0
    assert Touch.objects.get().state == "unknown" and Task.objects.count() == 1


def test_too_many_waits_and_goes_out_later(marta: Lead, twilio: faults.FaultServer) -> None:
    agree(marta)
    busy = faults.too_many("3600", data={"code": 20429, "status": 429})
    twilio.script(MESSAGES, busy)
    touch = text(marta, due_at=TUESDAY)
    assert sending.send_due(TUESDAY).retried == 1
    touch.refresh_from_db()
    assert (touch.state, touch.held_code) == ("approved", "busy")


def test_a_refused_key_holds_all_and_asks_the_owner(
    marta: Lead, twilio: faults.FaultServer, owner: Any
) -> None:
    agree(marta)
    twilio.script(MESSAGES, faults.refuse(401, {"code": 20003}))
    for _ in range(3):
        text(marta, due_at=TUESDAY)
    sending.send_due(TUESDAY)
    sending.send_due(TUESDAY + timedelta(minutes=30))
    assert set(Touch.objects.values_list("state", flat=True)) == {"approved"}
    assert len(twilio.requests) <= 2, "the first one, with each token"
    assert Task.objects.get().owner == owner


def test_a_landline_takes_sms_from_the_person_not_the_sequence(
    marta: Lead,
    sequence: Any,
    mailbox: Any,
    twilio: faults.FaultServer,
    run_queue: Callable[[], Any],
) -> None:
    agree(marta)
    twilio.script(MESSAGES, faults.refuse(400, {"code": 21614}))
    step_of(sequence, "sms", "Hi {{first_name}}, shall we talk? {{sender_first_name}}")
    touch = drafted(marta, sequence, mailbox)
    approval.approve(touch, user=marta.owner, seen_hash=policy.text_hash(touch))
    Touch.objects.update(due_at=TUESDAY, not_before=None)
    assert sending.send_due(TUESDAY).failed == 1
    run_queue()
    blocked = Suppression.objects.get()
    assert (blocked.channel, blocked.reason) == ("sms", "hard_bounce")
    row = Enrollment.objects.get()
    assert row.state == "active" and row.next_step_key != touch.step_key


def test_opted_out_at_the_service_is_opted_out_here(
    marta: Lead, twilio: faults.FaultServer
) -> None:
    agree(marta)
    twilio.script(MESSAGES, faults.refuse(400, {"code": 21610}))
    text(marta, due_at=TUESDAY)
    assert sending.send_due(TUESDAY).failed == 1
    blocked = Suppression.objects.get()
    assert (blocked.channel, blocked.reason) == ("all", "opted_out")


def test_approved_words_are_changed_at_the_provider_only(owner: Any) -> None:
    row = template()
    with pytest.raises(content.ContentError, match="has approved these words"):
        content.save_template(
            row, user=owner, name="Due", channel="whatsapp", subject="", body="Other words"
        )


def test_a_missing_sender_of_one_channel_does_not_hold_the_other(
    marta: Lead, twilio: faults.FaultServer
) -> None:
    agree(marta)
    row = connect(settings={"sms_from": OURS})
    wrote(marta, TUESDAY)
    waits = text(marta, "whatsapp", due_at=TUESDAY - timedelta(minutes=1))
    goes = text(marta, "sms", due_at=TUESDAY)
    assert sending.send_due(TUESDAY).sent == 1
    row.refresh_from_db()
    waits.refresh_from_db()
    goes.refresh_from_db()
    assert (row.state, goes.state) == ("on", "sent")
    assert (waits.state, waits.held_code) == ("approved", "service")
    assert "No sender for WhatsApp" in waits.held_text

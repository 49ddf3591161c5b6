"""Draft answers: one for each message, by its class, from our own frames."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.utils import timezone

from leads.models import ThreadEvent
from leads.services import suppression
from outreach.content.answers import FRAMES, HOLE
from outreach.models import Snippet, Touch
from outreach.services import answer_frames, answering, answers, approval, policy, replies
from salesagent.ai.base import Classification

TUESDAY = datetime(2026, 11, 24, 10, 0, tzinfo=UTC)
pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _then() -> Any:
    with time_machine.travel(TUESDAY, tick=False):
        yield


@pytest.fixture(autouse=True)
def _ready(mailbox: Any, workspace: Any, rep: Any) -> None:
    """A mailbox to answer from, in the lead's zone."""
    rep.time_zone = "Europe/Warsaw"
    rep.save()


def came(lead: Any, text: str, *, key: str = "1", **data: Any) -> ThreadEvent:
    event = answers.note_reply(
        lead,
        channel=data.pop("channel", "email"),
        text=text,
        actor="lead",
        occurred_at=timezone.now(),
        dedupe_key=f"t:{key}",
        data={"subject": "Re: Cold rooms", "from": lead.email, **data},
    )
    assert event is not None
    return event


def classed(event: ThreadEvent, label: str, **values: Any) -> ThreadEvent:
    given: dict[str, Any] = {"confidence": 0.9, "labels": {label: 0.9}, "reason": "test"} | values
    found = Classification(label, **given)
    row = replies._record(event, found, actor="ai:local", dedupe_key=f"c:{event.pk}:{label}")
    assert row is not None
    return row


def answered(lead: Any, text: str, label: str, **values: Any) -> Touch | None:
    return answering.draft_answer(classed(came(lead, text), label, **values))


def checks(touch: Touch) -> dict[str, str]:
    return {check["code"]: f"{check['level']}: {check['text']}" for check in touch.checks}


def blocks(touch: Touch) -> list[str]:
    return [check["text"] for check in touch.checks if check["level"] == "block"]


def test_interest_gets_the_next_step(lead: Any, settings: Any) -> None:
    settings.CALENDAR_LINK = "https://halden.example/meet"
    touch = answered(lead, "Sounds good, tell me more.", "interested")
    assert touch is not None
    assert (touch.kind, touch.state, touch.channel) == ("reply", "draft", "email")
    assert touch.to_address == lead.email
    assert touch.body.startswith("Hi Marta,\n\nThank you for your answer")
    assert (
        "Would Wednesday 25 November at 10:00 or Thursday 26 November at 14:00 suit" in touch.body
    )
    assert "https://halden.example/meet" in touch.body
    assert touch.body.endswith("Jonas Weber\nHalden Climate Services")
    assert touch.body == touch.machine_body
    assert touch.writer == "template"
    assert not blocks(touch), touch.checks


@pytest.mark.parametrize("language", sorted(FRAMES))
@pytest.mark.parametrize("label", sorted(answering.WORDS))
def test_every_class_has_words_that_pass_in_every_language(
    label: str, language: str, lead: Any, settings: Any
) -> None:
    settings.CALENDAR_LINK = "https://halden.example/meet"
    touch = answered(lead, "Thursday at 10 would be fine.", label, language=language)
    assert touch is not None
    stops = [text for text in blocks(touch) if HOLE not in text]
    assert not stops, (touch.body, stops)
    assert "{" not in touch.body
    warned = [c for c in touch.checks if c["level"] == "warn" and c["code"] not in ("same",)]
    assert not warned, (touch.body, warned)


def test_the_time_they_name_is_confirmed(lead: Any) -> None:
    touch = answered(lead, "Happy to talk. Thursday at 10 works for me.", "meeting")
    assert touch is not None
    assert "Thursday 26 November at 10:00 is noted." in touch.body
    assert not blocks(touch), touch.checks
    assert "Look at your calendar" in touch.writer_note


@pytest.mark.parametrize(
    "text",
    [
        "Thursday at 10 does not work.",
        "Thursday or Friday, 10 or 11?",
        "Let us talk soon.",
        "Sunday at 10 works.",
        "Thursday at 22:00 works.",
        "We met on 3 March 2026 at 10:00.",
    ],
)
def test_what_is_not_plain_is_offered_instead(text: str, lead: Any) -> None:
    touch = answered(lead, text, "meeting")
    assert touch is not None
    assert "is noted" not in touch.body
    assert "Would " in touch.body
    assert not blocks(touch)


def test_the_day_they_want_is_offered(lead: Any) -> None:
    touch = answered(lead, "Friday would suit us.", "meeting")
    assert touch is not None
    assert "Friday 27 November at 10:00 or Friday 27 November at 14:00" in touch.body


def test_a_question_without_a_stored_answer_has_a_hole(lead: Any, rep: Any) -> None:
    touch = answered(lead, "Do you also handle ammonia plants?", "question")
    assert touch is not None
    assert HOLE in touch.body
    assert any("Not filled" in text for text in blocks(touch))
    with pytest.raises(approval.ApprovalError):
        approval.approve(touch, user=rep, seen_hash=policy.text_hash(touch))


def test_a_question_is_answered_from_a_stored_sentence(lead: Any) -> None:
    text = "We service ammonia plants with our own licensed technicians."
    Snippet.objects.create(code="ammonia", text=text, source="Licence 2026")
    Snippet.objects.create(code="loose", text="Ammonia plants are nice.", source="")
    touch = answered(lead, "Do you also service ammonia plants?", "question")
    assert touch is not None
    assert text in touch.body
    assert HOLE not in touch.body
    assert not blocks(touch), touch.checks


def test_a_price_is_never_filled_in(lead: Any) -> None:
    text = "Our price for ammonia plants service is 900 EUR."
    Snippet.objects.create(code="ammonia", text=text, source="List")
    touch = answered(lead, "What is your price for ammonia plants service?", "question")
    assert touch is not None
    assert "900" not in touch.body
    assert "in writing" in touch.body
    assert HOLE not in touch.body
    assert any("Not filled" in text for text in blocks(touch))


def test_an_objection_gets_the_play(lead: Any) -> None:
    touch = answered(lead, "This is too expensive for us.", "objection", kind="price")
    assert touch is not None
    assert "From the playbook" in touch.writer_note
    assert touch.body.count("Marta") <= 2
    assert not blocks(touch), touch.checks


@pytest.mark.parametrize("label", ["out_of_office", "opt_out", "other"])
def test_some_get_no_answer(label: str, lead: Any) -> None:
    assert answered(lead, "Away until Monday.", label) is None
    assert not Touch.objects.filter(kind="reply").exists()


def test_doubt_waits_for_a_person(lead: Any, rep: Any) -> None:
    event = came(lead, "Hm, well.")
    assert answering.draft_answer(classed(event, "interested", abstained=True)) is None
    said = replies.correct(event, "interested", rep)
    assert said is not None
    assert answering.draft_answer(said) is not None


@pytest.mark.parametrize("text", ["1", " 42", "?", "+1 \U0001f44d", "..."])
def test_where_no_word_stands_no_machine_answers(text: str, lead: Any, rep: Any) -> None:
    event = came(lead, text)
    assert answering.draft_answer(classed(event, "meeting")) is None
    said = replies.correct(event, "meeting", rep)
    assert said is not None
    assert answering.draft_answer(said) is not None, "a person knows what it means"


def test_a_stranger_who_was_only_named_gets_none(lead: Any) -> None:
    event = came(lead, "Sounds good.", only_named=True)
    assert answering.draft_answer(classed(event, "interested")) is None


def test_twice_is_once(lead: Any) -> None:
    row = classed(came(lead, "Sounds good."), "interested")
    first, second = answering.draft_answer(row), answering.draft_answer(row)
    assert first is not None
    assert first == second
    assert Touch.objects.filter(kind="reply").count() == 1


def test_another_class_renews_it(lead: Any, rep: Any) -> None:
    event = came(lead, "Sounds good.")
    first = answering.draft_answer(classed(event, "interested"))
    said = replies.correct(event, "not_interested", rep)
    assert first is not None and said is not None
    second = answering.draft_answer(said)
    assert second is not None
    first.refresh_from_db()
    assert (first.state, second.state) == ("cancelled", "draft")
    assert "leave it there" in second.body
    stop = replies.correct(event, "opt_out", rep)
    assert stop is not None
    assert answering.draft_answer(stop) is None
    second.refresh_from_db()
    assert second.state == "cancelled"


def test_what_a_person_wrote_into_it_stays(lead: Any, rep: Any) -> None:
    event = came(lead, "Sounds good.")
    first = answering.draft_answer(classed(event, "interested"))
    assert first is not None
    approval.edit(
        first, user=rep, subject=first.subject, body="Mine.", seen_hash=policy.text_hash(first)
    )
    said = replies.correct(event, "meeting", rep)
    assert said is not None
    kept = answering.draft_answer(said)
    assert kept == first
    assert Touch.objects.get(pk=first.pk).body == "Mine."


def test_a_newer_message_drops_it(lead: Any) -> None:
    first = answered(lead, "Sounds good.", "interested")
    with time_machine.travel(TUESDAY + timedelta(hours=1), tick=False):
        newer = came(lead, "What does it cost?", key="2")
        second = answering.draft_answer(classed(newer, "question"))
    assert first is not None and second is not None
    first.refresh_from_db()
    assert first.state == "cancelled"


def test_an_answer_by_hand_drops_it(lead: Any, rep: Any) -> None:
    from outreach.services import composing

    first = answered(lead, "Sounds good.", "interested")
    assert first is not None
    own = composing.compose(
        lead, user=rep, channel="email", subject="Re: Cold rooms", body="Gladly, tomorrow at ten?"
    )
    approval.approve(own, user=rep, seen_hash=policy.text_hash(own))
    first.refresh_from_db()
    assert first.state == "cancelled"


def test_done_and_stop_drop_it(lead: Any, rep: Any, run_queue: Any) -> None:
    from outreach.models import Task
    from outreach.services import worklist

    came(lead, "Yes, we are interested. Please send me more information.")
    run_queue()
    first = Touch.objects.get(kind="reply", state="draft")
    worklist.done(Task.objects.get(kind="answer"), user=rep)
    run_queue()
    first.refresh_from_db()
    assert first.state == "cancelled"


def test_a_stop_drops_it(lead: Any, run_queue: Any) -> None:
    first = answered(lead, "Sounds good.", "interested")
    assert first is not None
    suppression.suppress(
        address=lead.email, reason="opted_out", source="x", actor="lead", lead=lead
    )
    run_queue()
    first.refresh_from_db()
    assert first.state == "cancelled"


def test_times_that_have_passed_are_no_source(lead: Any) -> None:
    touch = answered(lead, "Thursday at 10 works for me.", "meeting")
    assert touch is not None
    with time_machine.travel(TUESDAY + timedelta(days=7), tick=False):
        approval.recheck(touch)
    assert blocks(touch)


def test_a_greeting_stands_once() -> None:
    parts = answer_frames.Parts("interested", "en", "email", "Marta", "Jonas")
    assert answer_frames.write(parts).count("Hi ") == 1
    sms = answer_frames.write(answer_frames.Parts("interested", "de", "sms", "Marta", "Jonas"))
    assert "Jonas" not in sms
    assert "Marta" not in sms

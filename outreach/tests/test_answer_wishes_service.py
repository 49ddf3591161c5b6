"""Drafted answers take up what was asked: the time they want, a call at once, a price."""

from datetime import UTC, date, datetime
from typing import Any

import pytest
import time_machine

from outreach import selectors_work
from outreach.content.answers import HOLE
from outreach.mail.wished_time import wish
from outreach.models import Task
from outreach.services import answer_calls, answer_frames
from outreach.tests.answering import answered, came

TUESDAY = datetime(2026, 11, 24, 10, 0, tzinfo=UTC)
pytestmark = pytest.mark.django_db
SOFORT = "Rufen Sie bitte sofort an, die Kühlung ist ausgefallen: 0170 1234567"


@pytest.fixture(autouse=True)
def _then() -> Any:
    with time_machine.travel(TUESDAY, tick=False):
        yield


@pytest.fixture(autouse=True)
def _ready(mailbox: Any, workspace: Any, rep: Any) -> None:
    rep.time_zone = "Europe/Warsaw"
    rep.save()


def blocks(touch: Any) -> list[str]:
    return [check["text"] for check in touch.checks if check["level"] == "block"]


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("First week of March.", date(2027, 3, 1), date(2027, 3, 7)),
        ("Call in March, now we have no time", date(2027, 3, 1), date(2027, 3, 31)),
        ("in der ersten Märzwoche", date(2027, 3, 1), date(2027, 3, 7)),
        ("la première semaine de mars", date(2027, 3, 1), date(2027, 3, 7)),
        ("Not in March please.", None, None),
    ],
)
def test_a_week_or_month_is_read(text: str, first: date | None, last: date | None) -> None:
    locale = {"i": "de-DE", "l": "fr-FR"}.get(text[0], "en-GB")
    said = wish(text, locale, TUESDAY)
    assert (said.first, said.last) == (first, last)


@pytest.mark.parametrize("label", ["meeting", "interested", "objection"])
@pytest.mark.parametrize("text", ["First week of March.", "Call in March, now we have no time."])
def test_times_lie_in_what_they_name(text: str, label: str, lead: Any) -> None:
    touch = answered(lead, text, label, kind="timing" if label == "objection" else "")
    assert touch is not None
    assert "Would Monday 1 March at 10:00 or Tuesday 2 March at 14:00 suit you?" in touch.body
    assert "November" not in touch.body
    assert not blocks(touch), touch.checks


def test_where_none_is_free_in_it_the_day_is_asked_for(lead: Any, rep: Any) -> None:
    rep.work_days = [6]
    rep.save()
    lead.owner = rep
    touch = answered(lead, "First week of March.", "meeting")
    assert touch is not None
    assert "Which day between 1 March and 7 March would suit you best?" in touch.body
    assert not blocks(touch), touch.checks


def test_an_hour_after_which_is_kept(lead: Any) -> None:
    touch = answered(lead, "Thursday after 14:00 works for me.", "meeting")
    assert touch is not None
    assert "Thursday 26 November at 14:00 or Thursday 26 November at 15:00" in touch.body
    assert "is noted" not in touch.body


def test_a_day_without_a_free_hour_is_said(lead: Any) -> None:
    touch = answered(lead, "Sunday at 10 works.", "meeting")
    assert touch is not None
    assert "Nothing is free on Sunday 29 November on my side." in touch.body
    assert "Would Monday 30 November" in touch.body
    assert not blocks(touch), touch.checks


def test_a_named_time_rests_on_their_message(lead: Any) -> None:
    touch = answered(lead, "Thursday at 10 works for me.", "meeting")
    assert touch is not None
    told = {one["text"]: one["source"]["label"] for one in touch.receipts if one["ok"]}
    assert told
    assert all(label != "Your working hours" for label in told.values()), told


@pytest.mark.parametrize(
    "text",
    [
        SOFORT,
        "Please call me now, urgent, cooling is down: 0170 1234567",
        "Appelez-moi tout de suite.",
        "Proszę o pilny telefon, zadzwońcie natychmiast.",
    ],
)
def test_a_call_at_once_is_heard(text: str, lead: Any) -> None:
    assert answer_calls.wanted(came(lead, text))


@pytest.mark.parametrize(
    "text",
    [
        "Please call me in March, now we have no time.",
        "Do not call me now.",
        "Call me on Thursday, it is not urgent.",
        "Call us when it is urgent is what your site says, in January we decide.",
    ],
)
def test_a_plan_is_no_call_at_once(text: str, lead: Any) -> None:
    assert not answer_calls.wanted(came(lead, text))


def test_a_call_at_once_stands_first_and_offers_no_time(lead: Any, rep: Any) -> None:
    lead.country = "DE"
    lead.phone = ""
    lead.save()
    touch = answered(lead, SOFORT, "meeting", language="de")
    assert touch is not None
    assert "ich rufe Sie jetzt unter 0170 1234567 an." in touch.body
    assert "Passt Ihnen" not in touch.body
    assert not blocks(touch), touch.checks
    call = Task.objects.get(lead=lead, kind="follow_up")
    assert (call.channel, call.title) == ("phone", "Call Marta now on 0170 1234567")
    board = selectors_work.board(rep)
    assert (board.lines[0].task.pk, board.lines[0].group) == (call.pk, "Answer first")
    assert answer_calls.unsaved(call.event) == "+491701234567"


def test_an_open_question_has_one_gap(lead: Any) -> None:
    touch = answered(lead, "Do you also handle ammonia plants?", "question")
    assert touch is not None
    assert HOLE in touch.body
    assert "at hand" not in touch.body


def test_a_price_that_is_asked_for_beside_is_spoken_of(lead: Any) -> None:
    text = "Cela nous intéresse. Quels sont vos tarifs pour trois sites ?"
    touch = answered(lead, text, "interested", language="fr")
    assert touch is not None
    assert "donner de prix" in touch.body
    assert "[jour]" in touch.body
    assert any("Not filled" in text for text in blocks(touch))


def test_no_name_stands_twice(lead: Any) -> None:
    touch = answered(lead, "This is too expensive for us.", "objection", kind="price")
    assert touch is not None
    assert touch.body.count("Marta") == 1
    assert not blocks(touch), touch.checks


def test_a_polish_weekday_is_small_and_bends() -> None:
    said = answer_frames.moment(datetime(2026, 11, 30, 10, tzinfo=UTC), "pl")
    assert said == "w poniedziałek, 30 listopada, o 10:00"

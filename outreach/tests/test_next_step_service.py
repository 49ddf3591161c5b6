"""The next step: the first rule that applies, its reason and events, and what people corrected."""

from datetime import UTC, datetime, timedelta

import pytest
from django.core.cache import cache
from django.utils import timezone

from leads import thread
from leads.models import Lead, Suppression
from leads.services import corrections, suppression
from outreach.services import step_history, step_words
from outreach.services.next_step import propose


@pytest.fixture(autouse=True)
def _no_history():
    cache.clear()


def note(lead, event_kind, days, channel="", body="", **data):
    return thread.record(
        lead=lead, kind=event_kind, actor="system", channel=channel, body=body, data=data,
        occurred_at=timezone.now() - timedelta(days=days),
    )  # fmt: skip


def answered(lead, days, text="Fine", label="question", **more):
    event = note(lead, "reply.received", days, "email", text)
    note(lead, "reply.classified", days, "email", event=event.pk, disposition=label, **more)
    return event


def sent(lead, *days, channel="email"):
    return [note(lead, "touch.sent", one, channel, touch=one) for one in days]


def test_nothing_known_means_a_sequence(lead):
    step = propose(lead)
    assert (step["code"], step["evidence"], step["events"]) == ("start", 0, [])


def test_an_answer_comes_first_and_names_its_event(lead):
    event = answered(lead, 3, "Can you tell me more?")
    step = propose(lead)
    assert step["code"] == "answer" and step["events"] == [event.pk]
    assert step["reason"] == "Marta asked 3 days ago and waits for you."


def test_once_answered_it_is_not_proposed_again(lead):
    answered(lead, 3)
    sent(lead, 2)
    assert propose(lead).get("code") != "answer"


def test_our_answer_without_an_echo_is_followed_up(lead):
    heard = answered(lead, 20)
    wrote = sent(lead, 18)[0]
    step = propose(lead)
    assert step["code"] == "follow_up" and step["events"] == [heard.pk, wrote.pk]
    assert "18 days ago" in step["reason"]
    sent(lead, 1)
    assert propose(lead).get("code") != "follow_up"


def test_a_named_day_is_confirmed(lead):
    answered(lead, 1, "Thursday at 10 works for me", "meeting")
    assert propose(lead)["text"] == "Confirm the meeting: Marta named Thursday"


def test_references_are_sent(lead):
    answered(lead, 1, "Do you have references nearby?")
    assert propose(lead)["code"] == "send_references"


def test_price_question_of_somebody_who_answers_the_phone(lead):
    Lead.objects.filter(pk=lead.pk).update(phone="+48 12 400 00 20")
    note(lead, "call.logged", 20, "phone", outcome="reached")
    answered(lead, 1, "What does it cost?")
    step = propose(lead)
    assert step["code"] == "call" and step["evidence"] == 2
    assert step["text"].startswith("Call today: Marta asked about the price and answers the phone")


def test_the_colleague_they_named(lead):
    note(lead, "contact.proposed", 1, name="Piotr Nowak", email="piotr@x.example")
    assert propose(lead)["text"] == "Write to Piotr Nowak"


def test_who_decides(lead):
    answered(lead, 1, "I cannot decide that", "objection", kind="authority")
    assert propose(lead)["code"] == "decision_maker"


def test_not_now_with_a_month_is_opened_again_then(lead):
    month = timezone.localdate().replace(day=1) + timedelta(days=95)
    answered(lead, 1, f"Not now, try again in {month:%B}", "objection", kind="timing")
    step = propose(lead)
    assert step["code"] == "reopen" and f"{month:%B}" in step["text"]


def test_away_waits_until_the_return(lead):
    until = timezone.now() + timedelta(days=6)
    note(lead, "enrollment.paused", 1, reason="out_of_office", until=until.isoformat())
    assert propose(lead)["code"] == "wait"
    note(lead, "enrollment.resumed", 0)
    assert propose(lead).get("code") != "wait"


def test_silent_mails_change_the_channel(lead):
    Lead.objects.filter(pk=lead.pk).update(phone="+48 12 400 00 20")
    mails = sent(lead, 12, 8, 4)
    step = propose(lead)
    assert step["code"] == "switch_channel" and step["events"] == [one.pk for one in mails]
    assert step["reason"].startswith("3 mails since")


def test_enough_is_enough(lead):
    Lead.objects.filter(pk=lead.pk).update(phone="", linkedin_url="")
    sent(lead, 50, 40, 30, 20, 10, 5)
    assert propose(lead)["code"] == "stop_trying"


def test_two_signals_and_a_good_mood_mean_a_proposal(lead):
    answered(lead, 3, "Thursday is fine. What does it cost?", "interested", sentiment="positive")
    sent(lead, 2)
    assert propose(lead)["code"] == "propose"
    note(lead, "deal.opened", 1)
    assert propose(lead)["code"] == "follow_deal"


def test_a_suppressed_lead_is_left_alone(lead):
    suppression.suppress(
        address=lead.email, channel="all", reason=Suppression.Reason.MANUAL, source="x",
        actor="system",
    )  # fmt: skip
    assert propose(lead)["text"] == "Leave them alone"


@pytest.mark.parametrize("change", [{"stage": "won"}, {"archived_at": datetime.now(UTC)}])
def test_no_step_for_won_or_archived(lead, change):
    Lead.objects.filter(pk=lead.pk).update(**change)
    assert propose(lead) == {}


def wrong(lead, rep, code, after):
    return corrections.correct(
        kind="next_step", lead=lead, subject=code, before="x", after=after, user=rep
    )


@pytest.mark.parametrize("after", ["not_now", "wrong_reason", "other"])
def test_what_is_not_right_stays_away(lead, rep, after):
    answered(lead, 1)
    wrong(lead, rep, "answer", after)
    assert propose(lead).get("code") != "answer"


def test_a_step_that_somebody_named_is_taken(lead, rep):
    answered(lead, 1)
    wrong(lead, rep, "answer", "propose")
    assert propose(lead)["code"] == "propose"


def test_a_correction_ends_after_two_weeks_or_when_taken_back(lead, rep):
    answered(lead, 1)
    row = wrong(lead, rep, "answer", "not_now")
    type(row).objects.filter(pk=row.pk).update(at=timezone.now() - timedelta(days=15))
    assert propose(lead)["code"] == "answer"
    again = wrong(lead, rep, "answer", "not_now")
    corrections.take_back(again, rep)
    assert propose(lead)["code"] == "answer"


def rows(lead, good, trade="Bakery"):
    now = timezone.now()
    made = [
        (lead, "reply.classified", now, "email", "question", None, trade),
        (lead, "touch.sent", now + timedelta(days=1), "email", None, None, trade),
    ]
    if good:
        then = now + timedelta(days=9)
        made.append((lead, "reply.classified", then, "email", "interested", None, trade))
    return made


def test_history_speaks_from_eight_cases_on():
    def history(number):
        return step_history.count(row for n in range(number) for row in rows(n, n < 5))

    assert history(7).about("message", "question", "bakery") is None
    found = history(9).about("message", "question", "bakery")
    assert (found.cases, found.led, found.same_trade) == (9, 5, True)
    assert "Of 9 similar leads of the trade, 5 moved on" in found.words
    assert history(9).about("message", "question", "hotel").same_trade is False
    assert history(9).about("call", "question", "bakery") is None


def test_what_comes_after_two_weeks_does_not_count():
    late = rows(1, True)
    late[2] = (*late[2][:2], late[2][2] + timedelta(days=30), *late[2][3:])
    made = step_history.count(late)
    assert made.led["message", "question", "bakery"] == 0


@pytest.mark.parametrize(
    ("text", "month"),
    [
        ("Call me in March", 3),
        ("melden Sie sich im März", 3),
        ("reparlons-en en février", 2),
        ("nach dem Sommer, im September", 9),
        ("in Q2 please", 4),
        ("ab Mai gern", 5),
        ("That may be difficult", 0),
    ],
)
def test_months_in_an_answer(text, month):
    found = step_words.month_named(text, datetime(2026, 11, 24, tzinfo=UTC).date())
    assert (found.month if found else 0) == month

"""The profile: what the thread says of a lead, in a bounded number of queries."""

from datetime import UTC, datetime, timedelta

import pytest
from django.core.cache import cache

from leads import thread
from leads.models import Decision, Lead, Profile
from leads.services import corrections, profile
from leads.services.profile_facts import read

NOW = datetime(2026, 11, 24, 10, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _no_history():
    cache.clear()


def ago(days):
    return NOW - timedelta(days=days)


def note(lead, kind, days, channel="", body="", **data):
    return thread.record(
        lead=lead, kind=kind, actor="system", channel=channel, body=body, data=data,
        occurred_at=ago(days),
    )  # fmt: skip


def answered(lead, days, text="Fine", label="question", channel="email", **more):
    event = note(lead, "reply.received", days, channel, text)
    note(lead, "reply.classified", days, channel, event=event.pk, disposition=label, **more)
    return event


def counted(lead):
    profile.refresh([lead.pk], NOW)
    return Profile.objects.get(lead=lead)


def codes(row):
    return [one["code"] for one in row.signals]


def test_a_lead_without_a_thread_has_an_empty_profile(lead):
    row = counted(lead)
    assert (row.engagement, row.sentiment, row.channel, row.cooling) == ("none", "", "", "")
    assert row.signals == []


def test_channel_is_where_they_answer_lately(lead):
    answered(lead, 120, channel="email")
    answered(lead, 100, channel="email")
    answered(lead, 5, channel="sms")
    row = counted(lead)
    assert row.channel == "sms"
    assert profile.answers_by(lead, "sms") == (1, 3)


def test_a_talk_on_the_phone_is_an_answer(lead):
    note(lead, "call.logged", 2, "phone", outcome="reached")
    note(lead, "call.logged", 1, "phone", outcome="no_answer")
    assert counted(lead).channel == "phone"
    assert profile.answers_by(lead, "phone") == (1, 1)


def test_an_automatic_answer_is_no_sign(lead):
    note(lead, "autoreply.received", 2, "email", "I am away")
    answered(lead, 1, "I am away until Monday", "out_of_office")
    row = counted(lead)
    assert (row.channel, row.cooling) == ("", "")


@pytest.mark.parametrize(
    ("moods", "expected"),
    [
        (["positive"], ("positive", "")),
        (["negative", "positive"], ("positive", "rising")),
        (["positive", "positive", "negative"], ("negative", "falling")),
        (["neutral", "neutral"], ("neutral", "steady")),
    ],
)
def test_mood_and_trend(lead, moods, expected):
    for place, mood in enumerate(moods):
        answered(lead, 20 - place, sentiment=mood)
    row = counted(lead)
    assert (row.sentiment, row.trend) == expected


def test_a_corrected_class_counts(lead):
    event = answered(lead, 3, label="not_interested")
    assert counted(lead).sentiment == "negative"
    note(lead, "reply.classified", 1, event=event.pk, disposition="interested")
    assert counted(lead).sentiment == "positive"


def test_an_abstained_class_says_nothing(lead):
    answered(lead, 3, label="meeting", abstained=True, sentiment="neutral")
    assert counted(lead).next_step["code"] == "answer"


@pytest.mark.parametrize(
    ("text", "label", "code"),
    [
        ("What would that cost us for two sites?", "question", "asked_price"),
        ("Was würde das kosten?", "question", "asked_price"),
        ("Ile kosztuje taki serwis?", "question", "asked_price"),
        ("Thursday works for us", "meeting", "named_date"),
        ("Jeudi me convient", "meeting", "named_date"),
        ("Do you have references nearby?", "question", "asked_references"),
        ("I have forwarded this to our director", "interested", "colleague"),
        ("Does it integrate with our controllers?", "question", "technical"),
    ],
)
def test_signals_in_the_words_of_an_answer(lead, text, label, code):
    event = answered(lead, 2, text, label)
    row = counted(lead)
    assert code in codes(row)
    assert next(one for one in row.signals if one["code"] == code)["event"] == event.pk


@pytest.mark.parametrize(
    ("text", "label"),
    [
        ("We are fine as we are.", "not_interested"),
        ("At no cost to you, please stop writing. What is the price of peace?", "opt_out"),
        ("Thanks for the message.", "other"),
        ("Who comes if a unit stops at 3 in the morning, is that 24/7?", "question"),
        ("Guten Morgen, läuft das mit Version 2.5?", "question"),
    ],
)
def test_no_signal_where_there_is_none(lead, text, label):
    answered(lead, 2, text, label)
    assert codes(counted(lead)) == []


def test_signals_from_behaviour(lead):
    note(lead, "touch.sent", 40, "email", touch=7)
    note(lead, "link.clicked", 38, "email", touch=9)
    note(lead, "link.clicked", 5, "email", touch=7)
    note(lead, "link.clicked", 4, "email", touch=7)
    row = counted(lead)
    assert set(codes(row)) == {"clicked_twice", "came_back", "looked_again"}
    assert "33 quiet days" in str(row.signals)


def test_a_refused_signal_stays_away_a_new_one_does_not(lead, rep):
    event = answered(lead, 3, "What does it cost?")
    corrections.correct(
        kind="signal", lead=lead, subject="asked_price", event=event, before="", after="", user=rep
    )
    assert codes(counted(lead)) == []
    newer = answered(lead, 1, "And what is the price for two?")
    assert counted(lead).signals[0]["event"] == newer.pk


@pytest.mark.parametrize(
    ("signs", "sent", "level"),
    [
        ([1], [], "low"),
        ([27, 21, 15], [12, 6], "medium"),
        ([60, 54, 48], [40, 30, 20], "high"),
        ([20], [15, 12, 8, 4], "high"),
        ([5, 3], [2], "low"),
    ],
)
def test_cooling_is_measured_by_their_own_rhythm(lead, signs, sent, level):
    for days in signs:
        answered(lead, days, sentiment="neutral")
    for days in sent:
        note(lead, "touch.sent", days, "email", touch=days)
    row = counted(lead)
    assert row.cooling == level, row.cooling_reason
    if sent:
        assert f"{len(sent)} message" in row.cooling_reason


def test_refresh_twice_is_refresh_once(lead):
    answered(lead, 2, "What does it cost?")
    first = counted(lead)
    again = counted(lead)
    assert (first.pk, first.signals, first.next_step) == (again.pk, again.signals, again.next_step)
    assert Decision.objects.filter(rule="next_step").count() == 1


def test_a_new_step_takes_over_from_the_proposal_before(lead, rep):
    answered(lead, 5, "What does it cost?")
    counted(lead)
    note(lead, "touch.sent", 0, "email", touch=1)
    answered(lead, 0, "Thursday works", "meeting")
    profile.refresh([lead.pk], NOW + timedelta(hours=1))
    found = {row.evidence["step"]: row.state for row in Decision.objects.all()}
    assert found == {"answer": "accepted", "confirm_meeting": "proposed"}


def test_what_was_not_acted_upon_was_passed_over(lead):
    answered(lead, 5, "What does it cost?")
    counted(lead)
    answered(lead, 0, "Thursday works", "meeting")
    profile.refresh([lead.pk], NOW + timedelta(hours=1))
    assert Decision.objects.get(evidence__step="answer").state == "dismissed"


def many(rep, number):
    made = Lead.objects.bulk_create(
        [
            Lead(email=f"p{n}@many.example", first_name=f"P{n}", owner=rep, last_sign_at=NOW)
            for n in range(number)
        ]
    )
    for lead in made:
        answered(lead, 2, "What does it cost?")
    return made


def test_the_number_of_queries_does_not_grow(rep, workspace, django_assert_max_num_queries):
    people = many(rep, 60)
    for part in (people[:2], people[2:]):
        cache.clear()
        with django_assert_max_num_queries(24):
            assert profile.refresh([lead.pk for lead in part], NOW) == len(part)
    with django_assert_max_num_queries(24):  # and when the rows are there
        profile.refresh([lead.pk for lead in people], NOW)


def test_stale_ones_and_those_just_written_to_are_counted(rep, workspace):
    old, fresh, wrote = many(rep, 3)
    profile.refresh([fresh.pk], NOW)
    profile.refresh([wrote.pk], NOW)
    thread.record(
        lead=wrote, kind="touch.sent", actor="system", channel="email",
        occurred_at=NOW + timedelta(minutes=10),
    )  # fmt: skip
    then = NOW + timedelta(minutes=30)
    assert profile.refresh_stale(then) == 2
    assert Profile.objects.get(lead=fresh).computed_at == NOW
    assert Profile.objects.get(lead=old).computed_at == then
    assert profile.step_of(wrote).get("code") != "answer"


def test_an_erased_lead_has_no_profile(lead):
    answered(lead, 2)
    Lead.objects.filter(pk=lead.pk).update(erased_at=NOW)
    assert profile.refresh([lead.pk], NOW) == 0


def test_hostile_text_takes_no_time(lead):
    answered(lead, 1, "price " * 12000 + "? " * 10000)
    assert len(read([lead.pk], NOW)[0].answers[0].text) <= 2000

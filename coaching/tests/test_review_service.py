"""Feedback: what is said, what it rests on, that it comes once, and what follows from words."""

from datetime import timedelta

import pytest
from django.utils import timezone

from coaching.models import Feedback, Play, PlayUse
from coaching.services import habits, hints, plays, prose, review, wording
from coaching.tests import world
from leads.models import Correction, ThreadEvent
from leads.services import corrections
from salesagent.lib import privacy

pytestmark = pytest.mark.django_db


def codes(rows) -> set[str]:
    return {row["code"] for row in rows}


def test_a_good_answer_to_a_price_objection(lead, rep) -> None:
    theirs = world.said(lead, ago=timedelta(minutes=50))
    ours = world.answered(lead, rep, ago=timedelta(minutes=10))
    feedback = review.review_answer(ours)
    assert feedback is not None
    assert (feedback.about, feedback.objection, feedback.writer) == ("objection", "price", "rules")
    assert {"discount", "acknowledged", "answered"} == codes(feedback.strengths)
    assert feedback.improvements == []
    for row in feedback.strengths:
        assert set(row["evidence"]) <= {theirs.pk, ours.pk}
    assert feedback.handling == "Price: taken up first, with a question"


def test_a_bad_one_gets_two_improvements_at_most(lead, rep) -> None:
    world.said(lead, ago=timedelta(days=4))
    feedback = review.review_answer(world.answered(lead, rep, world.BAD))
    assert feedback is not None
    assert len(feedback.improvements) == 2
    assert "discount" in codes(feedback.improvements)


def test_it_comes_once_and_says_nothing_in_the_thread(lead, rep) -> None:
    world.said(lead)
    ours = world.answered(lead, rep)
    assert review.review_answer(ours)
    assert review.review_answer(ours) is None
    line = ThreadEvent.objects.get(kind="coaching.given")
    assert (line.body, line.data) == ("", {"about": "objection"})


def test_nothing_for_a_trivial_line_or_a_step_of_a_sequence(lead, rep) -> None:
    world.said(lead)
    assert review.review_answer(world.answered(lead, rep, "Thanks, will do.")) is None
    assert review.review_answer(world.answered(lead, rep, world.BAD, kind="sequence")) is None


def test_waiting_over_a_weekend_is_not_slow(lead, rep) -> None:
    from datetime import UTC, datetime

    from coaching.services.interaction import working_hours

    friday = datetime(2026, 11, 20, 16, 0, tzinfo=UTC)
    assert working_hours(friday, datetime(2026, 11, 23, 9, 0, tzinfo=UTC)) == 17
    assert working_hours(friday, datetime(2026, 11, 20, 16, 30, tzinfo=UTC)) == 0.5


def test_a_meeting_wish_wants_a_time(lead, rep) -> None:
    world.said(lead, "Could we meet one of these days?", "meeting")
    answer = "Hi Marta,\n\nwith pleasure, it would be good to meet you and see what you have there."
    feedback = review.review_answer(world.answered(lead, rep, answer))
    assert feedback is not None
    assert "times" in codes(feedback.improvements)


def test_a_question_that_is_passed_over(lead, rep) -> None:
    world.said(lead, "Which compressors do you service?", "question")
    answer = "Hi Marta,\n\nthank you for writing. Our team is the best in town. Shall we talk soon?"
    feedback = review.review_answer(world.answered(lead, rep, answer))
    assert feedback is not None
    assert "answered" in codes(feedback.improvements)


def test_calls(lead, rep) -> None:
    bare = review.review_call(world.called(lead, rep, "Spoke."))
    assert bare is not None
    assert codes(bare.improvements) == {"next_step", "notes"}
    notes = (
        "They find it too expensive. Agreed that I send an offer for two rooms by Friday morning."
    )
    good = review.review_call(world.called(lead, rep, notes))
    assert good is not None
    assert (good.objection, codes(good.strengths)) == ("price", {"next_step", "notes"})
    assert review.review_call(world.called(lead, rep, "", "no_answer")) is None


def test_what_came_of_an_answer(lead, rep) -> None:
    world.said(lead)
    world.answered(lead, rep)
    theirs = world.said(lead, "Good, let us meet.", "meeting", ago=timedelta(minutes=5))
    classified = ThreadEvent.objects.filter(kind="reply.classified").latest("pk")
    feedback = review.review_outcome(classified)
    assert feedback is not None
    assert (feedback.about, feedback.event) == ("outcome", theirs)
    assert "they want to meet" in feedback.strengths[0]["text"]
    assert review.review_outcome(classified) is None


def test_a_promise_that_nothing_followed(lead, rep) -> None:
    text = "Hi Marta,\n\nI will send you the list on Monday and call you after that.\n\nJonas"
    world.answered(lead, rep, text, ago=timedelta(days=5))
    assert review.broken_promises() == 1
    assert review.broken_promises() == 0
    assert codes(Feedback.objects.get().improvements) == {"promise"}


def test_the_sweep_finds_answers_once(lead, rep) -> None:
    from django.core.cache import cache

    cache.clear()
    world.said(lead)
    world.answered(lead, rep)
    assert review.sweep() == 1
    assert review.sweep() == 0
    cache.clear()
    assert review.sweep() == 0


def test_the_play_in_a_sent_answer_is_noted(lead, rep) -> None:
    plays.install()
    world.said(lead)
    play = Play.objects.get(code="price-compare-like")
    ours = world.answered(lead, rep, f"Hi Marta,\n\n{play.answer}\n\n{play.question}\n\nJonas")
    feedback = review.review_answer(ours)
    assert feedback is not None
    assert feedback.play == play
    assert PlayUse.objects.get().touch_id == ours.data["touch"]


def test_reactions_and_tasks(lead, rep, run_queue) -> None:
    world.said(lead)
    world.answered(lead, rep)
    world.said(lead, "Yes, let us meet.", "meeting", ago=timedelta(minutes=5))
    ran = run_queue()
    assert "coaching.tasks.after_reply" in ran
    assert Feedback.objects.filter(about="outcome").count() == 1


def test_a_model_may_only_word_what_was_found(lead, rep, monkeypatch) -> None:
    monkeypatch.setattr(
        prose, "_worded", lambda one, found: ({"discount": "You asked first. Nice.", "made_up": "X",
                                               "acknowledged": "You gained 40 percent."}, "m1")
    )  # fmt: skip
    world.said(lead)
    feedback = review.review_answer(world.answered(lead, rep))
    assert feedback is not None
    texts = {row["code"]: row["text"] for row in feedback.strengths}
    assert texts["discount"] == "You asked first. Nice."
    assert "40" not in texts["acknowledged"]  # a number nobody measured
    assert "made_up" not in texts
    assert feedback.writer == "ai:m1"


def test_erasing_a_lead_takes_what_was_said_about_it(lead, rep) -> None:
    world.said(lead)
    review.review_answer(world.answered(lead, rep))
    holder = privacy.HOLDERS["coaching"]
    assert holder.export(lead.pk)["feedback"]
    holder.erase(lead.pk)
    assert not Feedback.objects.exists()


def test_hints_of_the_newest_message(lead, rep) -> None:
    world.said(lead)
    found = hints.hints(lead, rep, "email", "")
    assert found.objection and found.objection.kind == "price"
    assert len(found.ranked) == 3
    assert found.question
    assert found.notices == []
    written = hints.hints(lead, rep, "email", world.BAD)
    assert any("discount" in notice.text for notice in written.notices)


def test_hints_of_a_call_follow_the_notes(lead, rep) -> None:
    world.said(lead)
    assert (
        hints.hints(lead, rep, "call", "they already have a supplier").objection.kind
        == "competitor"
    )
    assert hints.hints(lead, rep, "call", "", "trust").objection.kind == "trust"


def test_a_correction_stands_over_the_guess(lead, rep) -> None:
    theirs = world.said(lead)
    hints.not_right(lead, rep, theirs, "price", "timing")
    assert hints.hints(lead, rep, "email", "").objection.kind == "timing"
    hints.not_right(lead, rep, theirs, "price", "none")
    assert hints.hints(lead, rep, "email", "").objection is None
    assert corrections.count(Correction.Kind.HINT) == 1


def test_a_person_names_an_objection_that_was_not_found(lead, rep) -> None:
    theirs = world.said(lead, "We will see how things develop here.", "other")
    assert hints.hints(lead, rep, "email", "").objection is None
    hints.not_right(lead, rep, theirs, "", "timing")
    assert hints.hints(lead, rep, "email", "").objection.kind == "timing"


def test_another_answer_is_shown_only_from_leads_one_may_see(
    lead, rep, mate, stranger, team
) -> None:
    from outreach.tests.work import another_lead

    plays.install()
    other = another_lead(mate, 3, trade="bakery")
    theirs = world.said(other)
    ours = world.answered(other, mate)
    PlayUse.objects.create(
        play=Play.objects.get(code="price-terms"), lead=other, user=mate, event=theirs,
        touch_id=ours.data["touch"], outcome="worked",
    )  # fmt: skip
    world.said(lead)
    assert hints.hints(lead, rep, "email", "").worked is None  # team view is off
    team.team_view = True
    team.save()
    rep.refresh_from_db()
    worked = hints.hints(lead, rep, "email", "").worked
    assert worked is not None
    assert worked.lead == other
    assert "That is fair" in worked.text


def test_habits_are_counted(lead, rep) -> None:
    world.said(lead, ago=timedelta(minutes=40))
    world.answered(lead, rep, ago=timedelta(minutes=10))
    world.said(lead, "Let us talk about it again.", "interested", ago=timedelta(minutes=1))
    month = habits.month(rep)
    assert (month.threads, month.enough) == (1, False)
    assert [(h.done, h.of) for h in month.habits] == [(1, 1), (0, 0), (1, 1), (0, 0), (0, 0)]
    met = month.met[0]
    assert (met.kind, met.seen, met.answered, met.kept) == ("price", 1, 1, 1)


def test_wording() -> None:
    assert wording.gives_discount("We can offer you 10% less.")
    assert not wording.gives_discount("There is no discount on this.")
    assert wording.questions("See https://x.example/?a=1 for it. Does it help??") == 1
    assert wording.promises("I'll send it on Monday.")
    assert not wording.promises("They will send it.")
    assert wording.harsh("As I already said, it is done.")
    assert not wording.harsh("Thank you, that helps.")


def test_hostile_text_is_read_in_time() -> None:
    import time

    for text in ("?" * 65_000, "I will " * 9_000, "a" * 65_000, "A B! " * 13_000, "10% " * 16_000):
        started = time.perf_counter()
        wording.gives_discount(text), wording.questions(text), wording.acknowledges(text)
        wording.promises(text), wording.harsh(text), wording.topics(text), wording.asked_in(text)
        assert time.perf_counter() - started < 0.2
    assert timezone.now()

"""Tests of texts: what counts, who wins, what a changed word does, and who takes it back."""

import uuid
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone

from leads import thread
from leads.models import Decision, Lead, ThreadEvent
from leads.services import decisions
from leads.services.decisions import DecisionError
from outreach.models import Enrollment, Experiment, Sequence, Touch
from outreach.services import drafting, enrollment, experiment_counts, experiments, sequences
from outreach.services.experiments import ExperimentError
from outreach.services.sequences import Words, current_steps, edit_step, input_of, with_words
from outreach.tests.work import another_lead, enroll

NOW = timezone.now()
OLD = NOW - timedelta(days=30)


@pytest.fixture
def key(sequence: Sequence, rep: Any, workspace: Any) -> uuid.UUID:
    step = current_steps(sequence)[0]
    sequences.add_variant(sequence, step.key, user=rep)
    _words(sequence, step.key, rep, "B", "Other words.")
    return step.key


def _words(sequence: Sequence, key: uuid.UUID, rep: Any, label: str, body: str) -> None:
    step = experiments.current(sequence, key)
    assert step is not None
    change = input_of(step)
    words = [w if w.label != label else Words(label, w.subject, body) for w in change.words]
    change = with_words(change, tuple(words))
    edit_step(sequence, key, change, user=rep, base_version=step.since_version)


@pytest.fixture
def test_of(sequence: Sequence, key: uuid.UUID, rep: Any, monkeypatch: Any) -> Experiment:
    monkeypatch.setattr(experiments.always_valid, "smallest_gap", lambda *_: 0.02)
    return experiments.start(sequence, key, user=rep, least_gain=0.05, now=OLD)


def _send(
    sequence: Sequence, key: uuid.UUID, label: str, number: int, at: datetime, rep: Any
) -> Touch:
    step = experiments.current(sequence, key)
    assert step is not None
    lead = another_lead(rep, number)
    touch = Touch.objects.create(
        lead=lead,
        enrollment=enroll(lead, sequence, None),
        step=step,
        step_key=key,
        variant=step.variants.get(label=label),
        channel="email",
        state="sent",
        due_at=at,
        sent_at=at,
    )
    Touch.objects.filter(pk=touch.pk).update(created_at=at)
    return touch


def _answer(touch: Touch, days: float, **classified: Any) -> ThreadEvent:
    assert touch.sent_at
    at = touch.sent_at + timedelta(days=days)
    event = thread.record(
        lead=touch.lead, kind="reply.received", actor="lead", channel="email", occurred_at=at
    )
    assert event is not None
    if classified:
        data = {"event": event.pk, **classified}
        thread.record(lead=touch.lead, kind="reply.classified", actor="ai:rules", data=data)
    return event


def _count(test: Experiment, now: datetime = NOW) -> dict[str, experiment_counts.Count]:
    scope = experiment_counts.Scope(
        test.sequence, test.step_key, test.frames, experiments.since(test)
    )
    return experiment_counts.count(scope, now)


DAY = OLD + timedelta(days=1)


def test_a_send_counts_at_a_fixed_age(test_of: Experiment, key: uuid.UUID, rep: Any) -> None:
    touch = _send(test_of.sequence, key, "A", 1, DAY, rep)
    _answer(touch, 1, disposition="question")
    young = _count(test_of, DAY + timedelta(days=13))["A"]
    assert (young.sent, young.answered, young.settled.sends) == (1, 1, 0)
    old = _count(test_of, DAY + timedelta(days=14))["A"]
    assert (old.settled.sends, old.settled.answers) == (1, 1)


@pytest.mark.parametrize(
    ("days", "said", "counts"),
    [
        (2, {}, True),
        (2, {"disposition": "not_interested"}, True),
        (2, {"disposition": "out_of_office"}, False),
        (2, {"disposition": "opt_out"}, False),
        (2, {"disposition": "other", "automatic": "left_company"}, False),
        (15, {}, False),
    ],
)
def test_only_people_count(
    days: float, said: Any, counts: bool, test_of: Experiment, key: uuid.UUID, rep: Any
) -> None:
    _answer(_send(test_of.sequence, key, "A", 1, DAY, rep), days, **said)
    assert _count(test_of)["A"].answered == counts


def test_a_correction_counts_as_it_stands(test_of: Experiment, key: uuid.UUID, rep: Any) -> None:
    event = _answer(_send(test_of.sequence, key, "A", 1, DAY, rep), 1, disposition="out_of_office")
    data = {"event": event.pk, "disposition": "interested", "corrects": "out_of_office"}
    thread.record(lead=event.lead, kind="reply.classified", actor=rep.actor, data=data)
    assert _count(test_of)["A"].answered == 1


def test_an_answer_belongs_to_the_last_touch(test_of: Experiment, key: uuid.UUID, rep: Any) -> None:
    touch = _send(test_of.sequence, key, "A", 1, DAY, rep)
    later = current_steps(test_of.sequence)[1]
    Touch.objects.create(
        lead=touch.lead, enrollment=touch.enrollment, step=later, step_key=later.key,
        channel="linkedin", state="done", due_at=DAY, sent_at=DAY + timedelta(days=2),
    )  # fmt: skip
    _answer(touch, 3)
    assert _count(test_of)["A"].answered == 0


def test_a_bounce_was_not_delivered(test_of: Experiment, key: uuid.UUID, rep: Any) -> None:
    touch = _send(test_of.sequence, key, "A", 1, DAY, rep)
    data = {"touch": touch.pk, "kind": "hard"}
    thread.record(lead=touch.lead, kind="touch.bounced", actor="system", data=data)
    found = _count(test_of)["A"]
    assert (found.sent, found.delivered, found.settled.sends) == (1, 0, 0)


def test_sends_from_before_do_not_count(test_of: Experiment, key: uuid.UUID, rep: Any) -> None:
    _send(test_of.sequence, key, "A", 1, OLD - timedelta(days=1), rep)
    assert _count(test_of)["A"].sent == 0


def test_counting_takes_few_queries(
    test_of: Experiment, key: uuid.UUID, rep: Any, django_assert_num_queries: Any
) -> None:
    for number in range(6):
        _answer(_send(test_of.sequence, key, "AB"[number % 2], number, DAY, rep), 1)
    with django_assert_num_queries(6):
        _count(test_of)


def _numbers(monkeypatch: Any, **arms: tuple[int, int]) -> None:
    def count(_scope: Any, _now: Any) -> dict[str, experiment_counts.Count]:
        return {
            label: experiment_counts.Count(n, n, hits, experiments.Arm(n, hits))
            for label, (n, hits) in arms.items()
        }

    monkeypatch.setattr(experiment_counts, "count", count)


def test_a_winner_takes_the_weights_and_the_sequence_goes_on(
    test_of: Experiment, key: uuid.UUID, rep: Any, monkeypatch: Any
) -> None:
    _numbers(monkeypatch, A=(1500, 75), B=(1500, 150))
    assert experiments.look_at_all() == 1
    test_of.refresh_from_db()
    assert (test_of.state, test_of.winner) == ("decided", "B")
    assert "B is answered more often: 10.0% (150 of 1,500)" in test_of.verdict
    step = experiments.current(test_of.sequence, key)
    assert step and {v.label: v.weight for v in step.variants.all()} == {"A": 0, "B": 1}
    test_of.sequence.refresh_from_db()
    assert test_of.sequence.state == "running"
    assert experiments.weights(step) == {}
    assert experiments.look_at_all() == 0 and Decision.objects.count() == 1


def test_a_winner_can_be_taken_back(
    test_of: Experiment, key: uuid.UUID, rep: Any, stranger: Any, monkeypatch: Any
) -> None:
    _numbers(monkeypatch, A=(1500, 75), B=(1500, 150))
    experiments.look_at_all()
    decision = Decision.objects.get(rule=experiments.RULE)
    with pytest.raises(DecisionError):
        decisions.undo(decision, stranger)
    decision.refresh_from_db()
    decisions.undo(decision, rep)
    step = experiments.current(test_of.sequence, key)
    assert step and {v.label: v.weight for v in step.variants.all()} == {"A": 1, "B": 1}
    test_of.refresh_from_db()
    assert test_of.verdict.endswith("Taken back by Jonas Weber.")


def test_an_approval_of_the_words_outlives_the_winner(
    sequence: Sequence, key: uuid.UUID, rep: Any, mailbox: Any
) -> None:
    step = experiments.current(sequence, key)
    assert step is not None
    change = input_of(step)
    change = type(change)(**{**vars(change), "unchanged": True, "approved": True})
    edit_step(sequence, key, change, user=rep, base_version=step.since_version)
    step = sequences.set_weights(sequence, key, {"A": 0, "B": 1})
    assert step.unchanged and step.unchanged_approved_by == rep


def test_changed_words_begin_the_count_anew(test_of: Experiment, key: uuid.UUID, rep: Any) -> None:
    _send(test_of.sequence, key, "A", 1, DAY, rep)
    assert experiments.look(test_of, NOW).result["arms"]["A"]["settled"] == 1
    _words(test_of.sequence, key, rep, "B", "Quite other words.")
    fresh = experiments.look(test_of, NOW)
    assert fresh.state == "running" and fresh.result["restarts"][-1]["labels"] == ["B"]
    assert experiments.since(fresh) == NOW
    assert experiments.look(fresh, NOW).result["arms"]["A"]["sent"] == 0


def test_an_edit_that_leaves_the_words_keeps_the_count(
    test_of: Experiment, key: uuid.UUID, rep: Any
) -> None:
    _send(test_of.sequence, key, "A", 1, DAY, rep)
    sequences.move_step(test_of.sequence, key, up=False)
    fresh = experiments.look(test_of, NOW)
    assert fresh.result["arms"]["A"]["settled"] == 1 and not fresh.result.get("restarts")


def test_a_removed_text_ends_it(test_of: Experiment, key: uuid.UUID, rep: Any) -> None:
    sequences.remove_variant(test_of.sequence, key, "B", user=rep)
    fresh = experiments.look(test_of)
    assert (fresh.state, fresh.verdict) == ("stopped", "Only one text is left.")


def test_a_removed_touch_ends_it(test_of: Experiment, key: uuid.UUID) -> None:
    sequences.remove_step(test_of.sequence, key)
    assert experiments.look(test_of).verdict == "The touch was removed."


def test_shares_reach_the_drafts(
    test_of: Experiment, key: uuid.UUID, rep: Any, lead: Lead, mailbox: Any, monkeypatch: Any
) -> None:
    _numbers(monkeypatch, A=(400, 20), B=(400, 44))
    experiments.look_at_all()
    step = experiments.current(test_of.sequence, key)
    assert step is not None
    share = experiments.weights(step)
    assert share["A"] == pytest.approx(0.3, abs=0.05)
    variants = list(step.variants.all())
    rows = [Enrollment(pk=number, lead=lead, variant_seed=number) for number in range(200)]
    labels = [getattr(drafting.pick(variants, row), "label", "") for row in rows]
    assert 0.55 < labels.count("B") / 200 < 0.85
    touch = drafting.draft_touch(
        enrollment.enroll(lead, test_of.sequence, user=rep, mailbox=mailbox)
    )
    assert touch and touch.variant and touch.variant.label in "AB"


# --- starting ---


def test_a_list_that_cannot_answer_is_refused(sequence: Sequence, key: uuid.UUID, rep: Any) -> None:
    with pytest.raises(ExperimentError, match="0 people are too few to show any gap"):
        experiments.start(sequence, key, user=rep, least_gain=0.05)
    assert not Experiment.objects.exists()


def test_the_refusal_names_the_gap_it_could_show() -> None:
    found = experiments.Outlook(117, 0.137, 0.39)
    assert experiments.refusal(found) == (
        "This list cannot answer it: 117 people give you gaps over 39 points only."
    )


def test_people_to_come_are_those_before_the_touch(
    sequence: Sequence, key: uuid.UUID, rep: Any
) -> None:
    for number in range(3):
        enroll(another_lead(rep, number), sequence, None)
    Enrollment.objects.update(started_at=NOW - timedelta(days=60))
    assert experiments.outlook(sequence, key, 2, NOW).people == 3
    _send(sequence, key, "A", 9, NOW - timedelta(days=60), rep)
    Enrollment.objects.filter(lead__first_name="Lead9").update(started_at=NOW - timedelta(days=60))
    assert experiments.outlook(sequence, key, 2, NOW).people == 3
    Enrollment.objects.filter(lead__first_name="Lead1").update(started_at=NOW - timedelta(days=7))
    assert experiments.outlook(sequence, key, 2, NOW).people == 6  # one in four weeks, twelve ahead


def test_one_text_is_no_test(sequence: Sequence, rep: Any) -> None:
    with pytest.raises(ExperimentError, match="at least two"):
        experiments.start(sequence, current_steps(sequence)[0].key, user=rep, least_gain=0.05)


def test_only_one_at_a_time(test_of: Experiment, key: uuid.UUID, rep: Any) -> None:
    with pytest.raises(ExperimentError, match="runs already"):
        experiments.start(test_of.sequence, key, user=rep, least_gain=0.05)


def test_stopping_keeps_the_numbers_and_the_weights(
    test_of: Experiment, key: uuid.UUID, rep: Any
) -> None:
    experiments.stop(test_of, rep)
    test_of.refresh_from_db()
    assert test_of.state == "stopped" and test_of.result["arms"]
    assert test_of.verdict == "Stopped by Jonas Weber before it could tell."
    with pytest.raises(ExperimentError):
        experiments.stop(test_of, rep)


def test_the_words_of_what_is_left(test_of: Experiment, key: uuid.UUID, rep: Any) -> None:
    words = experiments.outlook_words(test_of, NOW)
    assert words.startswith("Needs about 2,") and words.endswith("in the last four weeks.")
    for number in range(8):
        _send(test_of.sequence, key, "A", number, NOW - timedelta(days=3), rep)
    assert "weeks)." in experiments.outlook_words(test_of, NOW)
    test_of.result["arms"] = {
        "A": {"settled": 9000, "hits": 500},
        "B": {"settled": 9000, "hits": 500},
    }
    assert "there is none so large" in experiments.outlook_words(test_of, NOW)

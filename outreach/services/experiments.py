"""A/B tests of a step's texts: start, share out, count, decide, stop. Writes Experiment alone.

Who wins is decided by always_valid, so looking every hour costs nothing. A decision changes the
weights of the texts, stands in the autonomy log with an undo, and never stops the sequence.
"""

import math
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.dateparse import parse_datetime

from leads.models import Decision
from leads.services import decisions
from leads.services.decisions import DecisionError, undoes
from outreach.access_sequences import may_edit
from outreach.models import Enrollment, Experiment, Sequence, Step, Touch
from outreach.services import always_valid, experiment_counts, sequences, thompson
from outreach.services.always_valid import USUAL_RATE, Arm
from outreach.services.experiment_counts import Count, Scope
from salesagent.accounts.models import User
from salesagent.lib.text import plural

RULE = "experiment.winner"
SETTLE_WEEKS = 2  # until the last sends count
AHEAD_WEEKS = 12  # how far people who will be added are counted
PACE = timedelta(days=28)
LEAST_GAINS = (0.02, 0.03, 0.05, 0.08, 0.10, 0.15, 0.20, 0.30, 0.40)
State = Experiment.State

decisions.name_rules({RULE: "Winner of an A/B test"})


class ExperimentError(Exception):
    """Why a test was not started or stopped, in plain words."""


@dataclass(frozen=True)
class Outlook:
    """What a sequence can find out at all. `gap`: the smallest it can show; None: none."""

    people: int
    rate: float
    gap: float | None


def running(step: Step) -> Experiment | None:
    """The test of this touch, whichever row of it `step` is."""
    rows = Experiment.objects.filter(sequence=step.sequence_id, step_key=step.key)
    return rows.filter(state=State.RUNNING).first()


def weights(step: Step) -> dict[str, float]:
    """The share of each text while a test runs; {} when none does."""
    test = running(step)
    return {} if test is None else shares_of(test)


def shares_of(test: Experiment) -> dict[str, float]:
    arms = test.result.get("arms", {})
    return {label: float(arms.get(label, {}).get("share", 0.5)) for label in test.labels}


def of_step(sequence: Sequence, step_key: uuid.UUID) -> list[Experiment]:
    """The last tests of a touch, the newest first; the running one is the first of them."""
    rows = Experiment.objects.filter(sequence=sequence, step_key=step_key)
    return list(rows.select_related("started_by").order_by("-pk")[:10])


@transaction.atomic
def start(
    sequence: Sequence,
    key: uuid.UUID,
    *,
    user: User,
    least_gain: float,
    now: datetime | None = None,
) -> Experiment:
    """Raises ExperimentError when there is nothing to compare or the list cannot answer it."""
    step = current(sequence, key)
    if step is None:
        raise ExperimentError("This touch was removed meanwhile.")
    frames = _frames(step)
    if len(frames) < 2:
        raise ExperimentError("Add a second text first. A test needs at least two.")
    if least_gain not in LEAST_GAINS:
        raise ExperimentError("Choose the smallest gap that is worth finding.")
    moment = now or timezone.now()
    found = outlook(sequence, key, len(frames), moment)
    if found.gap is None or found.gap > least_gain + 1e-9:
        raise ExperimentError(refusal(found))
    test = Experiment(
        sequence=sequence,
        step_key=key,
        labels=sorted(frames),
        frames=frames,
        least_gain=least_gain,
        started_by=user,
        result={"since": moment.isoformat(), "around": found.rate},
    )
    _note_counts(test, {label: Count() for label in frames}, moment)
    try:
        with transaction.atomic():
            test.save(force_insert=True)
    except IntegrityError as error:
        raise ExperimentError("A test of this touch runs already.") from error
    return test


def refusal(found: Outlook) -> str:
    people = f"{plural(found.people, 'person', 'people')}"
    if found.gap is None:
        return f"This list cannot answer it: {people} are too few to show any gap between texts."
    points = round(100 * found.gap)
    return f"This list cannot answer it: {people} give you gaps over {points} points only."


def current(sequence: Sequence, key: uuid.UUID) -> Step | None:
    rows = Step.objects.filter(sequence=sequence, key=key, until_version=None)
    return rows.prefetch_related("variants").first()


def _frames(step: Step) -> dict[str, str]:
    """The texts that take part, with a digest of their words."""
    taking_part = [variant for variant in step.variants.all() if variant.weight]
    return {variant.label: experiment_counts.digest(variant) for variant in taking_part}


def outlook(sequence: Sequence, key: uuid.UUID, texts: int, now: datetime) -> Outlook:
    """Who will still reach the touch, and what their answers can show (4 of 5 tests)."""
    rows = Enrollment.objects.filter(sequence=sequence)
    ahead = rows.filter(state__in=sequences.OPEN).exclude(touches__step_key=key).count()
    pace = rows.filter(started_at__gte=now - PACE).count() / (PACE.days / 7)
    people, rate = ahead + round(pace * AHEAD_WEEKS), past_rate(sequence, key, now)
    return Outlook(people, rate, always_valid.smallest_gap(people, rate, texts, rate))


def past_rate(sequence: Sequence, key: uuid.UUID, now: datetime) -> float:
    """How often this touch was answered so far, whatever its words; the usual rate at first."""
    anything = dict.fromkeys(sequences.LABELS, "")
    scope = Scope(sequence, key, anything, now - timedelta(days=365))
    counts = experiment_counts.count(scope, now).values()
    return round(always_valid.pooled([count.settled for count in counts]), 2)


def around(test: Experiment) -> float:
    return float(test.result.get("around", USUAL_RATE))


def since(test: Experiment) -> datetime:
    return parse_datetime(str(test.result.get("since", ""))) or test.started_at


def arms_of(test: Experiment) -> dict[str, Arm]:
    """Settled sends and answers at the last count."""
    arms = test.result.get("arms", {})
    return {
        label: Arm(arms.get(label, {}).get("settled", 0), arms.get(label, {}).get("hits", 0))
        for label in test.labels
    }


def _note_counts(test: Experiment, counts: Mapping[str, Count], now: datetime) -> None:
    """Into `result`: what the page shows, and the shares that drafting goes by."""
    settled = {label: counts[label].settled for label in test.labels}
    best = thompson.chances(settled, f"test:{test.step_key}", around(test))
    share = thompson.shares(best)
    arms = {}
    for label in test.labels:
        low, high = always_valid.interval(settled[label], len(test.labels), around(test))
        arms[label] = {
            "sent": counts[label].sent,
            "delivered": counts[label].delivered,
            "answered": counts[label].answered,
            "settled": int(settled[label].sends),
            "hits": int(settled[label].answers),
            "low": round(low, 4),
            "high": round(high, 4),
            "chance": round(best[label], 3),
            "share": round(share[label], 3),
        }
    test.result = {**test.result, "arms": arms, "counted_at": now.isoformat()}


def look_at_all(now: datetime | None = None) -> int:
    """Count every running test and decide those that can be; how many were decided."""
    tests = Experiment.objects.filter(state=State.RUNNING).select_related("sequence")
    looked = [look(test, now) for test in tests.order_by("pk")]
    return sum(test.state == State.DECIDED for test in looked)


@transaction.atomic
def look(test: Experiment, now: datetime | None = None) -> Experiment:
    """Count anew; start over when the words changed, decide when the numbers show a winner."""
    moment = now or timezone.now()
    sequence = sequences.locked(test.sequence)
    fresh = Experiment.objects.select_for_update().get(pk=test.pk)
    if fresh.state != State.RUNNING:
        return fresh
    step = current(sequence, fresh.step_key)
    frames = _frames(step) if step else {}
    if step is None or len(frames) < 2:
        why = "The touch was removed." if step is None else "Only one text is left."
        return _end(fresh, State.STOPPED, why, moment)
    if frames != fresh.frames:
        return _start_over(fresh, frames, moment)
    scope = Scope(sequence, fresh.step_key, frames, since(fresh))
    _note_counts(fresh, experiment_counts.count(scope, moment), moment)
    best = always_valid.winner(arms_of(fresh), around(fresh))
    if best:
        return _decide(fresh, step, best, moment)
    fresh.save(update_fields=["result"])
    return fresh


def _start_over(test: Experiment, frames: Mapping[str, str], now: datetime) -> Experiment:
    """Numbers of other words say nothing about these."""
    changed = sorted(
        {*frames, *test.frames} - {k for k in frames if test.frames.get(k) == frames[k]}
    )
    note = {"at": now.isoformat(), "labels": changed}
    test.labels, test.frames = sorted(frames), dict(frames)
    restarts = [*test.result.get("restarts", []), note][-20:]
    test.result = {**test.result, "since": now.isoformat(), "restarts": restarts}
    _note_counts(test, {label: Count() for label in test.labels}, now)
    test.save(update_fields=["labels", "frames", "result"])
    return test


def _end(test: Experiment, state: str, verdict: str, now: datetime) -> Experiment:
    test.state, test.verdict, test.ended_at = State(state), verdict, now
    test.save(update_fields=["state", "verdict", "ended_at", "winner", "result"])
    return test


def _decide(test: Experiment, step: Step, best: str, now: datetime) -> Experiment:
    before = {variant.label: variant.weight for variant in step.variants.all()}
    after = {label: int(label == best) for label in before}
    sequences.set_weights(test.sequence, test.step_key, after)
    test.winner = best
    _end(test, State.DECIDED, _verdict(test, best), now)
    decisions.log(
        rule=RULE,
        lead=None,
        what=f"{step.name}: everybody gets text {best} from now on",
        why=test.verdict,
        evidence={"sequence": test.sequence.name, **_evidence(test)},
        undo={"call": RULE, "experiment": test.pk, "weights": before},
        dedupe_key=f"{RULE}:{test.pk}",
    )
    return test


def _evidence(test: Experiment) -> dict[str, str]:
    arms = arms_of(test).items()
    return {f"text {label}": f"{arm.answers:,} of {arm.sends:,}" for label, arm in arms}


def _verdict(test: Experiment, best: str) -> str:
    arms = arms_of(test)
    rest = ", ".join(
        f"{label} {_rate(arm)}" for label, arm in sorted(arms.items()) if label != best
    )
    return f"{best} is answered more often: {_rate(arms[best])}, against {rest}."


def _rate(arm: Arm) -> str:
    return f"{100 * arm.rate:.1f}% ({arm.answers:,} of {arm.sends:,})"


@transaction.atomic
def stop(test: Experiment, user: User, now: datetime | None = None) -> Experiment:
    """Back to the weights of the texts. Raises ExperimentError when it had ended."""
    fresh = Experiment.objects.select_for_update().get(pk=test.pk)
    if fresh.state != State.RUNNING:
        raise ExperimentError("This test has ended meanwhile.")
    return _end(
        fresh, State.STOPPED, f"Stopped by {user} before it could tell.", now or timezone.now()
    )


@undoes(RULE)
def take_back(decision: Decision, user: User) -> str:
    """The weights as they were before the winner."""
    test = Experiment.objects.select_related("sequence").filter(
        pk=decision.undo.get("experiment"), state=State.DECIDED
    ).first()  # fmt: skip
    if test is None or not may_edit(user, test.sequence):
        raise DecisionError("Only who may change the sequence can take this back.")
    before = {str(k): int(v) for k, v in dict(decision.undo.get("weights") or {}).items()}
    try:
        sequences.set_weights(test.sequence, test.step_key, before)
    except sequences.SequenceError as error:
        raise DecisionError(str(error)) from error
    verdict = f"{test.verdict} Taken back by {user}."
    Experiment.objects.filter(pk=test.pk).update(verdict=verdict[:300])
    return "The texts are shared out as before."


def sends_left(test: Experiment) -> int:
    """About how many more sends it needs, from the rates so far and the least gain."""
    arms = list(arms_of(test).values())
    rate = always_valid.pooled(arms, around(test))
    total = always_valid.sends_needed(rate, test.least_gain, len(arms), around(test))
    return max(0, total - round(sum(arm.sends for arm in arms)))


def pace(test: Experiment, now: datetime) -> float:
    """Sends of the touch in a week, over the last four."""
    rows = Touch.objects.filter(
        enrollment__sequence=test.sequence_id,
        step_key=test.step_key,
        state__in=experiment_counts.DONE,
        sent_at__gte=now - PACE,
    )
    return rows.count() / (PACE.days / 7)


def outlook_words(test: Experiment, now: datetime) -> str:
    """When an answer may be there, in words."""
    left, weekly = sends_left(test), pace(test, now)
    if left == 0:
        points = round(100 * test.least_gain)
        return f"Enough sends to show a gap of {points} points: there is none so large."
    sends = f"Needs about {_round(left):,} more sends"
    if not weekly:
        return f"{sends}. Nothing went out in the last four weeks."
    weeks = max(1, round(left / weekly + SETTLE_WEEKS))
    return f"{sends} (about {plural(weeks, 'week')})."


def _round(number: int) -> int:
    """Two digits that count; more would say that we know it better than we do."""
    size: int = 10 ** max(0, len(str(number)) - 2)
    return math.ceil(number / size) * size

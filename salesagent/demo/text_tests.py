"""The demo's A/B test: a second wording of a first mail, under test for a month."""

from datetime import timedelta

from django.utils import timezone

from outreach.models import Experiment, Sequence
from outreach.services import always_valid, experiment_counts, experiments, sequences
from outreach.services.sequences import Words
from salesagent.accounts.models import User

SUBJECT = "Who comes when {{company|your site}} calls at night?"
BODY = "\n\n".join(
    (
        "Hi {{first_name|there}},",
        "one question: when a cold room at {{company|your site}} stops at three in the morning, "
        "who is called, and how long until somebody stands in front of it?",
        "We look after units like yours around the clock, and the record for the auditor comes "
        "the next morning.",
        "Would ten minutes next week be all right?",
        "{{sender_name}}",
    )
)


def prepare(sequence: Sequence, user: User) -> None:
    """Before the past is written: text B of the first touch."""
    step = sequences.current_steps(sequence)[0]
    change = sequences.input_of(step)
    words = (change.words[0], Words("B", SUBJECT, BODY))
    change = sequences.with_words(change, words)
    sequences.edit_step(sequence, step.key, change, user=user, base_version=step.since_version)
    sequence.refresh_from_db()


def start(sequence: Sequence, user: User) -> None:
    """After it: the test, as if it had begun a month ago, counted now."""
    began = timezone.now() - timedelta(days=31)
    step = sequences.current_steps(sequence)[0]
    frames = {v.label: experiment_counts.digest(v) for v in step.variants.all()}
    test = Experiment.objects.create(
        sequence=sequence,
        step_key=step.key,
        labels=sorted(frames),
        frames=frames,
        least_gain=max(experiments.LEAST_GAINS),
        started_by=user,
        result={"since": began.isoformat(), "around": always_valid.USUAL_RATE},
    )
    Experiment.objects.filter(pk=test.pk).update(started_at=began)
    experiments.look(test)

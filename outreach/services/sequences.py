"""Change the touches of a sequence. Every change makes a new version of it.

A step row is never edited: it is retired with `until_version` and a new row with the same key takes
over. A touch keeps the row it was made from, so people who reached a touch keep theirs.
"""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from django.db import transaction
from django.utils import timezone

from leads.services import summary
from outreach.channels.base import Channel
from outreach.models import Enrollment, Sequence, Step, Template, Variant
from outreach.services import planning, reach
from salesagent.accounts.models import User
from salesagent.ai import frames
from salesagent.lib import hands
from salesagent.lib.text import clean, one_line

MAX_STEPS = 10
MAX_MAILS = 3
MAX_WAIT = 60  # working days
LABELS = "ABC"
BRIEF_LIMIT = 2_000  # characters
CONDITIONS = {
    Step.Condition.ALWAYS: "No reply yet",
    Step.Condition.NO_CLICK: "No click yet",
    Step.Condition.SCORE_WARM: "Score is Warm or Hot",
    Step.Condition.HAS_PHONE: "Has a phone number",
}
OPEN = (Enrollment.State.ACTIVE, Enrollment.State.PAUSED)


class SequenceError(Exception):
    """Why nothing was changed, in plain words; `field` names the input it belongs to."""

    def __init__(self, message: str, field: str = "") -> None:
        super().__init__(message)
        self.field = field


class StaleStep(SequenceError):
    """Somebody else changed this touch after the page was opened."""


@dataclass(frozen=True)
class Words:
    """One variant. `weight` 0 takes part no more; `brief`: what a model should write."""

    label: str
    subject: str
    body: str
    weight: int = 1
    brief: str = ""
    by_program: bool = field(default=False, compare=False)  # no person saved or approved them


@dataclass(frozen=True)
class StepInput:
    """A touch as it should stand. `approved`: the person approves exactly these words for all."""

    name: str
    channel: str
    delay_days: int
    condition: str = ""
    fallback_channel: str = ""
    unchanged: bool = False
    approved: bool = False
    words: tuple[Words, ...] = field(default=())


def current_steps(sequence: Sequence) -> list[Step]:
    """The steps as they stand now, in order, with their variants."""
    rows = Step.objects.filter(sequence=sequence, until_version=None)
    return list(rows.prefetch_related("variants").order_by("position", "id"))


@transaction.atomic
def edit_step(
    sequence: Sequence, key: uuid.UUID, change: StepInput, *, user: User, base_version: int
) -> Step:
    """Replace a touch. Raises StaleStep when it changed after `base_version`, or SequenceError."""
    sequence = locked(sequence)
    step = _current(sequence, key)
    if step.since_version > base_version:
        raise StaleStep(
            "Somebody changed this touch meanwhile. Your text is still here: "
            "compare, then save again."
        )
    change = _clean(_written_by(step, change))
    if change.condition == Step.Condition.NO_CLICK and not sequence.track_clicks:
        raise SequenceError("Clicks are not counted: Settings of this sequence.", "condition")
    _check_mails(sequence, change.channel, without=step)
    approver = _approver(step, change, user)
    version = _bump(sequence)
    _retire(step, version)
    return add_row(sequence, version, step.key, step.position, change, approver)


@transaction.atomic
def add_step(sequence: Sequence, channel: str, *, template: Template | None = None) -> Step:
    """A touch at the end. Raises SequenceError at the eleventh touch or the fourth mail."""
    sequence = locked(sequence)
    steps = current_steps(sequence)
    if len(steps) >= MAX_STEPS:
        raise SequenceError(f"A sequence has at most {MAX_STEPS} touches. Remove one first.")
    channel = template.channel if template else channel
    words = Words(
        "A", template.subject if template else "", template.body if template else _blank(channel)
    )
    change = _clean(
        StepInput(
            name=template.name if template else f"{reach.task_label(channel)} {len(steps) + 1}",
            channel=channel,
            delay_days=3 if steps else 0,
            words=(words,),
        )
    )
    _check_mails(sequence, channel)
    position = max((step.position for step in steps), default=0) + 1
    return add_row(sequence, _bump(sequence), uuid.uuid4(), position, change, None)


def _blank(channel: str) -> str:
    known = channel in reach.codes()
    return reach.channel(channel).first_text if known else Channel.first_text


@transaction.atomic
def move_step(sequence: Sequence, key: uuid.UUID, *, up: bool) -> bool:
    """Swap a touch with its neighbour; both get new rows. False at the end of the list."""
    sequence = locked(sequence)
    steps = current_steps(sequence)
    at = next((i for i, step in enumerate(steps) if step.key == key), None)
    if at is None:
        raise SequenceError("This touch was removed meanwhile.")
    other = at - 1 if up else at + 1
    if not 0 <= other < len(steps):
        return False
    version = _bump(sequence)
    for step, position in ((steps[at], steps[other].position), (steps[other], steps[at].position)):
        _retire(step, version)
        add_row(sequence, version, step.key, position, input_of(step), step.unchanged_approved_by)
    return True


@transaction.atomic
def remove_step(sequence: Sequence, key: uuid.UUID) -> int:
    """Retire a touch; whoever waits for it gets the one after it. Returns how many those are.

    Drafts of it that were made before stay: those people have reached it.
    """
    sequence = locked(sequence)
    step = _current(sequence, key)
    _retire(step, _bump(sequence))
    waiting = list(
        Enrollment.objects.filter(sequence=sequence, next_step_key=key, state__in=OPEN).exclude(
            touches__step_key=key
        )
    )
    for enrollment in waiting:
        _pass_on(enrollment)
    return len(waiting)


def _pass_on(enrollment: Enrollment) -> None:
    """The next touch at the moment of the removed one; the end when there is none."""
    step = planning.step_after(enrollment)
    if step is None:
        planning.plan_next(enrollment, after=timezone.now())
        return
    Enrollment.objects.filter(pk=enrollment.pk).update(next_step_key=step.key)
    summary.note_next(enrollment.lead_id, planning.step_words(step), enrollment.next_due_at)


def add_variant(sequence: Sequence, key: uuid.UUID, *, user: User) -> str:
    """The touch with one variant more, a copy of the first to change. Returns its label."""
    step = _current(sequence, key)
    change = input_of(step)
    free = [label for label in LABELS if label not in {words.label for words in change.words}]
    if not free:
        raise SequenceError("A touch has at most three variants.")
    first = change.words[0]
    words = (*change.words, replace(first, label=free[0]))
    change = with_words(change, tuple(sorted(words, key=lambda w: w.label)))
    edit_step(sequence, key, change, user=user, base_version=step.since_version)
    return free[0]


def remove_variant(sequence: Sequence, key: uuid.UUID, label: str, *, user: User) -> None:
    """Raises SequenceError for the last one. People who got it keep it."""
    step = _current(sequence, key)
    change = input_of(step)
    words = tuple(words for words in change.words if words.label != label)
    if not words:
        raise SequenceError("A touch needs at least one text.")
    edit_step(sequence, key, with_words(change, words), user=user, base_version=step.since_version)


@transaction.atomic
def set_weights(sequence: Sequence, key: uuid.UUID, weights: Mapping[str, int]) -> Step:
    """The touch with other weights and the same words, so an approval of them holds on."""
    sequence = locked(sequence)
    step = _current(sequence, key)
    change = input_of(step)
    words = tuple(replace(w, weight=weights.get(w.label, w.weight)) for w in change.words)
    change = _clean(replace(change, words=words))
    version = _bump(sequence)
    _retire(step, version)
    approver = step.unchanged_approved_by
    return add_row(sequence, version, step.key, step.position, change, approver)


def with_words(change: StepInput, words: tuple[Words, ...]) -> StepInput:
    return replace(change, words=words, unchanged=False)


def input_of(step: Step) -> StepInput:
    """A touch as it stands."""
    return StepInput(
        name=step.name,
        channel=step.channel,
        delay_days=step.delay_days,
        condition=step.condition,
        fallback_channel=step.fallback_channel,
        unchanged=step.unchanged,
        words=tuple(
            Words(v.label, v.subject, v.body, v.weight, v.brief, v.by_program)
            for v in step.variants.order_by("label")
        ),
    )


def _written_by(step: Step, change: StepInput) -> StepInput:
    """With a mark on each text that a program types anew; what stood there keeps its own."""
    if not hands.program():
        return change
    stood = {(w.subject, w.body, w.brief): w.by_program for w in input_of(step).words}
    words = tuple(
        replace(one, by_program=stood.get((one.subject, one.body, one.brief), True))
        for one in change.words
    )
    return replace(change, words=words)


def locked(sequence: Sequence) -> Sequence:
    return Sequence.objects.select_for_update().get(pk=sequence.pk)


def _current(sequence: Sequence, key: uuid.UUID) -> Step:
    step = Step.objects.filter(sequence=sequence, key=key, until_version=None).first()
    if step is None:
        raise SequenceError("This touch was removed meanwhile.")
    return step


def _bump(sequence: Sequence) -> int:
    """The next version, taken by a conditional UPDATE."""
    old = sequence.version
    rows = Sequence.objects.filter(pk=sequence.pk, version=old)
    hit = rows.update(version=old + 1, updated_at=timezone.now())
    if hit != 1:
        raise StaleStep("Somebody changed this sequence meanwhile. Open it again.")
    sequence.version = old + 1
    return sequence.version


def _retire(step: Step, version: int) -> None:
    if Step.objects.filter(pk=step.pk, until_version=None).update(until_version=version) != 1:
        raise StaleStep("Somebody changed this touch meanwhile. Open it again.")


def add_row(
    sequence: Sequence,
    version: int,
    key: uuid.UUID,
    position: int,
    change: StepInput,
    approver: User | None,
) -> Step:
    step = Step.objects.create(
        sequence=sequence,
        key=key,
        position=position,
        name=change.name,
        channel=change.channel,
        delay_days=change.delay_days,
        condition=change.condition,
        fallback_channel=change.fallback_channel,
        unchanged=change.unchanged,
        unchanged_approved_by=approver if change.unchanged else None,
        since_version=version,
    )
    Variant.objects.bulk_create(
        Variant(
            step=step,
            label=w.label,
            subject=w.subject,
            body=w.body,
            weight=w.weight,
            brief=w.brief,
            by_program=w.by_program,
        )
        for w in change.words
    )
    return step


def _clean(change: StepInput) -> StepInput:
    """Within the limits, or SequenceError with the field it belongs to."""
    if change.channel not in reach.codes():
        raise SequenceError("Choose a channel.", "channel")
    if change.fallback_channel and change.fallback_channel not in reach.codes():
        raise SequenceError("Choose a channel to use instead, or none.", "fallback_channel")
    if change.condition not in CONDITIONS:
        raise SequenceError("Choose a condition.", "condition")
    if not 0 <= change.delay_days <= MAX_WAIT:
        raise SequenceError(f"Wait 0 to {MAX_WAIT} working days.", "delay_days")
    if not one_line(change.name, 80):
        raise SequenceError("Give the touch a name.", "name")
    if change.unchanged and change.channel != "email":
        raise SequenceError("Only mails can go out unchanged.", "unchanged")
    words = tuple(_clean_words(change.channel, words) for words in change.words)
    if not any(one.weight for one in words):
        raise SequenceError("At least one text needs a weight above 0.", "weight")
    fallback = "" if change.fallback_channel == change.channel else change.fallback_channel
    name = one_line(change.name, 80)
    return replace(change, name=name, words=words, fallback_channel=fallback)


def _clean_words(channel: str, words: Words) -> Words:
    body = clean(words.body.replace("\r\n", "\n")).strip()
    if not body:
        raise SequenceError("Write the text first.", "body")
    if len(body) > frames.FRAME_LIMIT:
        raise SequenceError(f"The text has more than {frames.FRAME_LIMIT:,} characters.", "body")
    if words.label not in LABELS or not 0 <= words.weight <= 100:
        raise SequenceError("The weight is a number from 0 to 100.", "weight")
    subject = one_line(words.subject, 200) if reach.has_subject(channel) else ""
    brief = clean(words.brief.replace("\r\n", "\n")).strip()[:BRIEF_LIMIT]
    return Words(words.label, subject, body, words.weight, brief, words.by_program)


def _check_mails(sequence: Sequence, channel: str, without: Step | None = None) -> None:
    if channel != "email":
        return
    mails = Step.objects.filter(sequence=sequence, until_version=None, channel="email")
    count = (mails.exclude(pk=without.pk) if without else mails).count()
    if count >= MAX_MAILS:
        raise SequenceError(
            f"At most {MAX_MAILS} mails in a sequence: more get fewer answers and more complaints. "
            "Use LinkedIn or a call.",
            "channel",
        )


def _approver(step: Step, change: StepInput, user: User) -> User | None:
    """Who stands for sending it unchanged: asked anew whenever a word differs."""
    if not change.unchanged:
        return None
    before = input_of(step)
    same = before.words == change.words and before.channel == change.channel
    if step.unchanged and same and step.unchanged_approved_by:
        return step.unchanged_approved_by
    if not change.approved:
        raise SequenceError("Tick that you approve exactly these words.", "approved")
    return user

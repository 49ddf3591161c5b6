"""Reads for the sequence pages: lists with their counts, numbers for each touch, people."""

import uuid
from collections.abc import Iterable
from dataclasses import dataclass, field

from django.db.models import Count, Exists, OuterRef, Q, QuerySet, Subquery

from leads.access import leads_for, seen_by
from leads.models import Lead, ThreadEvent
from outreach.access_sequences import sequences_for
from outreach.models import Enrollment, Sequence, Step, Touch
from salesagent.accounts.models import User

OPEN = (Enrollment.State.ACTIVE, Enrollment.State.PAUSED)
DONE = (Touch.State.SENT, Touch.State.DONE)
PAGE_SIZE = 50


@dataclass(frozen=True)
class Counts:
    """People of a sequence. `inside`: active or paused now; `total`: ever."""

    inside: int = 0
    active: int = 0
    total: int = 0
    replied: int = 0


@dataclass
class Numbers:
    """Of one touch or variant: how many went out or were done, how many people answered it."""

    done: int = 0
    replied: int = 0


@dataclass
class StepNumbers(Numbers):
    variants: dict[str, Numbers] = field(default_factory=dict)


@dataclass(frozen=True)
class Card:
    sequence: Sequence
    counts: Counts
    channels: list[str]


@dataclass(frozen=True)
class PeoplePage:
    rows: list[Enrollment]
    next: int | None  # pk behind which the next page begins
    hidden: int  # in the sequence, but not this user's to see


def cards(user: User, *, archived: bool = False) -> list[Card]:
    """The sequences a user sees, with counts: four queries, however many there are."""
    found = sequences_for(user).select_related("owner")
    wanted = Q(state=Sequence.State.ARCHIVED)
    rows = list(found.filter(wanted if archived else ~wanted).order_by("name", "id")[:500])
    ids = [row.pk for row in rows]
    counts, channels = _counts(ids), _channels(ids)
    return [Card(row, counts.get(row.pk, Counts()), channels.get(row.pk, [])) for row in rows]


def counts_for(sequence: Sequence) -> Counts:
    return _counts([sequence.pk]).get(sequence.pk, Counts())


def _counts(ids: Iterable[int]) -> dict[int, Counts]:
    rows = (
        Enrollment.objects.filter(sequence__in=ids)
        .values("sequence_id")
        .annotate(
            total=Count("pk"),
            inside=Count("pk", filter=Q(state__in=OPEN)),
            active=Count("pk", filter=Q(state=Enrollment.State.ACTIVE)),
        )
    )
    replied = _replied(ids)
    return {
        row["sequence_id"]: Counts(
            row["inside"], row["active"], row["total"], replied.get(row["sequence_id"], 0)
        )
        for row in rows
    }


def _replied(ids: Iterable[int]) -> dict[int, int]:
    """Enrolments whose person answered after it began."""
    answer = ThreadEvent.objects.filter(
        lead=OuterRef("lead"), kind="reply.received", occurred_at__gte=OuterRef("started_at")
    )
    rows = Enrollment.objects.filter(Exists(answer), sequence__in=ids)
    found = rows.values("sequence_id").annotate(n=Count("pk"))
    return {row["sequence_id"]: row["n"] for row in found}


def _channels(ids: Iterable[int]) -> dict[int, list[str]]:
    rows = Step.objects.filter(sequence__in=ids, until_version=None).order_by("position", "id")
    found: dict[int, list[str]] = {}
    for sequence_id, channel in rows.values_list("sequence_id", "channel"):
        found.setdefault(sequence_id, []).append(channel)
    return found


def step_numbers(sequence: Sequence) -> dict[uuid.UUID, StepNumbers]:
    """Numbers by step key over all its rows: two queries. Answers count for the touch before."""
    found: dict[uuid.UUID, StepNumbers] = {}
    for key, label, count in _done(sequence):
        step, variant = _slot(found, key, label)
        step.done += count
        variant.done += count
    for key, label, count in _answered(sequence):
        step, variant = _slot(found, key, label)
        step.replied += count
        variant.replied += count
    return found


def _slot(
    found: dict[uuid.UUID, StepNumbers], key: uuid.UUID, label: str | None
) -> tuple[StepNumbers, Numbers]:
    step = found.setdefault(key, StepNumbers())
    return step, step.variants.setdefault(label or "", Numbers())


def _done(sequence: Sequence) -> list[tuple[uuid.UUID, str | None, int]]:
    touches = Touch.objects.filter(enrollment__sequence=sequence, state__in=DONE)
    rows = touches.exclude(step_key=None).values_list("step_key", "variant__label")
    return [(key, label, n) for key, label, n in rows.annotate(n=Count("pk")) if key]


def _answered(sequence: Sequence) -> list[tuple[uuid.UUID, str | None, int]]:
    """For each answer the last touch before it; each person counts once for a touch."""
    last = Touch.objects.filter(
        lead=OuterRef("lead"),
        enrollment__sequence=sequence,
        state__in=DONE,
        sent_at__lte=OuterRef("occurred_at"),
    ).order_by("-sent_at", "-id")
    answers = ThreadEvent.objects.filter(
        kind="reply.received",
        lead__in=Enrollment.objects.filter(sequence=sequence).values("lead"),
    ).annotate(
        key=Subquery(last.values("step_key")[:1]), label=Subquery(last.values("variant__label")[:1])
    )
    rows = answers.exclude(key=None).values_list("key", "label")
    return [(key, label, n) for key, label, n in rows.annotate(n=Count("lead", distinct=True))]


def people(
    user: User, sequence: Sequence, *, state: str = "", after: int | None = None
) -> PeoplePage:
    """The people of a sequence that this user may see, newest first, by key."""
    everybody = Enrollment.objects.filter(sequence=sequence)
    if state:
        everybody = everybody.filter(state=state)
    mine = seen_by(everybody, user)
    rows = mine.filter(pk__lt=after) if after else mine
    page = list(
        rows.select_related("lead__company", "lead__owner").order_by("-pk")[: PAGE_SIZE + 1]
    )
    hidden = everybody.count() - mine.count()
    more = len(page) > PAGE_SIZE
    return PeoplePage(page[:PAGE_SIZE], page[PAGE_SIZE - 1].pk if more else None, hidden)


def preview_leads(user: User, sequence: Sequence) -> list[tuple[int, str]]:
    """(pk, name) of people to preview as: of this sequence first, else of the user's leads."""
    mine = leads_for(user).filter(archived_at=None)
    inside = mine.filter(enrollments__sequence=sequence, enrollments__state__in=OPEN)
    return list(_names(inside.distinct().order_by("-pk"))) or list(_names(mine.order_by("-pk")))


def _names(leads: QuerySet[Lead]) -> Iterable[tuple[int, str]]:
    for lead in leads[:8]:
        company = f", {lead.company_name}" if lead.company_name else ""
        yield lead.pk, f"{lead.name}{company}"


def lacking(sequence: Sequence, conditions: dict[str, Q]) -> tuple[int, dict[str, int]]:
    """How many people are in it, and how many of them lack each field: one query."""
    counts = {code: Count("pk", filter=condition) for code, condition in conditions.items()}
    inside = Enrollment.objects.filter(sequence=sequence, state__in=OPEN)
    found = inside.aggregate(people=Count("pk"), **counts)
    return found.pop("people"), found

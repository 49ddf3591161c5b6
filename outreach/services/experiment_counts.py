"""What a test of texts counts: sends of exactly these words, and answers that people wrote.

A send counts for the decision at a fixed age, answered or not: if answered ones counted at once,
the text that got more of the latest sends would look better than it is. An answer belongs to the
last touch before it. Automatic answers, absences and bare requests to stop are no success.
"""

import hashlib
import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db.models import QuerySet

from leads.models import ThreadEvent
from outreach.models import Sequence, Touch, Variant
from outreach.services.always_valid import Arm

SETTLE = timedelta(days=14)  # ten working days, wherever the week begins
DONE = (Touch.State.SENT, Touch.State.DONE)
NO_SUCCESS = ("out_of_office", "opt_out", "bounce")
RETURNED = ("touch.bounced", "touch.undelivered")


@dataclass(frozen=True)
class Scope:
    """Which sends belong to a test: assigned after `since`, with the words of `frames`."""

    sequence: Sequence
    step_key: uuid.UUID
    frames: Mapping[str, str]  # label -> digest of its words; "": any words
    since: datetime


@dataclass
class Count:
    """Of one text. `settled`: what the decision looks at; the others are as of now."""

    sent: int = 0
    delivered: int = 0
    answered: int = 0
    settled: Arm = field(default_factory=Arm)


@dataclass(frozen=True)
class _Send:
    pk: int
    lead: int
    at: datetime
    variant: int


def digest(variant: Variant) -> str:
    """Changes with every word of the text or of its brief."""
    words = "\0".join((variant.subject, variant.body, variant.brief))
    return hashlib.sha256(words.encode()).hexdigest()[:16]


def count(scope: Scope, now: datetime) -> dict[str, Count]:
    """Numbers by label: six queries, however many sends."""
    labels = _labels(scope)
    sends = _sends(scope, list(labels), now)
    returned, answers, later = _returned(scope), _answers(scope), _later(scope)
    found = {label: Count() for label in scope.frames}
    for send in sends:
        entry = found[labels[send.variant]]
        entry.sent += 1
        if send.pk in returned:
            continue
        until = min([send.at + SETTLE, *(at for at in later.get(send.lead, ()) if at > send.at)])
        hit = any(send.at <= at < until for at in answers.get(send.lead, ()))
        _add(entry, hit=hit, settled=send.at <= now - SETTLE)
    return found


def _add(entry: Count, *, hit: bool, settled: bool) -> None:
    entry.delivered += 1
    entry.answered += hit
    if settled:
        entry.settled = Arm(entry.settled.sends + 1, entry.settled.answers + hit)


def _labels(scope: Scope) -> dict[int, str]:
    """Rows of the texts, over all versions of the step, whose words are the ones under test."""
    rows = Variant.objects.filter(
        step__sequence=scope.sequence, step__key=scope.step_key, label__in=list(scope.frames)
    )
    wanted = scope.frames
    return {v.pk: v.label for v in rows if wanted[v.label] in ("", digest(v))}


def _touches(scope: Scope) -> QuerySet[Touch]:
    return Touch.objects.filter(enrollment__sequence=scope.sequence, state__in=DONE)


def _sends(scope: Scope, variants: list[int], now: datetime) -> list[_Send]:
    rows = _touches(scope).filter(
        step_key=scope.step_key,
        created_at__gte=scope.since,
        variant__in=variants,
        sent_at__lte=now,
    )
    found = rows.values_list("pk", "lead_id", "sent_at", "variant_id")
    return [_Send(pk, lead, at, label) for pk, lead, at, label in found if at and label]


def _events(scope: Scope, kinds: Iterable[str]) -> QuerySet[ThreadEvent]:
    people = _touches(scope).filter(step_key=scope.step_key, created_at__gte=scope.since)
    return ThreadEvent.objects.filter(
        kind__in=list(kinds), lead__in=people.values("lead"), occurred_at__gte=scope.since
    )


def _returned(scope: Scope) -> set[int]:
    """Touches that did not arrive."""
    rows = _events(scope, RETURNED).values_list("data", flat=True)
    return {int(data.get("touch") or 0) for data in rows if not data.get("delayed")}


def _later(scope: Scope) -> dict[int, list[datetime]]:
    """When each person got touches of this sequence."""
    rows = _touches(scope).filter(sent_at__gte=scope.since).values_list("lead_id", "sent_at")
    found: dict[int, list[datetime]] = {}
    for lead, at in rows:
        if at:
            found.setdefault(lead, []).append(at)
    return found


def _answers(scope: Scope) -> dict[int, list[datetime]]:
    """When each person answered with words of their own."""
    ruled_out = _no_success(scope)
    found: dict[int, list[datetime]] = {}
    rows = _events(scope, ["reply.received"]).values_list("pk", "lead_id", "occurred_at")
    for pk, lead, at in rows:
        if pk not in ruled_out:
            found.setdefault(lead, []).append(at)
    return found


def _no_success(scope: Scope) -> set[int]:
    """Received messages whose newest class says that nobody answered, or only to stop."""
    newest: dict[int, bool] = {}
    rows = _events(scope, ["reply.classified"]).order_by("pk").values_list("data", flat=True)
    for data in rows:
        no = data.get("disposition") in NO_SUCCESS or bool(data.get("automatic"))
        newest[int(data.get("event") or 0)] = no
    return {pk for pk, no in newest.items() if no}

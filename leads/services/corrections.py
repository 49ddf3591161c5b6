"""What people set right: listed, counted, and learned from.

A correction never changes what it corrects; the caller does that. The newest one of a person about
the same thing counts, an older one is taken back by it.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from django.db import transaction
from django.db.models import Count, Max, Q, QuerySet
from django.utils import timezone

from leads.models import Correction, Lead, ThreadEvent
from salesagent.accounts.models import User
from salesagent.lib.text import one_line

Kind = Correction.Kind
TakenBack = Callable[[Correction, User], None]
TAKE_BACK: dict[str, TakenBack] = {}


class CorrectionError(Exception):
    """Why a correction cannot be kept or taken back, in words for the person who tried."""


@dataclass(frozen=True)
class Totals:
    """`kinds`: code -> (all, used). `last`: name of the newest training that used some."""

    all: int
    used: int
    kinds: dict[str, tuple[int, int]]
    last: str = ""
    last_used: int = 0


def taken_back(kind: str) -> Callable[[TakenBack], TakenBack]:
    """Register what else follows when a correction of this kind is taken back."""

    def register(function: TakenBack) -> TakenBack:
        TAKE_BACK[kind] = function
        return function

    return register


@transaction.atomic
def correct(
    *,
    kind: str,
    lead: Lead | None,
    subject: str,
    before: str,
    after: str,
    user: User,
    event: ThreadEvent | None = None,
    note: str = "",
) -> Correction:
    """Keep that a person said "not right" of `subject`. Raises CorrectionError for no such kind."""
    if kind not in Kind.values:
        raise CorrectionError("There is nothing of this kind to correct.")
    subject = one_line(subject, 200)
    older = live().filter(kind=kind, lead=lead, subject=subject, event=event, by=user)
    older.update(taken_back_at=timezone.now())
    return Correction.objects.create(
        kind=kind,
        lead=lead,
        event=event,
        subject=subject,
        before=one_line(before, 200),
        after=one_line(after, 200),
        note=one_line(note, 300),
        by=user,
    )


@transaction.atomic
def take_back(correction: Correction, user: User) -> bool:
    """It was right after all; False when that was said before."""
    if live().filter(pk=correction.pk).update(taken_back_at=timezone.now()) != 1:
        return False
    if follow := TAKE_BACK.get(correction.kind):
        follow(correction, user)
    return True


def live() -> QuerySet[Correction]:
    """Corrections that stand."""
    return Correction.objects.filter(taken_back_at=None)


def count(kind: str = "") -> int:
    """How many stand, of one kind or of all."""
    return live().filter(kind=kind).count() if kind else live().count()


def to_learn(kind: str) -> QuerySet[Correction]:
    """What a training of this kind learns from, the oldest first: every one that stands."""
    return live().filter(kind=kind).order_by("pk")


def mark_used(ids: Iterable[int], training: str) -> int:
    """A training learned from these. The first one's name is kept; returns how many are new."""
    wanted = list(ids)
    done = 0
    for start in range(0, len(wanted), 500):
        rows = Correction.objects.filter(pk__in=wanted[start : start + 500], used_in="")
        done += rows.update(used_in=one_line(training, 60))
    return done


def totals(rows: QuerySet[Correction]) -> Totals:
    """The counts over `rows`, of those that stand. Two queries."""
    standing = rows.filter(taken_back_at=None).order_by()
    used = Count("pk", filter=~Q(used_in=""))
    kinds = {
        kind: (n, m) for kind, n, m in standing.values_list("kind").annotate(n=Count("pk"), m=used)
    }
    last = standing.exclude(used_in="").values_list("used_in")
    newest = last.annotate(n=Count("pk"), top=Max("pk")).order_by("-top").first()
    name, many = (newest[0], newest[1]) if newest else ("", 0)
    whole, learned = (sum(pair[i] for pair in kinds.values()) for i in (0, 1))
    return Totals(whole, learned, kinds, name, many)

"""What a manager sees of a team: sums that name nobody, and what people chose to show.

Which sums may be shown is `shares`; whose habits are open is `access.open_habits`. No function here
gives a private person's numbers to anybody else.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db.models import Count, Q, QuerySet
from django.utils import timezone

from coaching import access
from coaching.models import Play, Practice, Talk
from coaching.services import plays, shares
from coaching.services.habits import LABELS
from coaching.services.shares import Share, Shown
from salesagent.accounts.models import User

MARKS = ("quick", "pain", "question", "next_step")


@dataclass(frozen=True)
class Objection:
    """`seen`: in writing. `kept`: they wrote again within a week of the answer."""

    kind: str
    label: str
    seen: int
    kept: Shown
    best: plays.Ranked | None


@dataclass(frozen=True)
class Habit:
    code: str
    label: str
    shown: Shown


@dataclass(frozen=True)
class Team:
    """`people`: who wrote or spoke; `sharing`: how many of them the reader may see by name."""

    days: int
    threads: int
    met: int
    people: int
    sharing: int
    own: bool
    objections: list[Objection]
    habits: list[Habit]

    @property
    def enough(self) -> bool:
        return self.threads >= shares.FEW

    @property
    def partial(self) -> bool:
        return any(habit.shown.partial for habit in self.habits)


@dataclass(frozen=True)
class Group:
    """The people whose sums are asked for, and those of them who may be seen by name."""

    ids: list[int]
    open: set[int]
    days: int

    def talks(self) -> QuerySet[Talk]:
        since = timezone.now() - timedelta(days=self.days)
        return Talk.objects.filter(rep__in=self.ids, at__gte=since).order_by()


def team(user: User, people: Collection[User], days: int) -> Team:
    """Six queries, however much there is. `people`: of access.people."""
    ids = [one.pk for one in people]
    group = Group(ids, access.open_habits(user, ids), days)
    found, parts = objections(group), habit_parts(group)
    spoke = {who for who, count in parts.threads.items() if count}
    return Team(
        days,
        sum(parts.threads.values()),
        sum(row.seen for row in found),
        len(spoke),
        len(spoke & group.open),
        user.pk in spoke,
        found,
        habits(group, parts),
    )


def objections(group: Group) -> list[Objection]:
    """The most frequent first."""
    rows = group.talks().exclude(objection="").filter(theirs__isnull=False)
    counted = rows.values_list("objection", "rep").annotate(
        seen=Count("pk"),
        done=Count("pk", filter=Q(kept=True)),
        of=Count("pk", filter=Q(kept__isnull=False)),
    )
    seen: dict[str, int] = {}
    parts: dict[str, dict[int, Share]] = {}
    for kind, rep, count, done, of in counted:
        seen[kind] = seen.get(kind, 0) + count
        parts.setdefault(kind, {})[rep] = Share(done, of)
    best = plays.best() if seen else {}
    order = sorted(seen, key=lambda kind: (-seen[kind], kind))
    labels = dict(Play.Kind.choices)
    return [
        Objection(
            kind,
            str(labels.get(kind, kind)),
            seen[kind],
            shares.total(parts[kind], group.open),
            best.get(kind),
        )
        for kind in order
    ]


@dataclass(frozen=True)
class Parts:
    """By person: for sums, never for a page as it is."""

    threads: dict[int, int]
    habits: dict[str, dict[int, Share]]


def habits(group: Group, parts: Parts) -> list[Habit]:
    """The five, each only where nobody private can be made out."""
    return [
        Habit(code, label, shares.habit(parts.habits[code], group.open))
        for code, label in LABELS.items()
    ]


def habit_parts(group: Group) -> Parts:
    """Two queries."""
    spoke = ~Q(about=Talk.About.WAITING)
    wanted = {"threads": Count("lead", distinct=True, filter=spoke)}
    for mark in MARKS:
        wanted[f"{mark}_done"] = Count("pk", filter=Q(**{mark: True}))
        wanted[f"{mark}_of"] = Count("pk", filter=Q(**{f"{mark}__isnull": False}))
    parts = Parts({}, {code: {} for code in LABELS})
    rows: Any = group.talks().values("rep").annotate(**wanted)
    for row in rows:
        parts.threads[row["rep"]] = row["threads"]
        for mark in MARKS:
            parts.habits[mark][row["rep"]] = Share(row[f"{mark}_done"], row[f"{mark}_of"])
    for practice in Practice.objects.filter(rep__in=group.ids):
        sent, changed = practice.drafts.get(str(group.days), (0, 0))
        parts.habits["edited"][practice.pk] = Share(changed, sent)
    return parts


@dataclass(frozen=True)
class Person:
    """One person whose habits are open to the reader."""

    threads: int
    habits: list[Habit]
    objections: list[Objection]

    @property
    def enough(self) -> bool:
        return self.threads >= shares.FEW


def person(user: User, rep: User, days: int) -> Person | None:
    """None while the rep keeps them private."""
    seen = access.open_habits(user, [rep.pk])
    if rep.pk not in seen:
        return None
    group = Group([rep.pk], seen, days)
    parts = habit_parts(group)
    return Person(sum(parts.threads.values()), habits(group, parts), objections(group))

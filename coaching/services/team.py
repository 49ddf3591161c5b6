"""What a manager sees of a team: sums that name nobody, and what people chose to show.

Which sums may be shown is `shares`; whose habits are open is `access.open_habits`. No function here
gives a private person's numbers to anybody else.
"""

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from django.db.models import Count, Q, QuerySet
from django.utils import timezone

from coaching import access
from coaching.models import Play, Practice, Talk
from coaching.services import plays, shares, talks
from coaching.services.habits import LABELS
from coaching.services.shares import Share, Shown
from salesagent.accounts.models import User

MARKS = ("quick", "pain", "question", "next_step")


@dataclass(frozen=True)
class Objection:
    """`seen`: in writing, as `share.of`. `kept`: they wrote again within a week of the answer."""

    kind: str
    label: str
    seen: Shown
    kept: Shown
    best: plays.Ranked | None


@dataclass(frozen=True)
class Habit:
    code: str
    label: str
    shown: Shown


@dataclass(frozen=True)
class Team:
    """`people`: who wrote or spoke; `sharing`: how many of them the reader may see by name.

    `met`: the objections whose number may be told; more would tell those that may not.
    """

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

    @property
    def hidden(self) -> bool:
        """Something was counted and may not be shown."""
        return any(habit.shown.share is None and habit.shown.whole for habit in self.habits)


@dataclass(frozen=True)
class Group:
    """The people whose sums are asked for, and those of them who may be seen by name.

    `fewest`: people in a figure; one where the page is about one.
    """

    ids: list[int]
    open: set[int]
    days: int
    fewest: int = shares.TEAM

    def talks(self) -> QuerySet[Talk]:
        since = timezone.now() - timedelta(days=self.days)
        return Talk.objects.filter(rep__in=self.ids, at__gte=since).order_by()

    def recent(self) -> "Group | None":
        """The same with the shorter time that has a page of its own."""
        shorter = [days for days in talks.DAYS if days < self.days]
        return replace(self, days=max(shorter)) if shorter else None


def team(user: User, people: Collection[User], days: int) -> Team:
    """Six queries and three more for a longer time, however much there is. `people`: of
    access.people."""
    ids = [one.pk for one in people]
    group = Group(ids, access.open_habits(user, ids), days)
    parts, recent = parts_of(group), _recent(group)
    met = objections(group, parts, recent)
    spoke = {who for who, count in parts.threads.items() if count}
    return Team(
        days,
        sum(parts.threads.values()),
        sum(_of(row.seen) for row in met),
        len(spoke),
        len(spoke & group.open),
        user.pk in spoke,
        met,
        habits(group, parts, recent),
    )


@dataclass(frozen=True)
class Parts:
    """By person: for sums, never for a page as it is. `seen` and `kept` by kind of objection."""

    threads: dict[int, int]
    habits: dict[str, dict[int, Share]]
    seen: dict[str, dict[int, int]]
    kept: dict[str, dict[int, Share]]


def parts_of(group: Group) -> Parts:
    """Three queries."""
    seen, kept = _objected(group)
    return Parts(*_worked(group), seen, kept)


def _recent(group: Group) -> Parts | None:
    shorter = group.recent()
    return parts_of(shorter) if shorter else None


def objections(group: Group, parts: Parts, recent: Parts | None) -> list[Objection]:
    """The most frequent first, as far as that may be told."""
    best = plays.best() if parts.seen else {}
    labels = dict(Play.Kind.choices)
    found = [
        Objection(
            kind,
            str(labels.get(kind, kind)),
            shares.number(
                counts,
                group.open,
                recent.seen.get(kind, {}) if recent else None,
                fewest=group.fewest,
            ),
            shares.total(
                parts.kept[kind],
                group.open,
                recent.kept.get(kind, {}) if recent else None,
                fewest=group.fewest,
            ),
            best.get(kind),
        )
        for kind, counts in parts.seen.items()
    ]
    return sorted(found, key=lambda row: (-_of(row.seen), row.kind))


def _of(shown: Shown) -> int:
    return shown.share.of if shown.share else 0


def _objected(group: Group) -> tuple[dict[str, dict[int, int]], dict[str, dict[int, Share]]]:
    rows = group.talks().exclude(objection="").filter(theirs__isnull=False)
    counted = rows.values_list("objection", "rep").annotate(
        seen=Count("pk"),
        done=Count("pk", filter=Q(kept=True)),
        of=Count("pk", filter=Q(kept__isnull=False)),
    )
    seen: dict[str, dict[int, int]] = {}
    kept: dict[str, dict[int, Share]] = {}
    for kind, rep, count, done, of in counted:
        seen.setdefault(kind, {})[rep] = count
        kept.setdefault(kind, {})[rep] = Share(done, of)
    return seen, kept


def habits(group: Group, parts: Parts, recent: Parts | None) -> list[Habit]:
    """The five, each only where nobody private can be made out."""
    return [
        Habit(
            code,
            label,
            shares.habit(
                parts.habits[code],
                group.open,
                recent.habits[code] if recent else None,
                fewest=group.fewest,
            ),
        )
        for code, label in LABELS.items()
    ]


def _worked(group: Group) -> tuple[dict[int, int], dict[str, dict[int, Share]]]:
    """Threads and habits by person."""
    spoke = ~Q(about=Talk.About.WAITING)
    wanted = {"threads": Count("lead", distinct=True, filter=spoke)}
    for mark in MARKS:
        wanted[f"{mark}_done"] = Count("pk", filter=Q(**{mark: True}))
        wanted[f"{mark}_of"] = Count("pk", filter=Q(**{f"{mark}__isnull": False}))
    threads: dict[int, int] = {}
    found: dict[str, dict[int, Share]] = {code: {} for code in LABELS}
    rows: Any = group.talks().values("rep").annotate(**wanted)
    for row in rows:
        threads[row["rep"]] = row["threads"]
        for mark in MARKS:
            found[mark][row["rep"]] = Share(row[f"{mark}_done"], row[f"{mark}_of"])
    for practice in Practice.objects.filter(rep__in=group.ids):
        sent, changed = practice.drafts.get(str(group.days), (0, 0))
        found["edited"][practice.pk] = Share(changed, sent)
    return threads, found


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
    group = Group([rep.pk], seen, days, fewest=1)
    parts = parts_of(group)
    return Person(
        sum(parts.threads.values()), habits(group, parts, None), objections(group, parts, None)
    )

"""What a manager sees of a team: sums that name nobody, and what people chose to show.

Which sums may be shown is `shares`; whose habits are open is `access.open_habits`. No function here
gives a private person's numbers to anybody else.
"""

from dataclasses import dataclass
from datetime import timedelta

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


def team(user: User, days: int) -> Team:
    """Eight queries, however much there is."""
    ids = list(access.people(user).values_list("pk", flat=True))
    group = Group(ids, access.open_habits(user, ids), days)
    spoke = group.talks().exclude(about=Talk.About.WAITING)
    done = dict(spoke.values_list("rep").annotate(Count("pk")))
    found = objections(group)
    return Team(
        days,
        spoke.aggregate(count=Count("lead", distinct=True))["count"],
        sum(row.seen for row in found),
        len(done),
        len(done.keys() & group.open),
        user.pk in done,
        found,
        habits(group),
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


def habits(group: Group) -> list[Habit]:
    """The five, each only where nobody private can be made out."""
    parts = habit_parts(group)
    return [
        Habit(code, label, shares.habit(parts[code], group.open)) for code, label in LABELS.items()
    ]


def habit_parts(group: Group) -> dict[str, dict[int, Share]]:
    """By habit and person: for sums, never for a page as it is."""
    wanted = {}
    for mark in MARKS:
        wanted[f"{mark}_done"] = Count("pk", filter=Q(**{mark: True}))
        wanted[f"{mark}_of"] = Count("pk", filter=Q(**{f"{mark}__isnull": False}))
    parts: dict[str, dict[int, Share]] = {code: {} for code in LABELS}
    for row in group.talks().values("rep").annotate(**wanted):
        for mark in MARKS:
            parts[mark][row["rep"]] = Share(row[f"{mark}_done"], row[f"{mark}_of"])
    for practice in Practice.objects.filter(rep__in=group.ids):
        sent, changed = practice.drafts.get(str(group.days), (0, 0))
        parts["edited"][practice.pk] = Share(changed, sent)
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
    spoke = group.talks().exclude(about=Talk.About.WAITING)
    count = spoke.aggregate(count=Count("lead", distinct=True))["count"]
    return Person(count, habits(group), objections(group))

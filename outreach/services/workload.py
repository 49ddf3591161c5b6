"""What everybody has to do, now and in the next days, against what they can do.

Load of a day is what asks for a person that day: open lines of Today that are due, and drafts to
check. `User.daily_capacity` is how many of them somebody can do a day. Four indexed queries for all
people together.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, cast

from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet, Value
from django.db.models.functions import Coalesce

from leads.models import Lead
from outreach.models import Enrollment, Task, Touch
from outreach.open_lines import GONE, HELD
from outreach.selectors_drafts import WAITS
from salesagent.accounts.models import User

AHEAD = timedelta(days=7)
ENDED = (Lead.Stage.WON, Lead.Stage.LOST)


@dataclass(frozen=True)
class Load:
    """`today`: due lines and drafts to check. `week`: with those planned for the next seven days.

    `room` is what is left of a day; below zero there is more than can be done.
    """

    leads: int
    running: int  # leads in a sequence
    tasks: int
    drafts: int  # all that wait, as Approvals counts them
    near: int  # those of them that would go out within a day
    planned: int
    capacity: int
    work_days: int
    away: bool

    @property
    def today(self) -> int:
        return self.tasks + self.near

    @property
    def week(self) -> int:
        return self.tasks + self.drafts + self.planned

    @property
    def week_capacity(self) -> int:
        return self.capacity * self.work_days

    @property
    def room(self) -> int:
        return 0 if self.away else self.capacity - self.today

    @property
    def over(self) -> bool:
        return self.week > self.week_capacity

    @property
    def share(self) -> float:
        """Of the week's capacity; 1 with nothing to do it in."""
        return self.week / self.week_capacity if self.week_capacity else float(self.week > 0)


def loads(people: Iterable[User], now: datetime) -> dict[int, Load]:
    """Each person's, by id. Archived leads, snoozed lines and held ones do not count."""
    users = list(people)
    ids = [user.pk for user in users]
    leads = _leads(ids)
    running, planned = _running(ids, now)
    tasks = _counted(_due(ids, now), "owner")
    drafts, near = _drafts(ids, now)
    return {
        user.pk: Load(
            leads=leads[user.pk],
            running=running[user.pk],
            tasks=tasks[user.pk],
            drafts=drafts[user.pk],
            near=near[user.pk],
            planned=planned[user.pk],
            capacity=user.daily_capacity,
            work_days=work_days(user, now.astimezone(user.tz).date()),
            away=user.away_on(now.astimezone(user.tz).date()),
        )
        for user in users
    }


def by_lead(people: Iterable[User], now: datetime) -> dict[int, Counter[int]]:
    """What each person's own leads ask for within the week: person -> lead -> how many times.

    The parts of `Load.week` that move along when the lead does. Three queries for all people.
    """
    ids = [user.pk for user in people]
    drafts = _waiting(ids)
    own = _due(ids, now).filter(lead__owner=F("owner"), lead__archived_at=None)
    found: dict[int, Counter[int]] = {pk: Counter() for pk in ids}
    for rows in (own, drafts, _planned(ids, now)):
        times = rows.order_by().values_list("lead__owner", "lead").annotate(Count("pk"))
        for owner, lead, count in times:
            found[owner][lead] += count
    return found


def _counted(rows: QuerySet[Any], name: str) -> Counter[int]:
    return Counter(dict(rows.order_by().values_list(name).annotate(Count("pk"))))


def _leads(ids: list[int]) -> Counter[int]:
    """Out of an index alone. Each stage by itself: "not in" costs a third more per lead."""
    rows = Lead.objects.filter(owner__in=ids, archived_at=None, erased_at=None).order_by()
    for stage in ENDED:
        rows = rows.exclude(stage=stage)
    return Counter(dict(rows.values_list("owner").annotate(every=Count("*"))))


def _of(rows: QuerySet[Any], ids: list[int]) -> QuerySet[Any]:
    """Of leads of these people. The few that wait come first: by owner, all leads were read."""
    of_owner: Any = Coalesce(F("lead__owner_id"), Value(0))
    return cast(QuerySet[Any], rows.alias(of_owner=of_owner).filter(of_owner__in=ids))


def _waiting(ids: list[int]) -> QuerySet[Touch]:
    """As Approvals has them; those of later than this week too, since they can be read now."""
    return _of(Touch.objects.filter(WAITS), ids)


def _drafts(ids: list[int], now: datetime) -> tuple[Counter[int], Counter[int]]:
    """Person -> drafts to check, and how many of them within a day."""
    near = Count("pk", filter=Q(due_at__lte=now + timedelta(days=1)))
    found = _waiting(ids).order_by().values_list("lead__owner")
    drafts, soon = Counter[int](), Counter[int]()
    for owner, first, every in found.annotate(near=near, every=Count("pk")):
        drafts[owner], soon[owner] = every, first
    return drafts, soon


def _due(ids: list[int], now: datetime) -> QuerySet[Task]:
    """Open lines of today, as Today shows them."""
    awake = Q(snoozed_until=None) | Q(snoozed_until__lte=now)
    rows = Task.objects.filter(awake, owner__in=ids, state=Task.State.OPEN)
    return rows.filter(due_at__lt=now + timedelta(days=1)).exclude(HELD).exclude(GONE)


def _active(ids: list[int]) -> QuerySet[Enrollment]:
    rows = Enrollment.objects.filter(state=Enrollment.State.ACTIVE, lead__archived_at=None)
    return _of(rows, ids)


def _unwritten(now: datetime) -> Q:
    """Next touches within the week that have no draft yet: each will ask for a look."""
    made = Touch.objects.filter(enrollment=OuterRef("pk"), step_key=OuterRef("next_step_key"))
    return Q(next_due_at__gt=now, next_due_at__lt=now + AHEAD) & Q(~Exists(made))


def _planned(ids: list[int], now: datetime) -> QuerySet[Enrollment]:
    return _active(ids).filter(_unwritten(now))


def _running(ids: list[int], now: datetime) -> tuple[Counter[int], Counter[int]]:
    """Person -> leads in a sequence, and touches planned for the week."""
    planned = Count("pk", filter=_unwritten(now))
    found = _active(ids).order_by().values_list("lead__owner")
    rows = list(found.annotate(every=Count("pk"), planned=planned))
    return Counter({one: n for one, n, _ in rows}), Counter({one: n for one, _, n in rows})


def work_days(user: User, first: date) -> int:
    """Days of the next seven, from `first`, on which somebody works."""
    days = (first + timedelta(days=number) for number in range(7))
    return sum(day.weekday() in user.work_days and not user.away_on(day) for day in days)

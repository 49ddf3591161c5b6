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

from django.db import connection
from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet, Value
from django.db.models.functions import Coalesce

from outreach.models import Enrollment, Task, Touch
from outreach.open_lines import GONE, HELD
from outreach.selectors_drafts import WAITS
from salesagent.accounts.models import User
from salesagent.lib.sql import Cells

DAY, AHEAD = timedelta(days=1), timedelta(days=7)
# word by word what the index lead_owner_open holds
OPEN_LEADS = """
SELECT u.id, (SELECT COUNT(*) FROM leads_lead l WHERE l.owner_id = u.id
  AND l.archived_at IS NULL AND l.erased_at IS NULL
  AND NOT (l.stage = 'won') AND NOT (l.stage = 'lost'))
FROM accounts_user u WHERE u.id IN ({ids})
"""


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
    tasks = Counter(dict(_TASKS.all(now, now + DAY, *ids)))
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
    due = _due(ids, now, now + DAY)
    own = due.filter(lead__owner=F("owner"), lead__archived_at=None)
    found: dict[int, Counter[int]] = {pk: Counter() for pk in ids}
    planned = _active(ids).filter(_unwritten(now, now + AHEAD))
    for rows in (own, drafts, planned):
        times = rows.order_by().values_list("lead__owner", "lead").annotate(Count("pk"))
        for owner, lead, count in times:
            found[owner][lead] += count
    return found


def _leads(ids: list[int]) -> Counter[int]:
    """Person by person out of an index that holds nothing else: for all at once, each of a hundred
    thousand rows is looked at."""
    if not ids:
        return Counter()
    marks = ", ".join(["%s"] * len(ids))
    with connection.cursor() as cursor:
        cursor.execute(OPEN_LEADS.format(ids=marks), ids)
        return Counter(dict(cursor.fetchall()))


def _of(rows: QuerySet[Any], ids: Iterable[int]) -> QuerySet[Any]:
    """Of leads of these people. The few that wait come first: by owner, all leads were read."""
    of_owner: Any = Coalesce(F("lead__owner_id"), Value(0))
    return cast(QuerySet[Any], rows.alias(of_owner=of_owner).filter(of_owner__in=ids))


def _waiting(ids: Iterable[int]) -> QuerySet[Touch]:
    """As Approvals has them; those of later than this week too, since they can be read now."""
    return _of(Touch.objects.filter(WAITS), ids)


def _drafts(ids: list[int], now: datetime) -> tuple[Counter[int], Counter[int]]:
    """Person -> drafts to check, and how many of them within a day."""
    drafts, soon = Counter[int](), Counter[int]()
    for owner, first, every in _DRAFTS.all(now + DAY, *ids):
        drafts[owner], soon[owner] = every, first
    return drafts, soon


def _drafts_each(soon: datetime, *ids: int) -> QuerySet[Any]:
    rows = _waiting(ids).order_by().values_list("lead__owner")
    return rows.annotate(near=Count("pk", filter=Q(due_at__lte=soon)), every=Count("pk"))


def _due(ids: Iterable[int], now: datetime, end: datetime) -> QuerySet[Task]:
    """Open lines of today, as Today shows them."""
    awake = Q(snoozed_until=None) | Q(snoozed_until__lte=now)
    rows = Task.objects.filter(awake, owner__in=ids, state=Task.State.OPEN)
    return rows.filter(due_at__lt=end).exclude(HELD).exclude(GONE)


def _tasks_each(now: datetime, end: datetime, *ids: int) -> QuerySet[Any]:
    return _due(ids, now, end).order_by().values_list("owner").annotate(Count("pk"))


def _active(ids: Iterable[int]) -> QuerySet[Enrollment]:
    rows = Enrollment.objects.filter(state=Enrollment.State.ACTIVE, lead__archived_at=None)
    return _of(rows, ids)


def _unwritten(now: datetime, end: datetime) -> Q:
    """Next touches within the week that have no draft yet: each will ask for a look."""
    made = Touch.objects.filter(enrollment=OuterRef("pk"), step_key=OuterRef("next_step_key"))
    return Q(next_due_at__gt=now, next_due_at__lt=end) & Q(~Exists(made))


def _running(ids: list[int], now: datetime) -> tuple[Counter[int], Counter[int]]:
    """Person -> leads in a sequence, and touches planned for the week."""
    rows = _RUNNING.all(now, now + AHEAD, *ids)
    return Counter({one: n for one, n, _ in rows}), Counter({one: n for one, _, n in rows})


def _running_each(now: datetime, end: datetime, *ids: int) -> QuerySet[Any]:
    planned = Count("pk", filter=_unwritten(now, end))
    found = _active(ids).order_by().values_list("lead__owner")
    return found.annotate(every=Count("pk"), planned=planned)


_DRAFTS, _TASKS, _RUNNING = Cells(_drafts_each), Cells(_tasks_each), Cells(_running_each)


def work_days(user: User, first: date) -> int:
    """Days of the next seven, from `first`, on which somebody works."""
    days = (first + timedelta(days=number) for number in range(7))
    return sum(day.weekday() in user.work_days and not user.away_on(day) for day in days)

"""Keeps the sums equal to the threads: every five minutes what changed, each night everybody.

Both ways, and `manage.py rebuild_stats`, count a person's whole thread by the same code and then
sum whole days out of the facts. So a rebuild gives what the small steps gave.
"""

import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from datetime import date, datetime, timedelta

from django.db import transaction
from django.db.models import F, Max, Q, Value
from django.db.models.functions import Coalesce
from django.utils import timezone

from analytics.counts.story import READ
from analytics.models import DailyStat, DaySet, LeadFact, StatRun
from analytics.services import days, families, recount
from leads.models import Lead, ThreadEvent

BATCH = 200  # people in one transaction
EVENTS = 2_000  # new events looked at together
LATE = timedelta(minutes=10)  # ids of a database may become visible out of order for as long
ALL = ["*"]
MONTH = len("2026-11")
LIMIT = 20.0  # seconds of one run for people; the next one goes on
SUMS = 10.0  # more, for the sums of their days
Report = Callable[[str, int], None]


def settle(limit: float = LIMIT) -> bool:
    """Count what is new; False when time ran out before the end."""
    return _Run(time.monotonic() + limit).go()


def sweep() -> None:
    """Let the next runs count everybody again; what is right already is not written."""
    StatRun.current()
    StatRun.objects.filter(pk=1, sweep=None).update(sweep=0)


def rebuild(report: Report | None = None) -> None:
    """Everything from the threads, now. Pages show the old sums until a day is made anew."""
    StatRun.current()
    every = _every_day()
    StatRun.objects.filter(pk=1).update(sweep=0, days={str(day): ALL for day in every}, zone="")
    _Run(None, report).go()


def _every_day() -> set[date]:
    """Days with anything on them, right or wrong."""
    found: set[date] = set()
    for model in (LeadFact, DailyStat):
        found |= set(model.objects.order_by().values_list("day", flat=True).distinct())
    found |= set(DaySet.objects.filter(span="d").values_list("day", flat=True).distinct())
    return found


class _Run:
    """One pass. Each batch is a transaction that holds the row of StatRun: nobody counts twice."""

    def __init__(self, until: float | None, report: Report | None = None) -> None:
        self.until = until
        self.report = report or (lambda what, number: None)
        self.begun = time.monotonic()
        self.wrote = False

    def go(self) -> bool:
        """False when something is left for the next run."""
        StatRun.current()
        now = timezone.now()
        self._zone()
        new, changed = self._events(now), self._stale()
        swept = self._sweep()
        fresh = self._days() and new and changed
        run = StatRun.objects.filter(pk=1)
        if self.wrote:
            run.update(took=int(time.monotonic() - self.begun))
        if fresh:  # a sweep only checks what is known, unless nothing is
            (run if swept else run.exclude(ran_at=None)).update(ran_at=now)
        return fresh and swept

    def _late(self, more: float = 0.0) -> bool:
        return self.until is not None and time.monotonic() > self.until + more

    def _zone(self) -> None:
        """Another zone moves every event's day; the first run has none yet."""
        name = days.zone_name()
        StatRun.objects.filter(pk=1).exclude(zone=name).update(zone=name, sweep=0, ran_at=None)
        self.zone = days.zone_of(name)

    def _events(self, now: datetime) -> bool:
        """The people of events that came since. The last ten minutes are looked at once more."""
        run = StatRun.current()
        cursor = run.cursor
        if run.sweep == 0 and not cursor:  # first run: everybody is counted anyway
            return self._move(_newest(now))
        while True:
            rows = list(
                ThreadEvent.objects.filter(pk__gt=cursor)
                .order_by("pk")
                .values_list("pk", "lead_id", "kind", "recorded_at")[:EVENTS]
            )
            leads = {lead for _, lead, kind, _ in rows if kind in READ}
            if not self._people(families.keepers_of(leads)):
                return False
            old = [pk for pk, _, _, at in rows if at < now - LATE]
            self._move(max(old, default=0))
            if len(rows) < EVENTS:
                return True
            cursor = rows[-1][0]

    def _move(self, cursor: int) -> bool:
        StatRun.objects.filter(pk=1, cursor__lt=cursor).update(cursor=cursor)
        return True

    def _stale(self) -> bool:
        """Leads that are new, merged, parted, or have another owner, trade or source."""
        path = Q(stat_path__keeper=Coalesce(F("merged_into_id"), Value(0)))
        path &= Q(stat_path__who=Coalesce(F("owner_id"), Value(families.NOBODY)))
        path &= Q(stat_path__trade=F("trade")) & Q(stat_path__source=F("source"))
        changed = Lead.objects.filter(Q(stat_path=None) | ~path).order_by("pk")
        if (at := StatRun.current().sweep) is not None:  # who was never counted is still to come
            changed = changed.filter(Q(stat_path__isnull=False) | Q(pk__lte=at))
        last = 0
        while rows := list(
            changed.filter(pk__gt=last).values_list("pk", "stat_path__keeper")[: BATCH * 5]
        ):
            last = rows[-1][0]
            wanted = {pk for pk, _ in rows} | {before for _, before in rows if before}
            if not self._people(families.keepers_of(wanted)):
                return False
        return True

    def _sweep(self) -> bool:
        while (at := StatRun.current().sweep) is not None:
            keepers = Lead.objects.filter(pk__gt=at, merged_into=None).order_by("pk")
            part = list(keepers.values_list("pk", flat=True)[:BATCH])
            if not self._people(part):
                return False
            after = part[-1] if len(part) == BATCH else None
            StatRun.objects.filter(pk=1, sweep=at).update(sweep=after)
            self.report("leads", len(part))
        return True

    def _people(self, keepers: Sequence[int]) -> bool:
        """Count them anew; False when there is no time for it."""
        for start in range(0, len(keepers), BATCH):
            if self._late():
                return False
            with transaction.atomic():
                run = StatRun.objects.select_for_update().get(pk=1)
                dirty = families.count_again(keepers[start : start + BATCH], self.zone)
                if dirty:
                    self.wrote = True
                    run.days = _more(run.days, dirty)
                    run.save(update_fields=["days"])
        return True

    def _days(self) -> bool:
        """The newest first: that is what people look at. A month follows after its days."""
        while not self._late(SUMS):
            with transaction.atomic():
                run = StatRun.objects.select_for_update().get(pk=1)
                if not run.days:
                    return True
                self._sum_up(run, max(run.days))
            self.wrote = True
        return not StatRun.current().days

    def _sum_up(self, run: StatRun, what: str) -> None:
        """`what`: "2026-11-24" or "2026-11"; in order of text a month is in front of its days."""
        metrics = run.days.pop(what)
        if len(what) == MONTH:
            recount.recount_month(date.fromisoformat(f"{what}-01"))
        else:
            day = date.fromisoformat(what)
            if recount.recount(day, None if metrics == ALL else metrics):
                run.days[what[:MONTH]] = ALL
            self.report("days", 1)
        run.save(update_fields=["days"])


def _more(known: dict[str, list[str]], dirty: Iterable[families.Dirty]) -> dict[str, list[str]]:
    """`known` and these: day -> its metrics, or ALL."""
    found = defaultdict(set, {day: set(metrics) for day, metrics in dict(known).items()})
    for day, metric in dirty:
        found[str(day)].add(metric)
    return {day: ALL if set(ALL) & many else sorted(many) for day, many in found.items()}


def _newest(now: datetime) -> int:
    """The highest id that nothing can be in front of any more."""
    rows = ThreadEvent.objects.filter(recorded_at__lt=now - LATE)
    return int(rows.aggregate(newest=Max("pk"))["newest"] or 0)

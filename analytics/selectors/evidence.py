"""The leads behind a number, newest first, as far as the user may see them."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from itertools import islice
from typing import Any, cast

from django.db.models import Count, F, Max, Q, QuerySet, Sum, Value
from django.db.models.functions import Coalesce

from analytics.access import EVERYBODY, Scope
from analytics.models import LeadFact
from analytics.selectors import people_reached, sums
from analytics.selectors.numbers import ZERO, Amount
from analytics.selectors.period import Period
from leads.access import leads_for, seen_by
from leads.models import Lead
from salesagent.accounts.access import visible_user_ids
from salesagent.accounts.models import User

# leads counted once over the whole period -> the metric of their facts
DISTINCT = {people_reached.WORKED: "sent", people_reached.REPLIED: "replies"}
UNSEGMENTED = ("step.", "slot.")  # sums that have no segments
SLICE, MOST = 100, 800  # leads that are looked through at once
PAGE = 50
SEEKS = 400  # days that are named one by one
Place = tuple[date, int]  # of a fact in the list: its day and id
FACT = ("day", "who", "channel", "count", "value", "seconds")
COLUMNS = (
    *("first_name", "last_name", "email", "phone", "company_name", "stage", "archived_at"),
    *("owner_id", "erased_at"),
)


@dataclass(frozen=True)
class Asked:
    """One number of a page: its metric, and what narrows it. None: not narrowed."""

    metric: str
    channel: str | None = None
    slots: tuple[int, ...] = ()
    sequence: int | None = None
    step: str | None = None
    variant: str | None = None

    @property
    def distinct(self) -> bool:
        return self.metric in DISTINCT

    @property
    def equal(self) -> dict[str, str | int | None]:
        """Columns and what they must hold; None: anything."""
        names = ("channel", "sequence", "step", "variant")
        return {name: getattr(self, name) for name in names}

    def narrow(self, found: QuerySet[Any]) -> QuerySet[Any]:
        """Sums and facts have the same columns."""
        wanted = {**self.equal, "slot__in": self.slots or None}
        return found.filter(**{k: v for k, v in wanted.items() if v is not None})

    def scope(self, scope: Scope) -> Scope:
        return scope.whole if self.metric.startswith(UNSEGMENTED) else scope


@dataclass(frozen=True)
class Row:
    """One lead and day; of a distinct number one lead, with its last day."""

    lead: Lead
    day: date
    who: int
    channel: str
    amount: Amount
    key: str  # the row's place, for the page behind it


def total(asked: Asked, scope: Scope, period: Period) -> Amount:
    """The number itself, from the sums."""
    scope = asked.scope(scope)
    if asked.distinct:
        return Amount(people_reached.distinct(scope, period, asked.metric))
    found = sums.read(
        scope, period, [asked.metric], ("slot",), sums.EVERY, apart=False, **asked.equal
    )
    amount = ZERO
    for slot, *amounts in found:
        if not asked.slots or slot in asked.slots:
            amount = amount.plus(*amounts)
    return amount


def page(
    asked: Asked, user: User, scope: Scope, period: Period, after: str = "", size: int = PAGE
) -> list[Row]:
    """Up to `size` rows behind `after`, the key of the last row before. ValueError: no such key."""
    found = asked.scope(scope)
    if asked.distinct:
        return _each_once(asked, user, found, period, after, size)
    last: Place | None = None
    if after:
        day, _, pk = after.partition(".")
        last = date.fromisoformat(day), int(pk)
    wanted, rows = facts_of(asked, found, _by_day(period)), list[LeadFact]()
    slice_of = max(SLICE, size)
    while len(rows) < size:  # the index alone tells which come next; few of them are out of sight
        places = list(_behind(wanted, last).values_list("day", "pk")[:slice_of])
        rows += _read(asked, user, [pk for _, pk in places])
        if len(places) < slice_of:
            break
        last, slice_of = places[-1], MOST
    return [
        Row(f.lead, f.day, f.who, f.channel, Amount(f.count, f.value, f.seconds), f"{f.day}.{f.pk}")
        for f in rows[:size]
    ]


def _behind(facts: QuerySet[LeadFact], last: Place | None) -> QuerySet[LeadFact]:
    """In the list's order, behind a place of it."""
    if last is not None:
        facts = facts.filter(Q(day__lt=last[0]) | Q(day=last[0], pk__lt=last[1]))
    return facts.order_by("-day", "-pk")


def _read(asked: Asked, user: User, pks: list[int]) -> list[LeadFact]:
    """Those of them that the user sees, with their leads."""
    facts = cast(QuerySet[LeadFact], seen_by(LeadFact.objects.filter(pk__in=pks), user))
    facts = facts.select_related("lead").order_by("-day", "-pk")
    if asked.metric.startswith("funnel."):
        return list(facts.select_related("lead__stat_path"))
    return list(facts.only(*FACT, *(f"lead__{name}" for name in COLUMNS)))


def walk(asked: Asked, user: User, scope: Scope, period: Period) -> Iterator[Row]:
    """All rows, a page at a time, so that no transaction stays open."""
    after = ""
    while True:
        found = page(asked, user, scope, period, after, SLICE)
        yield from found
        if len(found) < SLICE:
            return
        after = found[-1].key


def hidden(asked: Asked, user: User, scope: Scope, period: Period) -> int:
    """Leads that are counted but not listed: erased, or handed to somebody out of sight."""
    ids = visible_user_ids(user)
    facts: Any = facts_of(asked, asked.scope(scope), period if ids is None else _by_day(period))
    if ids is None:  # few are erased, so the leads come first; erasing archives as well
        gone = Lead.objects.filter(archived_at__isnull=False, erased_at__isnull=False)
        facts = facts.filter(lead__in=list(gone.values_list("pk", flat=True)))
    else:
        facts = facts.alias(seen_owner=Coalesce(F("lead__owner_id"), Value(0)))
        mine = [*ids, 0] if user.is_manager else ids
        facts = facts.filter(Q(lead__erased_at__isnull=False) | ~Q(seen_owner__in=mine))
    found: int = facts.aggregate(n=Count("lead", distinct=True))["n"]
    return found


def _by_day(period: Period) -> Period | list[date]:
    """Each day is one step into the index on day, metric and who."""
    return list(period.days()) if period.length <= SEEKS else period


def facts_of(asked: Asked, scope: Scope, when: Period | list[date]) -> QuerySet[LeadFact]:
    found = LeadFact.objects.filter(metric=DISTINCT.get(asked.metric, asked.metric))
    if isinstance(when, Period):
        found = found.filter(day__gte=when.first, day__lte=when.last)
    else:
        found = found.filter(day__in=when)
    if EVERYBODY not in scope.who:
        found = found.filter(who__in=scope.who)
    kind, _, name = scope.segment.partition(":")
    if kind in ("trade", "source"):
        found = found.filter(**{f"lead__stat_path__{kind}": name})
    return asked.narrow(found).order_by()


def _each_once(
    asked: Asked, user: User, scope: Scope, period: Period, after: str, size: int
) -> list[Row]:
    """The newest leads first; the set of a period is in order of the leads' ids."""
    below = int(after) if after else None
    ids = people_reached.newest(scope, period, asked.metric, below)
    leads: list[Lead] = []
    while len(leads) < size and (some := list(islice(ids, SLICE))):
        leads += leads_for(user).filter(pk__in=some).order_by("-pk").only(*COLUMNS)
    return _with_days(asked, leads[:size], scope, period)


def _with_days(asked: Asked, leads: list[Lead], scope: Scope, period: Period) -> list[Row]:
    facts = facts_of(asked, Scope(scope.who), period).filter(lead__in=leads)
    last = {
        lead: (day, Amount(count))
        for lead, day, count in facts.values_list("lead").annotate(Max("day"), Sum("count"))
    }
    none = (period.first, ZERO)
    return [
        Row(lead, last.get(lead.pk, none)[0], 0, "", last.get(lead.pk, none)[1], str(lead.pk))
        for lead in leads
    ]

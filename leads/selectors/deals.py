"""The deal board: columns by stage, their sums, and one column's next rows."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

from django.db.models import Count, F, Q, QuerySet, Sum

from leads.access import leads_for, seen_by
from leads.models import Deal, Lead
from leads.models.deal import CLOSED, RUNNING
from salesagent.accounts.access import visible_user_ids
from salesagent.accounts.models import User

PAGE_SIZE = 25
LATELY = 12  # leads to choose from before anything is searched
SHOWN_FOR = 90  # days that an ended deal stays on the board
PERIODS = {
    "": "Any day",
    "month": "This month",
    "quarter": "This quarter",
    "next": "Next quarter",
    "late": "Past their day",
}
NOBODY = "none"
# where a deal can go, the likeliest first; an end asks for its reason
MOVES = {
    str(stage): [
        (str(to), str(to.label)) for to in (*RUNNING[place + 1 :], *CLOSED, *RUNNING[:place])
    ]
    for place, stage in enumerate(RUNNING)
}


@dataclass(frozen=True)
class Filters:
    """What the URL asks for. `stage`: this column alone, from `after` on."""

    owner: str = ""  # a user's id, NOBODY or "" for all
    period: str = ""
    stage: str = ""
    after: str = ""
    strange: bool = False  # something of it could not be read

    @classmethod
    def read(cls, given: Any) -> "Filters":
        owner, period, stage = (str(given.get(k, "")) for k in ("owner", "period", "stage"))
        known = owner == NOBODY or (owner.isascii() and owner.isdigit() and len(owner) < 10)
        wanted = (owner, period, stage)
        read = (
            owner if known else "",
            period if period in PERIODS else "",
            stage if stage in Deal.Stage.values else "",
        )
        return cls(*read, str(given.get("after", ""))[:60], read != wanted)

    def query(self, **new: str) -> str:
        kept = {"owner": self.owner, "period": self.period, **new}
        return urlencode({key: value for key, value in kept.items() if value})

    def among(self, user: User, people: Iterable[User]) -> "Filters":
        """Without an owner whom `user` does not see. `people`: those of the list, asked first."""
        if not self.owner or self.owner == NOBODY:
            return self
        wanted = int(self.owner)
        if wanted == user.pk or any(one.pk == wanted for one in people):
            return self
        ids = visible_user_ids(user)
        if User.objects.filter(pk=wanted).exists() if ids is None else wanted in ids:
            return self
        return replace(self, owner="", strange=True)

    @property
    def narrowed(self) -> bool:
        return bool(self.owner or self.period)


@dataclass(frozen=True)
class Column:
    """`sums`: (currency, value), the largest first. `more`: query of the rows behind, or ""."""

    stage: str
    label: str
    count: int
    sums: list[tuple[str, Decimal]]
    deals: list[Deal]
    more: str

    @property
    def moves(self) -> list[tuple[str, str]]:
        """Empty for ended deals: those are opened again on their page."""
        return MOVES.get(self.stage, [])


def span(period: str, today: date) -> tuple[date, date] | None:
    """First and last day of a named period; None where it has no two ends."""
    if period == "month":
        return today.replace(day=1), _before_month(today, 1)
    quarter = today.replace(month=(today.month - 1) // 3 * 3 + 1, day=1)
    if period == "quarter":
        return quarter, _before_month(quarter, 3)
    if period == "next":
        following = _before_month(quarter, 3) + timedelta(days=1)
        return following, _before_month(following, 3)
    return None


def _before_month(day: date, months: int) -> date:
    """The last day before the first of the month that is `months` later."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, 1) - timedelta(days=1)


def board_rows(user: User, filters: Filters, now: datetime) -> QuerySet[Deal]:
    """Deals on the board: running ones by their expected day, ended ones by the day they ended.

    `now` is in the workspace's zone. Without a period ended deals stay for SHOWN_FOR.
    """
    rows = seen_by(Deal.objects.all(), user)
    if filters.owner == NOBODY:
        rows = rows.filter(lead__owner=None)
    elif filters.owner:
        rows = rows.filter(lead__owner=int(filters.owner))
    running, ended = Q(stage__in=RUNNING, lead__archived_at=None), Q(stage__in=CLOSED)
    if filters.period == "late":
        return rows.filter(running, expected_close__lt=now.date())
    days = span(filters.period, now.date())
    if days is None:
        since = now.date() - timedelta(days=SHOWN_FOR - 1)  # today is one of them, as in Analytics
        start = datetime(since.year, since.month, since.day, tzinfo=now.tzinfo)
        return rows.filter(running | ended & Q(closed_at__gte=start))
    first, last = days
    start = datetime(first.year, first.month, first.day, tzinfo=now.tzinfo)
    after = last + timedelta(days=1)
    end = datetime(after.year, after.month, after.day, tzinfo=now.tzinfo)
    expected = Q(expected_close__gte=first, expected_close__lte=last)
    return rows.filter(running & expected | ended & Q(closed_at__gte=start, closed_at__lt=end))


def board(user: User, filters: Filters, now: datetime) -> list[Column]:
    """All columns in one query for the sums and one for the rows of each column."""
    rows = board_rows(user, filters, now)
    stages = [filters.stage] if filters.stage else list(Deal.Stage.values)
    sums = _sums(rows, stages)
    return [_column(rows, stage, sums.get(stage, []), filters) for stage in stages]


def _sums(rows: QuerySet[Deal], stages: Iterable[str]) -> dict[str, list[tuple[str, Decimal, int]]]:
    groups = (
        rows.filter(stage__in=stages)
        .order_by()
        .values_list("stage", "currency")
        .annotate(total=Sum("value"), number=Count("pk"))
    )
    found: dict[str, list[tuple[str, Decimal, int]]] = {}
    for stage, currency, total, number in groups:
        found.setdefault(stage, []).append((currency, total, number))
    return found


def _column(
    rows: QuerySet[Deal], stage: str, sums: list[tuple[str, Decimal, int]], filters: Filters
) -> Column:
    part = _ordered(rows.filter(stage=stage).select_related("lead", "lead__owner"), stage)
    if filters.stage and filters.after:
        part = part.filter(_behind(stage, filters.after))
    found = list(part[: PAGE_SIZE + 1])
    shown = found[:PAGE_SIZE]
    more = len(found) > PAGE_SIZE and filters.query(stage=stage, after=_cursor(shown[-1]))
    return Column(
        stage,
        str(Deal.Stage(stage).label),
        sum(number for _, _, number in sums),
        sorted(((code, total) for code, total, _ in sums), key=lambda one: -one[1]),
        shown,
        more or "",
    )


def _ordered(rows: QuerySet[Deal], stage: str) -> QuerySet[Deal]:
    """What is expected first comes first, what ended last comes first."""
    if stage in CLOSED:
        return rows.order_by(F("closed_at").desc(nulls_last=True), "-pk")
    return rows.order_by(F("expected_close").asc(nulls_last=True), "pk")


def _cursor(deal: Deal) -> str:
    at = deal.closed_at.astimezone(UTC) if deal.closed_at else None
    when = at if deal.stage in CLOSED else deal.expected_close
    return f"{when.isoformat() if when else ''}_{deal.pk}"


def _behind(stage: str, cursor: str) -> Q:
    """Rows after the cursor's; all of them when it cannot be read."""
    day, _, pk = cursor.rpartition("_")
    if not (pk.isascii() and pk.isdigit() and len(pk) < 19):
        return Q()
    ended = stage in CLOSED
    name, way = ("closed_at", "lt") if ended else ("expected_close", "gt")
    later = Q(**{f"pk__{way}": int(pk)})
    if not day:
        return Q(**{f"{name}__isnull": True}) & later
    try:
        value = datetime.fromisoformat(day) if ended else date.fromisoformat(day)
    except ValueError:
        return Q()
    if isinstance(value, datetime) and value.tzinfo is None:
        return Q()
    same = Q(**{name: value}) & later
    return Q(**{f"{name}__{way}": value}) | same | Q(**{f"{name}__isnull": True})


def lately(user: User) -> list[Lead]:
    """Leads to open a deal with before anything is searched: whoever answered last."""
    rows = leads_for(user, walk=True).filter(
        archived_at=None, merged_into=None, replied_at__isnull=False
    )
    return list(rows.order_by("-replied_at", "-pk")[:LATELY])


def owners(user: User) -> list[User]:
    """Whose deals `user` can choose between; nobody when there is only one."""
    ids = visible_user_ids(user)
    people = User.objects.order_by("name", "pk")
    found = list(people.filter(pk__in=ids) if ids is not None else people.filter(is_active=True))
    return found if len(found) > 1 else []

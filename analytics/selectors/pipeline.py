"""Deals as the forecast reads them: whose, where since when, and how earlier ones ended."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Count, Max, Q, QuerySet, Sum

from analytics.counts.forecast import STAGES, Closed, Running, month_key
from leads.models import Deal, Lead, ThreadEvent
from leads.models.deal import CLOSED, RUNNING
from leads.services.zones import workspace_zone
from salesagent.accounts.access import visible_user_ids
from salesagent.accounts.models import User

ALL = "all"
QUARTER = timedelta(days=93)  # the longest, and a day for the zone
NOBODY = -1  # as in DailyStat.who
KINDS = ("deal.opened", "deal.moved", "deal.reopened", "deal.changed")
COLUMNS = (
    *("pk", "lead__owner_id", "stage", "value", "currency", "expected_close"),
    *("created_at", "closed_at", "lead__archived_at", "lead__erased_at"),
)


@dataclass(frozen=True)
class Scope:
    """Whose deals: `who` None is everybody's. `key` names it in ForecastSnapshot.scope."""

    key: str
    who: frozenset[int] | None

    def holds(self, owner: int) -> bool:
        return self.who is None or owner in self.who


EVERYBODY = Scope(ALL, None)


def scope_of(user: User, owner: int | None = None) -> Scope:
    """What `user` sees, or one person of it. The caller has checked that `owner` may be seen."""
    if owner is not None:
        return Scope(f"user:{owner}", frozenset([owner]))
    ids = visible_user_ids(user)
    if ids is None:
        return EVERYBODY
    who = frozenset([*ids, NOBODY] if user.is_manager else ids)
    team = user.team_id and len(ids) > 1 or user.is_manager
    return Scope(f"team:{user.team_id}" if team else f"user:{user.pk}", who)


def of_team(team: int, members: Iterable[int]) -> Scope:
    """One team's people, for the owner. The caller has checked that they may be seen."""
    return Scope(f"team:{team}", frozenset(members))


def scopes() -> list[Scope]:
    """Everybody, each team with what is nobody's, each person."""
    teams: dict[int, set[int]] = defaultdict(set)
    people = User.objects.filter(is_active=True).values_list("pk", "team_id")
    single = []
    for pk, team in people:
        single.append(Scope(f"user:{pk}", frozenset([pk])))
        if team:
            teams[team].add(pk)
    grouped = [Scope(f"team:{pk}", frozenset([*who, NOBODY])) for pk, who in teams.items()]
    return [EVERYBODY, *grouped, *single]


def scope_called(key: str) -> Scope | None:
    """The one of `scopes` with this key."""
    return next((scope for scope in scopes() if scope.key == key), None)


@dataclass(frozen=True, slots=True)
class Win:
    owner: int
    currency: str
    value: float
    created: date
    closed: date


@dataclass
class Pipeline:
    """All deals of the workspace, read in two queries. `running`: (owner, currency, deal)."""

    today: date
    running: list[tuple[int, str, Running]] = field(default_factory=list)
    history: list[Closed] = field(default_factory=list)
    wins: list[Win] = field(default_factory=list)

    def deals(self, scope: Scope, currency: str) -> list[Running]:
        return [d for who, code, d in self.running if code == currency and scope.holds(who)]

    def currencies(self, scope: Scope) -> list[str]:
        """The one with the most open value first."""
        sums: dict[str, float] = defaultdict(float)
        for who, code, deal in self.running:
            if scope.holds(who):
                sums[code] += deal.value
        for win in self.wins:
            if scope.holds(win.owner):
                sums[win.currency] += 0.0
        return sorted(sums, key=lambda code: (-sums[code], code))

    def won(self, scope: Scope, currency: str, first: date, last: date) -> list[Win]:
        return [
            win
            for win in self.wins
            if win.currency == currency and first <= win.closed <= last and scope.holds(win.owner)
        ]

    def booked(self, scope: Scope, currency: str) -> dict[str, float]:
        """What is won already in this quarter, by month."""
        start = self.today.replace(month=(self.today.month - 1) // 3 * 3 + 1, day=1)
        found: dict[str, float] = defaultdict(float)
        for win in self.won(scope, currency, start, self.today):
            found[month_key(win.closed)] += win.value
        return dict(found)


@dataclass
class _Story:
    """What a deal's events say: the day it came into each stage, and what was promised first."""

    entered: dict[str, date] = field(default_factory=dict)
    since: dict[str, date] = field(default_factory=dict)
    expected: date | None = None
    pulled: bool = False


def pipeline(now: datetime, *, recent: bool = False) -> Pipeline:
    """Deals as they are `now`.

    Of archived and erased leads the running ones are left out; what was won stays won.
    `recent`: only running deals and wins of this quarter, for a page; the history is empty then.
    """
    zone = workspace_zone()
    found = Pipeline(now.astimezone(zone).date())
    rows = Deal.objects.all()
    events = ThreadEvent.objects.filter(kind__in=KINDS)
    if recent:
        ended = Q(stage=Deal.Stage.WON, closed_at__gte=now - QUARTER)
        rows = rows.filter(Q(stage__in=RUNNING) | ended)
        leads = Deal.objects.filter(stage__in=RUNNING).values("lead")
        gone = Lead.objects.filter(merged_into__in=leads).values("pk")
        events = events.filter(Q(lead__in=leads) | Q(lead__in=gone))
    _read(found, rows, _stories(events, zone), zone)
    if recent:
        found.history = []
    return found


def fingerprint() -> str:
    """Changes whenever a deal ends or is opened again: what was learnt is then learnt anew."""
    ended = Deal.objects.filter(stage__in=CLOSED)
    found = ended.aggregate(n=Count("pk"), last=Max("closed_at"), sum=Sum("pk"))
    return "{n} {last} {sum}".format(**found)


def _read(
    found: Pipeline, deals: QuerySet[Deal], stories: dict[int, _Story], zone: ZoneInfo
) -> None:
    for row in deals.order_by("pk").values_list(*COLUMNS, named=True).iterator():
        story = stories.get(row.pk) or _Story()
        if row.stage not in CLOSED:
            if row.lead__archived_at is None and row.lead__erased_at is None:
                _take_running(found, row, story, zone)
        elif row.closed_at is not None:
            _take_ended(found, row, story, zone)


def _who(row: Any) -> int:
    return NOBODY if row.lead__owner_id is None else int(row.lead__owner_id)


def _take_running(found: Pipeline, row: Any, story: _Story, zone: ZoneInfo) -> None:
    since = story.since.get(row.stage) or row.created_at.astimezone(zone).date()
    deal = Running(row.pk, row.stage, float(row.value), since, row.expected_close)
    found.running.append((_who(row), row.currency, deal))


def _take_ended(found: Pipeline, row: Any, story: _Story, zone: ZoneInfo) -> None:
    born, day = (at.astimezone(zone).date() for at in (row.created_at, row.closed_at))
    won = row.stage == Deal.Stage.WON
    timed = not (story.pulled and row.closed_at - row.created_at < timedelta(days=1))
    entered, expected = story.entered or {"open": born}, story.expected or row.expected_close
    found.history.append(Closed(won, day, entered, expected, timed))
    if won:
        found.wins.append(Win(_who(row), row.currency, float(row.value), born, day))


def _stories(events: QuerySet[ThreadEvent], zone: ZoneInfo) -> dict[int, _Story]:
    rows = events.order_by("occurred_at", "pk")
    found: dict[int, _Story] = defaultdict(_Story)
    for kind, data, at in rows.values_list("kind", "data", "occurred_at").iterator():
        deal = data.get("deal")
        if isinstance(deal, int):
            _tell(found[deal], kind, data, at.astimezone(zone).date())
    return found


def _tell(story: _Story, kind: str, data: dict[str, object], day: date) -> None:
    if kind == "deal.changed":
        changes = data.get("changes")
        pair = changes.get("expected_close") if isinstance(changes, dict) else None
        story.expected = story.expected or (_day(pair[-1]) if pair else None)
        return
    stage = data.get("stage", "open") if kind == "deal.opened" else data.get("to")
    if kind == "deal.opened":
        story.expected = _day(data.get("expected_close"))
        story.pulled = "run" in data
    if stage not in STAGES:
        stage = "open"
    story.entered.setdefault(str(stage), day)
    story.since[str(stage)] = day


def _day(value: object) -> date | None:
    try:
        return date.fromisoformat(str(value)) if value else None
    except ValueError:
        return None


def total(wins: Iterable[Win]) -> float:
    return sum(win.value for win in wins)

"""Days that are not as the same weekday used to be: drops and spikes of the main numbers.

Reads sums only. A day that is over is judged in both directions; today only upwards, as it can
still grow. Public holidays of the workspace's country are no comparison, and cannot drop.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from analytics.access import EVERYBODY, Scope
from analytics.counts import surprise
from analytics.counts.surprise import Day, Verdict
from analytics.models import DailyStat
from analytics.selectors import numbers, pipeline
from analytics.selectors.numbers import Counts
from analytics.selectors.period import Period
from analytics.services import days
from analytics.services.alert_rules import Rule
from analytics.services.alerts import Found
from outreach.services.calendars import holidays_of
from salesagent.accounts.models import Workspace

WEEKS = 8
BACK = timedelta(days=7 * WEEKS)
NONE = Counts()


@dataclass(frozen=True)
class Watched:
    """`of`: the metric it is a share of; "" counts by the day. Levels: "" is not looked at."""

    metric: str
    name: str
    drop: str = "warn"
    spike: str = "info"
    of: str = ""


WATCHED = (
    Watched("replies", "Replies"),
    Watched("delivered", "Delivered messages", spike="warn"),
    Watched("meetings", "Meetings booked"),
    Watched("enquiries", "Enquiries"),
    Watched("optouts", "Opt-outs", drop="", spike="bad", of="delivered"),
    Watched("bounced", "Bounces", drop="", spike="bad", of="sent"),
)
METRICS = tuple({name for one in WATCHED for name in (one.metric, one.of) if name})


def found(rules: dict[str, Rule], now: datetime) -> list[Found]:
    """For everybody and for each team."""
    today = days.today(now=now)
    rows = DailyStat.objects.filter(metric__in=METRICS).order_by("day")
    first = rows.values_list("day", flat=True).first()
    if first is None:
        return []
    free = _holidays(today)
    result: list[Found] = []
    for scope in pipeline.scopes():
        if not scope.key.startswith("user:"):
            who = (EVERYBODY,) if scope.who is None else tuple(sorted(scope.who))
            result += _Look(scope.key, who, today, first, free).found(rules)
    return result


def _holidays(today: date) -> frozenset[date]:
    workspace = Workspace.current()
    if not workspace.skip_holidays:
        return frozenset()
    years = {today.year, (today - BACK - BACK).year}
    return frozenset().union(*(holidays_of(workspace.country, year) for year in years))


class _Look:
    """One scope: 8 weeks and a day read in one query, each number judged for two days."""

    def __init__(
        self, key: str, who: tuple[int, ...], today: date, first: date, free: frozenset[date]
    ) -> None:
        self.key, self.today, self.first, self.free = key, today, first, free
        period = Period(today - BACK - timedelta(days=7), today)
        self.daily = numbers.daily(Scope(who), period, METRICS)

    def found(self, rules: dict[str, Rule]) -> Iterator[Found]:
        for one in WATCHED:
            for side in ("drop", "spike"):
                level = getattr(one, side)
                if level and rules[side].on:
                    alert = self._judge(one, side, level, rules[side].threshold / 100)
                    if alert is not None:
                        yield alert

    def _judge(self, one: Watched, side: str, level: str, change: float) -> Found | None:
        """Today first: what is wrong now matters more than what was."""
        yesterday = self.today - timedelta(days=1)
        asked = [self.today, yesterday] if side == "spike" else [yesterday]
        for day in asked:
            verdict = self.verdict(one, side, day, change)
            if verdict and (verdict.spikes() if side == "spike" else verdict.drops()):
                return self._tell(one, side, level, day, verdict)
        return None

    def verdict(self, one: Watched, side: str, day: date, change: float) -> Verdict | None:
        if side == "drop" and day in self.free:
            return None
        weeks = [self._before(one, day - timedelta(days=back)) for back in range(7)]
        jumps = surprise.jumpiness(weeks)
        judge = surprise.spike if side == "spike" else surprise.drop
        return judge(self._day(one, day), weeks[0], jumps=jumps, change=change)

    def _before(self, one: Watched, day: date) -> list[Day]:
        """The same weekday of the weeks before, as far as there was anything to count."""
        same = [day - timedelta(days=7 * n) for n in range(1, WEEKS + 1)]
        kept = [one_day for one_day in same if one_day >= self.first and one_day not in self.free]
        return [self._day(one, kept_day) for kept_day in kept]

    def _day(self, one: Watched, day: date) -> Day:
        counts = self.daily.get(day, NONE)
        return Day(counts[one.metric], counts[one.of] if one.of else 1)

    def _tell(self, one: Watched, side: str, level: str, day: date, verdict: Verdict) -> Found:
        usual = f"{verdict.usual:.0f}" if verdict.usual >= 10 else f"{verdict.usual:.1f}"
        edge = "or less" if side == "drop" else "or more"
        so_far = " so far" if day == self.today else ""
        of = self.daily.get(day, NONE)[one.of] if one.of else 0
        part = f" of {of:,} {one.of}" if one.of else ""
        text = (
            f"{one.name} on {day:%A %-d %B}{so_far}: {verdict.number:,}{part}. "
            f"Usual on a {day:%A}: {usual} ({verdict.days} of them). "
            f"Alert from {verdict.threshold:,} {edge}."
        )
        return Found(
            kind=side,
            key=f"{side}:{one.metric}",
            scope=self.key,
            level=level,
            number=verdict.number,
            threshold=verdict.threshold,
            usual=round(verdict.usual, 2),
            sample=verdict.days,
            text=text,
            link=f"/analytics/leads/?metric={one.metric}&period=own&from={day}&to={day}",
            facts={"metric": one.metric, "day": str(day), "chance": _rounded(verdict.chance)},
        )


def _rounded(chance: float) -> float:
    return float(f"{chance:.2g}")

"""Sums over a period, for the people and the segment of a scope."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal

from django.db.models import Q, QuerySet

from analytics.access import EVERYBODY, Scope
from analytics.counts.counting import UNANSWERED
from analytics.counts.shares import Share
from analytics.models import DailyStat, LeadFact
from analytics.selectors import sums
from analytics.selectors.period import Period

NONE = Decimal(0)
RATES = ("sent", "delivered", "bounced", "seen", "clicked", "answered")
CHANNEL = (*RATES, "replies", "meetings", "optouts", "complaints")
MESSAGES = "messages"  # not stored: what was delivered where people can answer
STEP = ("sent", "delivered", "bounced", "seen", "clicked", "answered", "meetings", "optouts")
WEEKDAYS, HOURS = 7, 24


@dataclass(frozen=True)
class Amount:
    count: int = 0
    value: Decimal = NONE
    seconds: int = 0

    @property
    def mean(self) -> timedelta | None:
        """Of a metric with seconds; None without any."""
        return timedelta(seconds=self.seconds / self.count) if self.count else None

    def plus(self, count: int, value: Decimal, seconds: int) -> "Amount":
        return Amount(self.count + count, self.value + value, self.seconds + seconds)


ZERO = Amount()


@dataclass(frozen=True)
class Counts:
    """Metric -> count, of one channel, step or week; what is missing is 0."""

    of: dict[str, int] = field(default_factory=dict)

    def __getitem__(self, metric: str) -> int:
        return self.of.get(metric, 0)

    def rate(self, metric: str, by: str = "delivered") -> float | None:
        """A share; None when there is nothing to take it of."""
        return self[metric] / self[by] if self[by] else None


@dataclass(frozen=True)
class Step:
    """One step of a sequence, with the words of one variant. `waited`: seconds since the message
    before it in the sequence, of all that were sent together."""

    sequence: int
    step: str
    variant: str
    channel: str
    counts: Counts
    waited: int = 0


def rows(scope: Scope, period: Period, metrics: Iterable[str]) -> QuerySet[DailyStat]:
    found = DailyStat.objects.filter(
        who__in=scope.who, segment=scope.segment, metric__in=list(metrics)
    )
    return found.filter(day__gte=period.first, day__lte=period.last).order_by()


def totals(scope: Scope, period: Period, metrics: Sequence[str]) -> dict[str, Amount]:
    """Each metric over all channels; money of several currencies is not for here: `money`."""
    found = dict.fromkeys(metrics, ZERO)
    for metric, *amounts in sums.read(scope, period, metrics, ("metric",), sums.EVERY):
        found[metric] = Amount(*amounts)
    return found


def answered(scope: Scope, period: Period) -> Share:
    """The reply rate: messages with a human reply, of those delivered where people can answer."""
    pairs = ("channel", "metric")
    found = sums.read(scope, period, ("delivered", "answered"), pairs)
    return answered_of((metric, channel, count) for channel, metric, count in found)


def answered_of(rows: Iterable[tuple[str, str, int]]) -> Share:
    """From (metric, channel, count): calls and letters bring no replies and are left out."""
    of = {"delivered": 0, "answered": 0}
    for metric, channel, count in rows:
        if metric in of and channel not in UNANSWERED:
            of[metric] += count
    return Share(of["answered"], of["delivered"])


def money(scope: Scope, period: Period, metric: str = "won") -> dict[str, Amount]:
    """Currency -> deals and their value, the largest first."""
    rows = sums.read(scope, period, (metric,), ("channel",), sums.EVERY)
    found = {unit: Amount(*amounts) for unit, *amounts in rows}
    return dict(sorted(found.items(), key=lambda pair: -pair[1].value))


def channels(scope: Scope, period: Period) -> dict[str, Counts]:
    """Channel -> counts; "" holds what no message of ours came before."""
    found: dict[str, dict[str, int]] = defaultdict(dict)
    for channel, metric, count in sums.read(scope, period, CHANNEL, ("channel", "metric")):
        found[channel][metric] = count
    return {channel: Counts(of) for channel, of in found.items()}


def daily(
    scope: Scope, period: Period, metrics: Sequence[str], channel: str | None = None
) -> dict[date, Counts]:
    """Every day of the period, also those with nothing."""
    found: dict[date, dict[str, int]] = {day: {} for day in period.days()}
    by = ("day", "metric")
    for day, metric, count in sums.read(scope, period, metrics, by, channel=channel):
        found[day][metric] = count
    return {day: Counts(of) for day, of in found.items()}


def weekly(
    scope: Scope, period: Period, metrics: Sequence[str], channel: str | None = None
) -> dict[date, Counts]:
    """By the Monday of the week. The first and last week may be cut by the period."""
    found: dict[date, dict[str, int]] = {monday: defaultdict(int) for monday in period.mondays()}
    for day, counts in daily(scope, period, metrics, channel).items():
        for metric, count in counts.of.items():
            found[day - day.weekday() * timedelta(days=1)][metric] += count
    return {monday: Counts(dict(of)) for monday, of in found.items()}


def heat(scope: Scope, period: Period) -> list[list[int]]:
    """Human replies by weekday (0 Monday) and hour. Of all segments, whatever the scope's."""
    found = [[0] * HOURS for _ in range(WEEKDAYS)]
    for slot, count in sums.read(scope.whole, period, ("slot.replies",), ("slot",)):
        found[slot // HOURS][slot % HOURS] = count
    return found


def answer_times(
    scope: Scope, period: Period, channel: str | None = None
) -> tuple[Amount, list[int]]:
    """All answers of ours with their seconds, and how many by band (counting.ANSWERED_IN)."""
    bands, count, seconds = [0] * 5, 0, 0
    which = ("count", "seconds")
    for slot, many, lasted in sums.read(
        scope, period, ("answer.time",), ("slot",), which, channel=channel
    ):
        bands[slot] = many
        count, seconds = count + many, seconds + lasted
    return Amount(count, NONE, seconds), bands


def steps(scope: Scope, period: Period, sequence: int | None = None) -> list[Step]:
    """Of one sequence or all. Of all segments, whatever the scope's."""
    found: dict[tuple[int, str, str, str], dict[str, int]] = defaultdict(dict)
    metrics = [f"step.{name}" for name in STEP]
    by = ("sequence", "step", "variant", "channel", "metric")
    counted = sums.read(scope.whole, period, metrics, by, ("count", "seconds"), sequence=sequence)
    waited: dict[tuple[int, str, str, str], int] = defaultdict(int)
    for *parts, metric, count, seconds in counted:
        key = (parts[0], parts[1], parts[2], parts[3])
        found[key][metric.removeprefix("step.")] = count
        waited[key] += seconds
    return [Step(*key, Counts(of), waited[key]) for key, of in sorted(found.items())]


def people(scope: Scope, period: Period, metrics: Sequence[str]) -> dict[int, dict[str, Amount]]:
    """User id (-1: nobody's) -> metric -> amount, of those in the scope. Metrics may have MESSAGES
    with `delivered`."""
    found: dict[int, dict[str, Amount]] = defaultdict(dict)
    by = ("who", "metric", "channel")
    rows = sums.read(scope, period, metrics, by, sums.EVERY, apart=True)
    for who, metric, channel, *amounts in rows:
        of = found[who]
        of[metric] = of.get(metric, ZERO).plus(*amounts)
        if metric == "delivered" and MESSAGES in metrics and channel not in UNANSWERED:
            of[MESSAGES] = of.get(MESSAGES, ZERO).plus(*amounts)
    return dict(found)


def segments(scope: Scope) -> list[str]:
    """All segments with anybody in them, for the filter: "trade:bakery", "source:HubSpot"."""
    return sorted(sums.segments(scope, "funnel.came"))


def leads_behind(
    scope: Scope, period: Period, metrics: Sequence[str], channel: str | None = None
) -> QuerySet[LeadFact, int]:
    """Ids of the leads that a number is made of, for a page that lists them.

    Filter them by leads.access.leads_for as well: a lead may have gone to somebody else since.
    """
    found = LeadFact.objects.filter(_each_fact(scope), metric__in=list(metrics))
    found = found.filter(day__gte=period.first, day__lte=period.last)
    if channel is not None:
        found = found.filter(channel=channel)
    kind, _, name = scope.segment.partition(":")
    if kind:
        found = found.filter(**{f"lead__stat_path__{kind}": name})
    return found.order_by().values_list("lead_id", flat=True).distinct()


def _each_fact(scope: Scope) -> Q:
    return Q() if EVERYBODY in scope.who else Q(who__in=scope.who)

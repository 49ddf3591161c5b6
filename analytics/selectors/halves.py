"""Two periods side by side in one query: the one that is shown, and the one before it."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field

from django.db.models import BooleanField, Case, Q, Sum, Value, When

from analytics.access import Scope
from analytics.models import DailyStat
from analytics.selectors.numbers import ZERO, Amount, Counts
from analytics.selectors.period import Period


@dataclass
class Half:
    """Channel -> metric -> amount; of money the channel is its currency."""

    of: dict[str, dict[str, Amount]] = field(default_factory=lambda: defaultdict(dict))

    def count(self, metric: str) -> int:
        return sum(found.get(metric, ZERO).count for found in self.of.values())

    def share(self, metric: str, by: str = "delivered") -> float | None:
        whole = self.count(by)
        return self.count(metric) / whole if whole else None

    def channels(self, metrics: Sequence[str]) -> dict[str, Counts]:
        """Those with any of the metrics."""
        found = {
            channel: {m: amounts[m].count for m in metrics if m in amounts}
            for channel, amounts in self.of.items()
        }
        return {channel: Counts(of) for channel, of in found.items() if of}

    def money(self, metric: str) -> dict[str, Amount]:
        """Currency -> amount, the largest first."""
        found = {unit: amounts[metric] for unit, amounts in self.of.items() if metric in amounts}
        return dict(sorted(found.items(), key=lambda pair: -pair[1].value))


def halves(
    scope: Scope, period: Period, before: Period, metrics: Sequence[str]
) -> tuple[Half, Half]:
    """(the period, the one before); they do not overlap, and `before` is the earlier one."""
    inside = Q(day__gte=period.first, day__lte=period.last)
    inside |= Q(day__gte=before.first, day__lte=before.last)
    now = Case(
        When(day__gte=period.first, then=Value(True)),
        default=Value(False),
        output_field=BooleanField(),
    )
    found = DailyStat.objects.filter(
        inside, who__in=scope.who, segment=scope.segment, metric__in=list(metrics)
    ).order_by()
    summed = found.annotate(now=now).values_list("now", "channel", "metric")
    both = Half(), Half()
    for is_now, channel, metric, count, value in summed.annotate(Sum("count"), Sum("value")):
        both[0 if is_now else 1].of[channel][metric] = Amount(count, value)
    return both

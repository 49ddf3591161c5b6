"""Two periods side by side in one query: the one that is shown, and the one before it."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field

from analytics.access import Scope
from analytics.counts.shares import Share
from analytics.selectors import sums
from analytics.selectors.numbers import ZERO, Amount, Counts, answered_of
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

    @property
    def answered(self) -> Share:
        """The reply rate (numbers.answered)."""
        return answered_of(
            (metric, channel, amount.count)
            for channel, of in self.of.items()
            for metric, amount in of.items()
        )

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
    both = Half(), Half()
    for half, span in zip(both, (period, before), strict=True):
        by = ("channel", "metric")
        for channel, metric, *amounts in sums.read(scope, span, metrics, by, ("count", "value")):
            half.of[channel][metric] = Amount(*amounts)
    return both

"""What differs between channels: by week, and within the trades of the leads."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from django.db.models import Sum

from analytics.access import Scope
from analytics.counts import chances
from analytics.counts.counting import UNANSWERED
from analytics.counts.shares import Share, differ
from analytics.models import DailyStat
from analytics.selectors import sums
from analytics.selectors.period import Period

LEAST_EACH = 30  # delivered messages of a channel, before it is compared
LEAST_HITS = 5


@dataclass(frozen=True)
class Best:
    """A channel that gets more answers in a segment than its others together, beyond chance."""

    segment: str
    channel: str
    mine: Share
    others: Share


def weekly(
    scope: Scope, period: Period, metric: str, channels: Sequence[str]
) -> dict[str, dict[date, int]]:
    """Channel -> Monday -> count, every week of the period. One query."""
    found = {name: dict.fromkeys(period.mondays(), 0) for name in channels}
    for name, day, count in sums.read(scope, period, (metric,), ("channel", "day")):
        if name in found:
            found[name][day - day.weekday() * timedelta(days=1)] += count
    return found


def best(scope: Scope, period: Period, segments: Iterable[str]) -> tuple[list[Best], int]:
    """(those that stand out, how many were looked at). One query.

    All looks count together: on average one in twenty of those named is due to chance, at most.
    """
    looks = [
        look
        for segment, of in sorted(_answers(scope, period, segments).items())
        for look in _looks(segment, of)
    ]
    odds = [differ(look.mine, look.others) for look in looks]
    stands = zip(looks, chances.stand_out(odds), strict=True)
    return [look for look, holds in stands if holds and _better(look)], len(looks)


def _better(look: Best) -> bool:
    return (look.mine.p or 0) > (look.others.p or 0) and look.mine.hits >= LEAST_HITS


def _looks(segment: str, of: dict[str, Share]) -> list[Best]:
    """Two channels are one look: the one is better as much as the other is worse."""
    known = {name: one for name, one in of.items() if one.whole >= LEAST_EACH}
    found = []
    for name, mine in known.items():
        rest = [one for other, one in known.items() if other != name]
        if rest:
            others = Share(sum(one.hits for one in rest), sum(one.whole for one in rest))
            found.append(Best(segment, name, mine, others))
    if len(known) == 2:
        found = [max(found, key=lambda look: look.mine.p or 0)]
    return found


def _answers(scope: Scope, period: Period, segments: Iterable[str]) -> dict[str, dict[str, Share]]:
    found: dict[str, dict[str, list[int]]] = defaultdict(lambda: defaultdict(lambda: [0, 0]))
    wanted = DailyStat.objects.filter(
        who__in=scope.who,
        segment__in=list(segments),
        metric__in=("delivered", "answered"),
        day__gte=period.first,
        day__lte=period.last,
    ).order_by()
    wanted = wanted.exclude(channel__in=UNANSWERED)
    summed = wanted.values_list("segment", "channel", "metric").annotate(Sum("count"))
    for segment, channel, metric, count in summed:
        found[segment][channel][metric == "delivered"] = count
    return {
        segment: {channel: Share(*pair) for channel, pair in of.items()}
        for segment, of in found.items()
    }

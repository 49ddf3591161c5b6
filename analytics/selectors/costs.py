"""What was spent on each channel in a period: messages by the rate of their day, and fees by days.

A fee is the workspace's: of a part of the people it counts by their share of the messages.
"""

from bisect import bisect_right
from calendar import monthrange
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

from analytics.access import EVERYBODY, Scope
from analytics.models import Cost
from analytics.selectors import sums
from analytics.selectors.period import Period
from salesagent.accounts.models import Workspace
from salesagent.lib.sql import Rows

FREE = ("phone", "linkedin")  # by hand: nothing, until somebody enters a rate
NONE, EXACT = Decimal(0), Decimal("0.0001")
ALL = Scope((EVERYBODY,))


@dataclass(frozen=True)
class Spent:
    """Of one channel. `unpriced`: messages of days without a rate; they are not in `amount`.
    `foreign`: those of them whose rate is in another currency."""

    amount: Decimal = NONE
    messages: int = 0
    unpriced: int = 0
    foreign: int = 0

    @property
    def known(self) -> bool:
        return not self.unpriced

    def each(self, meetings: int) -> Decimal | None:
        """For one meeting; None without any, or when nothing has a price."""
        if not meetings or (self.unpriced and not self.amount):
            return None
        return self.amount / meetings


@dataclass(frozen=True)
class Line:
    """The rates of one channel, in order of their first days."""

    days: tuple[date, ...] = ()
    rates: tuple[Cost, ...] = ()

    def at(self, day: date) -> Cost | None:
        place = bisect_right(self.days, day)
        return self.rates[place - 1] if place else None


def spent(scope: Scope, period: Period, currency: str = "") -> dict[str, Spent]:
    """Channel -> what it cost, of those with messages or a fee. Up to four queries.

    Rates in another currency than `currency` (by default the workspace's) count as none.
    """
    lines = _lines(currency or Workspace.current().currency)
    sent = _sent(scope, period)
    fees = {channel: _fee(line, period) for channel, line in lines.items()}
    shares = _shares(scope, period, sent, [name for name, fee in fees.items() if fee])
    found = {}
    for channel in {*sent, *(name for name, fee in fees.items() if fee)}:
        line = lines.get(channel, Line())
        fee = fees.get(channel, NONE) * shares.get(channel, NONE)
        found[channel] = _spent(channel, line, sent.get(channel, {}), fee)
    return found


def history() -> dict[str, list[Cost]]:
    """Channel -> its rates, the newest first."""
    found: dict[str, list[Cost]] = defaultdict(list)
    for row in Cost.objects.order_by("channel", "-first_day"):
        found[row.channel].append(row)
    return dict(found)


_COSTS = Rows(lambda: Cost.objects.order_by("channel", "first_day"))


def _lines(currency: str) -> dict[str, Line]:
    """A rate in another currency ends the one before it, and is none itself."""
    found: dict[str, list[Cost]] = defaultdict(list)
    for row in _COSTS.all():
        found[row.channel].append(row)
    return {
        channel: Line(tuple(row.first_day for row in line), tuple(_known(line, currency)))
        for channel, line in found.items()
    }


def _known(line: Iterable[Cost], currency: str) -> Iterable[Cost]:
    for row in line:
        if row.currency != currency:
            row.currency = ""
        yield row


def _sent(scope: Scope, period: Period) -> dict[str, dict[date, int]]:
    found: dict[str, dict[date, int]] = defaultdict(dict)
    for channel, day, count in sums.read(scope, period, ("sent",), ("channel", "day")):
        found[channel][day] = count
    return found


def _fee(line: Line, period: Period) -> Decimal:
    """Monthly fees by days: a day is its month's fee by the days of that month."""
    if not any(row.per_month for row in line.rates):
        return NONE
    total = NONE
    for day in period.days():
        rate = line.at(day)
        if rate is not None and rate.currency:
            total += rate.per_month / monthrange(day.year, day.month)[1]
    return total


def _shares(
    scope: Scope, period: Period, sent: dict[str, dict[date, int]], channels: list[str]
) -> dict[str, Decimal]:
    if scope == ALL or not channels:
        return dict.fromkeys(channels, Decimal(1))
    everybody = replace(ALL, stamp=scope.stamp)
    everybodys = sums.read(everybody, period, ("sent",), ("channel",))
    whole = {channel: count for channel, count in everybodys if channel in channels}
    return {
        channel: Decimal(sum(sent.get(channel, {}).values())) / count
        for channel, count in whole.items()
        if count
    }


def _spent(channel: str, line: Line, sent: dict[date, int], fee: Decimal) -> Spent:
    amount, unpriced, foreign = fee, 0, 0
    for day, count in sent.items():
        rate = line.at(day)
        if rate is not None and rate.currency:
            amount += rate.per_message * count
        elif rate is not None or channel not in FREE:
            unpriced += count
            foreign += count if rate is not None else 0
    return Spent(amount.quantize(EXACT), sum(sent.values()), unpriced, foreign)

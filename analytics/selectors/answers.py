"""How long half of our answers took at most: a mean is made by the two that took days."""

from collections import defaultdict
from dataclasses import dataclass, replace
from statistics import median

from analytics.access import EVERYBODY, Scope
from analytics.counts.counting import ANSWERED_IN
from analytics.counts.spans import span
from analytics.selectors import sums
from analytics.selectors.evidence import SEEKS, Asked, facts_of
from analytics.selectors.numbers import NONE, Amount
from analytics.selectors.period import Period

METRIC = "answer.time"
EXACT = 1000  # answers; of more the band is told in place of the seconds
LATER = len(ANSWERED_IN)  # the band without an end


@dataclass(frozen=True)
class Half:
    """`seconds`: the median, or the end of its band; `over`: the band that has none."""

    seconds: float
    exact: bool
    over: bool = False

    @property
    def words(self) -> str:
        """The median; of many answers the band that it is in."""
        words = span(self.seconds)
        if self.exact:
            return words
        return f"over {words}" if self.over else f"within {words}"


@dataclass(frozen=True)
class Answers:
    """`bands`: how many by counting.ANSWERED_IN. `halves`: by person (-1: nobody's), EVERYBODY for
    all of the scope; who has no answer is missing."""

    amount: Amount
    bands: list[int]
    halves: dict[int, Half]

    @property
    def half(self) -> Half | None:
        return self.halves.get(EVERYBODY)


def answers(scope: Scope, period: Period, channel: str | None = None) -> Answers:
    """One query, and one for the seconds while there are few. `channel`: of their words."""
    of, seconds = _bands(scope, period, channel)
    bands = [of[EVERYBODY][slot] for slot in range(LATER + 1)]
    found = Answers(Amount(sum(bands), NONE, seconds), bands, {})
    if not found.amount.count:
        return found
    if found.amount.count <= EXACT:
        each = _seconds(scope, period, channel)
        return replace(
            found, halves={who: Half(median(all_of), exact=True) for who, all_of in each.items()}
        )
    return replace(found, halves={who: _banded(bands) for who, bands in of.items()})


def _bands(
    scope: Scope, period: Period, channel: str | None
) -> tuple[dict[int, dict[int, int]], int]:
    """Person -> band -> answers, and the seconds of all."""
    found: dict[int, dict[int, int]] = defaultdict(lambda: defaultdict(int))
    which, lasted = ("count", "seconds"), 0
    by = ("who", "slot")
    rows = sums.read(scope, period, (METRIC,), by, which, apart=True, channel=channel)
    for who, slot, count, seconds in rows:
        found[who][slot] += count
        found[EVERYBODY][slot] += count
        lasted += seconds
    return found, lasted


def _banded(bands: dict[int, int]) -> Half:
    whole, before = sum(bands.values()), 0
    for slot in sorted(bands):
        before += bands[slot]
        if 2 * before >= whole:
            break
    over = slot >= LATER
    return Half(ANSWERED_IN[-1 if over else slot], exact=False, over=over)


def _seconds(scope: Scope, period: Period, channel: str | None) -> dict[int, list[float]]:
    """Of a lead's answers on one day in one band: their mean, as often."""
    when = list(period.days()) if period.length <= SEEKS else period
    facts = facts_of(Asked(METRIC, channel), scope, when)
    found: dict[int, list[float]] = defaultdict(list)
    for who, count, seconds in facts.values_list("who", "count", "seconds"):
        each = [seconds / count] * count
        found[who] += each
        found[EVERYBODY] += each
    return found

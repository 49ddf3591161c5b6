"""Sums that would tell how one person works (docs/coaching.md, docs/analytics.md).

How somebody works is their own until they show it. How many answers came within an hour is not
told of one private person. How long drafts are read is not told of a sum either from which one
person is left once everything else that may be read is taken away.
"""

from collections import Counter
from collections.abc import Mapping, Sequence

from analytics.access import EVERYBODY, Scope
from analytics.selectors import numbers
from analytics.selectors.numbers import Amount
from analytics.selectors.period import Period
from coaching.access import open_habits
from salesagent.accounts.models import User

READ = ("reviewed", "review.time")
FEWEST = 2  # private people behind a sum
WHY = (
    "How somebody works is their own. This is shown for yourself, for two people or more, and for "
    "who shows their habits."
)


class Watch:
    """What of a scope's sums its reader may not read. The people are looked up once."""

    def __init__(self, reader: User, scope: Scope) -> None:
        self.reader, self.scope = reader, scope
        named = [who for who in scope.who if who > 0]
        self._teams = _teams() if reader.is_owner else dict.fromkeys(named, 0)
        self._named = list(self._teams) if EVERYBODY in scope.who else named
        asked = [] if self._named == [reader.pk] else list(self._teams)
        self._open = open_habits(reader, asked) if asked else {reader.pk}

    @property
    def all_open(self) -> bool:
        """Whether nobody of the scope is private: then the rows behind it are open as well."""
        return set(self._named) <= self._open

    @property
    def of_one(self) -> bool:
        """Whether the scope is one private person."""
        return len(self._named) == 1 and not self.all_open

    def hides(self, metrics: Sequence[str], *periods: Period) -> bool:
        """Whether it would tell one private person's number in one of the periods."""
        if self.all_open:
            return False
        if self.of_one:
            return True
        return any(self._tells(metrics, period) for period in periods)

    def _tells(self, metrics: Sequence[str], period: Period) -> bool:
        wide = (EVERYBODY,) if self.reader.is_owner else self.scope.who
        behind = numbers.people(Scope(wide, self.scope.segment), period, metrics)
        return any(self._one(metric, behind) for metric in metrics)

    def _one(self, metric: str, behind: Mapping[int, Mapping[str, Amount]]) -> bool:
        private = Counter(
            self._teams[who] for who, of in behind.items()
            if who in self._teams and who not in self._open and metric in of
        )  # fmt: skip
        if EVERYBODY in self.scope.who:
            return private.total() == 1
        return bool(self._named) and self._teams[self._named[0]] in lone(private)


def lone(private: Mapping[int, int]) -> set[int]:
    """Of teams with so many private people behind their number: those whose sum is not shown.

    One person is no sum. Where a single team has one only, another one's is hidden with it:
    everybody's less all teams' that are shown would be that person's.
    """
    found = {team for team, people in private.items() if 0 < people < FEWEST}
    others = [(people, team) for team, people in private.items() if people >= FEWEST]
    return found | {min(others)[1]} if len(found) == 1 and others else found


def _teams() -> dict[int, int]:
    """Of everybody, also those whose account is closed; 0: no team."""
    return {pk: team or 0 for pk, team in User.objects.values_list("pk", "team_id")}

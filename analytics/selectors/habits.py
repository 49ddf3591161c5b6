"""Sums that would tell how one person works (docs/coaching.md, docs/analytics.md).

How somebody works is their own until they show it. How many answers came within an hour is not
told of one other person. How long drafts are read is told of nobody else by name, nor of a sum
from which one person is left once everything else that may be read is taken away.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import replace

from analytics.access import EVERYBODY, NOBODY, Scope
from analytics.selectors import numbers
from analytics.selectors.answers import Answers
from analytics.selectors.numbers import Amount
from analytics.selectors.period import Period
from coaching.access import open_habits
from salesagent.accounts.models import User, Workspace

READ = ("reviewed", "review.time")
FEWEST = 2  # other people behind a sum
WHY = (
    "How many answers of one person came how fast is their own; how long half of them took is not."
)
WHY_READ = (
    "How long somebody reads drafts is their own, and time saved rests on it: it is shown for "
    "yourself, and for sums of two people or more besides you."
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
        self._read = self._open if Workspace.current().leaderboard else {reader.pk}

    @property
    def all_open(self) -> bool:
        """Whether nobody of the scope is private: then the rows behind it are open as well."""
        return set(self._named) <= self._open

    @property
    def of_one(self) -> bool:
        """Whether the scope is one private person."""
        return len(self._named) == 1 and not self.all_open

    def hides_reading(self, period: Period) -> bool:
        """Whether time saved would tell how long one other person reads."""
        if set(self._named) <= self._read:
            return False
        if len(self._named) == 1:
            return True
        wide = (EVERYBODY,) if self.reader.is_owner else self.scope.who
        behind = numbers.people(replace(self.scope, who=wide), period, READ)
        return any(self._one(metric, behind) for metric in READ)

    def _one(self, metric: str, behind: Mapping[int, Mapping[str, Amount]]) -> bool:
        private = Counter(
            self._teams[who] for who, of in behind.items()
            if who in self._teams and who not in self._read and metric in of
        )  # fmt: skip
        if EVERYBODY in self.scope.who:
            return private.total() == 1
        return bool(self._named) and self._teams[self._named[0]] in lone(private)


def one_speed(reader: User, scope: Scope, found: Answers) -> bool:
    """Whether how many answers came how fast is that of one other person."""
    named = set(scope.who) - {EVERYBODY, NOBODY}
    alone = len(named) == 1 and named != {reader.pk}
    others = {who for who in found.halves if who > 0} - {reader.pk}
    return (alone or len(others) == 1) and not Workspace.current().leaderboard


def lone(private: Mapping[int, int]) -> set[int]:
    """Of teams with so many other people behind their number: those whose sum is not shown.

    One person is no sum. Where a single team has one only, another one's is hidden with it:
    everybody's less all teams' that are shown would be that person's.
    """
    found = {team for team, people in private.items() if 0 < people < FEWEST}
    others = [(people, team) for team, people in private.items() if people >= FEWEST]
    return found | {min(others)[1]} if len(found) == 1 and others else found


def _teams() -> dict[int, int]:
    """Of everybody, also those whose account is closed; 0: no team."""
    return {pk: team or 0 for pk, team in User.objects.values_list("pk", "team_id")}

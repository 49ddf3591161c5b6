"""Sequences with the numbers of their steps, under the names that they have now."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field

from django.db.models import Q

from analytics.access import Scope
from analytics.selectors import numbers
from analytics.selectors.numbers import STEP, Counts
from analytics.selectors.period import Period
from outreach.access_sequences import sequences_for
from outreach.models import Sequence, Step
from salesagent.accounts.models import User

SHOWN = (Sequence.State.RUNNING, Sequence.State.PAUSED)
MOST = 30  # sequences on one page
LATER = 99


@dataclass
class StepLine:
    """One touch of a sequence over all its versions. `gone`: no longer in the sequence.

    `waited`: seconds since the touch before, of all `sent` together. `variants`: by letter.
    """

    key: str
    position: int
    name: str
    channel: str
    delay: int = 0
    gone: bool = False
    counts: Counts = field(default_factory=Counts)
    waited: int = 0
    variants: dict[str, Counts] = field(default_factory=dict)

    @property
    def gap(self) -> float | None:
        """Mean seconds since the touch before; None for the first one, or when none went out."""
        sent = self.counts["sent"]
        return self.waited / sent if sent and self.waited else None


@dataclass
class Line:
    """`seen`: the user may open the sequence; of others only what the own leads got is told."""

    sequence: Sequence
    steps: list[StepLine]
    seen: bool = True

    @property
    def counts(self) -> Counts:
        return added(one.counts for one in self.steps)


def added(many: Iterable[Counts]) -> Counts:
    found: dict[str, int] = defaultdict(int)
    for one in many:
        for metric, count in one.of.items():
            found[metric] += count
    return Counts(dict(found))


def lines(user: User, scope: Scope, period: Period, channel: str = "") -> tuple[list[Line], int]:
    """(sequences that run or that sent in the period, the most used first; how many are left out).

    `channel`: only steps of it. Of all segments, whatever the scope's. Up to four queries.
    """
    counted: dict[int, list[numbers.Step]] = defaultdict(list)
    for one in numbers.steps(scope, period):
        if not channel or one.channel == channel:
            counted[one.sequence].append(one)
    wanted = Q(pk__in=list(counted)) if channel else Q(pk__in=list(counted)) | Q(state__in=SHOWN)
    rows = {row.pk: row for row in sequences_for(user).filter(wanted)}
    seen = set(rows)
    if others := [pk for pk in counted if pk not in seen]:
        rows |= Sequence.objects.in_bulk(others)
    kept = sorted(rows, key=lambda pk: (-_sent(counted.get(pk, [])), rows[pk].name))
    steps = _steps(kept[:MOST], channel)
    found = [
        Line(rows[pk], _lines(steps.get(pk, {}), counted.get(pk, [])), pk in seen)
        for pk in kept[:MOST]
    ]
    return found, len(kept) - len(found)


def _sent(counted: Iterable[numbers.Step]) -> int:
    return sum(one.counts["sent"] for one in counted)


def _steps(sequences: list[int], channel: str) -> dict[int, dict[str, StepLine]]:
    """The newest row of each step names it; rows that were removed only name what they sent."""
    found: dict[int, dict[str, StepLine]] = defaultdict(dict)
    for row in Step.objects.filter(sequence__in=sequences).order_by("since_version", "id"):
        if not channel or row.channel == channel:
            found[row.sequence_id][row.key.hex] = StepLine(
                row.key.hex, row.position, row.name, row.channel, row.delay_days,
                gone=row.until_version is not None,
            )  # fmt: skip
    return found


def _lines(known: dict[str, StepLine], counted: Iterable[numbers.Step]) -> list[StepLine]:
    for one in counted:
        unnamed = StepLine(one.step, LATER, "Removed touch", one.channel, gone=True)
        line = known.setdefault(one.step, unnamed)
        line.counts = added((line.counts, one.counts))
        line.waited += one.waited
        line.variants[one.variant] = added((line.variants.get(one.variant, Counts()), one.counts))
    lines = [one for one in known.values() if not one.gone or one.counts[STEP[0]]]
    return sorted(lines, key=lambda one: (one.gone, one.position, one.key))

"""How a lead's score moved, and how sure it is: for the box beside its thread."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from leads.models import FeatureSnapshot, Lead, ThreadEvent
from leads.scoring.model import RULES
from leads.services import score_models
from leads.services.score_report import sure_words
from salesagent.lib.sql import Rows

MOST = 8
ONE = 1.0  # standard deviation on either side
WIDTH, HEIGHT, EDGE = 200, 36, 3
_SCORED = Rows(
    lambda lead: ThreadEvent.objects.filter(lead=lead, kind="lead.scored").order_by("-pk")[:MOST]
)
_NEWEST = Rows(lambda lead: FeatureSnapshot.objects.filter(lead=lead).order_by("-pk")[:1])


@dataclass(frozen=True)
class History:
    """`points`: for an SVG polyline in a box of WIDTH by HEIGHT; `dot`: where it ends."""

    steps: list[tuple[date, int]]
    points: str
    dot: tuple[float, float]


def history(lead: Lead) -> History | None:
    """The newest scores, the oldest first; None until there are two. One query."""
    events = reversed(_SCORED.all(lead.pk))
    steps = [(e.occurred_at.date(), n) for e in events if isinstance(n := e.data.get("to"), int)]
    if len(steps) < 2:
        return None
    places = _places([number for _, number in steps])
    return History(steps, " ".join(f"{x},{y}" for x, y in places), places[-1])


def _places(numbers: Sequence[int]) -> list[tuple[float, float]]:
    step = (WIDTH - 2 * EDGE) / (len(numbers) - 1)
    reach = HEIGHT - 2 * EDGE
    return [
        (round(EDGE + n * step, 1), round(EDGE + reach * (1 - number / 100), 1))
        for n, number in enumerate(numbers)
    ]


def sure(lead: Lead) -> str:
    """ "By your rules and 34 outcomes. Two times in three between 52 and 71." """
    words = sure_words(lead.score_state)
    between = interval(lead)
    if between is None:
        return f"{words}."
    return f"{words}. Two times in three between {between[0]} and {between[1]}."


def interval(lead: Lead) -> tuple[int, int] | None:
    """Where a learned score lies two times in three, by the values it was last counted with."""
    if lead.score_state == RULES:
        return None
    newest = _NEWEST.first(lead.pk)
    found = score_models.in_use().interval(newest.values, ONE) if newest else None
    return (min(found[0], lead.score), max(found[1], lead.score)) if found else None

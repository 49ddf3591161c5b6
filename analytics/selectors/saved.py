"""Time saved in a period, from the sums."""

from analytics.access import Scope
from analytics.counts import saved
from analytics.counts.saved import HAND, Saved
from analytics.selectors import numbers
from analytics.selectors.period import Period
from salesagent.accounts.models import Workspace


def time_saved(scope: Scope, period: Period, hand: dict[str, float] | None = None) -> Saved:
    """One query. The minutes by hand are the workspace's, unless they are at hand already."""
    metrics = ("reviewed", "review.time", "paused", "replies")
    found = numbers.totals(scope, period, metrics)
    read = found["review.time"]
    return saved.saved(
        drafts=found["reviewed"].count,
        pauses=found["paused"].count,
        replies=found["replies"].count,
        read=(read.count, read.seconds),
        hand=hand or by_hand(),
    )


def by_hand() -> dict[str, float]:
    return hand_of(Workspace.current())


def hand_of(workspace: Workspace) -> dict[str, float]:
    """Minutes by hand: the owner's where given, else the assumed ones."""
    own = workspace.hand_minutes
    given = own if isinstance(own, dict) else {}
    kept = {key: float(given[key]) for key in HAND if isinstance(given.get(key), int | float)}
    return {**HAND, **kept}


def in_words(minutes: float) -> str:
    """ "41 min", "3.5 hours"."""
    if minutes < 90:
        return f"{minutes:.0f} min"
    return f"{minutes / 60:.1f}".removesuffix(".0") + " hours"

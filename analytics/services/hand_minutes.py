"""The minutes by hand that time saved is counted with."""

from collections.abc import Mapping

from analytics.counts.saved import HAND
from salesagent.accounts import audit
from salesagent.accounts.models import User, Workspace


def save(owner: User, minutes: Mapping[str, float]) -> None:
    """All of HAND. The sums stay; every period is told with the new minutes at once."""
    workspace = Workspace.current()
    workspace.hand_minutes = {key: round(float(minutes[key]), 2) for key in HAND}
    workspace.save(update_fields=["hand_minutes", "updated_at"])
    audit.note(owner, "settings.changed", "hand_minutes", **workspace.hand_minutes)

"""What outreach shows on pages of lower layers: counts beside the navigation, boxes on the lead page."""

from typing import Any

from salesagent.accounts.models import User


def nav_counts(user: User) -> dict[str, Any]:
    return {}

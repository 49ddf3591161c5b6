"""Reads for pages: counts beside the navigation, the lead list, search."""

from typing import Any

from leads.selectors.counting import COUNT_CAP, leads_in_list
from salesagent.accounts.models import User


def nav_counts(user: User) -> dict[str, Any]:
    """Leads that this user may see and that are not archived: one cheap query, capped."""
    found = leads_in_list(user, COUNT_CAP)
    return {"leads": f"{COUNT_CAP:,}+" if found > COUNT_CAP else found}

"""Reads for pages: counts beside the navigation, the lead list, search."""

from typing import Any

from leads.access import leads_for
from leads.selectors.counting import COUNT_CAP, capped_count
from salesagent.accounts.models import User


def nav_counts(user: User) -> dict[str, Any]:
    """Leads that this user may see and that are not archived: one cheap query, capped."""
    found = capped_count(leads_for(user).filter(archived_at=None))
    return {"leads": f"{COUNT_CAP:,}+" if found > COUNT_CAP else found}

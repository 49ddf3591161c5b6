"""A list that is read page by page comes to an end, whatever the other side says."""

import json

from leads.crm.base import CrmError


class Places:
    """Where a list was read. A place that comes again would come for ever."""

    def __init__(self, label: str) -> None:
        self.label = label
        self.seen: set[str] = set()

    def check(self, place: object) -> None:
        """Before a page is read. Raises CrmError."""
        name = json.dumps(place, sort_keys=True, default=str)
        if name in self.seen:
            text = f"{self.label} gave the same page twice. It is read again later."
            raise CrmError(text, permanent=False)
        self.seen.add(name)

"""What coaching shows on pages of lower layers, through wiring."""

from typing import Any

from coaching.services import hints as service
from leads.models import Lead
from salesagent.accounts.models import User

Panel = tuple[str, dict[str, Any]]


def hints(lead: Lead, user: User, channel: str, text: str, kind: str = "") -> Panel:
    """Hints while somebody writes or speaks: (template, context)."""
    found = service.hints(lead, user, channel, text, kind)
    return "coaching/_hints.html", {
        "lead": lead,
        "channel": channel,
        "hints": found,
        "kinds": service.KINDS,
        "spoken": channel in ("call", "phone"),
    }

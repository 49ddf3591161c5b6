"""The line of Calendly and any link on Settings, Connections."""

from django.urls import reverse

from outreach.services import scheduling
from salesagent.accounts import connections
from salesagent.accounts.cards import Card, State
from salesagent.accounts.models import Connection, User

TITLE = "Calendly and any link"
GAIN = "No link yet. Where people pick a time: a booking pauses their sequence."
LINK_ONLY = "Link alone. Note bookings by hand, or connect Calendly to have them come in."
LOST = "Your link works. What is booked meanwhile may not come in by itself."


def cards(user: User) -> list[Card]:
    """The owner connects, managers look."""
    url = reverse("outreach:calendly") if user.is_manager else ""
    row = connections.active(scheduling.SERVICE)
    if row is not None:
        return [_connected(row, url)]
    text, state = (LINK_ONLY, "works") if scheduling.link() else (GAIN, "off")
    return [Card(TITLE, text, state, url, icon="calendar-event")]  # type: ignore[arg-type]


def _connected(row: Connection, url: str) -> Card:
    states: dict[str, State] = {"broken": "stopped", "waiting": "waiting", "on": "works"}
    broken = row.state == Connection.State.BROKEN
    return Card(
        title=TITLE,
        text=row.error or f"Bookings of {row.settings.get('name') or 'Calendly'} come in",
        state=states.get(row.state, "new"),
        url=url,
        icon="calendar-event",
        checked_at=row.last_ok_at or row.error_at,
        alert="Calendly needs you." if broken else "",
        detail=f"{row.error} {LOST}" if broken else "",
    )

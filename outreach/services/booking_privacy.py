"""What is kept of a person's meetings, and how it is forgotten when they are erased.

Beside outreach.services.bookings the only writer of Booking. The row and its remote id stay, so
that a later report on the same meeting is known for what it is and brings nothing back.
"""

from outreach.calendly import Message
from outreach.models import Booking, InboundMessage, Task
from outreach.services import worklist

CHANNEL = "meeting"


def is_about_erased(message: Message) -> bool:
    """A report on a meeting of somebody who was erased since: nobody is to be asked about it."""
    uris = [uri for uri in (message.uri, message.old, message.new) if uri]
    return Booking.objects.filter(
        provider="calendly", remote_id__in=uris, lead__erased_at__isnull=False
    ).exists()


def forget(lead_id: int) -> None:
    """Title, place and reason go, and who booked: what Calendly told of them, and our question."""
    Booking.objects.filter(lead=lead_id).update(title="", place="", reason="")
    InboundMessage.objects.filter(lead=lead_id, channel=CHANNEL).update(
        from_address="", from_name="", subject="", text="", full_text="", headers={}
    )
    asked = Task.objects.filter(lead=lead_id, dedupe_key__startswith="meeting:ask:")
    for key in list(asked.values_list("dedupe_key", flat=True)):
        worklist.settle(str(key))
    asked.update(title="Erased", why="")


def export(lead_id: int) -> list[dict[str, object]]:
    """Every meeting of theirs, oldest first."""
    rows = Booking.objects.filter(lead=lead_id).order_by("pk")
    return [
        {
            "title": row.title,
            "place": row.place,
            "state": row.state,
            "reason": row.reason,
            "starts_at": row.starts_at and row.starts_at.isoformat(),
            "ends_at": row.ends_at and row.ends_at.isoformat(),
        }
        for row in rows
    ]

"""What a service last said about a message: it only ever moves forward, in whatever order the
reports come and however often."""

from datetime import datetime

from outreach.models import Touch

EARLY = ("", "queued", "sent", "delayed")
# what a report may follow; failed, undelivered, bounced and read are the end
AFTER = {
    "queued": ("",),
    "sent": ("", "queued"),
    "delayed": ("", "queued", "sent"),
    "delivered": EARLY,
    "read": (*EARLY, "delivered"),
    "undelivered": EARLY,
    "failed": EARLY,
    "bounced": (*EARLY, "delivered"),  # some servers take a mail first and return it later
}


def advance(touch: Touch, status: str, at: datetime) -> bool:
    """False when the message is as far already, or further."""
    rows = Touch.objects.filter(pk=touch.pk, delivery__in=AFTER[status])
    return bool(rows.update(delivery=status, delivery_at=at))

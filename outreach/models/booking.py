from django.db import models


class Booking(models.Model):
    """A meeting that somebody booked through a scheduling link, by Calendly's or our own knowledge.

    Written only by outreach.services.bookings.
    """

    class State(models.TextChoices):
        BOOKED = "booked", "Booked"
        MOVED = "moved", "Moved"
        CANCELLED = "cancelled", "Cancelled"

    lead = models.ForeignKey("leads.Lead", models.CASCADE, related_name="bookings")
    touch = models.ForeignKey("outreach.Touch", models.SET_NULL, null=True, related_name="+")
    provider = models.CharField(max_length=20, default="calendly")
    remote_id = models.CharField(max_length=200, help_text="The invitee's own address there")
    state = models.CharField(max_length=10, choices=State.choices, default=State.BOOKED)
    title = models.CharField(max_length=200, blank=True)
    starts_at = models.DateTimeField(null=True)
    ends_at = models.DateTimeField(null=True)
    place = models.CharField(max_length=300, blank=True)
    moved_to = models.ForeignKey("self", models.SET_NULL, null=True, related_name="+")
    reason = models.CharField(max_length=300, blank=True, help_text="Why it was cancelled")
    remote_at = models.DateTimeField(help_text="When it was said there; older words change nothing")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-starts_at", "-id"]
        constraints = [
            models.UniqueConstraint(fields=["provider", "remote_id"], name="one_booking")
        ]

    def __str__(self) -> str:
        return f"{self.title} {self.state}"

from django.db import models


class ThreadEvent(models.Model):
    """One line of a lead's thread. Only ever added, by leads.thread: the database sees to it."""

    class Direction(models.TextChoices):
        IN = "in"
        OUT = "out"
        NONE = "none"

    lead = models.ForeignKey("leads.Lead", models.PROTECT, related_name="events")
    kind = models.CharField(max_length=40)
    occurred_at = models.DateTimeField(help_text="When it happened there")
    recorded_at = models.DateTimeField(auto_now_add=True)
    actor = models.CharField(max_length=60, help_text="user:7, lead, system, ai:template")
    channel = models.CharField(max_length=12, blank=True)
    direction = models.CharField(max_length=4, choices=Direction.choices, default=Direction.NONE)
    body = models.TextField(blank=True)
    data = models.JSONField(default=dict)
    dedupe_key = models.CharField(max_length=200, null=True, unique=True)  # noqa: DJ001
    redacted_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["occurred_at", "id"]
        indexes = [
            models.Index(fields=["lead", "occurred_at", "id"], name="event_lead_time"),
            models.Index(fields=["kind", "occurred_at"], name="event_kind_time"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.pk}"

from django.db import models


class Suppression(models.Model):
    """An address nobody here may write to. Only a keyed hash is needed; it outlives erasure."""

    class Reason(models.TextChoices):
        OPTED_OUT = "opted_out", "Asked to stop"
        HARD_BOUNCE = "hard_bounce", "Address does not exist"
        COMPLAINT = "complaint", "Reported as spam"
        ERASED = "erased", "Erased"
        MANUAL = "manual", "Added by hand"
        IMPORTED = "imported", "Imported list"

    address_hash = models.CharField(max_length=64)
    channel = models.CharField(max_length=12, default="all", help_text="all, or one channel")
    kind = models.CharField(max_length=8, default="address", help_text="address, phone or domain")
    masked = models.CharField(max_length=120, blank=True, help_text="n.p…@example.com")
    reason = models.CharField(max_length=12, choices=Reason.choices)
    source = models.CharField(max_length=120, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(fields=["address_hash", "channel"], name="one_suppression")
        ]

    def __str__(self) -> str:
        return f"{self.masked} {self.reason}"


class ConsentRecord(models.Model):
    """A person's yes for one channel, where it was given and with which words."""

    lead = models.ForeignKey("leads.Lead", models.CASCADE, related_name="consents")
    channel = models.CharField(max_length=12)
    source = models.CharField(max_length=200)
    wording = models.TextField(blank=True)
    given_at = models.DateTimeField()
    withdrawn_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-given_at"]

    def __str__(self) -> str:
        return f"{self.lead_id} {self.channel}"

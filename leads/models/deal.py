from django.conf import settings
from django.db import models


class Deal(models.Model):
    """Deals-lite: what a lead may be worth, when, and how it ended."""

    class Stage(models.TextChoices):
        OPEN = "open", "Open"
        PROPOSAL = "proposal", "Proposal sent"
        NEGOTIATION = "negotiation", "Negotiation"
        WON = "won", "Won"
        LOST = "lost", "Lost"

    lead = models.ForeignKey("leads.Lead", models.PROTECT, related_name="deals")
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+"
    )
    title = models.CharField(max_length=120)
    stage = models.CharField(max_length=12, choices=Stage.choices, default=Stage.OPEN)
    value = models.DecimalField(max_digits=12, decimal_places=2, default=0)
    currency = models.CharField(max_length=3, default="EUR")
    expected_close = models.DateField(null=True, blank=True)
    reason = models.CharField(max_length=200, blank=True, help_text="Why won or lost")
    created_at = models.DateTimeField(auto_now_add=True)
    closed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return self.title


RUNNING = (Deal.Stage.OPEN, Deal.Stage.PROPOSAL, Deal.Stage.NEGOTIATION)
CLOSED = (Deal.Stage.WON, Deal.Stage.LOST)

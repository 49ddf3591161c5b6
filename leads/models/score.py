from django.conf import settings
from django.db import models


class ScoreModel(models.Model):
    """One version of the learned score. Written only by leads.services.score_models.

    `artefact` is the JSON that scores (coefficients, calibration, the card it was learned with);
    a pickle of its scikit-learn twin lies beside it as a signed file. Five versions are kept.
    """

    class State(models.TextChoices):
        CHAMPION = "champion", "In use"
        FORMER = "former", "Used before"
        REFUSED = "refused", "Not good enough"

    number = models.PositiveIntegerField(unique=True)
    state = models.CharField(max_length=8, choices=State.choices)
    artefact = models.JSONField(default=dict)
    sha256 = models.CharField(max_length=64)
    pickle = models.CharField(max_length=200, blank=True, help_text="File name of the signed twin")
    outcomes = models.PositiveIntegerField(default=0, help_text="Closed leads it learned from")
    wins = models.PositiveIntegerField(default=0)
    metrics = models.JSONField(default=dict)
    verdict = models.CharField(max_length=500, blank=True, help_text="The gate's words")
    warnings = models.JSONField(default=list, help_text="Leak alarm and the like, in words")
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+"
    )
    created_at = models.DateTimeField(auto_now_add=True)
    used_from = models.DateTimeField(null=True, blank=True)
    used_until = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-number"]

    def __str__(self) -> str:
        return f"score model {self.number} {self.state}"


class FeatureSnapshot(models.Model):
    """What was known of a lead on one day it was scored: training learns from these alone."""

    lead = models.ForeignKey("leads.Lead", models.CASCADE, related_name="snapshots")
    day = models.DateField()
    values = models.JSONField(default=dict)
    points = models.FloatField(default=0, help_text="The card's points, not rounded")
    stage = models.CharField(max_length=12, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["lead", "day"], name="one_snapshot_a_day")]

    def __str__(self) -> str:
        return f"{self.lead_id} on {self.day}"

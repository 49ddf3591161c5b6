from django.conf import settings
from django.db import models
from django.db.models import F, Q


class DuplicatePair(models.Model):
    """Two leads that may be one person, `first` the older. Proposed; only people merge."""

    class State(models.TextChoices):
        OPEN = "open", "To look at"
        APART = "apart", "Two people"
        MERGED = "merged", "Merged"

    first = models.ForeignKey("leads.Lead", models.CASCADE, related_name="+")
    second = models.ForeignKey("leads.Lead", models.CASCADE, related_name="+")
    score = models.PositiveSmallIntegerField(help_text="0 to 100")
    reasons = models.JSONField(default=list, help_text="In words")
    state = models.CharField(max_length=6, choices=State.choices, default=State.OPEN)
    settled_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+"
    )
    settled_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-score", "id"]
        constraints = [
            models.UniqueConstraint(fields=["first", "second"], name="one_pair"),
            models.CheckConstraint(condition=Q(first__lt=F("second")), name="pair_in_order"),
        ]
        indexes = [
            models.Index(fields=["-score", "id"], name="pair_open", condition=Q(state="open"))
        ]

    def __str__(self) -> str:
        return f"{self.first_id} {self.second_id}"


class Merge(models.Model):
    """One merge and all that is needed to take it back within 30 days."""

    keeper = models.ForeignKey("leads.Lead", models.CASCADE, related_name="merges")
    gone = models.ForeignKey("leads.Lead", models.CASCADE, related_name="+")
    choices = models.JSONField(default=dict, help_text="field -> keeper or gone")
    before = models.JSONField(default=dict, help_text="Values of both, and ids that were moved")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    at = models.DateTimeField(auto_now_add=True)
    undone_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"{self.gone_id} into {self.keeper_id}"

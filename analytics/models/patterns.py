from django.db import models


class Finding(models.Model):
    """What the night's look at all leads found, for pages. Written only by services.patterns.

    `scope` as in Alert. `facts` holds counts and ids of leads, no names.
    """

    kind = models.CharField(max_length=20, help_text="stalled, cycle, segments, quality")
    scope = models.CharField(max_length=24, default="all")
    facts = models.JSONField(default=dict)
    counted_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["scope", "kind"], name="one_finding")]

    def __str__(self) -> str:
        return f"{self.kind} {self.scope}"


class AlertRule(models.Model):
    """The owner's own threshold of one kind of alert, where it is not the built-in one.

    Written only by services.alert_rules.
    """

    kind = models.CharField(max_length=30, unique=True)
    on = models.BooleanField(default=True)
    threshold = models.FloatField()

    def __str__(self) -> str:
        return self.kind

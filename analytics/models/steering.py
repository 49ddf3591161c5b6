from django.conf import settings
from django.db import models


class Cost(models.Model):
    """What one channel costs from one day on. Written only by analytics.services.costs."""

    channel = models.CharField(max_length=12)
    first_day = models.DateField()
    per_message = models.DecimalField(max_digits=10, decimal_places=4, default=0)
    per_month = models.DecimalField(max_digits=10, decimal_places=2, default=0)
    currency = models.CharField(max_length=3)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["channel", "first_day"], name="one_cost_a_day")
        ]

    def __str__(self) -> str:
        return f"{self.channel} from {self.first_day}"


class Alert(models.Model):
    """A number that passed its threshold. Written only by analytics.services.alerts.

    `key` names what it is about and is the same each night, so one trouble is one row; a row that
    ended and comes back is opened again. `facts` holds what the text is made of, never a name of a
    person outside.
    """

    class State(models.TextChoices):
        OPEN = "open", "Open"
        MUTED = "muted", "Muted"
        ENDED = "ended", "Over"

    kind = models.CharField(max_length=30)
    key = models.CharField(max_length=120)
    scope = models.CharField(max_length=24, default="all", help_text="all, team:3, user:7")
    level = models.CharField(max_length=5, default="warn", help_text="info, warn, bad")
    number = models.FloatField()
    threshold = models.FloatField()
    usual = models.FloatField(null=True, help_text="What it is compared with")
    sample = models.PositiveIntegerField(default=0, help_text="How many cases are behind it")
    text = models.CharField(max_length=300)
    link = models.CharField(max_length=300, blank=True, help_text="Where it is put right")
    facts = models.JSONField(default=dict)
    state = models.CharField(max_length=5, choices=State.choices, default=State.OPEN)
    muted_until = models.DateTimeField(null=True, blank=True)
    muted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+"
    )
    first_at = models.DateTimeField()
    last_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)
    chip = ""  # what kind it is in words; services.alerts sets it on what it hands out

    class Meta:
        constraints = [models.UniqueConstraint(fields=["scope", "key"], name="one_alert")]
        indexes = [models.Index(fields=["state", "-last_at"], name="alert_state")]

    def __str__(self) -> str:
        return f"{self.kind} {self.key}"


class Report(models.Model):
    """A PDF that somebody asked for or that went out with the weekly mail.

    The file is in DATA_DIR/reports. Written only by analytics.services.reports.
    """

    class Kind(models.TextChoices):
        PIPELINE = "pipeline", "Pipeline"
        TEAM = "team", "Team"
        WEEKLY = "weekly", "Week"

    kind = models.CharField(max_length=10, choices=Kind.choices)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    first_day = models.DateField()
    last_day = models.DateField()
    choices = models.JSONField(default=dict, help_text="Owner and segment it was made for")
    file = models.CharField(max_length=200, blank=True)
    size = models.PositiveIntegerField(default=0)
    error = models.CharField(max_length=300, blank=True)
    dedupe_key = models.CharField(max_length=80, null=True, unique=True)  # noqa: DJ001
    created_at = models.DateTimeField(auto_now_add=True)
    made_at = models.DateTimeField(null=True)
    mailed_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["user", "-id"], name="report_user")]

    def __str__(self) -> str:
        return f"{self.kind} {self.first_day} to {self.last_day}"

from django.conf import settings
from django.db import models


class Experiment(models.Model):
    """A test of a step's variants. Written only by outreach.services.experiments.

    It counts human replies by delivered touch of each variant; `result` keeps the numbers it was
    decided on. A decision changes the weights of variants and never stops the sequence.
    """

    class State(models.TextChoices):
        RUNNING = "running", "Running"
        DECIDED = "decided", "Decided"
        STOPPED = "stopped", "Stopped"

    sequence = models.ForeignKey("outreach.Sequence", models.CASCADE, related_name="experiments")
    step_key = models.UUIDField()
    state = models.CharField(max_length=8, choices=State.choices, default=State.RUNNING)
    labels = models.JSONField(default=list, help_text="Variants that take part, like [A, B]")
    frames = models.JSONField(default=dict, help_text="label -> digest of its words at the start")
    least_gain = models.FloatField(
        default=0.05, help_text="Smallest gap worth finding, 0.05 = 5 points"
    )
    winner = models.CharField(max_length=1, blank=True)
    verdict = models.CharField(max_length=300, blank=True)
    result = models.JSONField(default=dict)
    started_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+"
    )
    started_at = models.DateTimeField(auto_now_add=True)
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["sequence", "step_key"],
                condition=models.Q(state="running"),
                name="one_running_experiment",
            )
        ]

    def __str__(self) -> str:
        return f"test {self.pk} {self.state}"


class CadenceRule(models.Model):
    """The owner's switch and numbers of one built-in rule (outreach.services.cadence_rules).

    No row: the rule's own default. What a rule did stands in leads.Decision.
    """

    code = models.CharField(max_length=40, unique=True)
    on = models.BooleanField(default=True)
    params = models.JSONField(default=dict)
    changed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+"
    )
    changed_at = models.DateTimeField(auto_now=True)

    def __str__(self) -> str:
        return f"{self.code} {'on' if self.on else 'off'}"


class SlotStat(models.Model):
    """What was sent and answered in one coarse slot of the lead's own week, over the whole team.

    Rebuilt from the thread by outreach.services.slots; `trade` "" is everybody.
    """

    channel = models.CharField(max_length=12)
    trade = models.CharField(max_length=60, blank=True)
    slot = models.PositiveSmallIntegerField(help_text="0..5, outreach.services.slots.SLOTS")
    sent = models.PositiveIntegerField(default=0)
    answered = models.PositiveIntegerField(default=0)
    counted_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["channel", "trade", "slot"], name="one_slot_stat")
        ]

    def __str__(self) -> str:
        return f"{self.channel} {self.trade} {self.slot}"

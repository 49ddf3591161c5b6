"""Rows any product would need: long work, limits, the state of services, seen webhooks."""

from django.conf import settings
from django.db import models


class Job(models.Model):
    """Progress of long work. Written only through salesagent.lib.jobs."""

    class State(models.TextChoices):
        QUEUED = "queued"
        RUNNING = "running"
        DONE = "done"
        STOPPED = "stopped"
        FAILED = "failed"

    kind = models.CharField(max_length=40)
    title = models.CharField(max_length=200)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, null=True, related_name="jobs"
    )
    state = models.CharField(max_length=10, choices=State.choices, default=State.QUEUED)
    step = models.CharField(max_length=120, blank=True)
    done = models.PositiveIntegerField(default=0)
    total = models.PositiveIntegerField(default=0)
    counters = models.JSONField(default=dict)
    result_url = models.CharField(max_length=300, blank=True)
    error = models.CharField(max_length=500, blank=True)
    can_stop = models.BooleanField(default=True)
    stop_asked = models.BooleanField(default=False)
    data = models.JSONField(default=dict)
    created_at = models.DateTimeField(auto_now_add=True)
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ["-id"]
        indexes = [models.Index(fields=["owner", "-id"], name="job_owner")]

    def __str__(self) -> str:
        return f"{self.kind} {self.pk} {self.state}"

    @property
    def finished(self) -> bool:
        return self.state in (self.State.DONE, self.State.STOPPED, self.State.FAILED)


class Throttle(models.Model):
    """How often one key did a thing in a window. Written only by salesagent.lib.throttle."""

    key = models.CharField(max_length=64, unique=True, help_text="Keyed hash; no address is kept")
    count = models.PositiveIntegerField(default=0)
    since = models.DateTimeField(db_index=True)

    def __str__(self) -> str:
        return f"{self.key[:8]} {self.count}"


class ProviderState(models.Model):
    """How one account of a service is doing. Written only by salesagent.lib.budget."""

    key = models.CharField(max_length=200, unique=True, help_text="service:account")
    tokens = models.FloatField(help_text="Calls that may go at once")
    refilled_at = models.FloatField(help_text="Seconds since 1970: arithmetic in any database")
    failures = models.PositiveIntegerField(default=0, help_text="In a row")
    opened_until = models.DateTimeField(null=True, help_text="The breaker; also a probe's lease")
    probing = models.BooleanField(default=False, help_text="One call tries whether it works again")
    not_before = models.DateTimeField(null=True, help_text="The service asked for a pause")
    last_ok_at = models.DateTimeField(null=True)
    last_error = models.CharField(max_length=300, blank=True)
    last_error_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return self.key


class WebhookEvent(models.Model):
    """A verified message of a service that was seen. Written only by salesagent.lib.webhook."""

    provider = models.CharField(max_length=40)
    event_id = models.CharField(max_length=64, help_text="Digest of the service's own id")
    received_at = models.DateTimeField(auto_now_add=True, db_index=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["provider", "event_id"], name="webhook_event_once")
        ]

    def __str__(self) -> str:
        return f"{self.provider} {self.event_id[:8]}"


class AiCall(models.Model):
    """One question to a language model, and its answer. Written only by salesagent.lib.ai_ledger.

    It is the cache (by `key`), the bill (`cost_micros`) and the proof of what left the house
    (`request`). `about` names whose data it holds, like "lead:7", so that erasing finds it.
    """

    class State(models.TextChoices):
        OPEN = "open", "Being asked"
        OK = "ok", "Answered"
        FAILED = "failed", "Failed"

    key = models.CharField(max_length=64, db_index=True, help_text="Digest of model and request")
    purpose = models.CharField(max_length=30, help_text="draft, answer, subject, extract, ...")
    about = models.CharField(max_length=40, blank=True, db_index=True)
    model = models.CharField(max_length=100)
    request = models.TextField(blank=True, help_text="What was sent, as JSON; blank once erased")
    answer = models.TextField(blank=True)
    state = models.CharField(max_length=8, choices=State.choices, default=State.OPEN)
    error = models.CharField(max_length=300, blank=True)
    tokens_in = models.PositiveIntegerField(default=0)
    tokens_out = models.PositiveIntegerField(default=0)
    cost_micros = models.PositiveBigIntegerField(
        default=0, help_text="Millionths of the currency in which the prices are set"
    )
    reserved_micros = models.PositiveBigIntegerField(
        default=0, help_text="The most it can cost, held while it is being asked"
    )
    uses = models.PositiveIntegerField(default=0, help_text="Times the cache answered instead")
    created_at = models.DateTimeField(auto_now_add=True, db_index=True)
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"{self.purpose} {self.model} {self.state}"

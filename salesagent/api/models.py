"""Tokens, what was asked with a key of its own, and who is told of events."""

from django.conf import settings
from django.db import models

from salesagent.lib.crypto import EncryptedTextField


class ApiToken(models.Model):
    """A key to the API. Only its hash is kept; the words are shown once. Written by api.tokens.

    A machine token acts for a program: it never approves a draft.
    """

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="api_tokens")
    name = models.CharField(max_length=80)
    prefix = models.CharField(max_length=16, help_text="Its first letters, to tell it by")
    hash = models.CharField(max_length=64, unique=True, help_text="HMAC-SHA256, hex")
    scopes = models.JSONField(default=list)
    machine = models.BooleanField(default=True)
    created_at = models.DateTimeField(auto_now_add=True)
    last_used_at = models.DateTimeField(null=True, blank=True)
    expires_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"{self.prefix} {self.name}"


class IdempotentCall(models.Model):
    """A call made with an Idempotency-Key: asked again, it is answered as the first time."""

    token = models.ForeignKey(ApiToken, models.CASCADE, related_name="+")
    key = models.CharField(max_length=100)
    request_hash = models.CharField(max_length=64, help_text="Of method, path and body")
    status = models.PositiveSmallIntegerField(default=0, help_text="0: not answered yet")
    answer = EncryptedTextField(blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["token", "key"], name="one_idempotent_call")]
        indexes = [models.Index(fields=["created_at"], name="idempotent_age")]

    def __str__(self) -> str:
        return self.key


class Hook(models.Model):
    """An address that is told of events, signed with `secret`; while it changes, with both."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    name = models.CharField(max_length=80)
    url = models.URLField(max_length=500)
    kinds = models.JSONField(default=list, help_text="Event kinds; empty: all that are offered")
    secret = EncryptedTextField()
    next_secret = EncryptedTextField(blank=True)
    active = models.BooleanField(default=True)
    cursor = models.BigIntegerField(default=0, help_text="Events up to this one are queued")
    failing_since = models.DateTimeField(null=True, blank=True)
    stopped_why = models.CharField(max_length=200, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    last_ok_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["pk"]

    def __str__(self) -> str:
        return self.name


class HookDelivery(models.Model):
    """One event for one address. The body is made when it is sent, so erasure reaches it."""

    class State(models.TextChoices):
        WAITING = "waiting", "Waiting"
        SENT = "sent", "Arrived"
        FAILED = "failed", "Given up"

    hook = models.ForeignKey(Hook, models.CASCADE, related_name="deliveries")
    event_id = models.BigIntegerField(db_index=True)
    replay = models.PositiveSmallIntegerField(default=0)
    kind = models.CharField(max_length=40)
    state = models.CharField(max_length=7, choices=State.choices, default=State.WAITING)
    attempts = models.PositiveSmallIntegerField(default=0)
    next_at = models.DateTimeField(null=True, blank=True)
    status = models.PositiveSmallIntegerField(null=True, blank=True, help_text="Of the answer")
    error = models.CharField(max_length=300, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    done_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name_plural = "hook deliveries"
        constraints = [
            models.UniqueConstraint(fields=["hook", "event_id", "replay"], name="one_delivery")
        ]
        indexes = [
            models.Index(
                fields=["next_at"], name="delivery_due", condition=models.Q(state="waiting")
            ),
            models.Index(fields=["hook", "-id"], name="delivery_hook"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.event_id} to {self.hook_id}"

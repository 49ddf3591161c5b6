from django.conf import settings
from django.db import models


class Template(models.Model):
    """A message frame with merge fields, for one channel. Built-in ones are copied, not edited."""

    code = models.SlugField(max_length=60, unique=True)
    name = models.CharField(max_length=100)
    channel = models.CharField(max_length=12)
    purpose = models.CharField(
        max_length=40, blank=True, help_text="first touch, proof, close, ..."
    )
    subject = models.CharField(max_length=200, blank=True)
    body = models.TextField()
    builtin = models.BooleanField(default=False)
    content_sid = models.CharField(
        max_length=40, blank=True, help_text="WhatsApp: the provider's template of these words"
    )
    content_state = models.CharField(
        max_length=12, blank=True, help_text="What WhatsApp says of it: approved, pending, ..."
    )
    content_at = models.DateTimeField(null=True, blank=True, help_text="When that was asked")
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+"
    )
    archived_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["channel", "name"]

    def __str__(self) -> str:
        return self.name


class Snippet(models.Model):
    """A piece of text that templates take in as {{snippet:code}}; may hold merge fields itself."""

    code = models.SlugField(max_length=40, unique=True)
    text = models.TextField(max_length=2000)
    source = models.CharField(
        max_length=200, blank=True, help_text="Where the numbers and claims in it come from"
    )

    class Meta:
        ordering = ["code"]

    def __str__(self) -> str:
        return self.code


class PainPoint(models.Model):
    """A trouble typical of a trade, in one sentence we may write to somebody of that trade."""

    trade = models.CharField(max_length=60, blank=True, help_text="Empty: any trade")
    name = models.CharField(max_length=80)
    sentence = models.CharField(max_length=300)

    class Meta:
        ordering = ["trade", "name"]
        constraints = [models.UniqueConstraint(fields=["trade", "name"], name="one_pain_point")]

    def __str__(self) -> str:
        return self.name

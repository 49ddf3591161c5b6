import uuid

from django.conf import settings
from django.db import models


class Attachment(models.Model):
    """A file that goes out with a touch. The bytes lie under DATA_DIR/attachments."""

    touch = models.ForeignKey("outreach.Touch", models.CASCADE, related_name="attachments")
    name = models.CharField(max_length=120, help_text="As the recipient sees it")
    content_type = models.CharField(max_length=100)
    size = models.PositiveIntegerField(help_text="Bytes")
    path = models.CharField(max_length=80, unique=True, help_text="Under DATA_DIR/attachments")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        return self.name


class Submission(models.Model):
    """A form that was acted upon: its token once, so that a double click does the thing once."""

    token = models.UUIDField(default=uuid.uuid4, unique=True)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return str(self.token)

"""Forms of the composer on the lead page."""

import uuid
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from django import forms
from django.utils import timezone

from outreach.channels.base import Channel
from outreach.models import Template
from outreach.services import attachments
from outreach.services.calls import LONGEST_MINUTES, outcomes

ACCEPT = attachments.ACCEPT
BODY_LIMIT = 8000
FURTHEST = timedelta(days=366)
LOCAL = "%Y-%m-%dT%H:%M"


class FilesInput(forms.ClearableFileInput):
    allow_multiple_selected = True


class FilesField(forms.FileField):
    """Several files at once, checked by services.attachments."""

    widget = FilesInput

    def clean(self, data: Any, initial: Any = None) -> list[attachments.Upload]:
        given: Sequence[Any] = data if isinstance(data, list | tuple) else [data] if data else []
        files = [super(FilesField, self).clean(one, initial) for one in given]
        if problems := attachments.check(files):
            raise forms.ValidationError(problems)
        return files


def _moment(label: str) -> forms.DateTimeField:
    return forms.DateTimeField(
        label=label,
        required=False,
        input_formats=[LOCAL, "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M"],
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format=LOCAL),
        error_messages={"invalid": "Write a date and a time."},
    )


def check_moment(form: "EmailForm | TextForm", data: dict[str, Any]) -> None:
    """ "Send later" needs a moment to come, at most a year ahead; other buttons ignore it."""
    at = data.get("send_at")
    if form.action != "later":
        data["send_at"] = None
    elif "send_at" not in form.errors and (at is None or at <= timezone.now()):
        form.add_error("send_at", "Choose a moment to come.")
    elif at is not None and at > timezone.now() + FURTHEST:
        form.add_error("send_at", "At most a year ahead.")


class EmailForm(forms.Form):
    """A mail written by hand. `threaded`: it answers an earlier mail and keeps its subject."""

    prefix = "mail"
    subject = forms.CharField(label="Subject", max_length=200, required=False)
    body = forms.CharField(
        label="Message",
        max_length=BODY_LIMIT,
        error_messages={"required": "Write something first."},
        widget=forms.Textarea(attrs={"rows": 5}),
    )
    uploads = FilesField(label="Files", required=False)
    send_at = _moment("Send at")
    accepted = forms.CharField(required=False, max_length=500, widget=forms.HiddenInput)
    token = forms.UUIDField(initial=uuid.uuid4, widget=forms.HiddenInput)

    def __init__(self, *args: Any, threaded: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.threaded = threaded
        if threaded:
            del self.fields["subject"]

    @property
    def action(self) -> str:
        """Which button was pressed: send, later or draft."""
        value = self.data.get("action", "send")
        return value if value in ("later", "draft") else "send"

    def clean_subject(self) -> str:
        subject: str = self.cleaned_data["subject"].strip()
        if not subject:
            raise forms.ValidationError("Write a subject.")
        return subject

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        check_moment(self, data)
        return data


class TextForm(forms.Form):
    """A text on a channel that a service sends: written here, or one of its approved templates."""

    body = forms.CharField(
        required=False, widget=forms.Textarea(attrs={"rows": 4}), max_length=BODY_LIMIT
    )
    template = forms.ModelChoiceField(
        Template.objects.none(),
        required=False,
        error_messages={"invalid_choice": "Choose one of the templates."},
    )
    send_at = _moment("Send at")
    accepted = forms.CharField(required=False, max_length=500, widget=forms.HiddenInput)
    token = forms.UUIDField(initial=uuid.uuid4, widget=forms.HiddenInput)

    def __init__(self, *args: Any, channel: Channel, **kwargs: Any) -> None:
        kwargs["prefix"] = channel.code
        super().__init__(*args, **kwargs)
        self.channel = channel
        field = self.fields["template"]
        if isinstance(field, forms.ModelChoiceField):
            field.queryset = Template.objects.filter(
                channel=channel.code, content_state="approved", archived_at=None
            ).exclude(content_sid="")

    @property
    def action(self) -> str:
        """Which button was pressed: send, later or draft."""
        value = self.data.get("action", "send")
        return value if value in ("later", "draft") else "send"

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        chosen = data.get("template")
        data["text"] = chosen.body if chosen else data.get("body", "")
        if not data["text"].strip() and not {"body", "template"} & set(self.errors):
            self.add_error("body", "Write something first.")
        elif len(data["text"]) > self.channel.text_limit:
            self.add_error("body", f"At most {self.channel.text_limit:,} characters.")
        check_moment(self, data)
        return data


class CallForm(forms.Form):
    """How a call went. "Call back" needs to know when."""

    prefix = "call"
    outcome = forms.ChoiceField(
        label="How it ended",
        choices=lambda: [("", "Choose"), *outcomes().items()],
        error_messages={"required": "Choose how the call ended."},
    )
    minutes = forms.IntegerField(
        label="Minutes", required=False, min_value=0, max_value=LONGEST_MINUTES
    )
    call_back_at = _moment("Call back at")
    notes = forms.CharField(
        label="What was said",
        required=False,
        max_length=5000,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    token = forms.UUIDField(initial=uuid.uuid4, widget=forms.HiddenInput)

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        at = data.get("call_back_at")
        wanted = data.get("outcome") == "call_back"
        if wanted and "call_back_at" not in self.errors and (at is None or at <= timezone.now()):
            self.add_error("call_back_at", "Choose a moment to come.")
        if wanted and at is not None and at > timezone.now() + FURTHEST:
            self.add_error("call_back_at", "At most a year ahead.")
        return data

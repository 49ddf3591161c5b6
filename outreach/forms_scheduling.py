"""The link where people pick a time, Calendly's token, and a meeting noted by hand."""

import re
from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.utils import timezone

from outreach.forms import StyledForm
from outreach.services import scheduling, tracking

_BARE = re.compile(r"[a-z0-9][a-z0-9.-]{0,99}\.[a-z]{2,20}(/|$)", re.IGNORECASE)  # no https://
_TOKEN = re.compile(r"[\x21-\x7e]{20,2000}")
PAST = timedelta(days=1)  # how late a meeting may be noted
SECRET = forms.PasswordInput(attrs={"autocomplete": "off"})


class LinkForm(StyledForm):
    link = forms.CharField(
        label="The team's link",
        max_length=scheduling.MOST,
        required=False,
        widget=forms.URLInput(attrs={"placeholder": "https://calendly.com/you/intro"}),
        help_text="Calendly or any other page where people pick a time. Empty: no link.",
    )

    def clean_link(self) -> str:
        link = str(self.cleaned_data["link"]).strip()
        if _BARE.match(link):
            link = f"https://{link}"
        if link and not (link.startswith("https://") and link.isascii() and tracking.safe(link)):
            raise forms.ValidationError("Enter a web address that starts with https://.")
        return link


class OwnLinkForm(LinkForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("auto_id", "own_%s")
        super().__init__(*args, **kwargs)
        self.fields["link"].label = "Your own link"
        self.fields["link"].help_text = "It goes before the team's in what you write."


class TokenForm(StyledForm):
    """The token is never shown again."""

    token = forms.CharField(
        label="Personal access token",
        max_length=2000,
        widget=SECRET,
        help_text="Calendly, Integrations, API and webhooks. Stored encrypted, never shown again.",
    )

    def clean_token(self) -> str:
        token = str(self.cleaned_data["token"]).strip()
        if not _TOKEN.fullmatch(token):
            raise forms.ValidationError("That is no token: copy it again, without spaces.")
        return token


class BookedForm(StyledForm):
    """Both may be empty: they booked, and that is what counts."""

    starts_at = forms.DateTimeField(
        label="When",
        required=False,
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
    )
    place = forms.CharField(label="Where", max_length=300, required=False)

    def clean_starts_at(self) -> datetime | None:
        starts_at: datetime | None = self.cleaned_data["starts_at"]
        if starts_at and starts_at < timezone.now() - PAST:
            raise forms.ValidationError(
                "That day is over. Enter the time of a meeting to come, or log a call or a note "
                "if it took place."
            )
        return starts_at

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("auto_id", "bk_%s")
        super().__init__(*args, **kwargs)

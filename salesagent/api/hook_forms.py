"""An address that is told of events."""

from typing import Any
from urllib.parse import urlsplit

from django import forms
from django.core.exceptions import ValidationError

from salesagent.api.hooks import sending
from salesagent.api.hooks.kinds import KINDS, Offered
from salesagent.lib.http_faults import HttpFault
from salesagent.lib.http_rules import is_local, may_call

GROUPS = dict.fromkeys(one.group for one in KINDS)
CHOICES = [
    (group, [(one.code, one.label) for one in KINDS if one.group == group]) for group in GROUPS
]
PRIVATE = (
    "This address leads into a private network. Whoever runs the server can allow its host in "
    "WEBHOOK_HOSTS."
)


class HookForm(forms.Form):
    name = forms.CharField(label="Name", max_length=80, help_text="What listens there")
    url = forms.URLField(
        label="Address", max_length=500, assume_scheme="https", help_text="Starts with https://"
    )
    kinds = forms.MultipleChoiceField(
        label="Events", choices=CHOICES, widget=forms.CheckboxSelectMultiple
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ("name", "url"):
            self.fields[name].widget.attrs["class"] = "form-control"
        self.fields["kinds"].error_messages["required"] = "Choose at least one event."

    def groups(self) -> list[tuple[str, list[tuple[Offered, bool]]]]:
        """The events by group, each with whether it is chosen."""
        chosen = set(self["kinds"].value() or [])
        return [
            (group, [(one, one.code in chosen) for one in KINDS if one.group == group])
            for group in GROUPS
        ]

    def clean_url(self) -> str:
        url = str(self.cleaned_data["url"])
        allowed = sending.allowed_hosts(url)
        try:
            may_call(url, "This address", allowed, secret=True)
        except HttpFault as fault:
            raise ValidationError(fault.message.removeprefix("This address: ")) from None
        if allowed is None and is_local(urlsplit(url).hostname or ""):
            raise ValidationError(PRIVATE)
        return url

"""The forms of the do-not-contact list."""

from typing import Any

from django import forms
from django.conf import settings

from leads.intake.address_list import MAX_BYTES, decode
from leads.services import stopping
from leads.services.suppression import normalise
from salesagent.templatetags.ui import channel_label


def channel_choices() -> list[tuple[str, str]]:
    """Everything, or one of the channels that wiring names."""
    known = [code for code in settings.CHANNELS if code != "fake"]
    return [("all", "Everything"), *((code, f"{channel_label(code)} only") for code in known)]


class LookupForm(forms.Form):
    address = forms.CharField(
        label="E-mail address, phone number or domain",
        max_length=300,
        widget=forms.TextInput(attrs={"autocomplete": "off", "id": "look-up"}),
    )

    def clean_address(self) -> str:
        address = str(self.cleaned_data["address"])
        if normalise(address) is None:
            raise forms.ValidationError(
                "This is no e-mail address, phone number, domain or profile."
            )
        return address


class AddForm(LookupForm):
    channel = forms.ChoiceField(label="Stop", choices=channel_choices)
    source = forms.CharField(label="Why", max_length=120, help_text="For example: asked by phone")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["address"].widget.attrs["id"] = "add-address"


class ListForm(forms.Form):
    channel = forms.ChoiceField(label="Stop", choices=channel_choices)
    source = forms.CharField(
        label="Where the list is from",
        max_length=120,
        help_text="For example: export of the old CRM",
    )
    file = forms.FileField(label="File, CSV or text", required=False)
    text = forms.CharField(
        label="Or paste the addresses, one a line",
        required=False,
        max_length=1_000_000,
        widget=forms.Textarea(attrs={"rows": 5}),
    )

    def clean(self) -> dict[str, Any]:
        """`text` holds the list, from the file when there is one."""
        data = super().clean() or {}
        file = data.get("file")
        if file and file.size > MAX_BYTES:
            self.add_error("file", "The file is larger than 4 MB. Cut it in two.")
        elif file:
            data["text"] = decode(file.read())
        elif not str(data.get("text") or "").strip():
            self.add_error("text", "Choose a file or paste some addresses.")
        return data


class LiftForm(forms.Form):
    reason = forms.CharField(label="Why may we write again?", max_length=120)


class StopForm(forms.Form):
    """On a lead's page: what is stopped, and why."""

    what = forms.ChoiceField(label="What stops", choices=stopping.choices)
    why = forms.ChoiceField(
        label="Why",
        choices=list(stopping.WHY.items()),
        error_messages={"required": "Choose why."},
    )
    note = forms.CharField(label="Note", max_length=60, required=False)

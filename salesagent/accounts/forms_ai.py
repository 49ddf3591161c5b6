"""The language model: where it is, what it may be used for, what it may cost."""

from decimal import Decimal
from typing import Any
from urllib.parse import urlsplit

from django import forms
from django.conf import settings

from salesagent.accounts.forms import LineField
from salesagent.accounts.models import Connection
from salesagent.ai.questions import PURPOSES
from salesagent.lib.http import HttpFault
from salesagent.lib.http_rules import is_local, may_call

SUFFIX = "/chat/completions"
CHECKS = (forms.CheckboxInput, forms.CheckboxSelectMultiple)


def _money(label: str, most: int, places: int, help_text: str) -> forms.DecimalField:
    return forms.DecimalField(
        label=label,
        min_value=Decimal(0),
        max_value=Decimal(most),
        decimal_places=places,
        initial=Decimal(0),
        help_text=help_text,
        widget=forms.NumberInput(attrs={"step": "any", "inputmode": "decimal"}),
    )


class AiForm(forms.Form):
    """An empty key keeps the stored one of the same address; it is never shown again."""

    base_url = LineField(
        label="Address",
        max_length=200,
        help_text="Of an OpenAI-compatible service, up to /v1. A server of your own may be "
        "http://localhost:11434/v1.",
        widget=forms.TextInput(attrs={"inputmode": "url", "autocomplete": "off"}),
    )
    model = LineField(label="Model", max_length=100, help_text="Its name there.")
    key = forms.CharField(
        label="Key",
        max_length=400,
        required=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "off"}),
    )
    price_in = _money("Price of a million tokens sent", 10_000, 4, "0 for a server of your own.")
    price_out = _money("Price of a million tokens received", 10_000, 4, "From its price list.")
    limit = _money(
        "Most in a month",
        1_000_000,
        2,
        "Beyond it templates write. 0: nothing that costs is asked.",
    )
    currency = LineField(label="Currency", max_length=8, initial="EUR")
    patience = forms.IntegerField(
        label="Seconds to wait for an answer",
        min_value=5,
        max_value=180,
        initial=30,
        help_text="In the background. Nobody waits longer than 8 seconds in a page.",
    )
    purposes = forms.MultipleChoiceField(
        label="What it may be used for",
        choices=list(PURPOSES.items()),
        initial=list(PURPOSES),
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    lead_data = forms.BooleanField(
        label="Data about leads may be sent to it",
        initial=True,
        required=False,
        help_text="Names, companies, facts and the thread with one lead at a time, never more. "
        "Switched off, it writes nothing about anybody.",
    )

    def __init__(self, *args: Any, stored: Connection | None = None, **kwargs: Any) -> None:
        self.stored = stored
        if stored is not None:
            kwargs.setdefault("initial", dict(stored.settings))
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            checks = isinstance(field.widget, CHECKS)
            field.widget.attrs["class"] = "form-check-input" if checks else "form-control"
        same = "Stored encrypted. Empty: stays as it is, for the same address."
        new = "Stored encrypted and never shown again. A server of your own may need none."
        self.fields["key"].help_text = new if stored is None else same

    def full_clean(self) -> None:
        super().full_clean()
        for name in self.errors.keys() & self.fields.keys():
            attrs = self.fields[name].widget.attrs
            described = {"aria-describedby": f"{self[name].id_for_label}_error"}
            attrs.update({"aria-invalid": "true", **described})
            attrs["class"] += " is-invalid"

    def clean_base_url(self) -> str:
        url = str(self.cleaned_data["base_url"]).rstrip("/").removesuffix(SUFFIX)
        try:
            may_call(url, "Address", None, secret=True)
        except HttpFault as error:
            raise forms.ValidationError(str(error).removeprefix("Address: ").capitalize()) from None
        parts = urlsplit(url)
        if parts.query or parts.fragment:
            raise forms.ValidationError("Leave out what follows a question mark.")
        if is_local(parts.hostname or "") and not settings.ALLOW_PRIVATE_MAIL_HOSTS:
            raise forms.ValidationError("Servers of a private network are not allowed here.")
        return url

    def clean_key(self) -> str:
        key = str(self.cleaned_data.get("key") or "").strip()
        if any(not "!" <= letter <= "~" for letter in key):
            raise forms.ValidationError("This is no key. Copy it again, without spaces.")
        return key

    def values(self) -> dict[str, Any]:
        """What is kept, without the key."""
        return {name: value for name, value in self.cleaned_data.items() if name != "key"}

"""A provider of company data: its key, what it may cost, whether it is asked by itself."""

import re
from typing import Any

from django import forms

from salesagent.accounts.models import Connection

_KEY = re.compile(r"[\x21-\x7e]{8,200}")
_INPUT = {"class": "form-control"}


class ProviderForm(forms.Form):
    """An empty key keeps the stored one; it is never shown again."""

    key = forms.CharField(
        label="API key",
        max_length=200,
        required=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "off", **_INPUT}),
    )
    limit = forms.IntegerField(
        label="Credits a month",
        min_value=0,
        max_value=1_000_000,
        initial=100,
        help_text="Most that may be used. A match counts one; no match counts nothing.",
        widget=forms.NumberInput(attrs={"inputmode": "numeric", **_INPUT}),
    )
    auto = forms.BooleanField(
        label="Ask about each new lead",
        required=False,
        help_text="Off: only when somebody presses “Look up” on a lead’s page.",
        widget=forms.CheckboxInput(attrs={"class": "form-check-input"}),
    )

    def __init__(self, *args: Any, code: str, stored: Connection | None, **kwargs: Any) -> None:
        self.stored = stored
        if stored is not None:
            kwargs.setdefault(
                "initial", {name: stored.settings.get(name) for name in ("limit", "auto")}
            )
        kwargs["auto_id"] = f"{code}-%s"
        super().__init__(*args, **kwargs)
        hint = "Stored encrypted. Empty: stays as it is." if stored else "Stored encrypted."
        self.fields["key"].help_text = hint
        self.mark()

    def mark(self) -> None:
        """Tie hints and errors to their fields; once more after an error was added."""
        for name in self.fields:
            field = self[name]
            about = [f"{field.id_for_label}_help"] if field.help_text else []
            if self.is_bound and field.errors:
                about.append(f"{field.id_for_label}_error")
                self.fields[name].widget.attrs["aria-invalid"] = "true"
            if about:
                self.fields[name].widget.attrs["aria-describedby"] = " ".join(about)

    def clean_key(self) -> str:
        key = str(self.cleaned_data["key"]).strip()
        if key and not _KEY.fullmatch(key):
            raise forms.ValidationError("This is no key. Copy it from your account there.")
        if not key and self.stored is None:
            raise forms.ValidationError("Enter the key of your account there.")
        return key

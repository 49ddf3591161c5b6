"""The account of one mail service; its fields come from the service's description."""

import re
from typing import Any

from django import forms

from outreach.channels.esp_providers import EspProvider
from outreach.forms import StyledForm, style

_KEY = re.compile(r"[\x21-\x7e]{6,400}")
_DOMAIN = re.compile(r"(?=.{1,253}$)[a-z0-9-]{1,63}(\.[a-z0-9-]{1,63})+", re.I)


class EspForm(StyledForm):
    """An empty secret keeps the stored one; it is never shown again. `stored`: names of secrets
    that are kept already."""

    def __init__(self, *args: Any, provider: EspProvider, stored: set[str], **kwargs: Any) -> None:
        self.provider, self.stored = provider, stored
        super().__init__(*args, **kwargs)
        self._build()
        style(self)

    def _build(self) -> None:
        for one in self.provider.fields:
            hint = "Stored. Empty: stays as it is." if one.code in self.stored else one.help
            needed = one.required and one.code not in self.stored
            if one.choices:
                self.fields[one.code] = forms.ChoiceField(
                    label=one.label, choices=list(one.choices.items()), required=False
                )
                continue
            self.fields[one.code] = forms.CharField(
                label=one.label,
                help_text=hint,
                required=needed,
                max_length=400,
                widget=forms.PasswordInput(attrs={"autocomplete": "off"}) if one.secret else None,
                error_messages={"required": f"Enter the {one.label}."},
            )

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        for one in self.provider.fields:
            value = str(data.get(one.code) or "").strip()
            if not value or one.choices:
                continue
            if one.secret and not _KEY.fullmatch(value):
                self.add_error(one.code, "That is no key: copy it again, without spaces.")
            elif one.code == "domain" and not _DOMAIN.fullmatch(value):
                self.add_error(one.code, "Enter a domain such as mg.example.com.")
        return data

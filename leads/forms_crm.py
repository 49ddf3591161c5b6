"""Forms of the CRM pages: how to sign in, and what only the owner can choose."""

import re
from typing import Any

from django import forms

from leads.forms_import import BASES
from leads.services import crm_accounts, crm_eligible
from salesagent.accounts.models import Connection, User

SECRET = forms.PasswordInput(attrs={"autocomplete": "off", "class": "form-control"})
NOBODY = "0"
_KEY = re.compile(r"[\x21-\x7e]{20,512}")


class HubSpotForm(forms.Form):
    """A private app. An empty token keeps the stored one; it is never shown again."""

    token = forms.CharField(label="Access token", max_length=512, required=False, widget=SECRET)
    client_secret = forms.CharField(
        label="Client secret, if changes shall come in at once",
        max_length=512,
        required=False,
        help_text="Of the same app. HubSpot signs with it what it tells us.",
        widget=SECRET,
    )

    def __init__(self, *args: Any, stored: Connection | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.stored = stored
        hint = "HubSpot, Settings, Integrations, Private apps. Stored encrypted."
        if stored is not None:
            hint = "Stored encrypted and never shown again. Empty: stays as it is."
        self.fields["token"].help_text = hint

    def clean_token(self) -> str:
        text = self._key("token")
        if not text and self.stored is None:
            raise forms.ValidationError("Enter the access token of your private app.")
        return text

    def clean_client_secret(self) -> str:
        return self._key("client_secret")

    def _key(self, name: str) -> str:
        text = str(self.cleaned_data.get(name) or "").strip()
        if text and not _KEY.fullmatch(text):
            raise forms.ValidationError("This is not a whole key. Copy it from the app's page.")
        return text

    def secret(self) -> dict[str, str]:
        return {name: self.cleaned_data[name] for name in ("token", "client_secret")}


class ChoicesForm(forms.Form):
    """What must be known before the first sync. Nothing is chosen beforehand."""

    basis = forms.ChoiceField(
        label="Why may you keep and contact the people that come in?",
        choices=BASES,
        error_messages={
            "required": "Choose on what ground you may keep and contact them.",
            "invalid_choice": "Choose on what ground you may keep and contact them.",
        },
    )
    basis_source = forms.CharField(
        label="Where do they come from?",
        max_length=200,
        error_messages={"required": "Say where these people come from."},
    )
    owner = forms.ChoiceField(
        label="New leads go to",
        error_messages={
            "required": "Choose who gets the leads that come in.",
            "invalid_choice": "Choose somebody who works here.",
        },
    )
    push = forms.ChoiceField(
        label="Which leads go out?",
        choices=list(crm_eligible.CHOICES.items()),
        error_messages={"required": "Choose which leads go out."},
    )
    schedule = forms.ChoiceField(
        label="When?",
        choices=list(crm_accounts.SCHEDULES.items()),
        error_messages={"required": "Choose when."},
    )

    def __init__(self, *args: Any, stored: Connection, **kwargs: Any) -> None:
        found = stored.settings
        start = {name: found[name] for name in ("basis", "basis_source", "push") if name in found}
        if "owner" in found:
            start["owner"] = str(found["owner"] or NOBODY)
        start["schedule"] = found.get("schedule") or "off"
        kwargs.setdefault("initial", start)
        super().__init__(*args, **kwargs)
        owner = self.fields["owner"]
        assert isinstance(owner, forms.ChoiceField)  # noqa: S101
        people = User.objects.filter(is_active=True).order_by("name")
        owner.choices = [
            (NOBODY, "The assignment rules say, or a manager hands them out"),
            *((str(user.pk), user.name or user.email) for user in people),
        ]

    def options(self) -> dict[str, Any]:
        """For crm_accounts.set_options."""
        data = dict(self.cleaned_data)
        data["owner"] = int(data["owner"])
        return data

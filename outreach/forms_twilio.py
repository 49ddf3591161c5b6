"""The Twilio connection and the fields of WhatsApp templates."""

import re
from typing import Any

from django import forms

from leads.intake.clean import phone_number
from outreach.forms import StyledForm
from outreach.models import Template
from outreach.services import merge, text_templates
from salesagent.accounts.models import Connection
from salesagent.ai import frames

_ACCOUNT = re.compile(r"AC[0-9a-fA-F]{32}")
_SERVICE = re.compile(r"MG[0-9a-fA-F]{32}")
_TOKEN = re.compile(r"[\x21-\x7e]{16,128}")
SENDERS = ("sms_from", "sms_service", "whatsapp_from", "whatsapp_service", "voice_from")
SECRET = forms.PasswordInput(attrs={"autocomplete": "off"})


class TwilioForm(StyledForm):
    """An empty token keeps the stored one of the same account; it is never shown again."""

    account = forms.CharField(
        label="Account SID", max_length=40, help_text="Starts with AC. Twilio console, Account."
    )
    auth_token = forms.CharField(label="Auth token", max_length=128, required=False, widget=SECRET)
    auth_token_2 = forms.CharField(
        label="Second auth token",
        max_length=128,
        required=False,
        widget=SECRET,
        help_text="Only while you replace the first one: both count then.",
    )
    sms_from = forms.CharField(label="SMS number", max_length=20, required=False)
    sms_service = forms.CharField(
        label="Or messaging service",
        max_length=40,
        required=False,
        help_text="Starts with MG; it chooses among its numbers.",
    )
    whatsapp_from = forms.CharField(label="WhatsApp number", max_length=20, required=False)
    whatsapp_service = forms.CharField(
        label="Or messaging service", max_length=40, required=False, help_text="Starts with MG."
    )
    voice_from = forms.CharField(
        label="Number for calls",
        max_length=20,
        required=False,
        help_text="What a lead sees when you call through Twilio. Empty: the SMS number.",
    )
    drop_second = forms.BooleanField(label="Forget the second auth token", required=False)

    def __init__(self, *args: Any, stored: Connection | None = None, **kwargs: Any) -> None:
        self.stored = stored
        if stored is not None:
            start = {name: stored.settings.get(name, "") for name in SENDERS}
            kwargs.setdefault("initial", {"account": stored.account, **start})
        super().__init__(*args, **kwargs)
        hint = "Stored encrypted and never shown again."
        if stored is not None:
            hint = "Stored encrypted. Empty: stays as it is, for the same account."
        self.fields["auth_token"].help_text = hint

    def clean_account(self) -> str:
        account = str(self.cleaned_data["account"]).strip()
        if not _ACCOUNT.fullmatch(account):
            raise forms.ValidationError("An account SID is AC and 32 letters and digits.")
        return account

    def clean_auth_token(self) -> str:
        return self._token("auth_token")

    def clean_auth_token_2(self) -> str:
        return self._token("auth_token_2")

    def _token(self, name: str) -> str:
        token = str(self.cleaned_data.get(name) or "").strip()
        if token and not _TOKEN.fullmatch(token):
            raise forms.ValidationError("This is no auth token. Copy it from the Twilio console.")
        return token

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        for name in ("sms_from", "whatsapp_from", "voice_from"):
            self._clean_number(name, data)
        for name in ("sms_service", "whatsapp_service"):
            data[name] = str(data.get(name) or "").strip()
            if data[name] and not _SERVICE.fullmatch(data[name]):
                self.add_error(name, "A messaging service is MG and 32 letters and digits.")
        same = self.stored is not None and self.stored.account == data.get("account")
        if not data.get("auth_token") and not same and "auth_token" not in self.errors:
            self.add_error("auth_token", "Enter the auth token of this account.")
        return data

    def _clean_number(self, name: str, data: dict[str, Any]) -> None:
        text = str(data.get(name) or "").strip().removeprefix("whatsapp:")
        data[name] = phone_number(text) if text else ""
        if text and not re.fullmatch(r"\+[1-9]\d{4,14}", data[name]):
            self.add_error(name, "Enter the number with its country code, such as +4930123456.")

    def senders(self) -> dict[str, str]:
        return {name: self.cleaned_data[name] for name in SENDERS}


class FieldsForm(StyledForm):
    """Which merge field goes into each place of a WhatsApp template."""

    def __init__(self, *args: Any, template: Template, **kwargs: Any) -> None:
        kwargs.setdefault("prefix", f"t{template.pk}")
        super().__init__(*args, **kwargs)
        choices = [(field.code, field.label) for field in merge.FIELDS.values()]
        now = [match[1] for match in frames.FIELD.finditer(template.body)]
        self.count = len(text_templates.slots(template.body))
        for number in range(1, self.count + 1):
            field = forms.ChoiceField(label=f"{{{{{number}}}}}", choices=choices)
            field.initial = now[number - 1]
            self.fields[str(number)] = field
        self.full_clean() if self.is_bound else None

    def chosen(self) -> list[str]:
        return [self.cleaned_data[str(number)] for number in range(1, self.count + 1)]

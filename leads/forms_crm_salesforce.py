"""What Salesforce needs to be connected, and what only the owner can say about that organisation.

`SalesforceForm.settings()` and `.secret()` are what accounts.connections.save takes; the account's
id is not asked for: the first call tells it.
"""

import re
from typing import Any
from urllib.parse import urlsplit

from django import forms

from leads.models import Deal
from salesagent.accounts.models import Connection

LOOK = {"class": "form-control"}
SECRET = forms.PasswordInput(attrs={"autocomplete": "off", **LOOK})
_HOST = re.compile(
    r"[a-z0-9][a-z0-9-]{0,62}(\.(sandbox|develop|trailblaze|scratch|demo|patch|free|builder|stmfa))?"
    r"\.my\.(salesforce\.com|salesforce\.mil|sfcrmproducts\.cn)"
)
# where people stand when they copy the address, and the organisation's own
_SHOWN = (
    (".lightning.force.com", ".my.salesforce.com"),
    (".my.salesforce-setup.com", ".my.salesforce.com"),
    (".lightning.crmforce.mil", ".my.salesforce.mil"),
)
_KEY = re.compile(r"[\x21-\x7e]{8,512}")
_CURRENCY = re.compile(r"[A-Z]{3}")
OPTIONS = ("currency", "no_last_name", "close_days")


class SalesforceForm(forms.Form):
    """An empty secret keeps the stored one of the same organisation; it is never shown again."""

    address = forms.CharField(
        label="My Domain address",
        max_length=200,
        help_text="Such as acme.my.salesforce.com. Setup, My Domain, Current My Domain URL.",
        widget=forms.TextInput(attrs={"autocomplete": "off", "inputmode": "url", **LOOK}),
    )
    client_id = forms.CharField(
        label="Consumer key",
        max_length=512,
        help_text="Setup, External Client App Manager, your app, Settings, OAuth settings.",
        widget=forms.TextInput(attrs={"autocomplete": "off", **LOOK}),
    )
    client_secret = forms.CharField(
        label="Consumer secret", max_length=512, required=False, widget=SECRET
    )

    def __init__(self, *args: Any, stored: Connection | None = None, **kwargs: Any) -> None:
        self.stored = stored
        if stored is not None:
            found = stored.settings
            start = {"address": found.get("base_url", ""), "client_id": found.get("client_id", "")}
            kwargs.setdefault("initial", start)
        super().__init__(*args, **kwargs)
        hint = "Stored encrypted and never shown again."
        if stored is not None:
            hint = "Stored encrypted. Empty: stays as it is, for the same address and key."
        self.fields["client_secret"].help_text = hint

    def clean_address(self) -> str:
        """The organisation's own https address, whichever of its pages was copied."""
        host = my_domain(str(self.cleaned_data["address"]))
        if not host:
            raise forms.ValidationError(
                "Enter the My Domain address, such as acme.my.salesforce.com. "
                "login.salesforce.com is the same for everybody and does not do."
            )
        return f"https://{host}"

    def clean_client_id(self) -> str:
        return self._key("client_id", "consumer key")

    def clean_client_secret(self) -> str:
        return self._key("client_secret", "consumer secret")

    def _key(self, name: str, called: str) -> str:
        text = str(self.cleaned_data.get(name) or "").strip()
        if text and not _KEY.fullmatch(text):
            raise forms.ValidationError(f"This is no {called}. Copy it from the app's settings.")
        return text

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        if not data.get("client_secret") and not self._same(data) and not self.errors:
            self.add_error("client_secret", "Enter the consumer secret of this app.")
        return data

    def _same(self, data: dict[str, Any]) -> bool:
        if self.stored is None or not self.stored.secret:
            return False
        found = self.stored.settings
        kept = (found.get("base_url"), found.get("client_id"))
        return kept == (data.get("address"), data.get("client_id"))

    def secret(self) -> dict[str, str]:
        """Without the secret when it stays: the caller lays it over the stored one."""
        data = self.cleaned_data
        new = {"client_id": data["client_id"], "client_secret": data["client_secret"]}
        return {name: value for name, value in new.items() if value}

    def settings(self) -> dict[str, Any]:
        """What is not secret, to be laid over what the connection has."""
        data = self.cleaned_data
        return {"base_url": data["address"], "client_id": data["client_id"]}


class SalesforceOptionsForm(forms.Form):
    """How values stand there that we cannot know; all may stay empty."""

    currency = forms.CharField(
        label="Currency",
        max_length=3,
        required=False,
        help_text="Of all deals there, such as EUR. Empty when you use several.",
    )
    no_last_name = forms.CharField(
        label="Last name of people without one",
        max_length=40,
        required=False,
        help_text="Salesforce wants a last name. Empty: such people are not written.",
    )
    close_days = forms.IntegerField(
        label="Days until a deal closes",
        min_value=0,
        max_value=3650,
        required=False,
        help_text="For deals without an expected close. Empty: they are not written.",
    )

    def __init__(self, *args: Any, stored: Connection | None = None, **kwargs: Any) -> None:
        kept = (stored.settings.get("extra") if stored else None) or {}
        kwargs.setdefault("initial", {name.replace(".", "_"): kept[name] for name in kept})
        super().__init__(*args, **kwargs)
        for code, label in Deal.Stage.choices:
            self.fields[f"deal_stage_{code}"] = forms.CharField(
                label=f"Deal stage for “{label}”",
                max_length=120,
                required=False,
                help_text="Its name in Salesforce. Empty: chosen by its probability.",
            )
        for one in self.fields.values():
            one.widget.attrs.update(LOOK)

    def clean_currency(self) -> str:
        text = str(self.cleaned_data.get("currency") or "").strip().upper()
        if text and not _CURRENCY.fullmatch(text):
            raise forms.ValidationError("A currency is three letters, such as EUR.")
        return text

    def extra(self) -> dict[str, str]:
        """For Connection.settings["extra"]; empty ones are left out."""
        data = self.cleaned_data
        found = {name: data.get(name) for name in OPTIONS}
        found |= {
            f"deal_stage.{code}": data.get(f"deal_stage_{code}") for code in Deal.Stage.values
        }
        return {name: str(value) for name, value in found.items() if value not in (None, "")}


def my_domain(text: str) -> str:
    """The organisation's host behind an address that a person copied; "" when it is none."""
    text = text.strip().lower()
    try:
        parts = urlsplit(text if "//" in text else f"https://{text}")
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return ""
    if parts.scheme != "https" or port not in (None, 443) or parts.username is not None:
        return ""
    for shown, own in _SHOWN:
        if host.endswith(shown):
            host = host.removesuffix(shown) + own
    return host if _HOST.fullmatch(host) else ""

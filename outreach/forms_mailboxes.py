"""The mailbox form: names of servers are checked before anything connects to them."""

import ipaddress
import re
from typing import Any

from crispy_forms.helper import FormHelper
from crispy_forms.layout import Column, Field, Fieldset, Layout, Row
from django import forms
from django.conf import settings

from outreach.channels.hosts import is_this_machine
from outreach.mail.providers import PROVIDERS, Provider
from outreach.models import Mailbox
from salesagent.lib.text import one_line

_HOST = re.compile(
    r"(?=.{1,200}$)[a-z0-9](?:[a-z0-9-]{0,62}\.)*[a-z0-9-]{0,62}[a-z0-9]$|^[a-z0-9]$"
)
_SERVERS = ("smtp", "imap")
_PACE = ("daily_cap", "min_gap", "ramp_first", "ramp_step")


class MailboxForm(forms.ModelForm):  # type: ignore[type-arg]
    """An empty password keeps the stored one for the same servers; it is never shown again."""

    password = forms.CharField(
        required=False,
        strip=False,
        max_length=500,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )

    class Meta:
        model = Mailbox
        fields = (
            "address", "from_name", "username",
            "smtp_host", "smtp_port", "smtp_security",
            "imap_host", "imap_port", "imap_security",
            "sent_folder", "inbox_folder", "daily_cap", "min_gap",
            "ramp_first", "ramp_step",
        )  # fmt: skip
        labels = {
            "address": "Mail address",
            "from_name": "Name that people see",
            "username": "User name",
            "smtp_host": "Server for sending (SMTP)",
            "smtp_port": "Port",
            "smtp_security": "Encryption",
            "imap_host": "Server for reading (IMAP)",
            "imap_port": "Port",
            "imap_security": "Encryption",
            "sent_folder": "Sent folder",
            "inbox_folder": "Folder to read",
            "daily_cap": "Messages a day",
            "min_gap": "Seconds between two messages",
            "ramp_first": "Slow start: messages on the first day",
            "ramp_step": "More on each working day",
        }
        help_texts = {
            "username": "Empty: the mail address",
            "sent_folder": "Copies go there. Empty: the provider keeps them itself.",
            "daily_cap": "Empty: as for everybody",
            "min_gap": "Empty: as for everybody",
            "ramp_first": "For a new or long silent address, such as 10. Empty: no slow start.",
            "ramp_step": "Until the messages a day are reached",
        }

    def __init__(
        self,
        *args: Any,
        provider: Provider | None = None,
        folders: list[str] | None = None,
        by_service: bool = False,
        **kw: Any,
    ) -> None:
        if provider is not None:
            kw["initial"] = {**_preset(provider), **kw.get("initial", {})}
        super().__init__(*args, **kw)
        self.stored = bool(self.instance.pk)
        # others have no servers to name: a folder here, or an account that was signed in to
        esp = self.instance.transport == Mailbox.Transport.ESP
        self.by_service = by_service or (self.stored and esp)  # sends elsewhere, reads by IMAP
        served = self.by_service or self.instance.transport == Mailbox.Transport.SMTP
        self.bare = self.stored and not served
        self.kinds = ("imap",) if self.by_service else _SERVERS
        self.is_account = self.bare and self.instance.transport != Mailbox.Transport.FILE
        self.fields["inbox_folder"].required = False
        self.fields["daily_cap"].widget.attrs["min"] = 0
        self.fields["ramp_step"].required = False
        for name, hint in {"address": "email", "username": "username", "from_name": "name"}.items():
            self.fields[name].widget.attrs["autocomplete"] = hint
        if self.stored:
            hint = "Stored encrypted. Empty: stays as it is, for the same servers."
            self.fields["password"].help_text = hint
        else:
            self.fields["password"].help_text = "Stored encrypted and never shown again."
        if folders:
            self._offer(folders)
        self._only_what_fits()
        self.helper = FormHelper()
        self.helper.form_tag = False
        self.helper.disable_csrf = True
        self.helper.layout = self._layout()

    def _offer(self, folders: list[str]) -> None:
        current = self.instance.sent_folder
        names = [current, *folders] if current and current not in folders else folders
        self.fields["sent_folder"].widget = forms.Select(
            choices=[("", "No copy"), *((name, name) for name in names)],
            attrs={"class": "form-select"},
        )

    def _only_what_fits(self) -> None:
        """No servers where there are none, and the address of an account is the account's."""
        if self.by_service:
            for name in ("smtp_host", "smtp_port", "smtp_security"):
                del self.fields[name]
        if not self.bare:
            return
        kept = ("from_name", *_PACE) if self.is_account else ("address", "from_name", *_PACE)
        for name in list(self.fields):
            if name not in kept:
                del self.fields[name]

    def _layout(self) -> Layout:
        pace = Fieldset(
            "Pace",
            Row(Column("daily_cap"), Column("min_gap")),
            Row(Column("ramp_first"), Column("ramp_step")),
        )
        names = ("from_name",) if self.is_account else ("address", "from_name")
        sender = [Row(*(Column(name) for name in names))]
        if self.bare:
            return Layout(Fieldset("Sender", *sender), pace)
        sign_in = Fieldset("Sign in", Row(Column("username"), Column("password")))
        servers = Fieldset(
            "Servers",
            *(
                Row(
                    Column(Field(f"{kind}_host"), css_class="col-md-6"),
                    Column(f"{kind}_port", css_class="col-4 col-md-2"),
                    Column(f"{kind}_security", css_class="col-8 col-md-4"),
                )
                for kind in self.kinds
            ),
        )
        folders = Fieldset("Folders", Row(Column("sent_folder"), Column("inbox_folder")))
        return Layout(Fieldset("Sender", *sender), sign_in, servers, folders, pace)

    def clean_address(self) -> str:
        address = str(self.cleaned_data["address"]).strip().lower()
        others = Mailbox.objects.filter(address__iexact=address).exclude(pk=self.instance.pk)
        if others.exists():
            raise forms.ValidationError("This address is connected already.")
        return address

    def clean_from_name(self) -> str:
        return one_line(self.cleaned_data["from_name"], 100)

    def clean_sent_folder(self) -> str:
        return one_line(self.cleaned_data["sent_folder"], 100)

    def clean_inbox_folder(self) -> str:
        return one_line(self.cleaned_data.get("inbox_folder") or "", 100) or "INBOX"

    def clean_ramp_step(self) -> int:
        step = self.cleaned_data.get("ramp_step")
        return 2 if step is None else int(step)

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        if self.bare:
            return data
        for kind in self.kinds:
            self._check_server(kind, data)
        data["username"] = one_line(data.get("username") or "", 200) or data.get("address", "")
        if not data.get("password"):
            self._ask_for_password(data)
        return data

    def _ask_for_password(self, data: dict[str, Any]) -> None:
        """The stored password goes only to the servers it was entered for: whoever may edit the
        mailbox could otherwise have it sent to a server of their own."""
        if not self.stored:
            self.add_error("password", "Enter the password or the app password.")
        elif any(data.get(f"{kind}_host") != self.initial[f"{kind}_host"] for kind in self.kinds):
            self.add_error("password", "Enter the password again: it goes to another server now.")

    def _check_server(self, kind: str, data: dict[str, Any]) -> None:
        host = data[f"{kind}_host"] = str(data.get(f"{kind}_host") or "").strip().lower()
        security = data.get(f"{kind}_security")
        if not host:
            word = "sending" if kind == "smtp" else "reading; without it no answer is seen"
            self.add_error(f"{kind}_host", f"Enter the server for {word}.")
        elif not _is_host(host):
            self.add_error(f"{kind}_host", "Enter a server name such as mail.example.com.")
        elif _is_private(host) and not settings.ALLOW_PRIVATE_MAIL_HOSTS:
            self.add_error(f"{kind}_host", "Servers of a private network are not allowed here.")
        elif security == Mailbox.Security.NONE and not is_this_machine(host):
            self.add_error(f"{kind}_security", "Choose TLS or STARTTLS for a server elsewhere.")
        port = data.get(f"{kind}_port")
        if port is not None and not 1 <= port <= 65535:
            self.add_error(f"{kind}_port", "A port is a number from 1 to 65535.")

    def values(self) -> dict[str, Any]:
        """What the service takes."""
        return dict(self.cleaned_data)


def _preset(provider: Provider) -> dict[str, object]:
    found: dict[str, object] = {"sent_folder": provider.sent_folder}
    for kind, (host, port, security) in zip(_SERVERS, (provider.smtp, provider.imap), strict=True):
        found |= {f"{kind}_host": host, f"{kind}_port": port, f"{kind}_security": security}
    return found


def provider_named(code: str) -> Provider:
    return PROVIDERS.get(code, PROVIDERS["other"])


def _is_host(host: str) -> bool:
    return _ip(host) is not None or bool(_HOST.match(host))


def _is_private(host: str) -> bool:
    address = _ip(host)
    return is_this_machine(host) if address is None else not address.is_global


def _ip(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(host.strip("[]"))
    except ValueError:
        return None


class PauseForm(forms.Form):
    reason = forms.CharField(
        required=False, max_length=200, label="Why", help_text="Shown to everybody who waits for it"
    )


class SelectorForm(forms.ModelForm):  # type: ignore[type-arg]
    """Where the DKIM key stands, for providers that we do not know."""

    dkim_selector = forms.RegexField(
        r"^[A-Za-z0-9]([A-Za-z0-9._-]{0,61}[A-Za-z0-9])?$",
        required=False,
        label="DKIM selector",
        help_text="Empty: the usual ones are tried. It stands after s= in the signature of a mail.",
        error_messages={"invalid": "Letters, digits, dots and dashes, such as selector1."},
    )

    class Meta:
        model = Mailbox
        fields = ("dkim_selector",)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.helper = FormHelper()
        self.helper.form_tag = False
        self.helper.disable_csrf = True

"""A new key to the API: for whom, what it may do, how long."""

from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.utils import timezone

from salesagent.accounts.models import User
from salesagent.api.models import ApiToken
from salesagent.api.scopes import PERSONAL, SCOPES
from salesagent.api.tokens import TokenError, active, make

MACHINE, PERSON = "machine", "person"
KINDS = {
    MACHINE: ("A program", "It reads and prepares. It can never approve a draft."),
    PERSON: ("Myself", "For your own tools. It may approve drafts in your name, if you tick it."),
}
DAYS = {"30": "30 days", "90": "90 days", "365": "One year", "0": "No end, for programs"}
USUAL = ["leads:read", "sequences:read", "drafts:read", "intelligence:read"]


class TokenForm(forms.Form):
    name = forms.CharField(
        label="Name",
        max_length=80,
        help_text="What uses it, such as the website or a spreadsheet",
        error_messages={"required": "Give it a name."},
    )
    kind = forms.ChoiceField(
        label="Who uses it",
        choices=[(code, words[0]) for code, words in KINDS.items()],
        widget=forms.RadioSelect,
        initial=MACHINE,
        error_messages={"required": "Choose who uses it."},
    )
    days = forms.ChoiceField(label="It ends after", choices=list(DAYS.items()), initial="90")
    scopes = forms.MultipleChoiceField(
        label="What it may do",
        choices=list(SCOPES.items()),
        widget=forms.CheckboxSelectMultiple,
        initial=USUAL,
        error_messages={"required": "Choose at least one thing that it may do."},
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["name"].widget.attrs["class"] = "form-control"
        self.fields["days"].widget.attrs["class"] = "form-select"

    def kinds(self) -> list[tuple[str, str, str, bool]]:
        chosen = self["kind"].value()
        return [(code, *words, code == chosen) for code, words in KINDS.items()]

    def boxes(self) -> list[tuple[str, str, bool, bool]]:
        """(code, words, ticked, only for oneself)."""
        ticked = set(self["scopes"].value() or [])
        return [(code, text, code in ticked, code in PERSONAL) for code, text in SCOPES.items()]

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        if data.get("kind") == PERSON and data.get("days") == "0":
            self.add_error("days", "A token of your own ends after a year at most.")
        return data

    def save(self, user: User) -> tuple[ApiToken, str] | None:
        """The token and its words; None with an error at its field."""
        data = self.cleaned_data
        if user.api_tokens.filter(active(timezone.now()), name=data["name"]).exists():
            self.add_error("name", "One of your tokens has this name. Choose another.")
            return None
        try:
            return make(
                user,
                name=data["name"],
                scopes=data["scopes"],
                machine=data["kind"] == MACHINE,
                expires_at=_until(int(data["days"])),
            )
        except TokenError as error:
            self.add_error(error.field or None, str(error))
            return None


def _until(days: int) -> datetime | None:
    return timezone.now() + timedelta(days=days) if days else None

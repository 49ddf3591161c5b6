"""Placing a received message by hand."""

from typing import Any

from django import forms

from outreach.models import InboundMessage
from outreach.services.inbound import IGNORE_REASONS
from outreach.services.replies import LABELS


class IgnoreForm(forms.Form):
    reason = forms.ChoiceField(
        label="Why", choices=[("", "Choose a reason"), *IGNORE_REASONS.items()],
        error_messages={"required": "Choose a reason.", "invalid_choice": "Choose a reason."},
    )  # fmt: skip


class NewLeadForm(forms.Form):
    """Only what is known from a mail; the rest is filled in on the lead's page."""

    first_name = forms.CharField(max_length=100, required=False)
    last_name = forms.CharField(max_length=100, required=False)
    email = forms.EmailField(max_length=254, label="Mail address")
    company = forms.CharField(max_length=200, required=False)

    @classmethod
    def for_message(cls, inbound: InboundMessage, data: Any = None) -> "NewLeadForm":
        first, _, last = inbound.from_name.partition(" ")
        start = {"first_name": first, "last_name": last, "email": inbound.from_address}
        return cls(data, initial=start, prefix="new")


class ClassForm(forms.Form):
    label = forms.ChoiceField(
        label="It means", choices=list(LABELS.items()), widget=forms.RadioSelect,
        error_messages={"required": "Choose what the answer means."},
    )  # fmt: skip

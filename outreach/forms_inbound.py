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
    """Only what is known from the message; the rest is filled in on the lead's page. A text asks
    for the number it came from, a mail for the address."""

    first_name = forms.CharField(max_length=100, required=False)
    last_name = forms.CharField(max_length=100, required=False)
    email = forms.EmailField(max_length=254, label="Mail address")
    phone = forms.CharField(max_length=40, label="Phone number")
    company = forms.CharField(max_length=200, required=False)

    @classmethod
    def for_message(cls, inbound: InboundMessage, data: Any = None) -> "NewLeadForm":
        first, _, last = inbound.from_name.partition(" ")
        start = {"first_name": first, "last_name": last}
        text = inbound.mailbox_id is None
        start["phone" if text else "email"] = inbound.from_address
        form = cls(data, initial=start, prefix="new")
        form.fields["email"].required = not text
        if not text:
            del form.fields["phone"]
        return form


class ClassForm(forms.Form):
    label = forms.ChoiceField(
        label="It means", choices=list(LABELS.items()), widget=forms.RadioSelect,
        error_messages={"required": "Choose what the answer means."},
    )  # fmt: skip

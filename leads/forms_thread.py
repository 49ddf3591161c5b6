"""Forms of the lead page that leads itself answers."""

import uuid
from typing import Any

from django import forms
from django.db.models import Q, QuerySet

from leads.models import Deal, Lead
from leads.services.lifecycle import MAX_TAGS, clean_tag
from leads.services.notes import NOTE_LIMIT
from salesagent.accounts.models import User
from salesagent.lib.text import one_line

CURRENCIES = ("EUR", "USD", "GBP", "DKK", "SEK", "NOK", "PLN", "CZK", "CHF")


class NoteForm(forms.Form):
    """A note; `token` makes a double click one note."""

    prefix = "note"
    text = forms.CharField(
        label="Note",
        max_length=NOTE_LIMIT,
        error_messages={"required": "Write something first."},
        widget=forms.Textarea,
    )
    token = forms.UUIDField(initial=uuid.uuid4, widget=forms.HiddenInput)


class PainForm(forms.Form):
    text = forms.CharField(label="Pain", max_length=200)
    source = forms.CharField(label="Where from", max_length=200, required=False)


class DealForm(forms.Form):
    title = forms.CharField(
        label="What it is about", max_length=120, error_messages={"required": "Give it a name."}
    )
    value = forms.DecimalField(
        label="Value", min_value=0, max_digits=12, decimal_places=2, required=False
    )
    currency = forms.ChoiceField(label="Currency", choices=[(c, c) for c in CURRENCIES])
    expected_close = forms.DateField(
        label="Expected",
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )

    def clean_value(self) -> Any:
        return self.cleaned_data["value"] or 0


class DealEditForm(DealForm):
    """The same of a deal that is there; a currency that came from elsewhere stays one to choose."""

    def __init__(self, *args: Any, deal: Deal, **kwargs: Any) -> None:
        names = ("title", "value", "currency", "expected_close")
        kwargs["initial"] = {name: getattr(deal, name) for name in names}
        super().__init__(*args, **kwargs)
        codes = dict.fromkeys((deal.currency, *CURRENCIES))
        field = self.fields["currency"]
        if isinstance(field, forms.ChoiceField):
            field.choices = [(code, code) for code in codes]


class DealStageForm(forms.Form):
    """Where a deal on the board goes."""

    stage = forms.ChoiceField(label="Move to", choices=Deal.Stage.choices)


class DealCloseForm(forms.Form):
    ENDS = (("won", "Won"), ("lost", "Lost"))

    how = forms.ChoiceField(choices=ENDS)
    reason = forms.CharField(
        max_length=200, error_messages={"required": "Say in a few words why it was won or lost."}
    )


class ChangeForm(forms.Form):
    """Owner, stage, tags and follow-up of one lead. `people`: who may own it."""

    owner = forms.ModelChoiceField(
        User.objects.none(), label="Owner", required=False, empty_label="Nobody"
    )
    stage = forms.ChoiceField(label="Stage", choices=Lead.Stage.choices)
    tags = forms.CharField(
        label="Tags", required=False, max_length=900, help_text="Separate them by commas."
    )
    follow_up_at = forms.DateField(
        label="Follow up on",
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        help_text="A reminder for you, nothing is sent.",
    )

    def __init__(self, *args: Any, lead: Lead, people: QuerySet[User], **kwargs: Any) -> None:
        kwargs["initial"] = {
            "owner": lead.owner_id,
            "stage": lead.stage,
            "tags": ", ".join(map(str, lead.tags)),
            "follow_up_at": lead.follow_up_at,
        }
        super().__init__(*args, **kwargs)
        ids = people.values("pk")
        field = self.fields["owner"]
        if isinstance(field, forms.ModelChoiceField):
            field.queryset = User.objects.filter(Q(pk__in=ids) | Q(pk=lead.owner_id))

    def clean_tags(self) -> list[str]:
        given = [clean_tag(one_line(tag, 80)) for tag in self.cleaned_data["tags"].split(",")]
        tags = list(dict.fromkeys(tag for tag in given if tag))
        if len(tags) > MAX_TAGS:
            raise forms.ValidationError(f"At most {MAX_TAGS} tags.")
        return tags

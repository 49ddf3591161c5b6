"""Which labels to print, on which paper, from which place on."""

from typing import Any

from django import forms

from outreach.services.labels import LAYOUTS, MOST_LABELS


class LabelsForm(forms.Form):
    """`task`: ids, as many as are ticked."""

    layout = forms.ChoiceField(
        label="Paper", choices=[(code, one.label) for code, one in LAYOUTS.items()]
    )
    start = forms.IntegerField(
        label="First free label",
        min_value=1,
        max_value=max(one.places for one in LAYOUTS.values()),
        initial=1,
        required=False,
        help_text="1 is top left, 24 bottom right. For a sheet that is used already.",
    )
    task = forms.TypedMultipleChoiceField(
        coerce=int, error_messages={"required": "Tick at least one letter."}
    )

    def __init__(self, *args: Any, tasks: list[int], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["task"]
        if isinstance(field, forms.TypedMultipleChoiceField):
            field.choices = [(pk, pk) for pk in tasks[:MOST_LABELS]]

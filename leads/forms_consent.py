"""A person's yes to one channel, as somebody here heard or read it."""

from typing import Any

from django import forms

from salesagent.lib.text import clean, one_line


class ConsentForm(forms.Form):
    """`channels`: code -> label of those that need a yes."""

    channel = forms.ChoiceField(
        label="Channel", error_messages={"invalid_choice": "Choose a channel."}
    )
    source = forms.CharField(
        label="How they said yes",
        max_length=200,
        help_text="Such as: on the phone on 4 May, the order form of 12 March.",
        error_messages={"required": "Say how they agreed. It is the proof."},
    )
    wording = forms.CharField(
        label="What they agreed to",
        max_length=1000,
        required=False,
        help_text="Their words or those of the form, if you have them.",
        widget=forms.Textarea(attrs={"rows": 3}),
    )

    def __init__(self, *args: Any, channels: dict[str, str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["channel"]
        if isinstance(field, forms.ChoiceField):
            field.choices = list(channels.items())

    def clean_source(self) -> str:
        return one_line(self.cleaned_data["source"], 200)

    def clean_wording(self) -> str:
        return clean(self.cleaned_data["wording"]).strip()

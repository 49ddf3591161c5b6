"""When backups are made and how many are kept."""

from django import forms

CHOICES = [(3, "The last 3"), (7, "The last 7"), (14, "The last 14"), (30, "The last 30")]


class OptionsForm(forms.Form):
    nightly = forms.BooleanField(
        label="Back up every night",
        required=False,
        help_text="Between 1 and 5 in the morning, or when the server is awake next.",
    )
    keep = forms.TypedChoiceField(
        label="Keep",
        choices=CHOICES,
        coerce=int,
        help_text="On this server and in Google Drive, each. Older ones are removed.",
    )

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        self.fields["keep"].widget.attrs["class"] = "form-select"
        self.fields["nightly"].widget.attrs["class"] = "form-check-input"

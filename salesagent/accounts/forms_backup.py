"""When backups are made and how many are kept."""

from typing import Any

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

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        keep = int(self.initial.get("keep") or 0)
        if keep and keep not in dict(CHOICES):  # from BACKUPS_KEPT
            self.fields["keep"].choices = sorted([*CHOICES, (keep, f"The last {keep}")])  # type: ignore[attr-defined]
        self.fields["keep"].widget.attrs["class"] = "form-select"
        self.fields["nightly"].widget.attrs["class"] = "form-check-input"

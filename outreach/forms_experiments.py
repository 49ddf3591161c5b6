"""The form that starts a test of a touch's texts."""

from collections.abc import Sequence
from typing import Any

from django import forms

from outreach.services.experiments import LEAST_GAINS


class StartForm(forms.Form):
    """`gaps`: those that this list can show; what is posted is checked again when it starts."""

    least_gain = forms.ChoiceField(label="Smallest gap worth finding")

    def __init__(self, *args: Any, gaps: Sequence[float] = LEAST_GAINS, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choice = self.fields["least_gain"]
        assert isinstance(choice, forms.ChoiceField)  # noqa: S101  for the type checker
        choice.choices = [(str(gap), f"{round(100 * gap)} points") for gap in gaps]
        choice.widget.attrs["class"] = "form-select form-select-sm"

    @property
    def gain(self) -> float:
        return float(self.cleaned_data["least_gain"])

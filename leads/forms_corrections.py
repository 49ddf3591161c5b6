"""Forms of "Not right?" and of the two logs."""

from django import forms

from leads.models import Correction, Decision
from leads.services.decisions import RULES, label_of

STEP_WRONG = {
    "not_now": "Not now",
    "wrong_reason": "The reason is wrong",
    "other": "Another step comes first",
}


class WrongForm(forms.Form):
    """One click; the note is not asked for."""

    subject = forms.CharField(max_length=200)
    note = forms.CharField(max_length=300, required=False)


class StepWrongForm(WrongForm):
    after = forms.CharField(max_length=40)


class DecisionFilter(forms.Form):
    rule = forms.ChoiceField(required=False, label="Rule")
    state = forms.ChoiceField(
        required=False, label="State", choices=[("", "Every state"), *Decision.State.choices]
    )

    def __init__(self, data: object, rules: list[str]) -> None:
        super().__init__(data)  # type: ignore[arg-type]
        known = sorted({*rules, *RULES}, key=label_of)
        named = [(code, label_of(code)) for code in known if code in rules]
        self.fields["rule"].choices = [("", "Every rule"), *named]  # type: ignore[attr-defined]
        for field in self.fields.values():
            field.widget.attrs["class"] = "form-select form-select-sm"


KINDS = dict(Correction.Kind.choices)

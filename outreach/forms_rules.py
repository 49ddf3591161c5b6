"""The numbers of one rule."""

from typing import Any

from django import forms

from outreach.forms import StyledForm
from outreach.services.cadence_rules import BANDS, Param, Setting


class RuleForm(StyledForm):
    """One field for each number of the rule; the bounds are the rule's."""

    def __init__(self, setting: Setting, data: Any = None) -> None:
        self.setting = setting
        prefix = setting.rule.code
        super().__init__(data, prefix=prefix, initial=dict(setting.params))
        for param in setting.rule.params:
            self.fields[param.code] = _field(param)
        if data is None:
            self._style()

    def _style(self) -> None:
        for name in self.fields:
            self.fields[name].widget.attrs.setdefault("class", "form-control form-control-sm")

    def full_clean(self) -> None:
        self._style()
        super().full_clean()

    def clean(self) -> dict[str, Any]:
        found = dict(self.cleaned_data)
        for band in BANDS:
            low, high = found.get(f"{band}_low"), found.get(f"{band}_high")
            if low is not None and high is not None and low > high:
                self.add_error(f"{band}_high", "The first number must not be above the second.")
        return found


def _field(param: Param) -> forms.IntegerField:
    bounds = f"From {param.low} to {param.high}."
    return forms.IntegerField(
        label=param.label,
        min_value=param.low,
        max_value=param.high,
        help_text=param.unit,
        error_messages=dict.fromkeys(("required", "invalid", "min_value", "max_value"), bounds),
    )

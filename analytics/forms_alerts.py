"""From which number on each kind of alert is raised, as the owner sets it."""

from collections.abc import Mapping
from typing import Any

from django import forms

from analytics.services.alert_rules import KINDS, Rule


class RulesForm(forms.Form):
    """Two fields for each kind: `<code>-on` and `<code>-threshold`."""

    def __init__(self, *args: Any, rules: Mapping[str, Rule], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.error_css_class = "is-invalid"
        for code, rule in rules.items():
            self.fields[f"{code}-on"] = forms.BooleanField(
                label=rule.kind.label,
                required=False,
                initial=rule.on,
                widget=forms.CheckboxInput(attrs={"class": "form-check-input"}),
            )
            self.fields[f"{code}-threshold"] = self._number(rule)

    @staticmethod
    def _number(rule: Rule) -> forms.Field:
        """Nothing is raised at zero, so at least one, or a tenth of a percent."""
        whole = rule.kind.whole
        attrs = {
            "class": "form-control form-control-sm",
            "step": "1" if whole else "0.1",
            "inputmode": "decimal",
            "aria-describedby": f"help-{rule.kind.code}",
        }
        field = forms.IntegerField if whole else forms.FloatField
        return field(
            label=rule.kind.unit.capitalize(),
            min_value=1 if whole else 0.1,  # type: ignore[arg-type]
            max_value=int(rule.kind.most) if whole else rule.kind.most,  # type: ignore[arg-type]
            initial=int(rule.threshold) if whole else rule.threshold,
            widget=forms.NumberInput(attrs=attrs),
        )

    def rows(self) -> list[dict[str, Any]]:
        """Kind, switch and number side by side, for the page."""
        return [
            {"kind": kind, "on": self[f"{code}-on"], "threshold": self[f"{code}-threshold"]}
            for code, kind in KINDS.items()
        ]

    def wanted(self) -> dict[str, tuple[bool, float]]:
        data = self.cleaned_data
        return {code: (data[f"{code}-on"], float(data[f"{code}-threshold"])) for code in KINDS}

"""The points card as a form: starting points and one row for each rule."""

from collections.abc import Iterable, Mapping
from typing import Any

from django import forms

from leads.scoring import card as cards
from leads.services.scoring import COLUMNS

EXTRA_ROWS = 1
OPS = [("", ""), *cards.OPS.items()]


class BaseForm(forms.Form):
    points_at_base = forms.IntegerField(
        label="Every lead starts with",
        min_value=0,
        max_value=100,
        error_messages={"required": "Give the starting points, 0 to 100."},
    )


class RuleForm(forms.Form):
    """One rule. A row with nothing chosen is left out."""

    column = forms.ChoiceField(label="Look at", required=False)
    op = forms.ChoiceField(label="Compare", required=False, choices=OPS)
    value = forms.CharField(label="With", required=False, max_length=300)
    unit = forms.FloatField(label="Unit", required=False)
    points = forms.FloatField(label="Points", required=False, min_value=-100, max_value=100)
    max = forms.FloatField(label="At most", required=False, min_value=0, max_value=100)
    text = forms.CharField(label="Reason shown", required=False, max_length=80)

    def __init__(self, *args: Any, own: Iterable[str] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        names = [(f"custom.{name}", name) for name in own]
        field = self.fields["column"]
        if isinstance(field, forms.ChoiceField):
            field.choices = [("", ""), *COLUMNS.items(), *names]

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        if self.errors or data.get("DELETE") or not self.filled():
            return data
        found = cards.rule_problems(self.rule())
        if found:
            raise forms.ValidationError(found[0][:1].upper() + found[0][1:])
        return data

    def filled(self) -> bool:
        keys = ("column", "op", "value", "points")
        return any(self.cleaned_data.get(key) not in (None, "") for key in keys)

    def rule(self) -> dict[str, Any]:
        """The rule in the card's form; what its op does not use is left out."""
        data = self.cleaned_data
        rule: dict[str, Any] = {
            "column": data.get("column", ""),
            "op": data.get("op", ""),
            "points": _whole(data.get("points")),
        }
        if rule["op"] in ("equals", "contains"):
            values = [part.strip() for part in data["value"].split(";") if part.strip()]
            rule["value"] = values[0] if len(values) == 1 else values
        elif rule["op"] == "at_least":
            rule["value"] = _whole(cards.number(data["value"]))
        elif rule["op"] == "per_unit":
            rule["unit"] = _whole(data.get("unit") if data.get("unit") is not None else 1.0)
        if data.get("max") is not None and rule["op"] == "per_unit":
            rule["max"] = _whole(data["max"])
        if data.get("text"):
            rule["text"] = data["text"]
        return rule


def _whole(value: float | None) -> float | int | None:
    """3 in place of 3.0."""
    return int(value) if value is not None and value == int(value) else value


RuleFormSet = forms.formset_factory(
    RuleForm, extra=EXTRA_ROWS, can_delete=True, max_num=cards.MAX_RULES, validate_max=True
)


class CardForm:
    """Both parts together: `is_valid()`, `card()`, and `base`, `rules` for the template."""

    def __init__(
        self, card: Mapping[str, Any], data: Any = None, *, own: Iterable[str] = ()
    ) -> None:
        self.start = card
        used = {str(rule["column"]) for rule in card["rules"]} - set(COLUMNS)
        names = {*own, *(column.removeprefix("custom.") for column in used)}
        self.base = BaseForm(data, initial={"points_at_base": card["points_at_base"]})
        self.rules = RuleFormSet(
            data,
            prefix="rules",
            initial=None if data else [_shown(rule) for rule in card["rules"]],
            form_kwargs={"own": sorted(names)},
        )

    def is_valid(self) -> bool:
        base, rules = self.base.is_valid(), self.rules.is_valid()
        return bool(base and rules)

    def card(self) -> dict[str, Any]:
        """The card as stored; numbers of the learned model's prior are kept as they were."""
        rules = [
            form.rule()
            for form in self.rules
            if form.cleaned_data and not form.cleaned_data.get("DELETE") and form.filled()
        ]
        return {
            "base_rate": self.start.get("base_rate", 0.2),
            "points_at_base": self.base.cleaned_data["points_at_base"],
            "points_per_logit": self.start.get("points_per_logit", 15),
            "rules": rules,
        }


def _shown(rule: Mapping[str, Any]) -> dict[str, Any]:
    value = rule.get("value", "")
    if isinstance(value, list | tuple):
        value = "; ".join(map(str, value))
    return {**rule, "value": value}

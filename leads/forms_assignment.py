"""Forms of Settings, Assignment."""

from typing import Any

from django import forms

from leads.intake.places import country_code, language_code
from leads.models import AssignmentRule, Lead
from leads.services.assignment_fit import SAME_LANGUAGE, SAME_TRADE, compact, language_name
from leads.services.zones import zones_for
from salesagent.accounts.models import User
from salesagent.lib import countries
from salesagent.lib.text import one_line

MOST = 40  # values of one field
LINE = {"class": "form-control", "autocomplete": "off"}


class Listed(forms.CharField):
    """Words with commas between, as a list in lower case."""

    def __init__(self, label: str, example: str, help_text: str = "") -> None:
        widget = forms.TextInput(attrs={**LINE, "placeholder": example})
        super().__init__(
            label=label, required=False, max_length=600, help_text=help_text, widget=widget
        )

    def clean(self, value: Any) -> Any:
        text = str(super().clean(value) or "")
        words = [one_line(part, 60) for part in text.split(",")]
        once: dict[str, str] = {}
        for word in filter(None, words):
            once.setdefault(word.lower(), word)
        return [self.read(one) for one in once.values()][:MOST]

    def read(self, word: str) -> str:
        """As it is kept; an error repeats the word as it was written."""
        return word.lower()

    def show(self, stored: str) -> str:
        return stored


class Countries(Listed):
    def read(self, word: str) -> str:
        code = country_code(word.lower())
        if not code:
            raise forms.ValidationError(f"No country is called “{word}”.")
        return code.lower()

    def show(self, stored: str) -> str:
        return countries.name_of(stored)


class Languages(Listed):
    def read(self, word: str) -> str:
        code = language_code(word.lower())
        if not code:
            raise forms.ValidationError(f"No language is called “{word}”.")
        return code[:2]

    def show(self, stored: str) -> str:
        return language_name(stored)


class Postcodes(Listed):
    def read(self, word: str) -> str:
        return compact(word.lower())

    def show(self, stored: str) -> str:
        return stored.upper()


class RuleForm(forms.Form):
    """One rule. What is left empty matches everybody."""

    name = forms.CharField(
        label="Name",
        max_length=80,
        error_messages={"required": "Give the rule a name: it stands in the thread of each lead."},
        widget=forms.TextInput(attrs={**LINE, "placeholder": "Denmark"}),
    )
    countries = Countries("Countries", "Denmark, Germany")
    cities = Listed("Cities", "Copenhagen, Aarhus")
    postcodes = Postcodes("Postcodes that start with", "50, 51")
    zones = Listed("Time zones", "Europe/Copenhagen", "America/ stands for all zones of America.")
    trades = Listed("Trades", "bakery, brewery")
    sources = Listed("Sources", "web form, trade fair", "Part of the name is enough.")
    languages = Languages("Languages", "German, Danish")
    people = forms.ModelMultipleChoiceField(
        label="People",
        queryset=User.objects.none(),
        required=False,
        help_text="Nobody chosen: every rep.",
        widget=forms.CheckboxSelectMultiple,
    )
    skills = Listed("Skills they need", "German, refrigeration", "As they stand in the profile.")
    same_language = forms.BooleanField(label="They speak the lead's language", required=False)
    same_trade = forms.BooleanField(label="They know the lead's trade", required=False)
    how = forms.ChoiceField(
        label="Who of them", choices=AssignmentRule.How.choices, widget=forms.RadioSelect
    )

    def __init__(
        self, *args: Any, rule: AssignmentRule | None = None, people: Any, **kwargs: Any
    ) -> None:
        kwargs.setdefault("initial", self._initial(rule))
        super().__init__(*args, **kwargs)
        field = self.fields["people"]
        assert isinstance(field, forms.ModelMultipleChoiceField)  # noqa: S101
        field.queryset = people

    def _initial(self, rule: AssignmentRule | None) -> dict[str, Any]:
        if rule is None:
            return {"how": AssignmentRule.How.ROOM}
        lists = {n: f for n, f in self.base_fields.items() if isinstance(f, Listed)}
        own = {**rule.fits, "skills": [one for one in rule.skills if one[:1] != "@"]}
        shown = {n: ", ".join(f.show(one) for one in own.get(n) or []) for n, f in lists.items()}
        return {
            **shown,
            "name": rule.name,
            "how": rule.how,
            "people": [user.pk for user in rule.people.all()],
            "same_language": SAME_LANGUAGE in rule.skills,
            "same_trade": SAME_TRADE in rule.skills,
        }

    def values(self) -> dict[str, Any]:
        """As the rule keeps them, people apart."""
        data = self.cleaned_data
        lists = [n for n, f in self.fields.items() if isinstance(f, Listed) and n != "skills"]
        own = [SAME_LANGUAGE] * data["same_language"] + [SAME_TRADE] * data["same_trade"]
        return {
            "name": one_line(data["name"], 80),
            "fits": {name: data[name] for name in lists if data[name]},
            "skills": own + [one for one in data["skills"] if one[:1] != "@"],
            "how": data["how"],
        }


class TryForm(forms.Form):
    """A lead that may come one day."""

    country = forms.CharField(label="Country", max_length=60, required=False)
    city = forms.CharField(label="City", max_length=120, required=False)
    postcode = forms.CharField(label="Postcode", max_length=20, required=False)
    trade = forms.CharField(label="Trade", max_length=60, required=False)
    language = forms.CharField(label="Language", max_length=30, required=False)
    source = forms.CharField(label="Source", max_length=80, required=False)

    def __init__(self, data: Any = None) -> None:
        super().__init__(data, auto_id="try_%s")
        examples = ("Denmark", "Copenhagen", "2100", "bakery", "German", "Web form")
        for field, example in zip(self.fields.values(), examples, strict=True):
            field.widget.attrs.update(LINE, placeholder=example)

    def clean_country(self) -> str:
        text = self.cleaned_data["country"]
        code = country_code(text) if text else ""
        if text and not code:
            raise forms.ValidationError(f"No country is called “{one_line(text, 40)}”.")
        return code

    def clean_language(self) -> str:
        text = self.cleaned_data["language"]
        code = language_code(text) if text else ""
        if text and not code:
            raise forms.ValidationError(f"No language is called “{one_line(text, 30)}”.")
        return code

    def lead(self) -> Lead:
        """Not saved. Its time zone follows from the country."""
        lead = Lead(**self.cleaned_data)
        lead.time_zone = str(zones_for(lead)[0]) if lead.country else ""
        return lead

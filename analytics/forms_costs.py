"""What a channel costs, as the owner enters it."""

from datetime import date
from decimal import Decimal

from django import forms

from leads.forms_thread import CURRENCIES
from outreach.forms import StyledForm
from outreach.services import reach
from salesagent.accounts.models import Workspace

FIRST = date(2000, 1, 1)
PLACES = forms.NumberInput(attrs={"step": "any", "min": "0", "inputmode": "decimal"})


class RateForm(StyledForm):
    channel = forms.ChoiceField(
        label="Channel", choices=lambda: [(code, reach.label(code)) for code in reach.codes()]
    )
    first_day = forms.DateField(
        label="From this day on",
        widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}),
        help_text="Until a later rate. Days before keep theirs.",
    )
    per_message = forms.DecimalField(
        label="For each message or call",
        min_value=Decimal(0),
        max_digits=10,
        decimal_places=4,
        initial=Decimal(0),
        widget=PLACES,
    )
    per_month = forms.DecimalField(
        label="For each month",
        min_value=Decimal(0),
        max_digits=10,
        decimal_places=2,
        initial=Decimal(0),
        widget=PLACES,
        help_text="Counted by days.",
    )

    def clean_first_day(self) -> date:
        day: date = self.cleaned_data["first_day"]
        if day < FIRST:
            raise forms.ValidationError("A day of this century.")
        return day


def _currencies() -> list[tuple[str, str]]:
    """One that came from elsewhere stays one to choose."""
    return [(code, code) for code in dict.fromkeys((Workspace.current().currency, *CURRENCIES))]


class CurrencyForm(StyledForm):
    currency = forms.ChoiceField(label="Currency of costs and reports", choices=_currencies)

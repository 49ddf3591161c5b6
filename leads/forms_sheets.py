"""Forms of Settings, Connections, Google Sheets."""

from typing import Any

from django import forms

from leads.intake.sheets import Book, SheetError, address_of

TEXT = {"class": "form-control", "autocomplete": "off"}


class AddressForm(forms.Form):
    """Which sheet; `gid` only where the file has several tabs and the address names none."""

    address = forms.CharField(
        label="Address of the sheet",
        max_length=500,
        error_messages={"required": "Paste the address of the sheet."},
        widget=forms.TextInput(
            attrs={**TEXT, "placeholder": "https://docs.google.com/spreadsheets/d/..."}
        ),
    )
    gid = forms.ChoiceField(
        label="Tab", required=False, widget=forms.Select(attrs={"class": "form-select"})
    )

    def __init__(self, *args: Any, book: Book | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if book is None:
            del self.fields["gid"]
            return
        field = self.fields["gid"]
        assert isinstance(field, forms.ChoiceField)  # noqa: S101
        field.choices = [(str(tab.gid), tab.title) for tab in book.tabs]

    def clean_address(self) -> str:
        text = str(self.cleaned_data["address"])
        try:
            address_of(text)
        except SheetError as error:
            raise forms.ValidationError(error.message) from None
        return text


class NameForm(forms.Form):
    title = forms.CharField(
        label="Name of the new sheet",
        max_length=100,
        error_messages={"required": "Give the sheet a name."},
        widget=forms.TextInput(attrs={**TEXT, "placeholder": "Leads 2026"}),
    )

"""Forms of the lead list: a saved view's name."""

from django import forms
from django.http import QueryDict

from leads.selectors.filters import clean_query
from salesagent.accounts.models import User
from salesagent.lib.text import one_line

MAX_VIEWS = 20


class SaveViewForm(forms.Form):
    """A name for the filters in `query`. One name once for each user."""

    name = forms.CharField(
        label="Name", max_length=60, error_messages={"required": "Give the view a name."}
    )
    query = forms.CharField(required=False, max_length=2000, widget=forms.HiddenInput)

    def __init__(self, *args: object, user: User, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        self.user = user

    def clean_name(self) -> str:
        name = one_line(self.cleaned_data["name"], 60)
        if self.user.lead_views.filter(name=name).exists():
            raise forms.ValidationError("You have a view of this name.")
        if self.user.lead_views.count() >= MAX_VIEWS:
            raise forms.ValidationError(f"At most {MAX_VIEWS} views. Delete one first.")
        return name

    def clean_query(self) -> str:
        """Its error goes to the top of the form: the field itself is hidden."""
        query = clean_query(QueryDict(self.cleaned_data["query"].lstrip("?")))
        if len(query) > 1000:
            self.add_error(None, "These are too many filters to keep.")
        return query

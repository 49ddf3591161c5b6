"""Forms of a lead's data: new and edit. Errors stand at their field and say what to do."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from crispy_forms.helper import FormHelper
from crispy_forms.layout import HTML, Column, Fieldset, Layout, Row
from django import forms
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from leads.access import assignable, leads_for
from leads.intake import clean
from leads.intake.base import IntakeError
from leads.intake.places import country_code, language_code
from leads.intake.rows import MAX_CUSTOM_TEXT
from leads.models import Lead
from leads.services.intake import LeadRow
from leads.services.lifecycle import MAX_TAGS
from salesagent.accounts.models import User, Workspace
from salesagent.lib.text import one_line

PLAIN_LINES = (
    *("first_name", "last_name", "title", "company_name", "street", "postcode", "city"),
    "basis_source",
)
BASES = [("", "Choose one"), *((c, label) for c, label in Lead.Basis.choices if c)]


class LeadForm(forms.Form):
    """What new and edit share. `user`: who asks; `lead`: the one being edited, if any."""

    first_name = forms.CharField(label="First name", max_length=100, required=False)
    last_name = forms.CharField(label="Last name", max_length=100, required=False)
    title = forms.CharField(label="Job title", max_length=150, required=False)
    company_name = forms.CharField(label="Company", max_length=200, required=False)
    email = forms.CharField(
        label="Email",
        max_length=300,
        required=False,
        widget=forms.EmailInput(attrs={"autocomplete": "off"}),
    )
    phone = forms.CharField(
        label="Phone",
        max_length=60,
        required=False,
        help_text="With the country code if it is not yours.",
        widget=forms.TextInput(attrs={"inputmode": "tel", "autocomplete": "off"}),
    )
    linkedin_url = forms.CharField(label="LinkedIn address", max_length=300, required=False)
    street = forms.CharField(
        label="Street and number",
        max_length=200,
        required=False,
        help_text="For letters. The town below belongs to it.",
    )
    postcode = forms.CharField(label="Postcode", max_length=20, required=False)
    city = forms.CharField(label="City", max_length=120, required=False)
    country = forms.CharField(
        label="Country", max_length=60, required=False, help_text="Name or two letters."
    )
    language = forms.CharField(
        label="Language", max_length=30, required=False, help_text="Name or two letters."
    )
    trade = forms.CharField(
        label="Trade", max_length=60, required=False, help_text="What their business does."
    )
    tags = forms.CharField(
        label="Tags", max_length=900, required=False, help_text="Separate them by commas."
    )
    lawful_basis = forms.ChoiceField(
        label="Lawful basis",
        choices=BASES,
        error_messages={"required": "Say on what ground you may write to this person."},
    )
    basis_source = forms.CharField(
        label="Where this comes from",
        max_length=200,
        required=False,
        help_text="Such as: trade fair list, their website, a call on 4 May.",
    )

    def __init__(self, *args: Any, user: User, lead: Lead | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user, self.lead = user, lead
        self.helper = FormHelper()
        self.helper.form_tag = False
        self.helper.disable_csrf = True
        self.helper.layout = self.layout()

    def layout(self) -> Layout:
        return Layout(*self.person(), *self.business(), *self.ground())

    def person(self) -> list[Any]:
        return [
            Fieldset(
                "Person",
                _row("first_name", "last_name"),
                _row("title", "language"),
                _row("email", "phone"),
                "linkedin_url",
            )
        ]

    def business(self) -> list[Any]:
        return [
            Fieldset(
                "Business",
                _row("company_name", "trade"),
                _row("street", "postcode"),
                _row("city", "country"),
                "tags",
            )
        ]

    def ground(self) -> list[Any]:
        return [Fieldset("Why you may write", _row("lawful_basis", "basis_source"))]

    def clean_email(self) -> str | None:
        """Lower case, well formed, nobody else's. Whether it takes mail is not asked here."""
        text = self.cleaned_data["email"].strip()
        if not text:
            return None
        try:
            address = clean.email_address(text)
        except IntakeError as error:
            raise forms.ValidationError(error.message.rstrip(".") + ".") from error
        other = self._others().filter(email=address).first()
        if other is not None:
            raise forms.ValidationError(self._taken(other, "address"))
        return address

    def clean_phone(self) -> str:
        """E.164, read with the lead's country, else ours."""
        text = str(self.cleaned_data["phone"]).strip()
        if not text or self._untouched("phone", text):
            return text
        country = country_code(self.data.get(self.add_prefix("country"), "")[:60])
        number = clean.phone_number(text, country or Workspace.current().country)
        if not number.startswith("+"):
            raise forms.ValidationError(
                "This number could not be read. Write it with the country code, such as +45 20 …"
            )
        return number

    def clean_linkedin_url(self) -> str:
        text = str(self.cleaned_data["linkedin_url"]).strip()
        if self._untouched("linkedin_url", text):
            return text
        found = clean.linkedin(text)
        if text and not found:
            raise forms.ValidationError("Paste the address of a page on linkedin.com.")
        other = self._others().filter(linkedin_url=found).first() if found else None
        if other is not None:
            raise forms.ValidationError(self._taken(other, "LinkedIn page"))
        return found

    def clean_country(self) -> str:
        text = str(self.cleaned_data["country"]).strip()
        if self._untouched("country", text):
            return text
        code = country_code(text)
        if text and not code:
            raise forms.ValidationError("This country is not known. Try its two letters, like DK.")
        return code

    def clean_language(self) -> str:
        text = str(self.cleaned_data["language"]).strip()
        if self._untouched("language", text):
            return text
        code = language_code(text) if text else ""
        if text and not code:
            raise forms.ValidationError("Write the language's name or two letters, like de.")
        return code

    def clean_trade(self) -> str:
        return one_line(self.cleaned_data["trade"], 60).lower()

    def clean_tags(self) -> list[str]:
        given = self.cleaned_data["tags"].split(",")
        if len(given) > MAX_TAGS:
            raise forms.ValidationError(f"At most {MAX_TAGS} tags.")
        return clean.tag_list(given)

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        for name in PLAIN_LINES:
            if name in data:
                data[name] = one_line(data[name])
        reached = ("email", "phone", "linkedin_url")
        if not self.errors and not any(data.get(name) for name in reached):
            self.add_error("email", "Give an email address, a phone number or a LinkedIn address.")
        return data

    def _untouched(self, name: str, text: str) -> bool:
        """What stood there before does not keep anybody from changing something else."""
        return self.lead is not None and text == (getattr(self.lead, name) or "").strip()

    def _others(self) -> Any:
        others = Lead.objects.filter(erased_at=None)
        return others.exclude(pk=self.lead.pk) if self.lead else others

    def _taken(self, other: Lead, what: str) -> SafeString | str:
        """A link for those who may see that lead; for others only that it is here."""
        if not leads_for(self.user).filter(pk=other.pk).exists():
            return f"A lead with this {what} is here already, with somebody you do not see."
        return format_html(
            'This {} belongs to <a href="{}">{}</a>{}.',
            what,
            reverse("leads:detail", args=[other.pk]),
            other.name,
            ", who is archived" if other.archived_at else "",
        )


class NewLeadForm(LeadForm):
    """Adds what is only asked once. A phone number that is here already asks for a second look."""

    pain = forms.CharField(
        label="Pain",
        max_length=200,
        required=False,
        help_text="One trouble of theirs that you may speak about.",
    )
    note = forms.CharField(
        label="Note", max_length=5000, required=False, widget=forms.Textarea(attrs={"rows": 3})
    )
    owner = forms.ModelChoiceField(
        User.objects.none(), label="Owner", required=False, empty_label="Nobody"
    )
    same_phone = forms.BooleanField(
        label="It is another person with the same number", required=False
    )

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, user=user, **kwargs)
        field = self.fields["owner"]
        if isinstance(field, forms.ModelChoiceField):
            field.queryset = assignable(user)
            field.initial = user.pk
            field.required = not user.is_manager
            field.empty_label = "Nobody" if user.is_manager else None

    def layout(self) -> Layout:
        about = Fieldset("What you know", "pain", "note", "owner")
        return Layout(*self.person(), *self.business(), *self.ground(), about)

    def person(self) -> list[Any]:
        fields = super().person()
        if self.data.get(self.add_prefix("phone")):
            fields[0].fields.insert(3, "same_phone")
        return fields

    def clean(self) -> dict[str, Any]:
        data = super().clean()
        phone = data.get("phone")
        other = self._others().filter(phone=phone).first() if phone else None
        if other is not None and not data.get("same_phone"):
            text = self._taken(other, "number")
            self.add_error("phone", text)
            self.add_error("same_phone", "Tick this if you want both.")
        return data

    def row(self) -> LeadRow:
        """What leads.services.intake takes."""
        data = self.cleaned_data
        return LeadRow(
            first_name=data["first_name"],
            last_name=data["last_name"],
            email=data["email"] or "",
            phone=data["phone"],
            title=data["title"],
            company=data["company_name"],
            linkedin_url=data["linkedin_url"],
            street=data["street"],
            postcode=data["postcode"],
            city=data["city"],
            country=data["country"],
            language=data["language"],
            trade=data["trade"],
            tags=data["tags"],
            pain=one_line(data["pain"]),
            note=data["note"],
        )


class EditLeadForm(LeadForm):
    """All of a lead's own data, its own fields included. `seen` guards against a second editor."""

    time_zone = forms.CharField(
        label="Time zone", max_length=64, required=False, help_text="Such as Europe/Warsaw."
    )
    basis_expires_at = forms.DateField(
        label="The ground ends on",
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )
    seen = forms.CharField(widget=forms.HiddenInput, required=False)

    def __init__(self, *args: Any, user: User, lead: Lead, **kwargs: Any) -> None:
        self.own = {f"own_{n}": name for n, name in enumerate(sorted(lead.custom))}
        kwargs["initial"] = _initial(lead, self.own)
        super().__init__(*args, user=user, lead=lead, **kwargs)
        for field, name in self.own.items():
            self.fields[field] = forms.CharField(
                label=name, max_length=MAX_CUSTOM_TEXT, required=False
            )

    def layout(self) -> Layout:
        own = [Fieldset("Own fields", *self.own)] if self.own else []
        return Layout(*self.person(), *self.business(), *own, *self.ground(), "seen")

    def business(self) -> list[Any]:
        return [
            Fieldset(
                "Business",
                _row("company_name", "trade"),
                _row("street", "postcode"),
                _row("city", "country"),
                _row("time_zone", "tags"),
            )
        ]

    def ground(self) -> list[Any]:
        fields = super().ground()
        fields[0].fields.append(_row("basis_expires_at", HTML("")))
        return fields

    def clean_time_zone(self) -> str:
        text = str(self.cleaned_data["time_zone"]).strip()
        if self._untouched("time_zone", text):
            return text
        found = clean.time_zone(text)
        if text and not found:
            raise forms.ValidationError("Write it like Europe/Warsaw.")
        return found

    def clean(self) -> dict[str, Any]:
        data = super().clean()
        if self.lead and data.get("seen") != _stamp(self.lead):
            kept = {name: self.data.get(name) for name in self.data}
            self.data = {**kept, "seen": _stamp(self.lead)}
            self.add_error(
                None,
                "Somebody changed this lead while you were writing. Your words are still here: "
                "look at the thread, then save again to keep yours.",
            )
        return data

    def values(self) -> dict[str, Any]:
        """What leads.services.editing takes."""
        data = self.cleaned_data
        custom = {name: one_line(data[field], MAX_CUSTOM_TEXT) for field, name in self.own.items()}
        plain = {k: v for k, v in data.items() if k not in self.own and k != "seen"}
        return plain | {"custom": {name: value for name, value in custom.items() if value}}


def _row(left: Any, right: Any) -> Row:
    return Row(Column(left, css_class="col-sm-6"), Column(right, css_class="col-sm-6"))


def _stamp(lead: Lead) -> str:
    return lead.updated_at.isoformat()


def _initial(lead: Lead, own: Mapping[str, str]) -> dict[str, str | date | None]:
    names = (
        *("first_name", "last_name", "title", "company_name", "email", "phone", "linkedin_url"),
        *(
            "street",
            "postcode",
            "city",
            "country",
            "language",
            "trade",
            "lawful_basis",
            "basis_source",
            "time_zone",
        ),
        "basis_expires_at",
    )
    return {
        **{name: getattr(lead, name) for name in names},
        **{field: str(lead.custom[name]) for field, name in own.items()},
        "tags": ", ".join(map(str, lead.tags)),
        "seen": _stamp(lead),
    }

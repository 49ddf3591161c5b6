"""Forms of the import wizard and of the settings of the public form."""

from typing import Any

from django import forms
from django.core.validators import FileExtensionValidator

from leads.access import assignable
from leads.intake.csv import DELIMITERS
from leads.intake.encoding import LABELS
from leads.models import AssignmentRule, ImportBatch, Lead
from salesagent.accounts.models import Team, User, Workspace

ENCODINGS = ["utf-8", "utf-16", "cp1252", "latin-1", "mac_roman", "cp1250", "iso8859_2", "cp1251"]
BASES = [c for c in Lead.Basis.choices if c[0] and c[0] != Lead.Basis.ENQUIRY] + [
    (Lead.Basis.ENQUIRY, Lead.Basis.ENQUIRY.label)
]
BASIS_HINTS: dict[str, str] = {
    Lead.Basis.CONSENT: "They agreed to be contacted, and you can show when and how.",
    Lead.Basis.CUSTOMER: "They bought from you and did not object.",
    Lead.Basis.INTEREST: "Work contacts for whom your offer matters in their job.",
    Lead.Basis.ENQUIRY: "They wrote, called or left a card and expect an answer.",
}


class FileForm(forms.Form):
    file = forms.FileField(
        label="File",
        max_length=200,
        validators=[
            FileExtensionValidator(
                ["csv", "txt", "tsv", "tab", "xlsx", "xlsm", "xls", ""],
                message="Choose a CSV file or an Excel workbook (.xlsx).",
            )
        ],
        error_messages={"required": "Choose a file first.", "empty": "The file is empty."},
        widget=forms.ClearableFileInput(
            attrs={"class": "form-control", "accept": ".csv,.txt,.tsv,.xlsx"}
        ),
    )


class DialectForm(forms.Form):
    """How the file is read, when the guess is wrong."""

    encoding = forms.ChoiceField(label="Characters", required=False)
    delimiter = forms.ChoiceField(label="Columns are parted by", required=False)
    sheet = forms.ChoiceField(label="Sheet", required=False)
    has_header = forms.BooleanField(label="The first row holds the names", required=False)

    def __init__(self, *args: Any, batch: ImportBatch, **kwargs: Any) -> None:
        read = batch.dialect
        kwargs.setdefault("initial", read)
        super().__init__(*args, **kwargs)
        known = list(dict.fromkeys([read.get("encoding", ""), *ENCODINGS]))
        self._choose("encoding", [(name, LABELS.get(name, name)) for name in known if name])
        self._choose("delimiter", list(DELIMITERS.items()))
        self._choose("sheet", [(name, name) for name in read.get("sheets", [])])
        for name in ("sheet",) if batch.kind == "csv" else ("encoding", "delimiter"):
            del self.fields[name]
        self.fields["has_header"].widget.attrs["class"] = "form-check-input"

    def _choose(self, name: str, choices: list[tuple[str, str]]) -> None:
        field = self.fields[name]
        assert isinstance(field, forms.ChoiceField)  # noqa: S101
        field.choices = choices
        field.widget.attrs["class"] = "form-select form-select-sm"


class OptionsForm(forms.Form):
    """The last questions before the run."""

    basis = forms.ChoiceField(
        label="Why may you keep and contact these people?",
        choices=BASES,
        widget=forms.RadioSelect,
        error_messages={"required": "Choose on what ground you may keep and contact them."},
    )
    basis_source = forms.CharField(
        label="Where do they come from?",
        max_length=200,
        error_messages={"required": "Say where these people come from."},
        widget=forms.TextInput(
            attrs={"class": "form-control", "placeholder": "Visitors of our stand, trade fair 2026"}
        ),
    )
    duplicates = forms.ChoiceField(
        label="People who are here already",
        choices=ImportBatch.Duplicates.choices,
        widget=forms.RadioSelect,
    )
    owner = forms.ChoiceField(
        label="New leads go to", widget=forms.Select(attrs={"class": "form-select"})
    )
    tag = forms.CharField(
        label="Tag for all of them",
        max_length=40,
        required=False,
        widget=forms.TextInput(attrs={"class": "form-control", "placeholder": "trade-fair-2026"}),
    )

    def __init__(self, *args: Any, user: User, batch: ImportBatch, **kwargs: Any) -> None:
        kwargs.setdefault(
            "initial",
            {
                "duplicates": batch.duplicates,
                "owner": f"user:{batch.user_id}",
                "basis": batch.lawful_basis,
                "basis_source": batch.basis_source,
                "tag": batch.tag,
            },
        )
        super().__init__(*args, **kwargs)
        owner = self.fields["owner"]
        assert isinstance(owner, forms.ChoiceField)  # noqa: S101
        owner.choices = owner_choices(user, batch)

    def clean_owner(self) -> dict[str, Any]:
        """{"owner": user} or {"round_team": team}; neither: the rules of assignment say."""
        kind, _, pk = self.cleaned_data["owner"].partition(":")
        if kind == "rules":
            return {"owner": None, "round_team": None}
        if kind == "team":
            return {"owner": None, "round_team": Team.objects.get(pk=int(pk))}
        return {"owner": User.objects.get(pk=int(pk)), "round_team": None}


def owner_choices(user: User, batch: ImportBatch) -> list[tuple[str, str]]:
    """The importer first; managers may hand out within the team, in turn or to one person."""
    mine = (f"user:{batch.user_id}", batch.user.name if batch.user_id != user.pk else "Me")
    if not user.is_manager:
        return [mine]
    teams = Team.objects.all() if user.is_owner else Team.objects.filter(members=user)
    rounds = [(f"team:{team.pk}", f"{team.name}, in turn") for team in teams]
    people = assignable(user).exclude(pk=batch.user_id).order_by("name")
    by_rules = AssignmentRule.objects.filter(active=True).exists()
    rules = [("rules", "Whoever the assignment rules say")] if by_rules else []
    return [mine, *rules, *rounds, *((f"user:{p.pk}", p.name) for p in people)]


class PublicFormSettings(forms.ModelForm):  # type: ignore[type-arg]
    class Meta:
        model = Workspace
        fields = ["form_title", "form_intro", "form_slug", "form_owner", "form_enabled"]
        labels = {
            "form_title": "Heading",
            "form_intro": "Text under it",
            "form_slug": "Address",
            "form_owner": "Enquiries go to",
            "form_enabled": "The form can be reached",
        }
        help_texts = {
            "form_slug": "Small letters, numbers and hyphens. A change breaks the old link.",
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        owner = self.fields["form_owner"]
        assert isinstance(owner, forms.ModelChoiceField)  # noqa: S101
        owner.queryset = User.objects.filter(is_active=True).order_by("name")
        owner.empty_label = "The reps, in turn"
        owner.required = False

    def clean_form_slug(self) -> str:
        return str(self.cleaned_data["form_slug"]).lower()

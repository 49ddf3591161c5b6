"""Forms of the sequence and template pages."""

from typing import TYPE_CHECKING, Any

from django import forms

from outreach.models import PainPoint, Snippet, Step, Template
from outreach.services import reach
from outreach.services.sequences import (
    BRIEF_LIMIT,
    CONDITIONS,
    LABELS,
    MAX_WAIT,
    StepInput,
    Words,
    input_of,
)
from salesagent.accounts import ai
from salesagent.ai.frames import FRAME_LIMIT


def style(form: forms.BaseForm) -> None:
    """Bootstrap's classes, and what a screen reader needs to find an error."""
    for name, field in form.fields.items():
        widget = field.widget
        if isinstance(widget, forms.CheckboxInput):
            css = "form-check-input"
        else:
            css = "form-select" if isinstance(widget, forms.Select) else "form-control"
        widget.attrs.setdefault("class", css)
        if form.is_bound and name in form.errors:
            widget.attrs["class"] += " is-invalid"
            widget.attrs["aria-invalid"] = "true"
            widget.attrs["aria-describedby"] = f"{form[name].id_for_label}_error"


class StyledForm(forms.Form):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        style(self)

    def full_clean(self) -> None:
        super().full_clean()
        style(self)

    def blame(self, field: str, message: str) -> None:
        """Put a service's refusal next to the input it is about."""
        self.add_error(field if field in self.fields else None, message)
        style(self)


class StepForm(StyledForm):
    """One touch with one of its variants. `base_version`: the version the page was opened with."""

    name = forms.CharField(label="Name", max_length=80)
    channel = forms.ChoiceField(label="Channel", choices=lambda: list(reach.steps().items()))
    delay_days = forms.IntegerField(
        label="Wait",
        min_value=0,
        max_value=MAX_WAIT,
        error_messages={"invalid": "Write a number of working days."},
    )
    condition = forms.ChoiceField(
        label="Send only if", choices=list(CONDITIONS.items()), required=False
    )
    fallback_channel = forms.ChoiceField(
        label="If it cannot reach them",
        choices=lambda: [("", "Leave it out"), *reach.steps().items()],
        required=False,
    )
    subject = forms.CharField(label="Subject", max_length=200, required=False)
    body = forms.CharField(
        label="Text",
        max_length=FRAME_LIMIT,
        widget=forms.Textarea(attrs={"rows": 11}),
        error_messages={"required": "Write the text first."},
    )
    brief = forms.CharField(
        label="What should the model write?",
        max_length=BRIEF_LIMIT,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="In your words: what it is about and what you ask for. Empty: your text as it "
        "is. Your text also stands in where the model cannot write.",
    )
    weight = forms.IntegerField(
        label="Share", min_value=0, max_value=100, initial=1, help_text="Beside the other variants"
    )
    unchanged = forms.BooleanField(
        label="Send the approved template unchanged, without asking for each person", required=False
    )
    approved = forms.BooleanField(
        label="I have read every variant and approve exactly these words", required=False
    )
    variant = forms.ChoiceField(choices=[(c, c) for c in LABELS], widget=forms.HiddenInput)
    base_version = forms.IntegerField(min_value=1, widget=forms.HiddenInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.is_bound and "brief" not in self.data:
            del self.fields["brief"]

    @classmethod
    def of(cls, step: Step, label: str, version: int) -> "StepForm":
        """Unbound, with the touch as it stands."""
        now = input_of(step)
        words = next((w for w in now.words if w.label == label), Words(label, "", ""))
        form = cls(
            initial={
                "name": now.name,
                "channel": now.channel,
                "delay_days": now.delay_days,
                "condition": now.condition,
                "fallback_channel": now.fallback_channel,
                "subject": words.subject,
                "body": words.body,
                "weight": words.weight,
                "brief": words.brief,
                "unchanged": now.unchanged,
                "variant": label,
                "base_version": version,
            }
        )
        if not words.brief and not ai.may_send("draft"):
            del form.fields["brief"]
        condition = form.fields["condition"]
        if isinstance(condition, forms.ChoiceField) and not step.sequence.track_clicks:
            unknown = Step.Condition.NO_CLICK  # without counting nobody ever clicked
            offered = [(c, w) for c, w in CONDITIONS.items() if c != unknown or c == now.condition]
            condition.choices = offered
        return form

    def change(self, step: Step) -> StepInput:
        """What the person wants: this variant's new words beside the other variants of `step`."""
        data = self.cleaned_data
        stored = input_of(step).words
        brief = data.get("brief")
        if brief is None:  # the page did not offer it
            brief = next((w.brief for w in stored if w.label == data["variant"]), "")
        mine = Words(data["variant"], data["subject"], data["body"], data["weight"], brief)
        others = [words for words in stored if words.label != mine.label]
        return StepInput(
            name=data["name"],
            channel=data["channel"],
            delay_days=data["delay_days"],
            condition=data["condition"],
            fallback_channel=data["fallback_channel"],
            unchanged=data["unchanged"],
            approved=data["approved"],
            words=tuple(sorted([*others, mine], key=lambda words: words.label)),
        )


class SettingsForm(StyledForm):
    name = forms.CharField(label="Name", max_length=100)
    description = forms.CharField(label="What it is for", max_length=300, required=False)
    window_start = forms.TimeField(
        label="Send from",
        required=False,
        widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"),
    )
    window_end = forms.TimeField(
        label="Send until",
        required=False,
        widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"),
    )
    adaptive = forms.BooleanField(
        label="Follow each lead’s interest: waits and hours by the rules", required=False
    )
    track_clicks = forms.BooleanField(label="Count clicks on links in mails", required=False)
    track_opens = forms.BooleanField(
        label="Count opens, only of people who agreed to it", required=False
    )


class TemplateForm(StyledForm):
    name = forms.CharField(label="Name", max_length=100)
    channel = forms.ChoiceField(label="Channel", choices=lambda: list(reach.labels().items()))
    subject = forms.CharField(
        label="Subject", max_length=200, required=False, help_text="Only for mails"
    )
    body = forms.CharField(
        label="Text", max_length=FRAME_LIMIT, widget=forms.Textarea(attrs={"rows": 11})
    )

    @classmethod
    def of(cls, template: Template) -> "TemplateForm":
        names = ("name", "channel", "subject", "body")
        return cls(initial={name: getattr(template, name) for name in names})


if TYPE_CHECKING:
    _ModelForm = forms.ModelForm[Any]
else:
    _ModelForm = forms.ModelForm


class WordsForm(_ModelForm):
    """A row of a page of small forms; `prefix` is the row's id."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        style(self)

    def full_clean(self) -> None:
        super().full_clean()
        style(self)


class SnippetForm(WordsForm):
    class Meta:
        model = Snippet
        fields = ("code", "text", "source")
        labels = {"code": "Code", "text": "Text", "source": "Source of its claims"}
        help_texts = {"source": ""}
        widgets = {"text": forms.Textarea(attrs={"rows": 2})}

    def clean_code(self) -> str:
        return str(self.cleaned_data["code"]).lower()


class PainForm(WordsForm):
    class Meta:
        model = PainPoint
        fields = ("trade", "name", "sentence")
        labels = {"trade": "Trade", "name": "In a few words", "sentence": "One sentence"}
        help_texts = {"trade": ""}

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or self.cleaned_data
        same = PainPoint.objects.filter(trade=data.get("trade", ""), name=data.get("name", ""))
        if same.exclude(pk=self.instance.pk).exists():
            self.add_error("name", "A pain of this trade with these words already exists.")
        return data

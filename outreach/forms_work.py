"""Forms of Today and Approvals."""

from collections.abc import Mapping
from datetime import datetime, time, timedelta
from typing import Any

from django import forms
from django.utils import timezone

from outreach.services.calls import LONGEST_MINUTES
from outreach.services.worklist import FURTHEST, NOTE_LIMIT
from salesagent.accounts.models import User

LOCAL = ("%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M")
SNOOZES = {
    "hour": "In an hour",
    "tomorrow": "Tomorrow morning",
    "week": "Next Monday",
    "date": "On a day of your choice",
}


class EditForm(forms.Form):
    """New words for a draft. `seen_hash` names the text that the person started from."""

    subject = forms.CharField(max_length=300, required=False)
    body = forms.CharField(
        max_length=8000,
        error_messages={
            "required": "Write something first.",
            "max_length": "At most 8,000 characters.",
        },
    )
    seen_hash = forms.CharField(max_length=64)

    def __init__(self, *args: Any, with_subject: bool = True, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.with_subject = with_subject

    def clean_subject(self) -> str:
        subject: str = self.cleaned_data["subject"].strip()
        if self.with_subject and not subject:
            raise forms.ValidationError("Write a subject.")
        return subject


class SnoozeForm(forms.Form):
    """Until when a task sleeps, as a moment in the user's zone."""

    when = forms.ChoiceField(
        choices=list(SNOOZES.items()), error_messages={"required": "Choose until when."}
    )
    date = forms.DateField(required=False, error_messages={"invalid": "Write a date."})

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user = user

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if data.get("when") == "date" and "date" not in self.errors:
            day, today = data.get("date"), timezone.localdate(timezone=self.user.tz)
            if day is None:
                self.add_error("date", "Choose a day.")
            elif not today < day < today + FURTHEST:
                self.add_error("date", "Choose a day to come, at most a year ahead.")
        return data

    def until(self, now: datetime) -> datetime:
        """The chosen moment: mornings begin at the user's own working hours."""
        local, when = now.astimezone(self.user.tz), self.cleaned_data["when"]
        if when == "hour":
            return now + timedelta(hours=1)
        if when == "week":
            day = local.date() + timedelta(days=7 - local.weekday())
        elif when == "date":
            day = self.cleaned_data["date"]
        else:
            day = local.date() + timedelta(days=1)
        return datetime.combine(day, _start(self.user), tzinfo=self.user.tz)


def _start(user: User) -> time:
    start = user.work_start
    return start if isinstance(start, time) else time.fromisoformat(start)


class DoneForm(forms.Form):
    """How a task ended. `outcomes` are those of its channel; a call needs one.

    `effects` says which of them needs a moment to come, or the answer that was pasted.
    """

    outcome = forms.ChoiceField(
        choices=[], required=False, error_messages={"invalid_choice": "Choose how it went."}
    )
    note = forms.CharField(
        max_length=NOTE_LIMIT,
        required=False,
        error_messages={"max_length": "At most 5,000 characters."},
    )
    minutes = forms.IntegerField(required=False, min_value=0, max_value=LONGEST_MINUTES)
    call_back_at = forms.DateTimeField(
        required=False,
        input_formats=LOCAL,
        error_messages={"invalid": "Write a date and a time."},
    )
    answer = forms.CharField(
        max_length=20000,
        required=False,
        error_messages={"max_length": "At most 20,000 characters."},
    )

    def __init__(
        self,
        *args: Any,
        call: bool,
        outcomes: Mapping[str, str],
        effects: Mapping[str, str],
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.call, self.effects = call, effects
        field = self.fields["outcome"]
        if isinstance(field, forms.ChoiceField):
            field.choices = [("", ""), *outcomes.items()]

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        outcome = data.get("outcome") or ""
        if self.call and "outcome" not in self.errors and not outcome:
            self.add_error("outcome", "Choose how the call ended.")
        leads_to = self.effects.get(outcome, "")
        if leads_to == "answer" and not (data.get("answer") or "").strip():
            self.add_error("answer", "Paste what they answered.")
        if leads_to == "date" and "call_back_at" not in self.errors:
            self._check_moment(data.get("call_back_at"))
        return data

    def _check_moment(self, at: datetime | None) -> None:
        if at is None or at <= timezone.now():
            self.add_error("call_back_at", "Choose a moment to come.")
        elif at > timezone.now() + FURTHEST:
            self.add_error("call_back_at", "At most a year ahead.")

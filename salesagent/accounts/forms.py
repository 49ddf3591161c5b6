"""Forms of accounts and workspace: what a field means is told beside it, errors too."""

import zoneinfo
from datetime import time
from typing import Any, cast

from django import forms
from django.contrib.auth import password_validation
from django.contrib.auth.forms import AuthenticationForm
from django.core.exceptions import ValidationError
from django.urls import reverse
from django.utils.html import format_html, format_html_join

from salesagent.accounts import notices, start
from salesagent.accounts.models import Team, User, Workspace
from salesagent.lib import countries, public_holidays
from salesagent.lib.text import clean, one_line

NO_MATCH = "Email and password do not match. After 5 tries there is a pause of 15 minutes."
DAYS = [(0, "Mon"), (1, "Tue"), (2, "Wed"), (3, "Thu"), (4, "Fri"), (5, "Sat"), (6, "Sun")]


def zone_choices() -> list[tuple[str, str]]:
    """IANA zones a person may live in, without the historical aliases."""
    areas = (
        "Africa/",
        "America/",
        "Asia/",
        "Atlantic/",
        "Australia/",
        "Europe/",
        "Indian/",
        "Pacific/",
    )
    names = (name for name in zoneinfo.available_timezones() if name.startswith(areas))
    return [("UTC", "UTC"), *((name, name.replace("_", " ")) for name in sorted(names))]


class LineField(forms.CharField):
    """One line of text without control characters."""

    def to_python(self, value: Any) -> str:
        return one_line(super().to_python(value) or "", self.max_length or 200)


class LoginForm(AuthenticationForm):
    error_messages = {"invalid_login": NO_MATCH, "inactive": NO_MATCH}
    username = forms.EmailField(
        label="Email",
        widget=forms.EmailInput(
            attrs={"autocomplete": "username", "autofocus": True, "class": "form-control"}
        ),
    )
    password = forms.CharField(
        label="Password",
        strip=False,
        widget=forms.PasswordInput(
            attrs={"autocomplete": "current-password", "class": "form-control"}
        ),
    )
    remember = forms.BooleanField(
        label="Keep me signed in on this device for 14 days",
        required=False,
        widget=forms.CheckboxInput(attrs={"class": "form-check-input"}),
    )

    def clean_username(self) -> str:
        return str(self.cleaned_data["username"]).lower()


class RegisterForm(forms.Form):
    name = LineField(
        label="Your name", max_length=120, widget=forms.TextInput(attrs={"autocomplete": "name"})
    )
    email = forms.EmailField(
        label="Email", widget=forms.EmailInput(attrs={"autocomplete": "username"})
    )
    password = forms.CharField(
        label="Password",
        strip=False,
        help_text="At least 10 characters. Several words are easier to keep in mind.",
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )
    time_zone = forms.ChoiceField(label="Time zone", choices=zone_choices)

    def __init__(self, *args: Any, fixed_email: str = "", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if fixed_email:
            self.fields["email"].disabled = True
            self.fields["email"].initial = fixed_email

    def clean_email(self) -> str:
        email = str(self.cleaned_data["email"]).lower()
        if User.objects.filter(email__iexact=email).exists():
            raise ValidationError("There is an account with this address. Sign in instead.")
        return email

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if password := data.get("password"):
            user = User(email=data.get("email", ""), name=data.get("name", ""))
            try:
                password_validation.validate_password(password, user)
            except ValidationError as error:
                self.add_error("password", error)
        return data


class ProfileForm(forms.ModelForm):  # type: ignore[type-arg]
    name = LineField(label="Your name", max_length=120)
    time_zone = forms.ChoiceField(label="Time zone", choices=zone_choices)
    work_days = forms.TypedMultipleChoiceField(
        label="Working days", choices=DAYS, coerce=int, widget=forms.CheckboxSelectMultiple
    )
    skills = forms.CharField(
        label="Skills",
        required=False,
        max_length=300,
        help_text="Trades or languages, with commas between",
    )
    start_page = forms.ChoiceField(
        label="The product opens at", required=False, help_text="Also after signing in."
    )
    digest_groups = forms.MultipleChoiceField(
        label="Also in the daily mail",
        required=False,
        choices=tuple(notices.GROUPS.items()),
        widget=forms.CheckboxSelectMultiple,
    )

    class Meta:
        model = User
        fields = [
            "name",
            "phone",
            "time_zone",
            "language",
            "signature",
            "work_start",
            "work_end",
            "work_days",
            "away_from",
            "away_until",
            "daily_capacity",
            "skills",
            "start_page",
            "theme",
            "shortcuts_on",
            "daily_digest",
        ]
        labels = {
            "language": "Language of dates",
            "signature": "Signature under your mails",
            "work_start": "Work starts",
            "work_end": "Work ends",
            "daily_capacity": "Tasks a day",
            "shortcuts_on": "Single-key shortcuts (A approve, J next, ...)",
            "away_from": "Away from",
            "away_until": "Away until, that day included",
            "daily_digest": "A mail with what waits, when my work day starts",
        }
        help_texts = {
            "language": "",
            "daily_capacity": "Calls, answers and drafts to check on a working day. New leads and "
            "the balance of the team follow it.",
            "away_until": "While you are away, hot answers go to your manager at once, and new "
            "leads to colleagues.",
        }
        widgets = {
            "work_start": forms.TimeInput(attrs={"type": "time"}, format="%H:%M"),
            "work_end": forms.TimeInput(attrs={"type": "time"}, format="%H:%M"),
            "away_from": forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
            "away_until": forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
            "signature": forms.Textarea(attrs={"rows": 3}),
            "language": forms.Select(
                choices=[
                    ("en", "English"),
                    ("de", "Deutsch"),
                    ("fr", "Français"),
                    ("es", "Español"),
                    ("it", "Italiano"),
                    ("pt", "Português"),
                    ("nl", "Nederlands"),
                    ("pl", "Polski"),
                ]
            ),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial["skills"] = ", ".join(self.instance.skills)
        self._offer_starts()
        link = format_html('<a href="{}">See today’s mail</a>', reverse("outreach:digest"))
        says = "On working days, and only when something waits."
        self.fields["daily_digest"].help_text = format_html("{} {}", says, link)
        self.fields["skills"].help_text = self._skills_help()
        without = self.instance.digest_without
        self.initial["digest_groups"] = [code for code in notices.GROUPS if code not in without]

    def _offer_starts(self) -> None:
        """What their role may choose; a choice that it no longer has reads as Today."""
        offered = start.choices(self.instance)
        cast(forms.ChoiceField, self.fields["start_page"]).choices = offered
        if self.instance.start_page not in dict(offered):
            self.initial["start_page"] = start.DEFAULT

    def clean_start_page(self) -> str:
        return str(self.cleaned_data["start_page"] or self.instance.start_page)

    def _skills_help(self) -> str:
        """With what colleagues wrote, so that one word means one thing."""
        others = User.objects.filter(is_active=True).exclude(pk=self.instance.pk)
        known = {skill for skills in others.values_list("skills", flat=True) for skill in skills}
        more = sorted(known - set(self.instance.skills), key=str.lower)[:12]
        chips = format_html_join(" ", '<span class="chip">{}</span>', ((one,) for one in more))
        says = "Trades and languages, with commas between; new leads follow them."
        return format_html("{} Colleagues wrote: {}", says, chips) if more else says

    def save(self, commit: bool = True) -> User:
        chosen = self.cleaned_data["digest_groups"]
        self.instance.digest_without = [code for code in notices.GROUPS if code not in chosen]
        user: User = super().save(commit)
        return user

    def clean_skills(self) -> list[str]:
        parts = [one_line(part, 40) for part in self.cleaned_data["skills"].split(",")]
        return [part for part in parts if part][:20]

    def clean_signature(self) -> str:
        return clean(self.cleaned_data["signature"]).strip()

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        start, end = data.get("work_start"), data.get("work_end")
        if isinstance(start, time) and isinstance(end, time) and start >= end:
            self.add_error("work_end", "Work has to end after it starts.")
        begins, ends = data.get("away_from"), data.get("away_until")
        if begins and ends and ends < begins:
            self.add_error("away_until", "This day is before the first one.")
        return data


class InviteForm(forms.Form):
    email = forms.EmailField(label="Email")
    role = forms.ChoiceField(label="Role", choices=User.Role.choices)
    team = forms.ModelChoiceField(
        label="Team", queryset=Team.objects.all(), required=False, empty_label="No team"
    )

    def __init__(self, *args: Any, by: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not by.is_owner:
            teams = Team.objects.filter(members=by)
            self.fields["role"].choices = [(User.Role.REP.value, User.Role.REP.label)]  # type: ignore[attr-defined]
            self.fields["team"].queryset = teams  # type: ignore[attr-defined]
            self.fields["team"].initial = by.team_id
            self.fields["team"].required = True

    def clean_email(self) -> str:
        email = str(self.cleaned_data["email"]).lower()
        if User.objects.filter(email__iexact=email).exists():
            raise ValidationError("This person has an account already.")
        return email


class RoleForm(forms.ModelForm):  # type: ignore[type-arg]
    class Meta:
        model = User
        fields = ["role", "team"]


class TeamForm(forms.ModelForm):  # type: ignore[type-arg]
    name = LineField(label="Team", max_length=80)

    class Meta:
        model = Team
        fields = ["name", "team_view"]
        labels = {"team_view": "Reps see each other's leads"}
        help_texts = {"team_view": ""}


class WorkspaceForm(forms.ModelForm):  # type: ignore[type-arg]
    name = LineField(label="Company name", max_length=120)
    postal_address = LineField(
        label="Postal address",
        max_length=300,
        required=False,
        help_text="Stands under each mail. Without it no mail is sent (CAN-SPAM asks for it).",
    )
    service = LineField(
        label="What you do",
        max_length=200,
        required=False,
        help_text="In a few words, for {{service}}",
    )
    website = forms.URLField(label="Website", required=False, assume_scheme="https")
    privacy_url = forms.URLField(label="Privacy page", required=False, assume_scheme="https")
    time_zone = forms.ChoiceField(label="Time zone", choices=zone_choices)
    country = forms.ChoiceField(label="Country", choices=[])
    send_days = forms.TypedMultipleChoiceField(
        label="Sending days", choices=DAYS, coerce=int, widget=forms.CheckboxSelectMultiple
    )

    class Meta:
        model = Workspace
        fields = [
            "name",
            "postal_address",
            "website",
            "privacy_url",
            "service",
            "country",
            "time_zone",
            "window_start",
            "window_end",
            "send_days",
            "skip_holidays",
            "mailbox_daily_cap",
            "mailbox_min_gap",
            "lead_touches_per_week",
            "company_touches_per_week",
            "pause_company_on_reply",
            "escalate_after",
            "weekly_report",
        ]
        labels = {
            "window_start": "Send from",
            "window_end": "Send until",
            "skip_holidays": "Not on public holidays in the lead's country",
            "mailbox_daily_cap": "Mails a day and mailbox",
            "mailbox_min_gap": "Seconds between two mails of a mailbox",
            "lead_touches_per_week": "Touches a week and person, all channels",
            "company_touches_per_week": "Touches a week and company",
            "pause_company_on_reply": "When somebody answers, pause the colleagues too",
            "escalate_after": "Minutes a hot answer may wait before the manager learns of it",
            "weekly_report": "On Mondays mail the week as a PDF to owner and managers",
        }
        help_texts = {
            "skip_holidays": "",
            "mailbox_min_gap": "Ten minutes is usual for cold mail.",
            "escalate_after": "Working minutes of the person who owns the lead. 0 tells nobody.",
        }
        widgets = {
            "window_start": forms.TimeInput(attrs={"type": "time"}, format="%H:%M"),
            "window_end": forms.TimeInput(attrs={"type": "time"}, format="%H:%M"),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        known = public_holidays.load().list_supported_countries()
        codes = [code for code in known if len(code) == 2]
        self.fields["country"].choices = countries.choices(codes)  # type: ignore[attr-defined]
        link = format_html('<a href="{}">See this week’s</a>', reverse("analytics:weekly_mail"))
        self.fields["weekly_report"].help_text = link
        self.fields["escalate_after"].required = False  # left empty: as it was

    def clean_escalate_after(self) -> int:
        given = self.cleaned_data["escalate_after"]
        return int(Workspace.current().escalate_after if given is None else given)

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        start, end = data.get("window_start"), data.get("window_end")
        if isinstance(start, time) and isinstance(end, time) and start >= end:
            self.add_error("window_end", "The window has to end after it starts.")
        for field in ("mailbox_daily_cap", "lead_touches_per_week", "company_touches_per_week"):
            if data.get(field) == 0:
                self.add_error(field, "At least 1; to stop all sending, pause the mailbox.")
        return data


class DeactivateForm(forms.Form):
    heir = forms.ModelChoiceField(
        label="Leads go to", queryset=User.objects.none(), required=False, empty_label="Nobody yet"
    )

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        people = User.objects.filter(is_active=True).exclude(pk=user.pk)
        self.fields["heir"].queryset = people  # type: ignore[attr-defined]

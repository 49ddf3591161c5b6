"""People who work here: users, teams, invitations, the workspace, and what they did."""

import zoneinfo
from datetime import date
from typing import Any

from django.conf import settings
from django.contrib.auth.models import AbstractUser
from django.contrib.auth.models import UserManager as DjangoUserManager
from django.db import models
from django.db.models.functions import Lower

from salesagent.lib.crypto import EncryptedTextField
from salesagent.lib.sql import Rows

WORK_DAYS = [0, 1, 2, 3, 4]


def default_work_days() -> list[int]:
    return list(WORK_DAYS)


class Workspace(models.Model):
    """The one installation: who we are, and the limits that hold for everybody. Row 1."""

    name = models.CharField(max_length=120, default="My company")
    postal_address = models.CharField(max_length=300, blank=True)
    website = models.URLField(blank=True)
    privacy_url = models.URLField(blank=True)
    country = models.CharField(max_length=2, default="US")
    time_zone = models.CharField(max_length=64, default="UTC")
    trade = models.CharField(max_length=60, blank=True)
    service = models.CharField(max_length=200, blank=True, help_text="What we do, in a few words")
    # sending limits (facts/field.md section 6: cold cap 50 a mailbox and day, gap 600 s)
    mailbox_daily_cap = models.PositiveSmallIntegerField(default=40)
    mailbox_min_gap = models.PositiveSmallIntegerField(
        default=120, help_text="Seconds between two messages"
    )
    lead_touches_per_week = models.PositiveSmallIntegerField(default=3)
    company_touches_per_week = models.PositiveSmallIntegerField(default=6)
    pause_company_on_reply = models.BooleanField(default=True)
    window_start = models.TimeField(default="08:00")
    window_end = models.TimeField(default="17:00")
    send_days = models.JSONField(default=default_work_days, help_text="0 is Monday")
    text_window_start = models.TimeField(
        default="09:00", help_text="SMS, WhatsApp and calls; the lead's own time"
    )
    text_window_end = models.TimeField(default="20:00")
    skip_holidays = models.BooleanField(default=True, help_text="Of the lead's country")
    form_enabled = models.BooleanField(default=True)
    form_slug = models.SlugField(default="contact")
    form_title = models.CharField(max_length=120, default="Tell us what you need")
    form_intro = models.CharField(
        max_length=300,
        default="You get a mail at once, and a person answers within one working day.",
    )
    form_owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+"
    )
    confirmation_subject = models.CharField(
        max_length=150, default="We have your message, {{first_name|thank you}}"
    )
    confirmation_body = models.TextField(
        max_length=3000,
        default=(
            "Hello {{first_name|there}},\n\nthank you for writing to us. A person reads your "
            "message and answers within one working day. If it is urgent, just answer this mail. "
            "If it was not you, ignore it.\n\n"
            "{{sender_name}}"
        ),
    )
    confirmation_hash = models.CharField(
        max_length=64, blank=True, help_text="Of the approved words; empty: nothing is confirmed"
    )
    confirmation_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+"
    )
    confirmation_at = models.DateTimeField(null=True, blank=True)
    points_card = models.JSONField(
        default=dict, help_text="The owner's score card; empty: the built-in one"
    )
    # what is shown and told to whom
    currency = models.CharField(max_length=3, default="EUR", help_text="Of costs and reports")
    leaderboard = models.BooleanField(default=False, help_text="People side by side, by name")
    escalate_after = models.PositiveSmallIntegerField(
        default=60, help_text="Working minutes a hot reply may wait; 0 tells nobody"
    )
    weekly_report = models.BooleanField(default=True, help_text="Monday's mail with a PDF")
    hand_minutes = models.JSONField(
        default=dict, help_text="Minutes by hand of what is saved; empty: the built-in ones"
    )
    updated_at = models.DateTimeField(auto_now=True)

    def __str__(self) -> str:
        return self.name

    @classmethod
    def current(cls) -> "Workspace":
        """The row; made with defaults on first use."""
        return _WORKSPACE.first(1) or cls._first_use()

    @classmethod
    def _first_use(cls) -> "Workspace":
        row, new = cls.objects.get_or_create(pk=1)
        if new:
            row.refresh_from_db()  # times come as text from the defaults, as times from the table
        return row


_WORKSPACE = Rows(lambda pk: Workspace.objects.filter(pk=pk))


class Team(models.Model):
    name = models.CharField(max_length=80, unique=True)
    team_view = models.BooleanField(
        default=False, help_text="Reps of this team see each other's leads"
    )

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class UserManager(DjangoUserManager):  # type: ignore[type-arg]
    def _make(self, email: str, password: str | None, **extra: Any) -> "User":
        user: User = self.model(email=self.normalize_email(email).lower(), **extra)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_user(self, email: str, password: str | None = None, **extra: Any) -> "User":  # type: ignore[override]
        return self._make(email, password, **extra)

    def create_superuser(self, email: str, password: str | None = None, **extra: Any) -> "User":  # type: ignore[override]
        extra.setdefault("role", User.Role.OWNER)
        return self._make(email, password, is_staff=True, is_superuser=True, **extra)

    def get_by_natural_key(self, username: str | None) -> "User":
        user: User = self.get(email__iexact=username)
        return user


class User(AbstractUser):
    """Logs in by e-mail. What a user may see is decided in access.py, not by permissions."""

    class Role(models.TextChoices):
        REP = "rep", "Rep"
        MANAGER = "manager", "Manager"
        OWNER = "owner", "Owner"

    class Theme(models.TextChoices):
        AUTO = "auto", "Like the device"
        LIGHT = "light", "Light"
        DARK = "dark", "Dark"

    username = None  # type: ignore[assignment]
    email = models.EmailField(unique=True)
    name = models.CharField(max_length=120)
    role = models.CharField(max_length=10, choices=Role.choices, default=Role.REP)
    team = models.ForeignKey(Team, models.SET_NULL, null=True, blank=True, related_name="members")
    time_zone = models.CharField(max_length=64, default="UTC")
    language = models.CharField(max_length=5, default="en", help_text="Language of dates")
    phone = models.CharField(max_length=32, blank=True)
    signature = models.TextField(max_length=1000, blank=True)
    work_start = models.TimeField(default="09:00")
    work_end = models.TimeField(default="17:00")
    work_days = models.JSONField(default=default_work_days)
    daily_capacity = models.PositiveSmallIntegerField(default=30, help_text="Tasks a day")
    skills = models.JSONField(default=list)
    shortcuts_on = models.BooleanField(default=True)
    theme = models.CharField(max_length=5, choices=Theme.choices, default=Theme.AUTO)
    start_page = models.CharField(
        max_length=20, default="today", help_text="Where the product opens"
    )
    checklist_hidden = models.BooleanField(default=False)
    away_from = models.DateField(null=True, blank=True)
    away_until = models.DateField(null=True, blank=True, help_text="The last day away")
    over_since = models.DateField(
        null=True, blank=True, help_text="First day with more to do than fits into a week"
    )
    daily_digest = models.BooleanField(default=True, help_text="A mail with what waits")
    digest_without = models.JSONField(default=list, help_text="Groups of notices left out of it")
    digest_day = models.DateField(null=True, blank=True, help_text="Last one settled, own calendar")

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS = ["name"]
    objects = UserManager()  # type: ignore[misc]

    class Meta:
        ordering = ["name"]
        constraints = [models.UniqueConstraint(Lower("email"), name="user_email_nocase")]

    def __str__(self) -> str:
        return self.name or self.email

    def get_short_name(self) -> str:
        return self.name.split(" ")[0] if self.name else self.email

    def get_full_name(self) -> str:
        return self.name

    @property
    def initials(self) -> str:
        parts = [p for p in self.name.split() if p]
        return ("".join(p[0] for p in (parts[:1] + parts[1:][-1:])) or self.email[:2]).upper()

    def away_on(self, day: date) -> bool:
        """Between the first and the last day away, both included; one that is empty is no limit."""
        begins, ends = self.away_from, self.away_until
        if begins is None and ends is None:
            return False
        return (begins is None or begins <= day) and (ends is None or day <= ends)

    @property
    def tz(self) -> zoneinfo.ZoneInfo:
        try:
            return zoneinfo.ZoneInfo(self.time_zone)
        except (zoneinfo.ZoneInfoNotFoundError, ValueError):
            return zoneinfo.ZoneInfo("UTC")

    @property
    def is_manager(self) -> bool:
        """Managers and the owner."""
        return self.role in (self.Role.MANAGER, self.Role.OWNER)

    @property
    def is_owner(self) -> bool:
        return self.role == self.Role.OWNER

    @property
    def actor(self) -> str:
        """How the thread names this user."""
        return f"user:{self.pk}"


class Invitation(models.Model):
    """A one-time link. Only the token's hash is stored; the first owner comes by one as well."""

    email = models.EmailField(blank=True)
    role = models.CharField(max_length=10, choices=User.Role.choices, default=User.Role.REP)
    team = models.ForeignKey(Team, models.SET_NULL, null=True, blank=True)
    token_hash = models.CharField(max_length=64, unique=True)
    invited_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField()
    accepted_at = models.DateTimeField(null=True)
    accepted_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    revoked_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"{self.role} {self.email}"


class Connection(models.Model):
    """One service and account: its credentials (encrypted) and how it goes.

    `secret` holds JSON of what must stay secret, `settings` JSON of the rest. Personal ones (a
    rep's Gmail) have a user. Written only through salesagent.accounts.connections.
    """

    class State(models.TextChoices):
        OFF = "off", "Off"
        ON = "on", "Connected"
        WAITING = "waiting", "Waiting"
        BROKEN = "broken", "Needs you"

    service = models.CharField(max_length=30)
    account = models.CharField(max_length=200, blank=True)
    user = models.ForeignKey(
        User, models.CASCADE, null=True, blank=True, related_name="connections"
    )
    secret = EncryptedTextField(blank=True)
    settings = models.JSONField(default=dict)
    scopes = models.JSONField(default=list, help_text="Granted, as the service named them")
    state = models.CharField(max_length=8, choices=State.choices, default=State.ON)
    error = models.CharField(max_length=300, blank=True, help_text="In plain words, and what to do")
    error_at = models.DateTimeField(null=True, blank=True)
    last_ok_at = models.DateTimeField(null=True, blank=True)
    ends_at = models.DateTimeField(
        null=True, blank=True, help_text="When the sign-in runs out by itself, if it does"
    )
    version = models.PositiveIntegerField(default=0, help_text="Of the secret; one refresher wins")
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["service", "account", "user"], name="one_connection")
        ]

    def __str__(self) -> str:
        return f"{self.service} {self.account}"


class AuditEntry(models.Model):
    """Who did what to which thing. Written through accounts.audit.note only."""

    at = models.DateTimeField(auto_now_add=True, db_index=True)
    user = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    action = models.CharField(max_length=60)
    target = models.CharField(max_length=120, blank=True)
    data = models.JSONField(default=dict)

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"{self.action} {self.target}"


class BackupCopy(models.Model):
    """One encrypted copy of the data on a drive elsewhere. Written by accounts.backups only."""

    class State(models.TextChoices):
        MAKING = "making", "Being made"
        KEPT = "kept", "Kept"
        FAILED = "failed", "Failed"
        GONE = "gone", "Removed"

    connection = models.ForeignKey(Connection, models.CASCADE, related_name="backups")
    state = models.CharField(max_length=8, choices=State.choices, default=State.MAKING)
    name = models.CharField(max_length=120)
    remote_id = models.CharField(max_length=120, blank=True)
    size = models.PositiveBigIntegerField(default=0, help_text="Bytes, encrypted")
    md5 = models.CharField(max_length=32, blank=True, help_text="Drive's own checksum, compared")
    sha256 = models.CharField(max_length=64, blank=True, help_text="Of the encrypted file")
    upload = models.JSONField(default=dict, help_text="Session of a broken upload, and its offset")
    error = models.CharField(max_length=300, blank=True)
    job = models.ForeignKey("lib.Job", models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"{self.name} {self.state}"


class Notification(models.Model):
    """Something a person should know. Written only by accounts.notices.

    `key` makes a thing one row however often it is told. `lead_id` is plain, for erasure.
    """

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="notices")
    kind = models.CharField(max_length=30)
    key = models.CharField(max_length=120)
    title = models.CharField(max_length=160)
    text = models.CharField(max_length=300, blank=True)
    link = models.CharField(max_length=300, blank=True, help_text="A path in the product")
    lead_id = models.BigIntegerField(null=True, blank=True, db_index=True)
    urgent = models.BooleanField(default=False)
    created_at = models.DateTimeField(auto_now_add=True)
    read_at = models.DateTimeField(null=True, blank=True)
    mailed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "key"], name="one_notice")]
        indexes = [
            models.Index(fields=["user", "-id"], name="notice_user"),
            models.Index(
                fields=["user"], name="notice_unread", condition=models.Q(read_at__isnull=True)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} for {self.user_id}"

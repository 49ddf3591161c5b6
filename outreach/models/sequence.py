import uuid

from django.conf import settings
from django.db import models


class Sequence(models.Model):
    """Up to ten touches over several channels. Its steps are versioned: see Step."""

    class State(models.TextChoices):
        DRAFT = "draft", "Draft"
        RUNNING = "running", "Running"
        PAUSED = "paused", "Paused"
        ARCHIVED = "archived", "Archived"

    name = models.CharField(max_length=100)
    description = models.CharField(max_length=300, blank=True)
    state = models.CharField(max_length=10, choices=State.choices, default=State.DRAFT)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+"
    )
    team = models.ForeignKey(
        "accounts.Team", models.SET_NULL, null=True, blank=True, related_name="+"
    )
    version = models.PositiveIntegerField(default=1)
    window_start = models.TimeField(
        null=True, blank=True, help_text="Lead's local time; empty: workspace"
    )
    window_end = models.TimeField(null=True, blank=True)
    rule = models.JSONField(
        default=dict,
        help_text='Enrolment filter: {"query": "stage=new&min_score=40", "live": true}',
    )
    track_clicks = models.BooleanField(default=False, help_text="Links go over our own address")
    track_opens = models.BooleanField(
        default=False, help_text="Only for leads who agreed to it, each"
    )
    adaptive = models.BooleanField(
        default=False, help_text="Delays and moments follow each lead's interest"
    )
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class Step(models.Model):
    """One touch of a sequence, as it stood between two versions. Rows are never edited in place.

    An edit retires the row (`until_version`) and adds one with the same `key`; a touch keeps the
    row it was made from. So an edit reaches only people who have not reached the touch.
    """

    class Condition(models.TextChoices):
        ALWAYS = "", "No reply yet"
        NO_CLICK = "no_click", "No click yet"
        SCORE_WARM = "score_warm", "Score is Warm or Hot"
        HAS_PHONE = "has_phone", "Has a phone number"

    sequence = models.ForeignKey(Sequence, models.CASCADE, related_name="steps")
    key = models.UUIDField(default=uuid.uuid4)
    position = models.PositiveSmallIntegerField()
    name = models.CharField(max_length=80)
    channel = models.CharField(max_length=12)
    delay_days = models.PositiveSmallIntegerField(
        default=0, help_text="Working days after the one before"
    )
    condition = models.CharField(max_length=12, choices=Condition.choices, blank=True, default="")
    fallback_channel = models.CharField(
        max_length=12,
        blank=True,
        help_text="Used when the channel cannot reach the lead; empty: skip",
    )
    unchanged = models.BooleanField(
        default=False, help_text="Send the approved template unchanged, without asking each time"
    )
    unchanged_approved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+"
    )
    since_version = models.PositiveIntegerField(default=1)
    until_version = models.PositiveIntegerField(null=True, blank=True, help_text="Empty: current")

    class Meta:
        ordering = ["position", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["sequence", "key"],
                condition=models.Q(until_version__isnull=True),
                name="one_current_step_row",
            )
        ]

    def __str__(self) -> str:
        return f"{self.position}. {self.name}"


class Variant(models.Model):
    """The words of a step; up to three, chosen by weight and kept per enrolment."""

    step = models.ForeignKey(Step, models.CASCADE, related_name="variants")
    label = models.CharField(max_length=1, default="A")
    subject = models.CharField(max_length=200, blank=True)
    body = models.TextField(max_length=8000)
    brief = models.TextField(
        max_length=2000, blank=True, help_text="What a model should write; the body is the fallback"
    )
    weight = models.PositiveSmallIntegerField(default=1)
    content_sid = models.CharField(
        max_length=40, blank=True, help_text="WhatsApp: the provider's approved template"
    )
    by_program = models.BooleanField(
        default=False, help_text="A program typed the words, and no person saved or approved them"
    )

    class Meta:
        ordering = ["label"]
        constraints = [models.UniqueConstraint(fields=["step", "label"], name="one_variant_label")]

    def __str__(self) -> str:
        return f"{self.step_id} {self.label}"


class Enrollment(models.Model):
    """A lead's way through a sequence. State is changed only by outreach.services.enrollment."""

    class State(models.TextChoices):
        ACTIVE = "active", "Active"
        PAUSED = "paused", "Paused"
        FINISHED = "finished", "Finished"
        STOPPED = "stopped", "Stopped"

    class Reason(models.TextChoices):
        # paused
        REPLIED = "replied", "They replied"
        COMPANY_REPLIED = "company_replied", "A colleague replied"
        OUT_OF_OFFICE = "out_of_office", "Out of office"
        MANUAL = "manual", "By hand"
        MAILBOX = "mailbox", "The mailbox is paused"
        TASK = "task", "Waits for a task"
        MEETING = "meeting", "They booked a meeting"
        LEFT = "left", "Left the company"
        # stopped
        OPTED_OUT = "opted_out", "Asked to stop"
        HARD_BOUNCE = "hard_bounce", "The address does not exist"
        COMPLAINT = "complaint", "Reported as spam"
        NOT_INTERESTED = "not_interested", "Not interested"
        CONVERTED = "converted", "Won"
        ERASED = "erased", "Erased"
        ARCHIVED = "archived", "Archived"

    lead = models.ForeignKey("leads.Lead", models.PROTECT, related_name="enrollments")
    sequence = models.ForeignKey(Sequence, models.PROTECT, related_name="enrollments")
    mailbox = models.ForeignKey(
        "outreach.Mailbox",
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        help_text="The same sender for the whole sequence",
    )
    state = models.CharField(max_length=10, choices=State.choices, default=State.ACTIVE)
    reason = models.CharField(max_length=16, choices=Reason.choices, blank=True, default="")
    reason_note = models.CharField(max_length=200, blank=True)
    resume_at = models.DateTimeField(null=True, blank=True)
    enrolled_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+"
    )
    next_step_key = models.UUIDField(null=True, blank=True, help_text="Of the touch to make next")
    next_due_at = models.DateTimeField(null=True, blank=True, help_text="When it is due to go out")
    variant_seed = models.PositiveIntegerField(default=0)
    started_at = models.DateTimeField(auto_now_add=True)
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["lead"],
                condition=models.Q(state__in=["active", "paused"]),
                name="one_open_enrollment_per_lead",
            )
        ]
        indexes = [
            models.Index(
                fields=["next_due_at", "id"],
                name="enrollment_due",
                condition=models.Q(state="active"),
            ),
            models.Index(fields=["sequence", "state"], name="enrollment_sequence"),
            models.Index(
                fields=["resume_at"],
                name="enrollment_resume",
                condition=models.Q(state="paused", resume_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.lead_id} in {self.sequence_id}: {self.state}"

    @property
    def why(self) -> str:
        """The reason in words; a merge also hides a lead, and the note says so."""
        if self.reason == self.Reason.ARCHIVED and self.reason_note:
            return self.reason_note
        return self.get_reason_display()

import re
import uuid

from django.conf import settings
from django.db import models


class Touch(models.Model):
    """One message or task to one lead: a step's, an answer, or one written by hand.

    State is changed only by outreach.services.approval and outreach.services.sending (manual
    channels: outreach.services.worklist). `message_id` is fixed when the draft is made, so that an
    uncertain send can be looked up; `approved_hash` binds the approval to exactly this text.
    """

    class Kind(models.TextChoices):
        SEQUENCE = "sequence"
        REPLY = "reply"
        MANUAL = "manual"
        CONFIRMATION = "confirmation"

    class State(models.TextChoices):
        DRAFT = "draft", "Waits for approval"
        APPROVED = "approved", "Approved"
        SENDING = "sending", "Being sent"
        SENT = "sent", "Sent"
        FAILED = "failed", "Failed"
        UNKNOWN = "unknown", "Not known whether it arrived"
        CANCELLED = "cancelled", "Cancelled"
        SKIPPED = "skipped", "Skipped"
        TODO = "todo", "To do"
        DONE = "done", "Done"

    lead = models.ForeignKey("leads.Lead", models.PROTECT, related_name="touches")
    enrollment = models.ForeignKey(
        "outreach.Enrollment", models.PROTECT, null=True, blank=True, related_name="touches"
    )
    step = models.ForeignKey(
        "outreach.Step", models.PROTECT, null=True, blank=True, related_name="+"
    )
    step_key = models.UUIDField(null=True, blank=True)
    variant = models.ForeignKey(
        "outreach.Variant", models.SET_NULL, null=True, blank=True, related_name="+"
    )
    kind = models.CharField(max_length=12, choices=Kind.choices, default=Kind.SEQUENCE)
    number = models.PositiveSmallIntegerField(
        default=0, help_text="Position when it was made; 0: none"
    )
    channel = models.CharField(max_length=12)
    mailbox = models.ForeignKey(
        "outreach.Mailbox", models.SET_NULL, null=True, blank=True, related_name="touches"
    )
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        help_text="Who wrote it by hand; empty: a machine",
    )
    writer = models.CharField(max_length=40, blank=True, help_text="template, user, ai:<model>")
    to_address = models.CharField(max_length=254, blank=True)
    subject = models.CharField(max_length=300, blank=True)
    body = models.TextField(blank=True)
    machine_body = models.TextField(blank=True, help_text="As first drafted, to measure edits")
    receipts = models.JSONField(
        default=list,
        help_text="[{text, source, kind, ok}] of each statement (outreach.services.receipts)",
    )
    writer_note = models.CharField(
        max_length=300, blank=True, help_text="Why another writer than wished, what it left out"
    )
    answers = models.ForeignKey(
        "leads.ThreadEvent",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        help_text="The message of theirs that this draft answers",
    )
    checks = models.JSONField(default=list, help_text="[{code, level: ok|warn|block, text}]")
    checks_passed = models.BooleanField(default=False)
    state = models.CharField(max_length=10, choices=State.choices, default=State.DRAFT)
    due_at = models.DateTimeField(help_text="Planned moment; never earlier")
    not_before = models.DateTimeField(null=True, blank=True, help_text="Undo time, retry or hold")
    approved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+"
    )
    approved_at = models.DateTimeField(null=True, blank=True)
    approved_hash = models.CharField(max_length=64, blank=True)
    message_id = models.CharField(max_length=200, unique=True, null=True, blank=True)
    in_reply_to = models.CharField(max_length=998, blank=True)
    references = models.TextField(blank=True)
    provider_id = models.CharField(max_length=200, blank=True)
    sender_address = models.CharField(
        max_length=254, blank=True, help_text="The number it went out from, where it is no mailbox"
    )
    content_sid = models.CharField(
        max_length=40, blank=True, help_text="WhatsApp: the provider's approved template"
    )
    content_variables = models.JSONField(default=dict)
    delivery = models.CharField(
        max_length=12, blank=True, help_text="What the provider said last; it never goes back"
    )
    delivery_at = models.DateTimeField(null=True, blank=True)
    claim_token = models.UUIDField(null=True, blank=True)
    lease_until = models.DateTimeField(null=True, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    held_code = models.CharField(max_length=30, blank=True, help_text="Why it has not gone out yet")
    held_text = models.CharField(max_length=300, blank=True)
    last_error = models.CharField(max_length=500, blank=True)
    skip_reason = models.CharField(max_length=20, blank=True)
    outcome = models.CharField(max_length=30, blank=True, help_text="Manual channels: how it went")
    sent_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        verbose_name_plural = "touches"
        constraints = [
            models.UniqueConstraint(
                fields=["enrollment", "step_key"],
                condition=models.Q(enrollment__isnull=False),
                name="one_touch_per_step",
            )
        ]
        indexes = [
            models.Index(
                fields=["due_at", "id"], name="touch_due", condition=models.Q(state="approved")
            ),
            models.Index(
                fields=["due_at", "id"], name="touch_draft", condition=models.Q(state="draft")
            ),
            models.Index(
                fields=["lease_until"], name="touch_lease", condition=models.Q(state="sending")
            ),
            models.Index(fields=["mailbox", "-sent_at"], name="touch_mailbox_sent"),
            models.Index(fields=["lead", "-sent_at"], name="touch_lead_sent"),
            models.Index(
                fields=["provider_id"],
                name="touch_provider",
                condition=~models.Q(provider_id=""),
            ),
        ]

    def __str__(self) -> str:
        return f"touch {self.pk} {self.channel} {self.state}"

    @property
    def worry(self) -> str:
        """The first check that did not pass, in words; "" when all did."""
        texts = (check.get("text", "") for check in self.checks if check.get("level") != "ok")
        return re.sub(r"^\d+ words?, \d+ links?\. ", "", next(texts, ""))


class Task(models.Model):
    """One line of Today, something a person has to do. Only services.worklist changes the state."""

    class Kind(models.TextChoices):
        ANSWER = "answer", "Answer first"
        ENQUIRY = "enquiry", "Answer the enquiry"
        MOMENT = "moment", "Good moment"
        TOUCH = "touch", "Due"  # phone, LinkedIn: `touch` says which
        FOLLOW_UP = "follow_up", "Follow up"
        UNMATCHED = "unmatched", "Is this theirs?"
        UNKNOWN = "unknown", "Did this arrive?"
        CONTACT = "contact", "New contact?"
        ATTENTION = "attention", "Needs a look"

    class State(models.TextChoices):
        OPEN = "open"
        DONE = "done"
        SKIPPED = "skipped"

    kind = models.CharField(max_length=10, choices=Kind.choices)
    lead = models.ForeignKey(
        "leads.Lead", models.PROTECT, null=True, blank=True, related_name="tasks"
    )
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="tasks"
    )
    touch = models.ForeignKey(Touch, models.CASCADE, null=True, blank=True, related_name="tasks")
    event = models.ForeignKey(
        "leads.ThreadEvent", models.PROTECT, null=True, blank=True, related_name="+"
    )
    inbound = models.ForeignKey(
        "outreach.InboundMessage", models.CASCADE, null=True, blank=True, related_name="tasks"
    )
    channel = models.CharField(max_length=12, blank=True)
    title = models.CharField(max_length=160)
    why = models.CharField(max_length=300, blank=True, help_text="Why now, in plain words")
    state = models.CharField(max_length=8, choices=State.choices, default=State.OPEN)
    due_at = models.DateTimeField()
    deadline_at = models.DateTimeField(
        null=True, blank=True, help_text="Two-minute clock and the like"
    )
    snoozed_until = models.DateTimeField(null=True, blank=True)
    outcome = models.CharField(max_length=30, blank=True)
    note = models.TextField(blank=True)
    dedupe_key = models.CharField(max_length=120, null=True, unique=True)  # noqa: DJ001
    created_at = models.DateTimeField(auto_now_add=True)
    closed_at = models.DateTimeField(null=True, blank=True)
    closed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+"
    )
    escalated_at = models.DateTimeField(null=True, blank=True)
    escalated_to = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+"
    )

    class Meta:
        indexes = [
            models.Index(
                fields=["owner", "due_at"], name="task_open", condition=models.Q(state="open")
            ),
            models.Index(fields=["owner", "-closed_at"], name="task_closed"),
            models.Index(
                fields=["deadline_at"],
                name="task_deadline",
                condition=models.Q(
                    state="open", escalated_at__isnull=True, deadline_at__isnull=False
                ),
            ),
            models.Index(
                fields=["escalated_at"],
                name="task_passed_on",
                condition=models.Q(state="open", escalated_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.title}"


class Call(models.Model):
    """One bridged call: the rep's phone rings, then the lead's. Nothing is recorded of the talk.

    Written only by outreach.services.bridge.
    """

    lead = models.ForeignKey("leads.Lead", models.PROTECT, related_name="calls")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    task = models.ForeignKey(Task, models.SET_NULL, null=True, blank=True, related_name="calls")
    rep_number = models.CharField(max_length=32)
    lead_number = models.CharField(max_length=32)
    provider_id = models.CharField(max_length=64, blank=True, db_index=True)
    state = models.CharField(max_length=12, default="queued")
    problem = models.CharField(max_length=300, blank=True)
    seconds = models.PositiveIntegerField(default=0, help_text="Talked with the lead")
    created_at = models.DateTimeField(auto_now_add=True)
    answered_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    logged_at = models.DateTimeField(null=True, blank=True, help_text="Outcome and note are in")

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"call {self.pk} {self.state}"


class TrackedLink(models.Model):
    """One link of one sent message. `clicked_at` is a person's click; a scanner's only counts."""

    touch = models.ForeignKey(Touch, models.CASCADE, related_name="links")
    number = models.PositiveSmallIntegerField()
    url = models.URLField(max_length=2000)
    hits = models.PositiveIntegerField(default=0, help_text="Every request, scanners included")
    clicks = models.PositiveIntegerField(default=0, help_text="Confirmed as a person's")
    clicked_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["touch", "number"], name="one_link_number")]

    def __str__(self) -> str:
        return f"link {self.number} of touch {self.touch_id}"


def new_message_id(domain: str) -> str:
    """A Message-ID (RFC 5322 section 3.6.4) that nobody else will make."""
    return f"<{uuid.uuid4().hex}@{domain or 'salesagent.invalid'}>"

from django.conf import settings
from django.db import models


class Profile(models.Model):
    """What a lead's behaviour tells, and what to do next. Written only by services of profiles.

    `signals` is [{code, text, event, at}]; `next_step` is {code, text, reason, evidence, events}.
    """

    lead = models.OneToOneField("leads.Lead", models.CASCADE, related_name="profile")
    engagement = models.CharField(max_length=10, blank=True, help_text="high, some, low, none")
    engagement_points = models.FloatField(default=0)
    sentiment = models.CharField(max_length=10, blank=True, help_text="Of the newest answer")
    trend = models.CharField(max_length=10, blank=True, help_text="rising, falling, steady")
    channel = models.CharField(max_length=12, blank=True, help_text="Where they answer")
    slot = models.CharField(max_length=12, blank=True, help_text="Best coarse slot, their time")
    slot_evidence = models.PositiveSmallIntegerField(default=0)
    signals = models.JSONField(default=list)
    cooling = models.CharField(max_length=10, blank=True, help_text="low, medium, high")
    cooling_reason = models.CharField(max_length=200, blank=True)
    next_step = models.JSONField(default=dict)
    computed_at = models.DateTimeField(null=True, db_index=True)

    def __str__(self) -> str:
        return f"profile of {self.lead_id}"


class Correction(models.Model):
    """A person said "not right". Training data; written only by leads.services.corrections."""

    class Kind(models.TextChoices):
        LABEL = "label", "What an answer means"
        SCORE = "score", "A reason of the score"
        NEXT_STEP = "next_step", "The next step"
        SIGNAL = "signal", "A buying signal"
        EXTRACT = "extract", "Read from an enquiry"
        HINT = "hint", "A coaching hint"
        FACT = "fact", "A fact about them"

    kind = models.CharField(max_length=10, choices=Kind.choices)
    lead = models.ForeignKey(
        "leads.Lead", models.CASCADE, null=True, blank=True, related_name="corrections"
    )
    event = models.ForeignKey(
        "leads.ThreadEvent", models.PROTECT, null=True, blank=True, related_name="+"
    )
    subject = models.CharField(max_length=200, help_text="What was wrong: a code or the words")
    before = models.CharField(max_length=200, blank=True)
    after = models.CharField(max_length=200, blank=True, help_text="What is right; may be blank")
    note = models.CharField(max_length=300, blank=True)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="corrections"
    )
    at = models.DateTimeField(auto_now_add=True)
    taken_back_at = models.DateTimeField(null=True, blank=True)
    used_in = models.CharField(
        max_length=60, blank=True, help_text="The first training that learned from it"
    )

    class Meta:
        ordering = ["-id"]
        indexes = [models.Index(fields=["kind", "-id"], name="correction_kind")]

    def __str__(self) -> str:
        return f"{self.kind} {self.subject}"


class Decision(models.Model):
    """One thing the system did or proposed by itself: the autonomy log (SPEC PA7).

    Written only by leads.services.decisions. `undo` names how to take it back; {} when it cannot
    be taken back.
    """

    class State(models.TextChoices):
        DONE = "done", "Done"
        PROPOSED = "proposed", "Proposed"
        ACCEPTED = "accepted", "Accepted"
        DISMISSED = "dismissed", "Dismissed"
        UNDONE = "undone", "Undone"

    rule = models.CharField(max_length=40, help_text="Code of the rule or model that decided")
    lead = models.ForeignKey(
        "leads.Lead", models.CASCADE, null=True, blank=True, related_name="decisions"
    )
    event = models.ForeignKey(
        "leads.ThreadEvent", models.PROTECT, null=True, blank=True, related_name="+"
    )
    what = models.CharField(max_length=200, help_text="In words: what was done or proposed")
    why = models.CharField(max_length=300, help_text="In words: the reason")
    evidence = models.JSONField(default=dict, help_text="Numbers and event ids it rests on")
    state = models.CharField(max_length=10, choices=State.choices, default=State.DONE)
    undo = models.JSONField(default=dict)
    at = models.DateTimeField(auto_now_add=True)
    settled_at = models.DateTimeField(null=True, blank=True)
    settled_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+"
    )
    dedupe_key = models.CharField(max_length=120, null=True, unique=True)  # noqa: DJ001

    class Meta:
        ordering = ["-id"]
        indexes = [
            models.Index(fields=["lead", "-id"], name="decision_lead"),
            models.Index(fields=["rule", "-id"], name="decision_rule"),
        ]

    def __str__(self) -> str:
        return f"{self.rule} {self.state}"

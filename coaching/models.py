from django.conf import settings
from django.db import models


class Play(models.Model):
    """One answer to one kind of objection, in one version. Written only by coaching.services.plays.

    An edit makes a new version (`root` is the first one); built-in plays are copied when edited.
    """

    class Kind(models.TextChoices):
        PRICE = "price", "Price"
        TIMING = "timing", "Timing"
        AUTHORITY = "authority", "Not the one who decides"
        NEED = "need", "No need seen"
        COMPETITOR = "competitor", "Has somebody already"
        TRUST = "trust", "Trust"

    code = models.SlugField(max_length=60, help_text="Of a built-in play; same over versions")
    root = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="versions")
    version = models.PositiveIntegerField(default=1)
    kind = models.CharField(max_length=12, choices=Kind.choices)
    language = models.CharField(max_length=5, default="en")
    name = models.CharField(max_length=100)
    when = models.CharField(max_length=200, help_text="When it fits, in a few words")
    answer = models.TextField(max_length=1500, help_text="What to say; may hold merge fields")
    question = models.CharField(max_length=300, help_text="What to ask next")
    words = models.JSONField(default=list, help_text="Words in their message that point to it")
    builtin = models.BooleanField(default=False)
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+"
    )
    created_at = models.DateTimeField(auto_now_add=True)
    retired_at = models.DateTimeField(null=True, blank=True, help_text="A newer version is there")

    class Meta:
        ordering = ["kind", "name", "-version"]
        indexes = [
            models.Index(
                fields=["kind", "language"],
                name="play_in_use",
                condition=models.Q(retired_at__isnull=True),
            )
        ]

    def __str__(self) -> str:
        return f"{self.name}, version {self.version}"


class PlayUse(models.Model):
    """A rep took a play into an answer or a call, and what came of it."""

    class Outcome(models.TextChoices):
        OPEN = "", "Not known yet"
        WORKED = "worked", "They went on"
        FAILED = "failed", "They did not"

    play = models.ForeignKey(Play, models.PROTECT, related_name="uses")
    lead = models.ForeignKey("leads.Lead", models.PROTECT, related_name="+")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    event = models.ForeignKey(
        "leads.ThreadEvent", models.PROTECT, null=True, blank=True, related_name="+",
        help_text="The objection it answers",
    )  # fmt: skip
    touch = models.ForeignKey(
        "outreach.Touch", models.SET_NULL, null=True, blank=True, related_name="+"
    )
    outcome = models.CharField(max_length=8, choices=Outcome.choices, blank=True, default="")
    used_at = models.DateTimeField(auto_now_add=True)
    settled_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["play", "lead", "event"], name="one_play_use")
        ]
        indexes = [models.Index(fields=["play", "outcome"], name="play_outcome")]

    def __str__(self) -> str:
        return f"{self.play_id} for {self.lead_id}"


class Feedback(models.Model):
    """What went well and what could go better in one interaction. The rep's own, until shared.

    `strengths` and `improvements` are [{code, text, evidence: [event ids]}]. Written only by
    coaching.services.review.
    """

    rep = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="feedback")
    lead = models.ForeignKey("leads.Lead", models.PROTECT, related_name="+")
    event = models.ForeignKey(
        "leads.ThreadEvent", models.PROTECT, related_name="+", help_text="What it is about"
    )
    about = models.CharField(max_length=20, help_text="answer, call, objection, sequence, outcome")
    strengths = models.JSONField(default=list)
    improvements = models.JSONField(default=list)
    objection = models.CharField(max_length=12, blank=True, help_text="Kind, where there was one")
    handling = models.CharField(max_length=300, blank=True, help_text="How it was met, in words")
    play = models.ForeignKey(Play, models.SET_NULL, null=True, blank=True, related_name="+")
    writer = models.CharField(max_length=40, default="rules", help_text="rules, ai:<model>")
    created_at = models.DateTimeField(auto_now_add=True)
    read_at = models.DateTimeField(null=True, blank=True)
    dismissed_at = models.DateTimeField(null=True, blank=True)
    helpful = models.BooleanField(null=True, blank=True)
    shared_at = models.DateTimeField(null=True, blank=True)
    share_note = models.CharField(max_length=300, blank=True)

    class Meta:
        ordering = ["-id"]
        verbose_name_plural = "feedback"
        constraints = [
            models.UniqueConstraint(fields=["rep", "event", "about"], name="one_feedback")
        ]
        indexes = [models.Index(fields=["rep", "-id"], name="feedback_rep")]

    def __str__(self) -> str:
        return f"feedback {self.pk} for {self.rep_id}"


class Advice(models.Model):
    """What a manager writes to a rep, drafted from threads. The rep sees it once it is sent.

    `evidence` is [event ids] that both may open. Written only by coaching.services.advice.
    """

    class State(models.TextChoices):
        DRAFT = "draft", "Not sent"
        SENT = "sent", "Sent"
        DROPPED = "dropped", "Thrown away"

    author = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    rep = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="advice")
    about = models.CharField(max_length=30, blank=True, help_text="Objection kind or habit")
    text = models.TextField(max_length=2000)
    evidence = models.JSONField(default=list)
    writer = models.CharField(max_length=40, default="rules", help_text="rules, ai:<model>, person")
    state = models.CharField(max_length=7, choices=State.choices, default=State.DRAFT)
    created_at = models.DateTimeField(auto_now_add=True)
    sent_at = models.DateTimeField(null=True, blank=True)
    read_at = models.DateTimeField(null=True, blank=True)
    answer = models.CharField(max_length=500, blank=True, help_text="What the rep says to it")

    class Meta:
        ordering = ["-id"]
        verbose_name_plural = "advice"
        indexes = [models.Index(fields=["rep", "state", "-id"], name="advice_rep")]

    def __str__(self) -> str:
        return f"advice {self.pk} for {self.rep_id}"


class Talk(models.Model):
    """One answer, message or call of a rep, and how it was done. Recounted whole from the thread.

    Each mark is None where it does not apply or is not known yet. Written only by
    coaching.services.talks; read through coaching.access and coaching.services.team, which keep
    one person's habits from others.
    """

    class About(models.TextChoices):
        ANSWER = "answer"
        MESSAGE = "message"
        CALL = "call"
        WAITING = "waiting", "An objection that nobody answered"

    rep = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    lead = models.ForeignKey("leads.Lead", models.PROTECT, related_name="+")
    event = models.OneToOneField("leads.ThreadEvent", models.PROTECT, related_name="+")
    theirs = models.ForeignKey(
        "leads.ThreadEvent", models.PROTECT, null=True, blank=True, related_name="+"
    )
    at = models.DateTimeField()
    about = models.CharField(max_length=8, choices=About.choices)
    objection = models.CharField(max_length=12, blank=True)
    kept = models.BooleanField(null=True, help_text="They wrote again within seven days")
    worked = models.BooleanField(null=True, help_text="They went on within 21 days")
    quick = models.BooleanField(null=True, help_text="A hot message, answered within an hour")
    pain = models.BooleanField(null=True, help_text="Names the trouble noted for them")
    question = models.BooleanField(null=True, help_text="Asks exactly one question")
    next_step = models.BooleanField(null=True, help_text="A call that leaves one")
    acknowledged = models.BooleanField(null=True, help_text="Takes the objection up first")
    discount_first = models.BooleanField(null=True, help_text="A lower price before a question")

    class Meta:
        indexes = [
            models.Index(fields=["rep", "at"], name="talk_rep"),
            models.Index(
                fields=["objection", "-at"],
                name="talk_objection",
                condition=~models.Q(objection=""),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.about} of {self.rep_id}"


class Practice(models.Model):
    """What is kept for each rep beside the talks: who may see the habits, and drafts sent.

    `drafts`: {days: [sent, changed before]} of machine drafts that this person approved.
    """

    rep = models.OneToOneField(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="practice", primary_key=True
    )
    shared_at = models.DateTimeField(null=True, blank=True, help_text="Habits shown to the manager")
    drafts = models.JSONField(default=dict)
    counted_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name_plural = "practice"

    def __str__(self) -> str:
        return f"practice of {self.rep_id}"

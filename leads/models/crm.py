"""What ties our rows to another system's, and what a sync plans, did and could not decide."""

from django.conf import settings
from django.db import models
from django.db.models import Q


class RemoteLink(models.Model):
    """One row of ours is one record there. Keyed on the other side's id, never on an address.

    `base` are the values both sides agreed on last (our form, as text): the third side of a merge.
    Written only by leads.services.crm_links.
    """

    class State(models.TextChoices):
        LINKED = "linked", "In both"
        GONE = "gone", "Deleted there"
        CUT = "cut", "Not synced any more"

    provider = models.CharField(max_length=20, help_text="hubspot, salesforce")
    account = models.CharField(max_length=80, help_text="Portal or organisation id")
    kind = models.CharField(max_length=14, help_text="contact, company, deal, note, email, ...")
    remote_id = models.CharField(max_length=64)
    lead = models.ForeignKey("leads.Lead", models.CASCADE, null=True, related_name="remote_links")
    company = models.ForeignKey(
        "leads.Company", models.CASCADE, null=True, related_name="remote_links"
    )
    deal = models.ForeignKey("leads.Deal", models.CASCADE, null=True, related_name="remote_links")
    event = models.ForeignKey(
        "leads.ThreadEvent", models.PROTECT, null=True, related_name="remote_links"
    )
    state = models.CharField(max_length=6, choices=State.choices, default=State.LINKED)
    base = models.JSONField(default=dict)
    remote_at = models.DateTimeField(null=True, help_text="Their last change that we know")
    pushed_hash = models.CharField(max_length=64, blank=True, help_text="Of what we wrote last")
    error = models.CharField(max_length=300, blank=True, help_text="Why it was refused last time")
    error_at = models.DateTimeField(null=True)
    synced_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["provider", "account", "kind", "remote_id"], name="one_remote_record"
            ),
            *(
                models.UniqueConstraint(
                    fields=["provider", "account", "kind", name],
                    condition=Q(**{f"{name}__isnull": False}) & ~Q(state="cut"),
                    name=f"one_link_of_{name}",
                )
                for name in ("lead", "company", "deal", "event")
            ),
        ]

    def __str__(self) -> str:
        return f"{self.provider} {self.kind} {self.remote_id}"


class SyncRun(models.Model):
    """One pass over both sides: a plan first, then what of it was done. Resumable by `cursor`."""

    class State(models.TextChoices):
        PLANNING = "planning", "Comparing"
        PLANNED = "planned", "Waits for you"
        RUNNING = "running", "Running"
        DONE = "done", "Done"
        STOPPED = "stopped", "Stopped"
        FAILED = "failed", "Failed"
        UNDOING = "undoing", "Taking back"
        UNDONE = "undone", "Taken back"

    provider = models.CharField(max_length=20)
    account = models.CharField(max_length=80, blank=True)
    state = models.CharField(max_length=10, choices=State.choices, default=State.PLANNING)
    preview = models.BooleanField(default=False, help_text="A dry run: stops after the plan")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    job = models.ForeignKey("lib.Job", models.SET_NULL, null=True, related_name="+")
    cursor = models.JSONField(default=dict, help_text="Where it goes on after an interruption")
    counts = models.JSONField(default=dict, help_text="in, out, same, decide, failed, requests")
    error = models.CharField(max_length=300, blank=True)
    started_at = models.DateTimeField(auto_now_add=True)
    ended_at = models.DateTimeField(null=True)
    undone_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["provider"],
                condition=Q(state__in=["planning", "running", "undoing"]),
                name="one_sync_at_a_time",
            )
        ]

    def __str__(self) -> str:
        return f"{self.provider} {self.pk} {self.state}"


class SyncChange(models.Model):
    """One planned or done change on one side, field by field; the row of a diff.

    `changes` is {field: [old, new]} on the side that changes. What came in can be taken back.
    """

    class Action(models.TextChoices):
        CREATE_HERE = "create_here", "New here"
        UPDATE_HERE = "update_here", "Changes here"
        CREATE_THERE = "create_there", "New there"
        UPDATE_THERE = "update_there", "Changes there"
        LINK = "link", "Same record, now joined"
        UNLINK = "unlink", "Gone there"
        SUPPRESS = "suppress", "Opted out"
        LOG_THERE = "log_there", "Activity written there"
        SKIP = "skip", "Left out"

    class State(models.TextChoices):
        PLANNED = "planned"
        DONE = "done"
        FAILED = "failed"
        UNDONE = "undone"
        KEPT = "kept", "Changed since, so it stayed"

    run = models.ForeignKey(SyncRun, models.CASCADE, related_name="changes")
    action = models.CharField(max_length=14, choices=Action.choices)
    state = models.CharField(max_length=8, choices=State.choices, default=State.PLANNED)
    kind = models.CharField(max_length=14)
    remote_id = models.CharField(max_length=64, blank=True)
    lead = models.ForeignKey("leads.Lead", models.CASCADE, null=True, related_name="+")
    company = models.ForeignKey("leads.Company", models.CASCADE, null=True, related_name="+")
    deal = models.ForeignKey("leads.Deal", models.CASCADE, null=True, related_name="+")
    event = models.ForeignKey("leads.ThreadEvent", models.PROTECT, null=True, related_name="+")
    label = models.CharField(max_length=200, blank=True, help_text="Whose, for a person")
    changes = models.JSONField(default=dict)
    reason = models.CharField(max_length=300, blank=True, help_text="Why left out, or refused")
    done_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["id"]
        indexes = [models.Index(fields=["run", "state", "id"], name="sync_change_open")]

    def __str__(self) -> str:
        return f"{self.run_id} {self.action} {self.label}"


class SyncConflict(models.Model):
    """Both sides changed a field since they agreed last: a person says which value is right."""

    class State(models.TextChoices):
        OPEN = "open", "You decide"
        HERE = "here", "Ours kept"
        THERE = "there", "Theirs kept"
        MOOT = "moot", "Equal again"

    link = models.ForeignKey(RemoteLink, models.CASCADE, related_name="conflicts")
    field = models.CharField(max_length=60)
    base = models.TextField(blank=True)
    here = models.TextField(blank=True)
    here_by = models.CharField(max_length=120, blank=True)
    here_at = models.DateTimeField(null=True)
    there = models.TextField(blank=True)
    there_by = models.CharField(max_length=120, blank=True)
    there_at = models.DateTimeField(null=True)
    state = models.CharField(max_length=6, choices=State.choices, default=State.OPEN)
    settled_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+"
    )
    settled_at = models.DateTimeField(null=True)
    written_at = models.DateTimeField(null=True, help_text="When the choice stood on both sides")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(
                fields=["link", "field"], condition=Q(state="open"), name="one_open_conflict"
            )
        ]

    def __str__(self) -> str:
        return f"{self.link_id} {self.field} {self.state}"

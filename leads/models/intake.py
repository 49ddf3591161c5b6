from django.conf import settings
from django.db import models


class ImportBatch(models.Model):
    """One file brought in through the wizard: file, match, check, run, undo."""

    class State(models.TextChoices):
        UPLOADED = "uploaded"
        CHECKING = "checking"
        CHECKED = "checked"
        RUNNING = "running"
        DONE = "done"
        STOPPED = "stopped"
        FAILED = "failed"
        UNDOING = "undoing"
        UNDONE = "undone"

    class Duplicates(models.TextChoices):
        SKIP = "skip", "Keep what is here, skip the row"
        FILL = "fill", "Fill in what is empty here"
        UPDATE = "update", "Take what the file says"

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="imports")
    file_name = models.CharField(max_length=200)
    path = models.CharField(max_length=300, help_text="Under DATA_DIR/imports")
    kind = models.CharField(max_length=5)  # csv, xlsx, sheet
    dialect = models.JSONField(default=dict)  # encoding, delimiter, sheet
    columns = models.JSONField(default=list)
    sample = models.JSONField(default=list)
    mapping = models.JSONField(default=dict)  # column index as text -> field code
    duplicates = models.CharField(max_length=6, choices=Duplicates.choices, default=Duplicates.FILL)
    lawful_basis = models.CharField(max_length=20, blank=True)
    basis_source = models.CharField(max_length=200, blank=True)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        related_name="+",
        help_text="Of new leads",
    )
    round_team = models.ForeignKey(
        "accounts.Team",
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        help_text="New leads go round in this team",
    )
    tag = models.CharField(max_length=40, blank=True)
    report = models.JSONField(default=dict, help_text="What the check found, with examples")
    state = models.CharField(max_length=10, choices=State.choices, default=State.UPLOADED)
    counts = models.JSONField(default=dict)
    rows_done = models.PositiveIntegerField(default=0, help_text="Resume point")
    job = models.ForeignKey("lib.Job", models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    undone_at = models.DateTimeField(
        null=True, help_text="Also archived_at of each lead that the undo withdrew"
    )

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return self.file_name


class BadRow(models.Model):
    """A row that did not come in, with the reason, so that it can be given back as a file."""

    batch = models.ForeignKey(ImportBatch, models.CASCADE, related_name="bad_rows")
    row = models.PositiveIntegerField()
    reason = models.CharField(max_length=200)
    cells = models.JSONField(default=list)

    class Meta:
        ordering = ["row"]
        constraints = [models.UniqueConstraint(fields=["batch", "row"], name="one_bad_row")]

    def __str__(self) -> str:
        return f"{self.row}: {self.reason}"


class ImportChange(models.Model):
    """What a row changed on a lead that was there before: its old values, for undo."""

    batch = models.ForeignKey(ImportBatch, models.CASCADE, related_name="changes")
    lead = models.ForeignKey("leads.Lead", models.CASCADE, related_name="+")
    row = models.PositiveIntegerField(default=0)
    before = models.JSONField(default=dict)
    after = models.JSONField(default=dict)

    def __str__(self) -> str:
        return f"{self.batch_id} {self.lead_id}"


class Inquiry(models.Model):
    """One submission of the public form, as it came, and what was read out of it."""

    lead = models.ForeignKey("leads.Lead", models.CASCADE, related_name="inquiries")
    payload = models.JSONField(default=dict)
    extracted = models.JSONField(
        default=dict, help_text="need, urgency, budget, location; for review"
    )
    reviewed_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-id"]
        verbose_name_plural = "inquiries"

    def __str__(self) -> str:
        return f"Inquiry {self.pk}"

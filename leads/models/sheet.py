from django.db import models
from django.db.models import Q


class Sheet(models.Model):
    """A Google sheet that leads come from and their status goes back to."""

    connection = models.ForeignKey("accounts.Connection", models.CASCADE, related_name="sheets")
    file_id = models.CharField(max_length=100)
    title = models.CharField(max_length=200, blank=True)
    tab = models.CharField(max_length=100)
    mapping = models.JSONField(default=dict, help_text="Column name -> field code")
    status_on = models.BooleanField(default=True, help_text="Write stage, score, last sign back")
    hourly = models.BooleanField(default=False)
    options = models.JSONField(
        default=dict, help_text="duplicates, lawful_basis, basis_source, owner, tag: as an import's"
    )
    state = models.CharField(max_length=10, default="new", help_text="new, works, stopped, off")
    error = models.CharField(max_length=300, blank=True)
    counts = models.JSONField(default=dict)
    read_at = models.DateTimeField(null=True)
    written_at = models.DateTimeField(null=True)
    job = models.ForeignKey("lib.Job", models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(
                fields=["file_id", "tab"], condition=~Q(state="off"), name="one_sheet"
            )
        ]

    def __str__(self) -> str:
        return f"{self.title} {self.tab}"


class SheetRow(models.Model):
    """One row of a sheet and its lead, known by the id that we write into the row."""

    sheet = models.ForeignKey(Sheet, models.CASCADE, related_name="rows")
    row_id = models.CharField(max_length=32)
    lead = models.ForeignKey("leads.Lead", models.CASCADE, null=True, related_name="+")
    number = models.PositiveIntegerField(default=0, help_text="Where it stood last")
    read_hash = models.CharField(max_length=64, blank=True)
    status_hash = models.CharField(max_length=64, blank=True)
    problem = models.CharField(max_length=200, blank=True)

    class Meta:
        ordering = ["number"]
        constraints = [models.UniqueConstraint(fields=["sheet", "row_id"], name="one_sheet_row")]

    def __str__(self) -> str:
        return self.row_id

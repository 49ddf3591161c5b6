from decimal import Decimal

from django.db import models


class Numbers(models.Model):
    """What is counted, and for what; shared by a lead's facts and by the sums of a day.

    `who`: id of the user it counts for, -1 nobody's; sums have 0 for everybody together. `channel`:
    of the message; of money its currency. `slot`: of the metrics that have one (docs/analytics.md).
    """

    metric = models.CharField(max_length=24)
    day = models.DateField(help_text="In the workspace's time zone")
    who = models.BigIntegerField()
    channel = models.CharField(max_length=20, blank=True, default="")
    slot = models.SmallIntegerField(default=-1)
    sequence = models.BigIntegerField(default=0)
    step = models.CharField(max_length=32, blank=True, default="", help_text="Key, 32 hex digits")
    variant = models.CharField(max_length=1, blank=True, default="")
    count = models.BigIntegerField(default=0)
    value = models.DecimalField(max_digits=16, decimal_places=2, default=Decimal(0))
    seconds = models.BigIntegerField(default=0)

    class Meta:
        abstract = True


class LeadFact(Numbers):
    """What one lead adds to one number of one day. Made from its thread; the evidence of each sum.

    Facts of leads that were merged stand with the keeper. Written only by
    analytics.services.families.
    """

    lead = models.ForeignKey("leads.Lead", models.CASCADE, related_name="+")

    class Meta:
        indexes = [models.Index(fields=["day", "metric", "who"], name="fact_day_metric")]

    def __str__(self) -> str:
        return f"{self.metric} {self.day} of lead {self.lead_id}"


class LeadPath(models.Model):
    """How far a lead has come, on which days, and as what its facts were counted.

    A row for each lead. `keeper`, `who`, `trade` and `source` are what the lead had when it was
    counted: where the lead differs now, it is counted again.
    """

    lead = models.OneToOneField(
        "leads.Lead", models.CASCADE, primary_key=True, related_name="stat_path"
    )
    keeper = models.BigIntegerField(default=0, help_text="Merged into this lead; 0: stands alone")
    who = models.BigIntegerField(default=-1)
    trade = models.CharField(max_length=60, blank=True)
    source = models.CharField(max_length=80, blank=True)
    came_on = models.DateField(null=True)
    contacted_on = models.DateField(null=True)
    replied_on = models.DateField(null=True)
    meeting_on = models.DateField(null=True)
    proposal_on = models.DateField(null=True)
    won_on = models.DateField(null=True)
    lost_on = models.DateField(null=True)

    def __str__(self) -> str:
        return f"path of lead {self.lead_id}"

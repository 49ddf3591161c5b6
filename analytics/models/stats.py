from django.db import models

from analytics.models.facts import Numbers


class DailyStat(Numbers):
    """The sum of a day's facts. `who` 0: everybody's. `segment`: "" all, "trade:x", "source:y".

    Written only by analytics.services.recount.
    """

    segment = models.CharField(max_length=90, blank=True, default="")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=[
                    *("who", "segment", "metric", "day"),
                    *("channel", "slot", "sequence", "step", "variant"),
                ],
                name="one_daily_stat",
            )
        ]
        indexes = [
            models.Index(fields=["day"], name="stat_day"),
            models.Index(  # all that a page adds up, so that it reads nothing else
                fields=[
                    *("who", "segment", "metric", "day", "channel", "slot"),
                    *("count", "value", "seconds"),
                ],
                name="stat_sums",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.metric} {self.day}: {self.count}"


class DaySet(models.Model):
    """Which leads a number of a day or month is about, so that a period counts each lead once.

    `leads`: one bit for each lead id, compressed (analytics.counts.bitmaps).
    """

    class Span(models.TextChoices):
        DAY = "d"
        MONTH = "m"

    span = models.CharField(max_length=1, choices=Span.choices)
    day = models.DateField(help_text="Of a month its first")
    metric = models.CharField(max_length=24)
    who = models.BigIntegerField()
    segment = models.CharField(max_length=90, blank=True, default="")
    leads = models.BinaryField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["who", "segment", "metric", "span", "day"], name="one_day_set"
            )
        ]
        indexes = [models.Index(fields=["day"], name="set_day")]

    def __str__(self) -> str:
        return f"{self.metric} {self.span} {self.day}"


class StatRun(models.Model):
    """How far the counting has come. Row 1."""

    cursor = models.BigIntegerField(default=0, help_text="Events up to this id are settled")
    days = models.JSONField(default=dict, help_text="{day: metrics to sum up again}")
    sweep = models.BigIntegerField(
        null=True, help_text="All leads are being counted again, up to this id; empty: no"
    )
    zone = models.CharField(max_length=64, blank=True)
    ran_at = models.DateTimeField(null=True, help_text="When everything was counted last")
    stamp = models.CharField(
        max_length=32, blank=True, help_text="Another one whenever sums are written; empty: never"
    )
    took = models.PositiveIntegerField(default=0, help_text="Seconds, of the last that had work")

    def __str__(self) -> str:
        return f"counted {self.ran_at}"

    @classmethod
    def current(cls) -> "StatRun":
        return cls.objects.get_or_create(pk=1)[0]

from decimal import Decimal

from django.db import models


class ForecastSnapshot(models.Model):
    """What was foreseen for one month on one day, and what came of it.

    `scope`: "all", "team:3", "user:7" (analytics.selectors.pipeline.Scope). Written only by
    analytics.services.forecasts.
    """

    day = models.DateField(help_text="When it was foreseen, in the workspace's time zone")
    month = models.DateField(help_text="Its first day")
    scope = models.CharField(max_length=24)
    currency = models.CharField(max_length=3)
    deals = models.PositiveIntegerField(help_text="Open on that day")
    booked = models.DecimalField(
        max_digits=16, decimal_places=2, default=Decimal(0), help_text="Won by then; in the rest"
    )
    low = models.DecimalField(max_digits=16, decimal_places=2, help_text="P10")
    middle = models.DecimalField(max_digits=16, decimal_places=2, help_text="P50")
    high = models.DecimalField(max_digits=16, decimal_places=2, help_text="P90")
    weighted = models.DecimalField(max_digits=16, decimal_places=2)
    naive = models.DecimalField(
        max_digits=16, decimal_places=2, help_text="Last month's sum of deals as old as these"
    )
    actual = models.DecimalField(
        max_digits=16, decimal_places=2, null=True, help_text="Of deals that were there that day"
    )
    later = models.DecimalField(
        max_digits=16, decimal_places=2, null=True, help_text="Of deals that came after it"
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["scope", "currency", "month", "day"], name="one_forecast"
            )
        ]
        indexes = [models.Index(fields=["day"], name="forecast_day")]

    def __str__(self) -> str:
        return f"{self.scope} {self.currency} {self.month:%Y-%m} on {self.day}"

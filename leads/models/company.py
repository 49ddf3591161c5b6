from django.db import models


class Company(models.Model):
    """An organisation; found again by domain, else by its name's key."""

    name = models.CharField(max_length=200)
    name_key = models.CharField(
        max_length=200, db_index=True, help_text="Lower case, without legal form"
    )
    domain = models.CharField(max_length=200, null=True, blank=True, unique=True)
    trade = models.CharField(max_length=60, blank=True)
    city = models.CharField(max_length=120, blank=True)
    country = models.CharField(max_length=2, blank=True)
    size = models.PositiveIntegerField(null=True, blank=True, help_text="People or sites")
    phone = models.CharField(max_length=32, blank=True)
    address = models.CharField(max_length=300, blank=True)
    custom = models.JSONField(default=dict)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["name"]
        verbose_name_plural = "companies"

    def __str__(self) -> str:
        return self.name

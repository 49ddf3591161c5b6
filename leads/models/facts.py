from django.db import models
from django.db.models import Q


class Fact(models.Model):
    """One thing known about a person or a company: value, where from, when, how sure.

    Written only by leads.services.facts. Facts of two sources that disagree are both kept and
    flagged until a person says which holds.
    """

    class State(models.TextChoices):
        CURRENT = "current", "Holds"
        PAST = "past", "Replaced"
        WRONG = "wrong", "Not right"

    lead = models.ForeignKey("leads.Lead", models.CASCADE, null=True, related_name="facts")
    company = models.ForeignKey("leads.Company", models.CASCADE, null=True, related_name="facts")
    field = models.CharField(max_length=40, help_text="A code of leads.enrichment.base.FIELDS")
    value = models.CharField(max_length=500)
    source = models.CharField(max_length=40, help_text="offline, website, pdl, clearbit, user, crm")
    source_url = models.CharField(max_length=300, blank=True)
    confidence = models.FloatField(default=0.5, help_text="0 to 1, as the source's kind deserves")
    observed_at = models.DateTimeField()
    expires_at = models.DateTimeField(null=True)
    state = models.CharField(max_length=8, choices=State.choices, default=State.CURRENT)
    disputed = models.BooleanField(default=False, help_text="Another source says otherwise")
    settled_by = models.CharField(max_length=60, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(lead__isnull=False) ^ Q(company__isnull=False), name="fact_of_one"
            ),
            models.UniqueConstraint(
                fields=["lead", "field", "source"],
                condition=Q(state="current", lead__isnull=False),
                name="one_lead_fact",
            ),
            models.UniqueConstraint(
                fields=["company", "field", "source"],
                condition=Q(state="current", company__isnull=False),
                name="one_company_fact",
            ),
        ]
        indexes = [
            models.Index(fields=["-id"], name="fact_disputed", condition=Q(disputed=True)),
        ]

    def __str__(self) -> str:
        return f"{self.field} {self.source}"


class Lookup(models.Model):
    """One question to a provider of company data: the bill, and what need not be asked again."""

    provider = models.CharField(max_length=20)
    key_hash = models.CharField(max_length=64, help_text="Keyed hash of the address or domain")
    about = models.CharField(max_length=40, blank=True, help_text="lead:7, company:3")
    found = models.BooleanField(default=False)
    credits = models.FloatField(default=0)
    error = models.CharField(max_length=200, blank=True)
    again_at = models.DateTimeField(help_text="Not asked again before")
    at = models.DateTimeField(auto_now_add=True, db_index=True)

    class Meta:
        ordering = ["-id"]
        constraints = [models.UniqueConstraint(fields=["provider", "key_hash"], name="one_lookup")]

    def __str__(self) -> str:
        return f"{self.provider} {self.about}"

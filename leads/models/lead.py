from django.conf import settings
from django.db import models
from django.db.models.functions import Lower


class Lead(models.Model):
    """A person we may sell to.

    `email` is normalised (lower case) and unique while set. The `next_*`, `last_sign*` and
    `sequence_*` columns are a summary that upper layers write through leads.services.summary, so
    that the list needs one query; the truth is in the thread and in outreach.
    """

    class Stage(models.TextChoices):
        NEW = "new", "New"
        CONTACTED = "contacted", "Contacted"
        ENGAGED = "engaged", "Engaged"
        MEETING = "meeting", "Meeting"
        PROPOSAL = "proposal", "Proposal"
        WON = "won", "Won"
        LOST = "lost", "Lost"

    class Basis(models.TextChoices):
        """Lawful basis for writing to a person (GDPR Art. 6; CASL's consent kinds map to these)."""

        NONE = "", "Not recorded"
        CONSENT = "consent", "Consent"
        ENQUIRY = "enquiry", "They asked us"
        CUSTOMER = "customer", "Existing customer"
        INTEREST = "legitimate_interest", "Legitimate interest, B2B"

    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="leads"
    )
    company = models.ForeignKey(
        "leads.Company", models.SET_NULL, null=True, blank=True, related_name="leads"
    )
    company_name = models.CharField(
        max_length=200, blank=True, help_text="Copy for list and search"
    )
    first_name = models.CharField(max_length=100, blank=True)
    last_name = models.CharField(max_length=100, blank=True)
    title = models.CharField(max_length=150, blank=True)
    email = models.EmailField(max_length=254, null=True, blank=True, unique=True)
    phone = models.CharField(max_length=32, blank=True, help_text="E.164 when it could be read")
    linkedin_url = models.URLField(max_length=300, blank=True)
    street = models.CharField(max_length=200, blank=True)
    postcode = models.CharField(max_length=20, blank=True)
    city = models.CharField(max_length=120, blank=True)
    country = models.CharField(max_length=2, blank=True)
    time_zone = models.CharField(max_length=64, blank=True)
    language = models.CharField(max_length=5, blank=True)
    trade = models.CharField(max_length=60, blank=True, help_text="Category of the lead's business")
    stage = models.CharField(max_length=12, choices=Stage.choices, default=Stage.NEW)
    tags = models.JSONField(default=list)
    custom = models.JSONField(default=dict)
    source = models.CharField(max_length=80, blank=True)
    lawful_basis = models.CharField(max_length=20, choices=Basis.choices, blank=True, default="")
    basis_source = models.CharField(max_length=200, blank=True)
    basis_expires_at = models.DateField(null=True, blank=True)
    inquired_at = models.DateTimeField(null=True, blank=True, help_text="Last web enquiry")
    follow_up_at = models.DateField(null=True, blank=True, help_text="A person's own reminder")
    # score (leads.services.scoring)
    score = models.PositiveSmallIntegerField(default=0)
    score_reasons = models.JSONField(
        default=list, help_text="[[text, points], ...]; points sum to score"
    )
    score_state = models.CharField(max_length=40, default="rules")
    scored_at = models.DateTimeField(null=True)
    # summary (leads.services.summary)
    last_sign = models.CharField(max_length=80, blank=True)
    last_sign_channel = models.CharField(max_length=12, blank=True)
    last_sign_at = models.DateTimeField(null=True)
    replied_at = models.DateTimeField(null=True, help_text="Last answer written by a person")
    next_step = models.CharField(max_length=80, blank=True)
    next_at = models.DateTimeField(null=True)
    sequence_name = models.CharField(max_length=100, blank=True)
    sequence_state = models.CharField(max_length=10, blank=True)
    sequence_done = models.PositiveSmallIntegerField(default=0)
    sequence_total = models.PositiveSmallIntegerField(default=0)
    search_text = models.TextField(blank=True, editable=False)
    import_batch = models.ForeignKey(
        "leads.ImportBatch", models.SET_NULL, null=True, blank=True, related_name="leads"
    )
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)
    archived_at = models.DateTimeField(null=True, blank=True)
    erased_at = models.DateTimeField(null=True, blank=True)
    merged_into = models.ForeignKey(
        "self", models.SET_NULL, null=True, blank=True, related_name="merged"
    )

    class Meta:
        ordering = ["-score", "-id"]
        indexes = [
            # the columns after the key answer the list's counts without reading the rows
            models.Index(
                fields=["-score", "-id", "stage", "archived_at", "erased_at"],
                name="lead_score",
                condition=models.Q(archived_at__isnull=True, erased_at__isnull=True),
            ),
            models.Index(
                fields=["owner", "-score", "-id", "stage", "archived_at", "erased_at"],
                name="lead_owner_score",
                condition=models.Q(archived_at__isnull=True, erased_at__isnull=True),
            ),
            models.Index(fields=["stage", "-score", "-id"], name="lead_stage_score"),
            models.Index(fields=["-created_at", "-id"], name="lead_created"),
            models.Index(fields=["owner", "-created_at", "-id"], name="lead_owner_created"),
            models.Index(Lower("last_name"), Lower("first_name"), "id", name="lead_by_name"),
            models.Index(
                fields=["-replied_at", "-id"],
                name="lead_replied",
                condition=models.Q(replied_at__isnull=False),
            ),
            # what a person's leads wrote lately, and how many each still works on: from the index
            models.Index(
                fields=["owner", "-replied_at", "erased_at"],
                name="lead_owner_replied",
                condition=models.Q(replied_at__isnull=False),
            ),
            models.Index(
                fields=["owner", "stage", "archived_at", "erased_at"],
                name="lead_owner_open",
                condition=models.Q(archived_at__isnull=True, erased_at__isnull=True)
                & ~models.Q(stage="won")
                & ~models.Q(stage="lost"),
            ),
            models.Index(
                fields=["-archived_at", "-id"],
                name="lead_archived",
                condition=models.Q(archived_at__isnull=False),
            ),
            models.Index(fields=["trade"], name="lead_won_trade", condition=models.Q(stage="won")),
            models.Index(
                fields=["owner", "-inquired_at"],
                name="lead_inquired",
                condition=models.Q(inquired_at__isnull=False),
            ),
            models.Index(
                fields=["owner"],
                name="lead_imported",
                condition=models.Q(import_batch__isnull=False),
            ),
            models.Index(fields=["-last_sign_at", "-id"], name="lead_last_sign"),
            models.Index(fields=["phone"], name="lead_phone", condition=~models.Q(phone="")),
            models.Index(
                fields=["linkedin_url"],
                name="lead_linkedin",
                condition=~models.Q(linkedin_url=""),
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def name(self) -> str:
        full = f"{self.first_name} {self.last_name}".strip()
        return full or self.email or self.phone or f"Lead {self.pk}"

    @property
    def initials(self) -> str:
        letters = (self.first_name[:1] + self.last_name[:1]).upper()
        return letters or (self.email or "?")[:1].upper()

    @property
    def is_open(self) -> bool:
        return self.archived_at is None and self.erased_at is None


class Pain(models.Model):
    """A trouble of this lead that we may speak about, and where we know it from."""

    lead = models.ForeignKey(Lead, models.CASCADE, related_name="pains")
    text = models.CharField(max_length=200)
    source = models.CharField(max_length=200)
    noted_at = models.DateField()
    verified = models.BooleanField(
        default=True, help_text="False: extracted, nobody looked at it yet"
    )

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        return self.text


class SavedView(models.Model):
    """A named filter of the lead list; `query` is the URL's query string."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="lead_views")
    name = models.CharField(max_length=60)
    query = models.CharField(max_length=1000)
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ["position", "id"]
        constraints = [models.UniqueConstraint(fields=["user", "name"], name="one_view_name")]

    def __str__(self) -> str:
        return self.name

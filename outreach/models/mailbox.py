from django.conf import settings
from django.db import models

from salesagent.lib.crypto import EncryptedTextField


class Mailbox(models.Model):
    """A sending identity with its inbox. A paused one keeps its touches and says why."""

    class Transport(models.TextChoices):
        SMTP = "smtp", "SMTP and IMAP"
        GMAIL = "gmail", "Gmail"
        ESP = "esp", "Mail service"
        FILE = "file", "Folder on this server (demo)"

    class Security(models.TextChoices):
        TLS = "tls", "TLS"
        STARTTLS = "starttls", "STARTTLS"
        NONE = "none", "None (only this machine)"

    class State(models.TextChoices):
        ACTIVE = "active", "Works"
        PAUSED = "paused", "Paused"
        OFF = "off", "Off"

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="mailboxes")
    address = models.EmailField(unique=True)
    from_name = models.CharField(max_length=100)
    transport = models.CharField(max_length=8, choices=Transport.choices, default=Transport.SMTP)
    smtp_host = models.CharField(max_length=200, blank=True)
    smtp_port = models.PositiveIntegerField(default=587)
    smtp_security = models.CharField(
        max_length=8, choices=Security.choices, default=Security.STARTTLS
    )
    imap_host = models.CharField(max_length=200, blank=True)
    imap_port = models.PositiveIntegerField(default=993)
    imap_security = models.CharField(max_length=8, choices=Security.choices, default=Security.TLS)
    username = models.CharField(max_length=200, blank=True)
    password = EncryptedTextField(blank=True)
    connection = models.ForeignKey(
        "accounts.Connection",
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="mailboxes",
        help_text="Tokens, for transports that have no password",
    )
    sent_folder = models.CharField(
        max_length=100, blank=True, help_text="Empty: no copy is kept there"
    )
    inbox_folder = models.CharField(max_length=100, default="INBOX")
    state = models.CharField(max_length=8, choices=State.choices, default=State.ACTIVE)
    paused_reason = models.CharField(max_length=300, blank=True)
    paused_code = models.CharField(
        max_length=12, blank=True, help_text="hand, auth, policy, bounces, complaints, error"
    )
    paused_at = models.DateTimeField(null=True, blank=True)
    guards_since = models.DateTimeField(
        null=True, blank=True, help_text="Bounces and complaints before this no longer count"
    )
    daily_cap = models.PositiveSmallIntegerField(
        null=True, blank=True, help_text="Empty: workspace"
    )
    min_gap = models.PositiveSmallIntegerField(
        null=True, blank=True, help_text="Seconds; empty: workspace"
    )
    ramp_first = models.PositiveSmallIntegerField(
        null=True, blank=True, help_text="Messages on the first day; empty: no slow start"
    )
    ramp_step = models.PositiveSmallIntegerField(
        default=2, help_text="More on each working day, up to the daily limit"
    )
    ramp_started_on = models.DateField(null=True, blank=True)
    dkim_selector = models.CharField(max_length=63, blank=True)
    preflight = models.JSONField(default=dict, help_text="Last check of the domain's DNS records")
    preflight_at = models.DateTimeField(null=True, blank=True)
    next_free_at = models.DateTimeField(null=True, blank=True, help_text="Not earlier than this")
    policy_errors = models.PositiveSmallIntegerField(
        default=0, help_text="5.7.x in a row; 3 pause it"
    )
    # polling
    uidvalidity = models.BigIntegerField(null=True, blank=True)
    last_uid = models.BigIntegerField(default=0)
    history_id = models.CharField(
        max_length=40, blank=True, help_text="Gmail: read up to here; larger than 2^53"
    )
    poll_from = models.DateTimeField(
        null=True, blank=True, help_text="Mail before this is not ours"
    )
    last_poll_at = models.DateTimeField(
        null=True, blank=True, help_text="Last time that reading worked"
    )
    next_poll_at = models.DateTimeField(null=True, blank=True, help_text="Also the poll's lease")
    poll_error = models.CharField(
        max_length=300, blank=True, help_text="Why reading fails, in plain words"
    )
    poll_failures = models.PositiveSmallIntegerField(default=0, help_text="In a row")
    last_sent_at = models.DateTimeField(null=True, blank=True)
    last_error = models.CharField(max_length=300, blank=True)
    last_error_at = models.DateTimeField(null=True, blank=True)
    tested_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["address"]
        verbose_name_plural = "mailboxes"

    def __str__(self) -> str:
        return self.address

    @property
    def domain(self) -> str:
        return self.address.rpartition("@")[2]

    @property
    def is_read(self) -> bool:
        """Whether answers can be fetched: over IMAP where it is set, else by the transport."""
        by_imap = self.transport in (self.Transport.SMTP, self.Transport.ESP)
        return bool(self.imap_host) or not by_imap


class InboundMessage(models.Model):
    """What came in: each message once, in a thread or with a reason why not.

    Mail belongs to a mailbox. Messages of other channels have none: `to_address` is our number and
    `message_id` the provider's id.
    """

    class State(models.TextChoices):
        THREADED = "threaded", "In a thread"
        UNMATCHED = "unmatched", "Is this theirs?"
        IGNORED = "ignored", "Ignored"
        QUARANTINED = "quarantined", "Could not be read"

    mailbox = models.ForeignKey(
        Mailbox, models.CASCADE, null=True, blank=True, related_name="inbound"
    )
    channel = models.CharField(max_length=12, default="email")
    to_address = models.CharField(max_length=254, blank=True, help_text="Ours, where it counts")
    uidvalidity = models.BigIntegerField(default=0)
    uid = models.BigIntegerField(default=0)
    message_id = models.CharField(max_length=998, blank=True)
    digest = models.CharField(max_length=64, help_text="SHA-256 of the message, or of its envelope")
    from_address = models.CharField(max_length=254, blank=True)
    from_name = models.CharField(max_length=200, blank=True)
    subject = models.CharField(max_length=300, blank=True)
    text = models.TextField(blank=True, help_text="What the person wrote, without quotes")
    full_text = models.TextField(blank=True, help_text="All of the mail's text, quotes included")
    size = models.PositiveIntegerField(default=0)
    raw_path = models.CharField(
        max_length=300, blank=True, help_text="Under DATA_DIR/mail, if kept"
    )
    received_at = models.DateTimeField()
    state = models.CharField(max_length=12, choices=State.choices)
    reason = models.CharField(max_length=200, blank=True)
    matched_by = models.CharField(
        max_length=20, blank=True, help_text="The rule of services.matching, or hand"
    )
    lead = models.ForeignKey("leads.Lead", models.PROTECT, null=True, blank=True, related_name="+")
    candidates = models.JSONField(default=list, help_text="Ids of leads it may belong to")
    headers = models.JSONField(default=dict, help_text="References and the like, for a later match")
    event_id = models.BigIntegerField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["mailbox", "digest"], name="one_inbound_digest"),
            models.UniqueConstraint(
                fields=["mailbox", "message_id"],
                condition=~models.Q(message_id=""),
                name="one_inbound_message_id",
            ),
            models.UniqueConstraint(
                fields=["channel", "message_id"],
                condition=models.Q(mailbox__isnull=True) & ~models.Q(message_id=""),
                name="one_inbound_provider_id",
            ),
        ]
        indexes = [
            models.Index(fields=["state", "-id"], name="inbound_state"),
            models.Index(fields=["mailbox", "uidvalidity", "uid"], name="inbound_uid"),
            models.Index(fields=["message_id"], name="inbound_message_id"),
            models.Index(fields=["lead", "-received_at"], name="inbound_lead"),
            models.Index(fields=["from_address", "state"], name="inbound_from"),
            models.Index(
                fields=["channel", "from_address", "-received_at"],
                name="inbound_channel",
                condition=models.Q(mailbox__isnull=True),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.from_address} {self.state}"

    @property
    def box(self) -> Mailbox:
        """The mailbox of a mail; ValueError for messages of other channels."""
        if self.mailbox is None:
            raise ValueError(f"inbound {self.pk} came over {self.channel}")
        return self.mailbox

    @property
    def came_to(self) -> str:
        """Our address or number that received it."""
        return self.mailbox.address if self.mailbox else self.to_address


class LedgerCheck(models.Model):
    """One day's proof for one mailbox: what the server holds is in the ledger, each message."""

    mailbox = models.ForeignKey(Mailbox, models.CASCADE, related_name="ledger_checks")
    checked_at = models.DateTimeField(auto_now_add=True)
    since = models.DateTimeField(help_text="Messages that came after this were compared")
    on_server = models.PositiveIntegerField(default=0)
    threaded = models.PositiveIntegerField(default=0)
    ignored = models.PositiveIntegerField(default=0, help_text="Each with its reason")
    waiting = models.PositiveIntegerField(default=0, help_text="Is this theirs?, not read yet")
    missing = models.PositiveIntegerField(default=0, help_text="On the server, not in the ledger")
    fetched = models.PositiveIntegerField(default=0, help_text="Of the missing: taken in now")
    details = models.JSONField(default=list, help_text="Ids of what is missing, at most 100")
    error = models.CharField(max_length=300, blank=True)

    class Meta:
        ordering = ["-id"]
        indexes = [models.Index(fields=["mailbox", "-id"], name="ledger_check")]

    def __str__(self) -> str:
        return f"{self.mailbox_id} {self.on_server} on server, {self.missing} missing"

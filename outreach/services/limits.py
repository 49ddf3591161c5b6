"""What the rules of sending need to know, read in few queries: for one touch or for a whole list.

`Facts.load()` reads as it is asked, which a claim does inside its transaction. `Facts.for_touches`
reads everything about many touches beforehand, for pages and simulations.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import Max, Q, QuerySet
from django.db.models.functions import Coalesce

from leads.models import Lead
from leads.services import consent, suppression
from outreach.models import InboundMessage, Mailbox, Touch
from outreach.services import calendars, ramp, reach
from salesagent.accounts import connections
from salesagent.accounts.models import Connection, Workspace

WEEK = timedelta(days=7)
REACHED = (Touch.State.SENT, Touch.State.DONE)
IN_THE_AIR = (Touch.State.SENDING, Touch.State.UNKNOWN)  # may have arrived: counted, to be safe
ASKED_FOR = (Touch.Kind.REPLY, Touch.Kind.CONFIRMATION)
FRESH = timedelta(seconds=5)  # how long a mailbox's count is believed far below its cap
NEAR = 25  # more than another process sends in that time


def reached(since: datetime) -> QuerySet[Touch]:
    """Touches that count against the caps: sent or done after `since`, or perhaps sent."""
    counted = Q(state__in=REACHED, sent_at__gt=since)
    counted |= Q(state__in=IN_THE_AIR, sent_at=None, updated_at__gt=since)
    return Touch.objects.filter(counted).exclude(kind__in=ASKED_FOR)


@dataclass
class Facts:
    """Answers for `policy`; what was not read beforehand is asked of the database each time."""

    workspace: Workspace
    days: calendars.Days
    blocked: dict[tuple[int, str], bool] = field(default_factory=dict)
    lead_times: dict[int, list[datetime]] = field(default_factory=dict)
    company_times: dict[int, list[datetime]] = field(default_factory=dict)
    mailbox_counts: dict[int, tuple[int, datetime]] = field(default_factory=dict)
    consents: set[tuple[int, str]] | None = None
    inbound_times: dict[tuple[str, str], datetime] | None = None
    connections: dict[str, Connection | None] = field(default_factory=dict)
    whole: bool = False  # everything was read: nothing is asked again

    @classmethod
    def load(cls) -> "Facts":
        """One query, for the workspace."""
        workspace = Workspace.current()
        return cls(workspace, calendars.days_of(workspace))

    @classmethod
    def for_touches(
        cls, touches: Iterable[Touch], now: datetime, limited: list[Touch] | None = None
    ) -> "Facts":
        """Everything about these touches (lead, mailbox.user selected), however many there are.

        `limited`: those of them whose times and caps will be asked for; by default all.
        """
        facts, rows = cls.load(), list(touches)
        timed = rows if limited is None else limited
        facts.whole = True
        facts._read_suppressions(rows)
        facts._read_times(timed, now)
        facts._read_mailboxes(timed, now)
        facts._read_texts(rows)
        return facts

    @classmethod
    def for_simulation(cls, now: datetime) -> "Facts":
        """The caps as they are used at `now`, for everybody. Suppressions are asked elsewhere."""
        facts = cls.load()
        facts.whole = True
        facts._note_times(reached(now - WEEK))
        boxes = Mailbox.objects.defer("password").select_related("user")
        facts.mailbox_counts = {box.pk: (_sent_of(box, now).count(), now) for box in boxes}
        return facts

    def is_suppressed(self, touch: Touch) -> bool:
        """The lead, or the address that this touch was written to, must not be contacted."""
        key = (touch.lead_id, touch.channel)
        if key in self.blocked and not _moved(touch):
            return self.blocked[key]
        if suppression.is_suppressed(touch.lead, touch.channel):
            return True
        return _moved(touch) and suppression.is_suppressed(_at(touch), touch.channel)

    def agreed(self, touch: Touch) -> bool:
        """Whether the lead's yes to this channel is recorded."""
        if self.whole and self.consents is not None:
            return (touch.lead_id, touch.channel) in self.consents
        return consent.has_consent(touch.lead, touch.channel)

    def last_inbound(self, touch: Touch) -> datetime | None:
        """When the person last wrote to us on this channel from the number we write to."""
        if self.whole and self.inbound_times is not None:
            return self.inbound_times.get((touch.channel, touch.to_address))
        rows = InboundMessage.objects.filter(
            channel=touch.channel, from_address=touch.to_address, mailbox=None
        )
        return rows.order_by("-received_at").values_list("received_at", flat=True).first()

    def connection(self, service: str) -> Connection | None:
        if service not in self.connections:
            self.connections[service] = connections.active(service)
        return self.connections[service]

    def times(self, touch: Touch, now: datetime) -> tuple[list[datetime], list[datetime]]:
        """When the lead, and when the lead's company, was reached in the last seven days."""
        lead, company = touch.lead, touch.lead.company_id
        if self.whole:
            of_company = self.company_times.get(company, []) if company else []
            return self.lead_times.get(lead.pk, []), of_company
        about = Q(lead__in=Lead.objects.filter(company=company).values("pk"))
        about = about if company else Q(lead=lead.pk)
        rows = reached(now - WEEK).filter(about).exclude(pk=touch.pk)
        found = list(rows.values_list("lead_id", Coalesce("sent_at", "updated_at")))
        return [at for pk, at in found if pk == lead.pk], [at for _, at in found if company]

    def mailbox_sent(self, mailbox: Mailbox, now: datetime) -> int:
        """Messages of this mailbox since its owner's midnight; read anew when it matters."""
        count, read_at = self.mailbox_counts.get(mailbox.pk, (0, None))
        today = read_at is not None and _same_day(mailbox, read_at, now)
        if self.whole and read_at is not None:
            return count if today else 0
        far = count < self.cap(mailbox, now) - NEAR
        if read_at is not None and far and timedelta() <= now - read_at < FRESH:
            return count
        count = max(_sent_of(mailbox, now).count(), count if today else 0)
        self.mailbox_counts[mailbox.pk] = (count, now)
        return count

    def cap(self, mailbox: Mailbox, now: datetime) -> int:
        """Messages a day; in a slow start fewer (services.ramp)."""
        own = mailbox.daily_cap
        full = self.workspace.mailbox_daily_cap if own is None else own
        return ramp.cap(mailbox, full, now.astimezone(mailbox.user.tz).date(), self.days)

    def gap(self, mailbox: Mailbox, seed: int) -> timedelta:
        """The pause after a message, up to a fifth longer so that it does not tick like a clock."""
        own = mailbox.min_gap
        seconds = self.workspace.mailbox_min_gap if own is None else own
        return timedelta(seconds=round(seconds * (1 + calendars.share(seed) / 5)))

    def note_sent(self, touch: Touch, at: datetime | None = None) -> None:
        """One more went out, at `at`."""
        if touch.kind in ASKED_FOR:
            return
        if touch.mailbox and touch.mailbox_id in self.mailbox_counts:
            count, read_at = self.mailbox_counts[touch.mailbox_id]
            if at is not None and not _same_day(touch.mailbox, read_at, at):
                count = 0
            self.mailbox_counts[touch.mailbox_id] = (count + 1, at or read_at)
        if self.whole and at is not None:
            self.lead_times.setdefault(touch.lead_id, []).append(at)
            if company := touch.lead.company_id:
                self.company_times.setdefault(company, []).append(at)

    def _read_suppressions(self, touches: list[Touch]) -> None:
        by_channel: dict[str, dict[int, Lead]] = defaultdict(dict)
        for touch in touches:
            by_channel[touch.channel][touch.lead_id] = touch.lead
        for channel, leads in by_channel.items():
            found = suppression.suppressed_among(leads.values(), channel)
            self.blocked |= {(pk, channel): pk in found for pk in leads}

    def _read_times(self, touches: list[Touch], now: datetime) -> None:
        leads = {touch.lead_id for touch in touches}
        companies = {touch.lead.company_id for touch in touches if touch.lead.company_id}
        of_companies = Lead.objects.filter(company__in=companies).values("pk")
        about = Q(lead__in=leads) | Q(lead__in=of_companies)
        rows = reached(now - WEEK).filter(about).exclude(pk__in=[touch.pk for touch in touches])
        self._note_times(rows)

    def _read_texts(self, touches: list[Touch]) -> None:
        """Consents and last messages, where a channel asks for them; mail costs nothing."""
        wired = [touch for touch in touches if touch.channel in settings.CHANNELS]
        asking = [touch for touch in wired if reach.channel(touch.channel).needs_consent]
        short = [touch for touch in wired if reach.channel(touch.channel).reply_hours]
        self.consents = consent.consents_of({t.lead_id for t in asking}) if asking else set()
        self.inbound_times = {}
        if short:
            rows = InboundMessage.objects.filter(
                mailbox=None,
                channel__in={touch.channel for touch in short},
                from_address__in={touch.to_address for touch in short},
            )
            last = rows.values("channel", "from_address").annotate(last=Max("received_at"))
            found = last.values_list("channel", "from_address", "last")
            self.inbound_times = {(code, number): at for code, number, at in found}

    def _note_times(self, rows: QuerySet[Touch]) -> None:
        when = Coalesce("sent_at", "updated_at")
        for lead, company, at in rows.values_list("lead_id", "lead__company_id", when):
            self.lead_times.setdefault(lead, []).append(at)
            if company:
                self.company_times.setdefault(company, []).append(at)

    def _read_mailboxes(self, touches: list[Touch], now: datetime) -> None:
        for mailbox in {touch.mailbox for touch in touches if touch.mailbox}:
            self.mailbox_counts[mailbox.pk] = (_sent_of(mailbox, now).count(), now)


def _moved(touch: Touch) -> bool:
    """Whether the lead has another address on this channel than when this was written."""
    if not touch.to_address or touch.channel not in settings.CHANNELS:
        return False
    return touch.to_address.lower() != reach.address(touch.lead, touch.channel).lower()


def _at(touch: Touch) -> Lead:
    """Somebody with nothing but the address that this touch was written to."""
    by = reach.channel(touch.channel).reach
    return Lead(**{by: touch.to_address}) if by in ("email", "phone", "linkedin_url") else Lead()


def _same_day(mailbox: Mailbox, one: datetime, other: datetime) -> bool:
    zone = mailbox.user.tz
    return one.astimezone(zone).date() == other.astimezone(zone).date()


def _sent_of(mailbox: Mailbox, now: datetime) -> QuerySet[Touch]:
    before = calendars.midnight(now, mailbox.user.tz) - timedelta(microseconds=1)
    return reached(before).filter(mailbox=mailbox)  # what went at midnight sharp counts

"""Whose answer a received mail is. Certain matches only; everything else is a question to a person.

In this order: our own message that it answers (References, In-Reply-To, a Message-ID quoted in the
body), an earlier mail of the same thread, the provider's conversation, the sender's address, the
address a person has placed before. A shared company domain, a known name or the same subject only make candidates.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta

from django.db.models import Q, QuerySet
from django.db.models.functions import Lower
from django.utils import timezone

from leads.intake.places import FREE_MAIL
from leads.models import Company, Lead
from outreach.mail.message import THREAD
from outreach.mail.parse import ParsedMail
from outreach.models import InboundMessage, Mailbox, Touch
from salesagent.accounts.models import User

CANDIDATES = 8
SUBJECT_DAYS = 60
_REPLY_PREFIX = re.compile(
    r"^(?:\s*(?:re|aw|antw|sv|vs|odp|rv|ref|tr|r)\s*(?:\[\d\])?\s*[:：])+", re.I
)


@dataclass(frozen=True)
class Match:
    """`lead` wrote it; `touch` is what was answered, whose lead may be a colleague of `lead`."""

    lead: Lead
    by: str
    touch: Touch | None = None


def match(mail: ParsedMail, mailbox: Mailbox, thread: str = "") -> Match | None:
    """`thread`: the provider's word for the conversation, where it has one."""
    touch = answered_touch(mail)
    writer = lead_by_address(mail.from_address)
    if touch is not None:
        return Match(writer or touch.lead, "references", touch)
    if earlier := _earlier(mail, mailbox):
        return Match(writer or earlier, "references")
    if thread and (touch := _touch_in_thread(thread, mailbox)):
        return Match(writer or touch.lead, "thread", touch)
    if writer is not None:
        return Match(writer, "address", last_touch(writer))
    if placed := placed_before(mail.from_address):
        return Match(placed, "known", last_touch(placed))
    return None


def answered_touch(mail: ParsedMail) -> Touch | None:
    """The newest of our messages that the mail names."""
    if not mail.answers:
        return None
    return (
        Touch.objects.filter(message_id__in=mail.answers)
        .select_related("lead", "enrollment")
        .order_by("-pk")
        .first()
    )


def _touch_in_thread(thread: str, mailbox: Mailbox) -> Touch | None:
    """What we last sent in that conversation of the provider's: for answers that name an id which
    the provider has put in place of ours."""
    sent = Touch.objects.filter(
        mailbox=mailbox, channel="email", provider_id__endswith=f"{THREAD}{thread}"
    )
    return sent.select_related("lead", "enrollment").order_by("-sent_at").first()


def lead_by_address(address: str) -> Lead | None:
    if "@" not in address:
        return None
    local, _, domain = address.lower().rpartition("@")
    spellings = {address.lower()}
    if domain in ("gmail.com", "googlemail.com"):
        spellings = {f"{local}@gmail.com", f"{local}@googlemail.com"}
    return Lead.objects.filter(email__in=spellings, erased_at=None).order_by("pk").first()


def last_touch(lead: Lead, channel: str = "email") -> Touch | None:
    """What we last sent them that way: the likely thing they answer."""
    sent = Touch.objects.filter(lead=lead, channel=channel, state=Touch.State.SENT)
    return sent.select_related("lead", "enrollment").order_by("-sent_at").first()


def _earlier(mail: ParsedMail, mailbox: Mailbox) -> Lead | None:
    """The lead of an earlier received mail that this one names: a thread going on."""
    if not mail.answers:
        return None
    found = (
        InboundMessage.objects.filter(
            mailbox=mailbox,
            message_id__in=mail.answers,
            state=InboundMessage.State.THREADED,
            lead__isnull=False,
        )
        .select_related("lead")
        .order_by("-pk")
        .first()
    )
    return found.lead if found else None


def placed_before(address: str) -> Lead | None:
    """The lead to whom a person has assigned mail of this address."""
    if not address:
        return None
    found = (
        InboundMessage.objects.filter(
            from_address=address,
            state=InboundMessage.State.THREADED,
            matched_by__in=("hand", "known"),
            lead__erased_at=None,
        )
        .select_related("lead")
        .order_by("-pk")
        .first()
    )
    return found.lead if found else None


def candidates(mail: ParsedMail, mailbox: Mailbox) -> list[int]:
    """Ids of leads it may belong to, the likeliest first; empty when nothing points at anybody."""
    found = [*_by_subject(mail, mailbox), *_by_name(mail, mailbox), *_by_domain(mail)]
    return list(dict.fromkeys(found))[:CANDIDATES]


def _by_domain(mail: ParsedMail) -> Iterable[int]:
    domain = mail.from_address.rpartition("@")[2]
    if not domain or domain in FREE_MAIL:
        return []
    labels = domain.split(".")
    parents = {".".join(labels[i:]) for i in range(max(len(labels) - 1, 1))} - FREE_MAIL
    company = Company.objects.filter(domain__in=parents).first()
    if company is None:
        return []
    people = Lead.objects.filter(company=company, erased_at=None, archived_at=None)
    return people.order_by("-last_sign_at", "-score").values_list("pk", flat=True)[:CANDIDATES]


def _by_name(mail: ParsedMail, mailbox: Mailbox) -> Iterable[int]:
    """Somebody of that name whom this mailbox has written to: their private address, perhaps."""
    first, _, last = mail.from_name.partition(" ")
    if not first or not last:
        return []
    return (
        _recent(mailbox)
        .filter(lead__first_name__iexact=first, lead__last_name__iexact=last)
        .order_by("-sent_at")
        .values_list("lead_id", flat=True)[:CANDIDATES]
    )


def _by_subject(mail: ParsedMail, mailbox: Mailbox) -> Iterable[int]:
    prefix = _REPLY_PREFIX.match(mail.subject)
    plain = mail.subject[prefix.end() :].strip().lower() if prefix else ""
    if len(plain) < 8:
        return []
    return (
        _recent(mailbox)
        .annotate(plain=Lower("subject"))
        .filter(Q(plain=plain) | Q(plain=f"re: {plain}"))
        .order_by("-sent_at")
        .values_list("lead_id", flat=True)[:CANDIDATES]
    )


def _recent(mailbox: Mailbox) -> QuerySet[Touch]:
    since = timezone.now() - timedelta(days=SUBJECT_DAYS)
    return Touch.objects.filter(
        mailbox=mailbox, state=Touch.State.SENT, sent_at__gte=since, lead__erased_at=None
    )


def is_ours(mail: ParsedMail) -> bool:
    """Sent from here: it is one of our messages, or a mailbox or user of ours wrote it."""
    if mail.message_id and Touch.objects.filter(message_id=mail.message_id).exists():
        return True
    sender = mail.from_address
    if not sender:
        return False
    return (
        Mailbox.objects.filter(address__iexact=sender).exists()
        or User.objects.filter(email__iexact=sender, is_active=True).exists()
    )

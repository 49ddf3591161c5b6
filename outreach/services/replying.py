"""Which mail a hand-written one answers, and from which mailbox it goes."""

import re
from dataclasses import dataclass
from datetime import datetime

from leads.models import Lead
from leads.services.suppression import asked_to_stop, is_suppressed
from outreach.models import InboundMessage, Mailbox, Touch
from outreach.services import composing, drafting
from salesagent.accounts.models import User
from salesagent.lib.sql import Rows

_ID = re.compile(r"<[^<>\s]{1,250}>")


_SENT = Rows(
    lambda lead: (
        Touch.objects.filter(lead=lead, channel="email", state=Touch.State.SENT)
        .exclude(message_id=None)
        .exclude(kind=Touch.Kind.CONFIRMATION)
        .only("subject", "message_id", "references", "sent_at")
        .order_by("-sent_at")[:1]
    )
)
_RECEIVED = Rows(
    lambda lead: (
        InboundMessage.objects.filter(lead=lead, state=InboundMessage.State.THREADED)
        .exclude(message_id="")
        .only("subject", "message_id", "headers", "received_at")
        .order_by("-received_at")[:1]
    )
)


@dataclass(frozen=True)
class ReplyTo:
    """The last mail between us and the lead. `references`: its own chain, without itself."""

    subject: str
    message_id: str
    references: str
    inbound: bool
    at: datetime


def reply_to(lead: Lead) -> ReplyTo | None:
    """The newest mail in either direction that a reply can be tied to; None for a first mail."""
    found = [mail for mail in (_last_sent(lead), _last_received(lead)) if mail]
    return max(found, key=lambda mail: mail.at, default=None)


def _last_sent(lead: Lead) -> ReplyTo | None:
    touch = _SENT.first(lead.pk)
    if touch is None or touch.sent_at is None:
        return None
    return ReplyTo(
        drafting.reply_subject(touch.subject),
        touch.message_id or "",
        touch.references,
        inbound=False,
        at=touch.sent_at,
    )


def _last_received(lead: Lead) -> ReplyTo | None:
    mail = _RECEIVED.first(lead.pk)
    if mail is None:
        return None
    theirs = next(iter(_ID.findall(mail.message_id)), f"<{mail.message_id.strip('<> ')}>")
    return ReplyTo(
        drafting.reply_subject(mail.subject) or "Re: your message",
        theirs,
        " ".join(_ID.findall(str(mail.headers.get("references") or ""))),
        inbound=True,
        at=mail.received_at,
    )


@dataclass(frozen=True)
class Outlook:
    """What the composer needs to know before it opens. `off`: why no mail can be written."""

    reply: ReplyTo | None
    mailbox: Mailbox | None
    off: str
    no_mailbox: bool = False


def has_mailbox(user: User) -> bool:
    return composing.has_mailbox(user)


def outlook(lead: Lead, user: User) -> Outlook:
    """The mail to answer, the mailbox it goes from, and whether anything stands against it."""
    reply = reply_to(lead)
    try:
        mailbox = composing.mailbox_for(lead, user)
    except drafting.DraftError as error:
        why = _why_off(lead)
        return Outlook(reply, None, why or str(error), no_mailbox=not why)
    return Outlook(reply, mailbox, _why_off(lead))


def _stopped(lead: Lead) -> str:
    """Who wanted it: the person, or somebody else for another reason."""
    name = lead.first_name or "This person"
    if asked_to_stop(lead, "email"):
        return f"{name} asked not to be contacted by e-mail."
    return f"{name} is on the do-not-contact list."


def _why_off(lead: Lead) -> str:
    if lead.archived_at:
        return "This lead is archived. Bring it back first."
    if not lead.email:
        return "No e-mail address is known."
    if is_suppressed(lead, "email"):
        return _stopped(lead)
    return ""

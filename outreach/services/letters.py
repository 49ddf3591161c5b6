"""From an approved touch to the message that goes out: sender, thread, footer, the way to stop."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from functools import lru_cache

from django.conf import settings
from django.urls import reverse

from leads.models import Lead
from outreach.channels.base import Attachment as AttachmentBytes
from outreach.channels.base import OutboundMessage
from outreach.mail.message import THREAD, thread_of
from outreach.models import Attachment, Touch
from outreach.services import attachments, tracking
from salesagent.accounts.models import Workspace
from salesagent.lib import signing

PURPOSE = "unsubscribe"
TALKING = timedelta(days=30)
ASKED = "You get this because you asked us."


class LetterError(Exception):
    """Why the message cannot be put together, in plain words."""


def message_for(
    touch: Touch, workspace: Workspace, now: datetime, files: Iterable[Attachment]
) -> OutboundMessage:
    """Everything a channel needs. `touch` comes with lead and mailbox. Raises LetterError.

    An answer to what the person wrote is no commercial mail: it has no footer and no stop link.
    """
    mailbox, lead = touch.mailbox, touch.lead
    answer = is_answer(touch, now)
    message = OutboundMessage(
        channel=touch.channel,
        to=touch.to_address,
        to_name="" if nobody_read(touch) else f"{lead.first_name} {lead.last_name}".strip(),
        text=touch.body,
        subject=touch.subject,
        sender=mailbox.address if mailbox else "",
        sender_name=mailbox.from_name if mailbox else "",
        message_id=touch.message_id or "",
        in_reply_to=touch.in_reply_to,
        references=touch.references,
        sent_at=now,
        company="" if answer else workspace.name,
        postal_address="" if answer else workspace.postal_address,
        reason="" if answer else reason_of(touch),
        unsubscribe_url="" if answer else unsubscribe_url(touch),
        unsubscribe_mailto=mailbox.address if mailbox and not answer else "",
        content_sid=touch.content_sid,
        content_variables=touch.content_variables,
        automatic=touch.kind == Touch.Kind.CONFIRMATION,
        attachments=tuple(_bytes(file) for file in files),
        thread_id=_thread(touch) if touch.in_reply_to and mailbox and mailbox.connection_id else "",
    )
    return tracking.dress(touch, message)


def is_answer(touch: Touch, now: datetime) -> bool:
    """Whether it goes on with a talk: an answer, or written by hand to somebody who wrote to us in
    the last 30 days. Such a mail is no advertising: it carries no footer and no way off a list."""
    if touch.kind == Touch.Kind.MANUAL:
        wrote = touch.lead.replied_at
        return wrote is not None and now - wrote <= TALKING
    return touch.kind == Touch.Kind.REPLY


def _thread(touch: Touch) -> str:
    """The provider's conversation: of the message that is answered, else of our last one there."""
    ours = Touch.objects.filter(
        lead=touch.lead_id, mailbox=touch.mailbox_id, provider_id__contains=THREAD
    )
    same = ours.filter(message_id=touch.in_reply_to).first()
    found = same or ours.filter(sent_at__isnull=False).order_by("-sent_at").first()
    return thread_of(found.provider_id) if found else ""


def _bytes(file: Attachment) -> AttachmentBytes:
    try:
        return AttachmentBytes(file.name, file.content_type, attachments.read(file))
    except OSError as error:
        raise LetterError(f"The file {file.name} is no longer there.") from error


def nobody_read(touch: Touch) -> bool:
    """A confirmation goes out by itself, to whoever stands in a form that anybody can fill in."""
    return touch.kind == Touch.Kind.CONFIRMATION


def reason_of(touch: Touch) -> str:
    return ASKED if nobody_read(touch) else why_you_get_this(touch.lead)


def around(lead: Lead) -> frozenset[str]:
    """The columns that every mail prints beside its text: whom it is to, and why they get it."""
    names = {"first_name", "last_name"}
    if lead.lawful_basis in (Lead.Basis.CONSENT, Lead.Basis.INTEREST):
        names.add("basis_source")
    if lead.lawful_basis == Lead.Basis.INTEREST:
        names.add("company_name")
    return frozenset(names)


def why_you_get_this(lead: Lead) -> str:
    """One sentence with the ground and where we have the address from (GDPR Art. 14)."""
    source = f" We have your address from: {lead.basis_source}." if lead.basis_source else ""
    company = f" at {lead.company_name}" if lead.company_name else ""
    return {
        Lead.Basis.ENQUIRY: ASKED,
        Lead.Basis.CONSENT: f"You get this because you agreed to hear from us.{source}",
        Lead.Basis.CUSTOMER: "You get this because you are a customer of ours.",
        Lead.Basis.INTEREST: (
            f"You get this because we believe it concerns your work{company}.{source}"
        ),
    }.get(Lead.Basis(lead.lawful_basis), "")


def unsubscribe_url(touch: Touch) -> str:
    """The signed link of this person, mailbox and touch."""
    token = signing.make(PURPOSE, [touch.lead_id, touch.mailbox_id, touch.pk])
    return _stop_page(settings.SITE_URL).replace("TOKEN", token)


@lru_cache(maxsize=4)
def _stop_page(site: str) -> str:
    return site + reverse("outreach:unsubscribe", args=["TOKEN"])

"""Which mailboxes and which received mail a user may open; everybody else gets 404."""

from django.http import Http404

from outreach import selectors_mail
from outreach.models import InboundMessage, Mailbox
from salesagent.accounts.models import User


def mailbox_for(user: User, pk: int) -> Mailbox:
    mailbox = selectors_mail.mailboxes_visible(user).filter(pk=pk).first()
    if mailbox is None:
        raise Http404
    return mailbox


def inbound_for(user: User, pk: int) -> InboundMessage:
    row = selectors_mail.inbound_visible(user).filter(pk=pk).first()
    if row is None:
        raise Http404
    return row

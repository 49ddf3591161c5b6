"""Send a touch to oneself, through one's own mailbox, to see it in a real inbox."""

from django.utils import timezone

from outreach.channels.base import ChannelError, OutboundMessage
from outreach.mail.compose import ComposeError, compose
from outreach.models import new_message_id
from outreach.services.preview import Preview, own_mailbox
from outreach.services.transports import transport_for
from salesagent.accounts.models import User


class SelfMailError(Exception):
    """Why the test did not go out, in plain words."""


def send_test(shown: Preview, user: User) -> str:
    """Send what the preview shows to the user's own address; returns it. No touch, no thread.

    Raises SelfMailError; the transport's own words are in it.
    """
    mailbox = own_mailbox(user)
    if mailbox is None:
        raise SelfMailError("Connect a mailbox first: Settings, Mailboxes.")
    if shown.channel != "email":
        raise SelfMailError("Only mails can be sent as a test.")
    message = OutboundMessage(
        channel="email",
        to=user.email,
        to_name=user.name,
        sender=mailbox.address,
        sender_name=mailbox.from_name,
        subject=f"Test: {shown.subject}",
        text=shown.body,
        message_id=new_message_id(mailbox.domain),
        sent_at=timezone.now(),
        company=shown.company,
        postal_address=shown.postal_address,
        reason="This is a test that you sent to yourself.",
    )
    try:
        with transport_for(mailbox).open() as session:
            session.send(compose(message), mailbox.address, user.email)
    except (ChannelError, ComposeError) as error:
        raise SelfMailError(f"The test was not sent. {error}") from error
    return user.email

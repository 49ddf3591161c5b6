"""From a Mailbox row to its transport: the one place where credentials leave the table."""

from typing import cast

from django.conf import settings

from outreach.channels.base import Channel, MailboxConfig, MailTransport
from outreach.models import Mailbox
from salesagent.lib.registry import adapter


def config_for(mailbox: Mailbox) -> MailboxConfig:
    return MailboxConfig(
        address=mailbox.address,
        transport=mailbox.transport,
        from_name=mailbox.from_name,
        smtp_host=mailbox.smtp_host,
        smtp_port=mailbox.smtp_port,
        smtp_security=mailbox.smtp_security,
        imap_host=mailbox.imap_host,
        imap_port=mailbox.imap_port,
        imap_security=mailbox.imap_security,
        username=mailbox.username,
        password=mailbox.password,
        sent_folder=mailbox.sent_folder,
        inbox_folder=mailbox.inbox_folder,
        root=settings.DATA_DIR / "mail",
        size_limit=settings.MAIL_SIZE_LIMIT,
        allow_private_hosts=settings.ALLOW_PRIVATE_MAIL_HOSTS,
    )


def transport_for(mailbox: Mailbox) -> MailTransport:
    """Raises ImproperlyConfigured for a transport that wiring does not name."""
    return cast(MailTransport, adapter("TRANSPORTS", mailbox.transport)(config_for(mailbox)))


def channel_for(code: str) -> Channel:
    """Raises ImproperlyConfigured for a channel that wiring does not name."""
    return cast(Channel, adapter("CHANNELS", code)())

"""From a row to its transport or channel: the one place where credentials leave the tables."""

from typing import cast

from django.conf import settings
from django.urls import NoReverseMatch, reverse

from outreach.channels.base import (
    AccountConfig,
    Channel,
    ChannelError,
    Config,
    MailboxConfig,
    MailTransport,
)
from outreach.models import Mailbox
from outreach.services import reach
from salesagent.accounts import connections, oauth
from salesagent.accounts.models import Connection
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
        account=account_config(mailbox.connection) if mailbox.connection else None,
    )


def account_config(connection: Connection) -> AccountConfig:
    """Raises SecretUnreadable. The token function refreshes under one lock when it has to."""
    pk = connection.pk
    return AccountConfig(
        service=connection.service,
        account=connection.account,
        secret=connections.secret_of(connection),
        settings={**connection.settings, "scopes": connection.scopes},
        base_url=settings.SERVICE_URLS.get(connection.service, ""),
        callback_url=_callback(connection.service),
        token=lambda refused="": _token(pk, refused),
    )


def _token(pk: int, refused: str) -> str:
    """What passes by itself is no fault of the sign-in: only "auth" pauses a mailbox."""
    try:
        return oauth.access_token(pk, refused)
    except oauth.OAuthError as error:
        code = "auth" if error.permanent else "connect"
        raise ChannelError(
            error.message, permanent=error.permanent, scope="mailbox", code=code
        ) from error


def _callback(service: str) -> str:
    """Where the service tells what became of a message; "" for one without such a page."""
    try:
        return str(settings.SITE_URL) + reverse(f"outreach:{service}_status")
    except NoReverseMatch:
        return ""


def config_of(channel: Channel, mailbox: Mailbox | None) -> Config | None:
    """What the channel's session needs. Raises ChannelError when its service is not connected."""
    if channel.sender != "service":
        return config_for(mailbox) if mailbox else None
    connection = connections.active(channel.service)
    if connection is None:
        raise ChannelError(
            f"{channel.label} is not connected. The owner does that in Settings, Connections.",
            permanent=True,
            scope="mailbox",
            code="auth",
        )
    return account_config(connection)


def transport_for(mailbox: Mailbox) -> MailTransport:
    """Raises ImproperlyConfigured for a transport that wiring does not name."""
    return cast(MailTransport, adapter("TRANSPORTS", mailbox.transport)(config_for(mailbox)))


channel_for = reach.channel

"""The connection that texts go out by: stored, checked, tried out, switched off."""

from collections.abc import Mapping
from typing import Protocol, cast

from django.db import transaction
from django.utils import timezone

from outreach.channels.base import ChannelError, Config, OutboundMessage
from outreach.services import reach, transports
from salesagent.accounts import audit, connections
from salesagent.accounts.models import Connection, User
from salesagent.lib.crypto import SecretUnreadable

SERVICE = "twilio"
CODES = ("sms", "whatsapp")


class AccountError(Exception):
    """Why it did not work, in plain words."""


class Checks(Protocol):
    """A channel whose service can be asked whether it takes our key."""

    def check(self, config: Config | None) -> str:
        """The account's name there; raises ChannelError."""


@transaction.atomic
def save(
    user: User, account: str, secret: Mapping[str, str], senders: Mapping[str, str]
) -> Connection:
    """Store it; an empty secret keeps the stored one of the same account."""
    before = connections.active(SERVICE)
    kept = _secret(before) if before and before.account == account else {}
    if before is not None and before.account != account:
        connections.switch_off(before)
    new = {**kept, **{key: value for key, value in secret.items() if value}}
    row = connections.save(SERVICE, account=account, secret=new, settings=senders)
    audit.note(user, "settings.changed", SERVICE)
    return row


def forget_second(row: Connection) -> None:
    """The second auth token no longer counts."""
    rest = {key: value for key, value in _secret(row).items() if key != "auth_token_2"}
    connections.renew(row, rest)


def _secret(row: Connection) -> dict[str, str]:
    try:
        return connections.secret_of(row)
    except SecretUnreadable:
        return {}


def check() -> str:
    """Ask the service whether it takes our key: the account's name there. Raises AccountError."""
    channel = reach.channel(CODES[0])
    row = connections.active(SERVICE)
    try:
        name = cast(Checks, channel).check(transports.config_of(channel, None))
    except (ChannelError, SecretUnreadable) as error:
        text = error.message if isinstance(error, ChannelError) else _UNREADABLE
        if row is not None:
            broken = isinstance(error, SecretUnreadable) or error.permanent
            connections.failed(row.pk, text, broken=broken)
        raise AccountError(text) from error
    if row is not None:
        connections.worked(row.pk)
    return name


_UNREADABLE = "The stored key cannot be read. Enter it again."


def send_test(user: User, code: str) -> str:
    """A text to the user's own phone, at once; returns the number. Raises AccountError."""
    if code not in CODES:
        raise AccountError("Choose SMS or WhatsApp.")
    channel = reach.channel(code)
    if not user.phone:
        raise AccountError("Add your phone number to your profile first.")
    message = OutboundMessage(
        channel=code,
        to=user.phone,
        text="A test from SalesAgent: texts go out. Answer it: it comes in under Received mail.",
        sent_at=timezone.now(),
    )
    if why := channel.problem(message.to, message.text):
        raise AccountError(f"{user.phone}: {why}")
    try:
        with channel.open(transports.config_of(channel, None)) as session:
            session.send(message)
    except (ChannelError, SecretUnreadable) as error:
        raise AccountError(getattr(error, "message", _UNREADABLE)) from error
    return user.phone


def switch_off(user: User) -> bool:
    row = connections.active(SERVICE)
    if row is None:
        return False
    connections.switch_off(row)
    audit.note(user, "settings.changed", SERVICE)
    return True

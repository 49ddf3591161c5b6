""" "Check all" on Settings, Connections: every mailbox and service of a user, and the model."""

import logging
from contextlib import suppress

from django.utils import timezone

from outreach.channels.base import Channel, ChannelError
from outreach.models import Mailbox
from outreach.selectors_mail import mailboxes_visible
from outreach.services import mailboxes, reach, scheduling, service_faults, transports
from salesagent.accounts import ai, ai_page, connections
from salesagent.accounts.models import User
from salesagent.lib.crypto import SecretUnreadable

log = logging.getLogger(__name__)


def check_all(user: User) -> int:
    """Tests what the user may manage; each result stands on its own line. How many were tested."""
    boxes = list(
        mailboxes_visible(user).exclude(state=Mailbox.State.OFF).values_list("pk", flat=True)
    )
    for pk in boxes:
        _mailbox(pk)
    services = _services() if user.is_owner else []
    for channel in services:
        check_service(channel)
    bookings = user.is_owner and _bookings()
    model = user.is_owner and ai.connection() is not None
    if model:
        ai_page.start_test(user)
    return len(boxes) + len(services) + model + bookings


def _bookings() -> bool:
    """Whether Calendly is connected and so was asked."""
    if connections.active(scheduling.SERVICE) is None:
        return False
    with suppress(scheduling.SchedulingError):  # the connection's row says what is wrong
        scheduling.check()
    return True


def _mailbox(pk: int) -> None:
    try:
        mailboxes.test(Mailbox.objects.select_related("user").get(pk=pk))
    except (SecretUnreadable, Mailbox.DoesNotExist):
        log.warning("mailbox %s cannot be tested", pk)


def _services() -> list[Channel]:
    """One channel for each service that is connected."""
    found = {channel.service: channel for channel in reach.channels() if channel.service}
    return [channel for service, channel in found.items() if connections.active(service)]


def check_service(channel: Channel) -> str:
    """Sign in and see; the connection's row says how it went. "" when it works, else why not."""
    now = timezone.now()
    try:
        config = transports.config_of(channel, None)
        channel.test(config)
    except ChannelError as error:
        service_faults.trouble(channel, error, now)
        return error.message
    except SecretUnreadable as error:
        service_faults.unreadable(channel, error, now)
        return "The stored key cannot be read. Enter it again."
    service_faults.works(channel)
    return ""

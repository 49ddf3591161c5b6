"""Touches of which nobody knows whether they left: looked up at the provider for two days.

Found there -> sent, and the question to a person is withdrawn. Not found proves nothing (not every
provider keeps a copy, and not at once): the person is still asked, nothing is sent again by itself.
"""

import logging
from datetime import datetime, timedelta

from django.utils import timezone

from outreach.channels.base import ChannelError
from outreach.models import Mailbox, Touch
from outreach.services import send_states, text_reports, worklist
from outreach.services.transports import channel_for, config_of
from salesagent.lib.crypto import SecretUnreadable

log = logging.getLogger("salesagent.sending")
LOOK_FOR = timedelta(days=2)
BATCH = 20


def reconcile(now: datetime | None = None) -> int:
    """How many turned out to have been sent. Safe to repeat, and for several at once."""
    now = now or timezone.now()
    rows = Touch.objects.select_related("lead", "mailbox", "enrollment").filter(
        state=Touch.State.UNKNOWN, updated_at__gt=now - LOOK_FOR
    )
    working = rows.exclude(mailbox__state=Mailbox.State.OFF).defer("mailbox__password")
    return sum(_settle(touch) for touch in working.order_by("updated_at")[:BATCH])


def _settle(touch: Touch) -> bool:
    if not _found(touch) or not send_states.settle_sent(touch, [Touch.State.UNKNOWN], found=True):
        return False
    worklist.withdraw(touch)
    return True


def _found(touch: Touch) -> bool:
    channel = channel_for(touch.channel)
    if channel.sender == "service":
        return text_reports.was_sent(touch)
    try:
        config = config_of(channel, touch.mailbox)
        return channel.find(config, touch.message_id or "") is True
    except (ChannelError, SecretUnreadable) as error:
        log.warning("touch %s cannot be looked up: %s", touch.pk, error)
        return False

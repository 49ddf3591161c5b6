"""What became of a text: reports of the service, and look-ups where its answer was lost.

A report only ever moves a message forward, so it may come twice, late or in any order. It names
the message by the service's id or, when the answer to our request was lost, by the key that we gave
with it: then nobody has to be asked whether it arrived.
"""

import logging
from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from leads import thread
from outreach.channels.base import ChannelError, ChannelEvent, OutboundMessage
from outreach.models import Touch
from outreach.services import reach, send_faults, send_states, service_faults, worklist
from outreach.services.texting import KEY_DOMAIN
from outreach.services.transports import config_of
from salesagent.lib.crypto import SecretUnreadable

log = logging.getLogger("salesagent.texting")

EARLY = ("", "queued", "sent")
# what a report may follow; failed, undelivered and read are the end
AFTER = {
    "queued": ("",),
    "sent": ("", "queued"),
    "delivered": EARLY,
    "read": (*EARLY, "delivered"),
    "undelivered": EARLY,
    "failed": EARLY,
}
TELL = {"delivered": "touch.delivered", "read": "touch.read"}


def touch_of(event: ChannelEvent, key: str) -> Touch | None:
    """The message that is reported on: by the service's id, else by our key while it has none."""
    rows = Touch.objects.select_related("lead", "enrollment", "mailbox")
    if found := rows.filter(provider_id=event.provider_id).order_by("-pk").first():
        return found
    if not (key.isalnum() and len(key) <= 64):
        return None
    return rows.filter(message_id=f"<{key}@{KEY_DOMAIN}>", provider_id="").first()


@transaction.atomic
def note_status(event: ChannelEvent, key: str = "") -> bool:
    """Take in a report; False when it says nothing new, or is about no message of ours."""
    touch = touch_of(event, key)
    if touch is None:
        return False
    if not touch.provider_id:
        _now_known(touch, event)
    moved = Touch.objects.filter(pk=touch.pk, delivery__in=AFTER[event.status]).update(
        delivery=event.status, delivery_at=event.at
    )
    if not moved:
        return False
    if event.status in TELL:
        _tell(touch, TELL[event.status], event)
    elif event.status in ("failed", "undelivered"):
        _tell(touch, "touch.undelivered", event)
        _follow(touch, event)
    return True


def _now_known(touch: Touch, event: ChannelEvent) -> None:
    """The service knows the message: it did go out, whatever our connection said.

    A touch that is just being handed over is left to who hands it over; it only learns its id.
    """
    values = {"provider_id": event.provider_id}
    if event.sender and not touch.sender_address:
        values["sender_address"] = event.sender[:254]
    Touch.objects.filter(pk=touch.pk, provider_id="").update(**values)
    waiting = [Touch.State.UNKNOWN, Touch.State.APPROVED]
    if touch.state in waiting and send_states.settle_sent(touch, waiting, found=True):
        worklist.withdraw(touch)


def _tell(touch: Touch, kind: str, event: ChannelEvent) -> None:
    data: dict[str, object] = {"touch": touch.pk, "number": touch.number}
    if text := event.data.get("text"):
        data |= {"reason": str(text)[:300], "code": str(event.data.get("error", ""))}
    thread.record(
        lead=touch.lead,
        kind=kind,
        actor="system",
        channel=touch.channel,
        occurred_at=event.at,
        data=data,
        dedupe_key=f"{kind}:{touch.pk}",
    )


def _follow(touch: Touch, event: ChannelEvent) -> None:
    """The same as if the service had refused it at once."""
    fault = ChannelError(
        str(event.data.get("text") or "It was not delivered."),
        permanent=bool(event.data.get("permanent", True)),
        scope=event.data.get("scope", "recipient"),
        code=event.code,
    )
    if fault.scope != "recipient":
        service_faults.trouble(reach.channel(touch.channel), fault, timezone.now())
    else:
        send_faults.recipient_trouble(touch, fault)


# --- a lost answer ---


def was_sent(touch: Touch) -> bool:
    """Whether the service has the message. Raises nothing: what cannot be asked is not known."""
    if touch.provider_id:
        return True
    channel = reach.channel(touch.channel)
    lease = timedelta(seconds=settings.SEND_LEASE_SECONDS)
    since = touch.lease_until - lease if touch.lease_until else touch.updated_at
    message = OutboundMessage(
        channel=touch.channel,
        to=touch.to_address,
        text=touch.body,
        message_id=touch.message_id or "",
    )
    try:
        return channel.find_sent(config_of(channel, touch.mailbox), message, since) is True
    except (ChannelError, SecretUnreadable) as error:
        log.warning("touch %s cannot be looked up: %s", touch.pk, error)
        return False

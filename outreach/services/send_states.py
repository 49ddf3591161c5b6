"""The moves of a touch that is being sent, each one conditional UPDATE with its event.

approved -> sending -> sent | failed | unknown; sending -> approved after a fault that can pass;
unknown -> sent | approved by a look-up or a person. Callers hold the transaction.
"""

import logging
import random
import uuid
from collections.abc import Sequence
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from leads import thread
from leads.models import ThreadEvent
from leads.services import summary
from outreach.channels.base import ChannelError, SendResult
from outreach.models import Touch
from outreach.services import send_faults, worklist
from salesagent.lib.sql import Update

log = logging.getLogger("salesagent.sending")

# Minutes before each further try; 45.5 hours in all, under 48 with the jitter.
BACKOFF = (5, 15, 30, 60, 120, 240, 360, 480, 720, 720)
JITTER = 0.05
CLAIM = Update(
    Touch,
    ("state", "claim_token", "lease_until", "attempts", "held_code", "held_text", "updated_at"),
    ("id", "state"),
)
SENT = Update(
    Touch,
    ("state", "sent_at", "provider_id", "lease_until", "last_error", "updated_at"),
    ("id", "claim_token", "state"),
)


def _ours(touch: Touch, state: str = Touch.State.SENDING) -> QuerySet[Touch]:
    """The row while it is still claimed by this very try."""
    return Touch.objects.filter(pk=touch.pk, claim_token=touch.claim_token, state=state)


def record_sent(touch: Touch, at: datetime, **extra: object) -> None:
    thread.record(
        lead=touch.lead,
        kind="touch.sent",
        actor=f"user:{touch.approved_by_id}" if touch.approved_by_id else "system",
        body=touch.body,
        channel=touch.channel,
        direction=ThreadEvent.Direction.OUT,
        occurred_at=at,
        data={
            "touch": touch.pk,
            "number": touch.number,
            "kind": touch.kind,
            "subject": touch.subject,
            "to": touch.to_address,
            "message_id": touch.message_id,
            "approved_by": touch.approved_by_id,
            "edited": bool(touch.machine_body) and touch.body != touch.machine_body,
            **extra,
        },
    )
    if touch.lead.stage == "new":
        summary.advance_stage(touch.lead, "contacted", "system")


def to_unknown(touch: Touch, why: str) -> None:
    """sending -> unknown, and a person is asked. Nothing else ever moves it on by itself."""
    if not _ours(touch).update(
        state=Touch.State.UNKNOWN, last_error=why[:500], updated_at=timezone.now()
    ):
        return
    thread.record(
        lead=touch.lead,
        kind="touch.unknown",
        actor="system",
        channel=touch.channel,
        data={"touch": touch.pk, "number": touch.number, "reason": why[:200]},
    )
    send_faults.ask_whether_arrived(touch)


def to_failed(touch: Touch, error: ChannelError) -> None:
    """sending -> failed for good, and what follows for the person and the sequence."""
    if not _ours(touch).update(
        state=Touch.State.FAILED,
        lease_until=None,
        last_error=error.message[:500],
        updated_at=timezone.now(),
    ):
        return
    thread.record(
        lead=touch.lead,
        kind="touch.failed",
        actor="system",
        channel=touch.channel,
        data={"touch": touch.pk, "number": touch.number, "error": error.message[:300]},
    )
    send_faults.recipient_trouble(touch, error)


def to_sending(touch: Touch, now: datetime) -> bool:
    """approved -> sending under a fresh token and a lease."""
    token, tries = uuid.uuid4(), touch.attempts + 1
    lease = now + timedelta(seconds=settings.SEND_LEASE_SECONDS)
    change = (Touch.State.SENDING, token, lease, tries, "", "", now)
    if CLAIM.run(change, (touch.pk, Touch.State.APPROVED)) != 1:
        return False
    touch.claim_token, touch.attempts, touch.lease_until = token, tries, lease
    return True


def to_sent(touch: Touch, result: SendResult) -> None:
    """sending -> sent, with the event; also from unknown, when the lease ran out meanwhile.

    What comes next is planned afterwards (sending.plan_sent): a fault there must not undo this.
    """
    at = result.accepted_at
    _note_id(touch, result.message_id)
    change = (Touch.State.SENT, at, result.provider_id[:200], None, "", at)
    if not SENT.run(change, (touch.pk, touch.claim_token, Touch.State.SENDING)):
        if not SENT.run(change, (touch.pk, touch.claim_token, Touch.State.UNKNOWN)):
            log.error("touch %s was sent but is no longer ours", touch.pk)
            return
        worklist.withdraw(touch)  # nobody needs to be asked any more
    record_sent(touch, at)


def to_approved(touch: Touch, error: ChannelError, now: datetime) -> bool:
    """sending -> approved: the same mail, the same Message-ID, later. Two days, then failed: False.

    When our mailbox is what is broken, the try does not count and the touch just waits.
    """
    tries, wait = touch.attempts, timedelta()
    if error.permanent and error.code != "policy":
        tries -= 1
    elif tries > len(BACKOFF):
        to_failed(touch, error)
        return False
    else:
        tries, wait = _wait(tries, error.retry_after or 0.0)
    _ours(touch).update(
        state=Touch.State.APPROVED,
        claim_token=None,
        lease_until=None,
        attempts=tries,
        not_before=now + wait,
        last_error=error.message[:500],
        held_code=error.code[:30],
        held_text=error.message[:300],
        updated_at=now,
    )
    return True


def _wait(tries: int, asked: float) -> tuple[int, timedelta]:
    """How long to wait after this try, at least the `asked` seconds. A long wait that the other
    side asked for counts as the tries that would have fallen into it, so that the end stays."""
    wait = passed = BACKOFF[tries - 1]
    while asked > passed * 60 and tries < len(BACKOFF):
        tries += 1
        passed += BACKOFF[tries - 1]
    spread = 1 + random.random() * JITTER  # noqa: S311  no secret
    return tries, timedelta(seconds=max(wait * 60.0, asked) * spread)


def hold(touch: Touch, code: str, text: str, not_before: datetime | None) -> None:
    """It stays approved, with the reason why it did not go out and when it is asked about again."""
    Touch.objects.filter(pk=touch.pk, state=Touch.State.APPROVED).update(
        held_code=code[:30], held_text=text[:300], not_before=not_before
    )


def _note_id(touch: Touch, message_id: str) -> None:
    """The provider put its own Message-ID in place of ours: answers and later steps name that one.
    Ours stays where it belongs to another touch already, which would be a provider's mistake."""
    if not message_id or message_id == touch.message_id:
        return
    if not Touch.objects.filter(message_id=message_id).exists():
        Touch.objects.filter(pk=touch.pk).update(message_id=message_id)
        touch.message_id = message_id


@transaction.atomic
def settle_sent(touch: Touch, states: Sequence[str], **extra: object) -> bool:
    """What recover() or a person found out: it did go out, at the time of the claim."""
    lease = timedelta(seconds=settings.SEND_LEASE_SECONDS)
    at = touch.lease_until - lease if touch.lease_until else touch.updated_at
    rows = Touch.objects.filter(
        pk=touch.pk, claim_token=touch.claim_token, state__in=states
    ).update(state=Touch.State.SENT, sent_at=at, lease_until=None, updated_at=timezone.now())
    if rows:
        record_sent(touch, at, **extra)
    return bool(rows)


def send_again(touch: Touch) -> bool:
    """unknown -> approved, because a person says that it did not arrive."""
    return bool(
        Touch.objects.filter(pk=touch.pk, state=Touch.State.UNKNOWN).update(
            state=Touch.State.APPROVED,
            claim_token=None,
            lease_until=None,
            attempts=0,
            not_before=timezone.now(),
            last_error="",
            updated_at=timezone.now(),
        )
    )

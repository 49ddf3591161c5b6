"""Fetch what is new, mailbox by mailbox. Nothing is lost: the cursor follows the ledger.

Two polls of one mailbox do not meet (`next_poll_at` is taken like a lease), and would do no harm.
A mailbox that cannot be read is tried again after 1, 2, 4 ... 30 minutes and says why.
"""

import logging
from datetime import datetime, timedelta

from django.db import DataError, IntegrityError, OperationalError, transaction
from django.db.models import Q
from django.utils import timezone

from outreach.channels.base import ChannelError, Cursor, InboundRaw, MailTransport
from outreach.models import Mailbox
from outreach.services import ledger, receiving, send_faults, transports
from salesagent.lib.crypto import SecretUnreadable
from salesagent.lib.text import one_line

log = logging.getLogger(__name__)
LIMIT = 200  # messages a poll
LEASE = timedelta(minutes=10)
EVERY = timedelta(seconds=45)
LONGEST_WAIT = 30  # minutes
AUTH_FAILURES = 3
# what a hostile message could still raise on its way into the tables
POISON = (
    ValueError, TypeError, LookupError, AttributeError, ArithmeticError, RecursionError,
    DataError, IntegrityError,
)  # fmt: skip


def poll_all(now: datetime | None = None) -> int:
    """Poll every mailbox that is due; paused ones too, since answers still come. Messages seen."""
    now = now or timezone.now()
    due = Mailbox.objects.exclude(state=Mailbox.State.OFF).filter(
        Q(next_poll_at=None) | Q(next_poll_at__lte=now)
    )
    return sum(
        _poll_one(pk, now) for pk in due.order_by("next_poll_at").values_list("pk", flat=True)
    )


def _poll_one(pk: int, now: datetime) -> int:
    free = Q(next_poll_at=None) | Q(next_poll_at__lte=now)
    if not Mailbox.objects.filter(free, pk=pk).update(next_poll_at=now + LEASE):
        return 0  # somebody else polls it
    try:
        return poll(Mailbox.objects.select_related("user").get(pk=pk))
    except SecretUnreadable:
        _failed(pk, "The stored password cannot be read any more. Enter it again.", auth=True)
    except Mailbox.DoesNotExist:
        log.info("mailbox %s was removed while it was due", pk)
    return 0


def poll(mailbox: Mailbox) -> int:
    """Receive what is new and note how it went. Returns how many messages were looked at."""
    if not mailbox.is_read:
        _worked(mailbox.pk)
        return 0
    cursor = Cursor(
        uidvalidity=mailbox.uidvalidity,
        last_uid=mailbox.last_uid,
        since=mailbox.poll_from or mailbox.created_at,
        token=mailbox.history_id,
        read_at=mailbox.last_poll_at,
    )
    count = 0
    try:
        transport = transports.transport_for(mailbox)
        for raw in transport.fetch(cursor, LIMIT):
            _take(mailbox, raw)
            count += 1
        _reached(mailbox, transport)
    except ChannelError as error:
        _failed(mailbox.pk, error.message, auth=error.code == "auth")
        return count
    except OSError as error:
        log.exception("mailbox %s: message not kept", mailbox.pk)
        _failed(mailbox.pk, f"Received mail cannot be stored: {error.strerror or error}.")
        return count
    except OperationalError:
        _free(mailbox.pk)  # the database is busy: soon again
        raise
    _worked(mailbox.pk)
    return count


def _take(mailbox: Mailbox, raw: InboundRaw) -> None:
    """One message and the cursor past it, in one transaction; a poison one goes to quarantine."""
    try:
        with transaction.atomic():
            receiving.receive(mailbox, raw)
            _advance(mailbox, raw)
    except POISON as error:
        log.exception("mailbox %s: message %s could not be received", mailbox.pk, raw.uid)
        with transaction.atomic():
            ledger.lock_away(mailbox, raw, f"Could not be stored ({type(error).__name__}).")
            _advance(mailbox, raw)


def _reached(mailbox: Mailbox, transport: MailTransport) -> None:
    """Where a provider counts by a mark: it moves on although nothing of ours came."""
    mark = getattr(transport, "reached", "")
    if mark:
        rows = Mailbox.objects.filter(pk=mailbox.pk).exclude(history_id=mark)
        rows.update(history_id=mark)


def _advance(mailbox: Mailbox, raw: InboundRaw) -> None:
    mine = Mailbox.objects.filter(pk=mailbox.pk)
    if raw.token:
        mine.update(history_id=raw.token)
    same = Q(uidvalidity=raw.uidvalidity)
    if not mine.filter(same, last_uid__gte=raw.uid).exists():
        mine.update(uidvalidity=raw.uidvalidity, last_uid=raw.uid)


def _worked(pk: int) -> None:
    now = timezone.now()
    Mailbox.objects.filter(pk=pk).update(
        last_poll_at=now,
        next_poll_at=now + EVERY,
        poll_failures=0,
        poll_error="",
    )


def _free(pk: int) -> None:
    Mailbox.objects.filter(pk=pk).update(next_poll_at=None)


def _failed(pk: int, message: str, *, auth: bool = False) -> None:
    """Say why, wait longer each time; a password that is refused three times pauses the mailbox."""
    now = timezone.now()
    mine = Mailbox.objects.filter(pk=pk)
    failures = (mine.values_list("poll_failures", flat=True).first() or 0) + 1
    wait = min(2 ** min(failures - 1, 10), LONGEST_WAIT)
    mine.update(
        poll_failures=min(failures, 30_000),
        next_poll_at=now + timedelta(minutes=wait),
        poll_error=one_line(message, 300),
    )
    box = mine.select_related("user").defer("password").first()
    if box is None or not auth:
        return
    if box.connection_id:  # a sign-in that was withdrawn does not come back
        send_faults.pause(box, message, now, code="auth")
    elif failures >= AUTH_FAILURES:
        send_faults.pause(box, f"Sign-in does not work. {message}", now, code="auth")

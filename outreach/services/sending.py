"""Approved touches go out here, each once, or end as `unknown` in front of a person.

For each mailbox and tick: one connection; for each message one transaction that stores how the one
before went and claims the next, with every rule asked again inside it. A process that dies leaves
at most the one message it was handing over in `sending`; `recover` looks that one up and never
sends it again by itself.
"""

import logging
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db import DatabaseError, connection, transaction
from django.db.models import F, Q, QuerySet
from django.utils import timezone

from leads import thread
from outreach.channels.base import (
    Channel,
    ChannelError,
    ChannelSession,
    Config,
    OutboundMessage,
    SendResult,
)
from outreach.models import Enrollment, Mailbox, Touch
from outreach.services import (
    approval,
    letters,
    planning,
    policy,
    send_faults,
    service_faults,
    text_reports,
)
from outreach.services import send_states as states
from outreach.services.send_batch import Batch
from outreach.services.transports import channel_for, config_of
from salesagent.accounts.models import User
from salesagent.lib import shutdown
from salesagent.lib.crypto import SecretUnreadable

log = logging.getLogger("salesagent.sending")

stop_requested = shutdown.requested
HOLD = timedelta(minutes=15)  # when the policy cannot say until when
POISON_HOLD = timedelta(hours=1)
PLAN_BACK = timedelta(days=2)
PLAN_BATCH = 200
URGENT = (Touch.Kind.REPLY, Touch.Kind.CONFIRMATION)
# Refused for the whole mailbox: there is no use in asking for its other touches in this tick.
MAILBOX_CODES = frozenset(
    {"mailbox_gap", "mailbox_cap", "mailbox_paused", "mailbox_off", "mailbox", "service"}
)
# Refused for good: it is taken off the queue, not asked about again and again.
FINAL_CODES = frozenset({"suppressed", "stopped"})


@dataclass
class Sent:
    """What came of one tick."""

    sent: int = 0
    held: int = 0
    retried: int = 0
    failed: int = 0
    unknown: int = 0


def send_due(now: datetime | None = None, limit: int | None = None) -> Sent:
    """Send what is due and allowed, at most `limit` messages; `now` fixes the clock for tests."""
    counts = Sent()
    left = limit or settings.SEND_BATCH
    for mailbox_id, code in _groups(now or timezone.now()):
        if stop_requested.is_set() or left <= 0:
            break
        left -= _Run(mailbox_id, code, counts, now).work(left)
    plan_sent()
    return counts


def plan_sent(now: datetime | None = None) -> int:
    """Plan what follows each touch that went out, here or in a process that died right after it.

    Found by the enrolment that still points at the step that was sent. One transaction each: a plan
    that cannot be made is logged and hinders no other.
    """
    since = (now or timezone.now()) - PLAN_BACK
    boxes = list(Mailbox.objects.exclude(state="off").values_list("pk", flat=True))
    rows = Touch.objects.filter(
        Q(mailbox_id__in=boxes) | Q(mailbox=None),
        sent_at__gt=since,
        state=Touch.State.SENT,
        enrollment__state__in=[Enrollment.State.ACTIVE, Enrollment.State.PAUSED],
        enrollment__next_step_key=F("step_key"),
    )
    return sum(_plan(touch) for touch in rows.order_by("sent_at")[:PLAN_BATCH])


def _plan(touch: Touch) -> bool:
    try:
        with transaction.atomic():
            planning.touch_done(touch, touch.sent_at or timezone.now())
    except (ValueError, LookupError, TypeError, AttributeError, DatabaseError):
        log.exception("what follows touch %s could not be planned", touch.pk)
        return False
    return True


def _due(now: datetime) -> QuerySet[Touch]:
    ready = Q(not_before=None) | Q(not_before__lte=now)
    return Touch.objects.filter(ready, state=Touch.State.APPROVED, due_at__lte=now)


def _groups(now: datetime) -> list[tuple[int | None, str]]:
    """(mailbox, channel) with something due, the one that waited longest first."""
    rows = _due(now).order_by("due_at", "id").values_list("mailbox_id", "channel")
    found = list(dict.fromkeys(rows.iterator()))
    mailboxes = Mailbox.objects.filter(pk__in=[pk for pk, _ in found if pk]).defer("password")
    busy = {box.pk for box in mailboxes if box.state != Mailbox.State.ACTIVE}
    return [(pk, code) for pk, code in found if pk not in busy and not channel_for(code).manual]


class _Run:
    """The messages of one mailbox over one connection."""

    def __init__(
        self, mailbox_id: int | None, code: str, counts: Sent, now: datetime | None
    ) -> None:
        self.mailbox_id = mailbox_id
        self.code = code
        self.counts = counts
        self.fixed_now = now
        self.channel: Channel = channel_for(code)
        self.mailbox: Mailbox | None = None
        self.facts = policy.Facts.load()
        self.batch = Batch(())
        self.trying: int | None = None  # the touch being looked at, in case looking at it fails
        self.done = 0

    @property
    def now(self) -> datetime:
        return self.fixed_now or timezone.now()

    def work(self, limit: int) -> int:
        """Returns how many messages were handed over, whatever came of them."""
        self.batch = Batch(self._waiting(limit))
        if not self.batch.ids:
            return 0
        try:
            mailboxes = Mailbox.objects.select_related("user")
            self.mailbox = mailboxes.filter(pk=self.mailbox_id or 0).first()
        except SecretUnreadable as error:
            send_faults.pause_unreadable(self.mailbox_id, str(error), self.now)
            return 0
        self.batch.read(self.mailbox)
        try:
            config = config_of(self.channel, self.mailbox)
            with self.channel.open(config) as session:
                self._pass(session)
                self._keep_copies(config, session)
        except ChannelError as error:
            self._trouble(error)
        except SecretUnreadable as error:
            if self.channel.sender == "service":
                service_faults.unreadable(self.channel, error, self.now)
            else:  # the mailbox's sign-in
                send_faults.pause_unreadable(self.mailbox_id, str(error), self.now)
        return self.done

    def _trouble(self, error: ChannelError) -> None:
        """The mailbox or the connected service says what is wrong."""
        if self.channel.sender == "service":
            service_faults.trouble(self.channel, error, self.now)
        else:
            send_faults.mailbox_trouble(self.mailbox, error, self.now)

    def _waiting(self, limit: int) -> list[int]:
        """Ids of touches, answers to people first."""
        mine = Q(mailbox_id=self.mailbox_id) if self.mailbox_id else Q(mailbox=None)
        due = _due(self.now).filter(mine, channel=self.code).order_by("due_at", "id")
        found = list(due.filter(kind__in=URGENT).values_list("pk", flat=True)[:limit])
        normal = due.exclude(kind__in=URGENT).values_list("pk", flat=True)
        return found + list(normal[: limit - len(found)])

    def _keep_copies(self, config: Config | None, session: ChannelSession) -> None:
        """A copy that cannot be kept is no reason to hold the mailbox: the mail has gone out."""
        try:
            self.channel.keep_copies(config, session)
        except ChannelError as error:
            log.warning("no copy in the Sent folder of %s: %s", self.mailbox, error.message)
            if self.mailbox:
                send_faults.note_error(self.mailbox, error, self.now)

    def _pass(self, session: ChannelSession) -> None:
        """Hand over one message after the other; each turn stores the last and claims the next."""
        waiting = iter(self.batch.ids)
        last: tuple[Touch, SendResult] | None = None
        while True:
            claimed = self._turn(last, waiting)
            last = None
            if claimed is None:
                break
            touch, message = claimed
            self.done += 1
            try:
                last = (touch, session.send(message))
            except ChannelError as error:
                if not self._store_error(touch, error):
                    break
        if self.counts.sent and self.mailbox:
            send_faults.mailbox_works(self.mailbox, self.now)
        elif self.counts.sent and self.channel.sender == "service":
            service_faults.works(self.channel)

    def _turn(
        self, last: tuple[Touch, SendResult] | None, waiting: Iterator[int]
    ) -> tuple[Touch, OutboundMessage] | None:
        """One transaction. If looking at the next touch fails, the last one is stored all the same
        and the bad one waits an hour, so that it cannot hinder the others."""
        stored = False
        try:
            with transaction.atomic():
                if last:
                    states.to_sent(*last)
                claimed = None if stop_requested.is_set() else self._claim_next(waiting)
            stored = True
        finally:
            if not stored:
                self._after_fault(last)
        if last:
            self.counts.sent += 1
        return claimed

    def _after_fault(self, last: tuple[Touch, SendResult] | None) -> None:
        with transaction.atomic():
            if last:
                states.to_sent(*last)
            if self.trying:
                text = "Something unexpected went wrong. It is tried again in an hour."
                states.hold(Touch(pk=self.trying), "error", text, self.now + POISON_HOLD)

    def _claim_next(self, waiting: Iterator[int]) -> tuple[Touch, OutboundMessage] | None:
        for pk in waiting:
            self.trying = pk
            found = self._claim(pk)
            self.trying = None
            if isinstance(found, tuple):
                return found
            if found in MAILBOX_CODES:
                return None
        return None

    def _claim(self, pk: int) -> tuple[Touch, OutboundMessage] | str:
        """approved -> sending if every rule still allows it; else the code of what forbids it."""
        now = self.now
        held = self.batch.locked(pk)
        if held is None:
            return "taken"
        touch, blocked = held
        self._meet(touch)
        self.facts.blocked[(touch.lead_id, touch.channel)] = blocked
        verdict = policy.may_send(touch, now, facts=self.facts)
        if not verdict.ok:
            self._hold(touch, verdict.code, verdict.text, verdict.until)
            return verdict.code
        try:
            files = self.batch.files.get(pk, ())
            message = letters.message_for(touch, self.facts.workspace, now, files)
        except letters.LetterError as error:
            self._hold(touch, "attachment", str(error), now + POISON_HOLD)
            return "attachment"
        if not states.to_sending(touch, now):
            return "taken"
        self.facts.note_sent(touch)
        self._take_gap(touch, now)
        return touch, message

    def _meet(self, touch: Touch) -> None:
        """Claims of one mailbox come one after the other, so that two processes never both take
        the last message of a day or the same gap. SQLite locks the whole file instead."""
        if touch.mailbox and connection.features.has_select_for_update:
            row = Mailbox.objects.select_for_update(of=("self",)).filter(pk=touch.mailbox.pk)
            touch.mailbox.next_free_at = row.values_list("next_free_at", flat=True).get()

    def _take_gap(self, touch: Touch, now: datetime) -> None:
        """The pause after a message starts with the claim, so that a second worker sees it."""
        if touch.mailbox and (gap := self.facts.gap(touch.mailbox, touch.lead_id)):
            Mailbox.objects.filter(pk=touch.mailbox.pk).update(next_free_at=now + gap)

    def _hold(self, touch: Touch, code: str, text: str, until: datetime | None) -> None:
        """Say why it waits. A code of the mailbox is no fault of the touch: it stays as it is."""
        self.counts.held += 1
        if code in FINAL_CODES:
            approval.cancel([touch], code)
            return
        waits = touch.not_before
        if code not in MAILBOX_CODES:
            waits = max(until or self.now + HOLD, self.now)
        states.hold(touch, code, text, waits)

    def _store_error(self, touch: Touch, error: ChannelError) -> bool:
        """One transaction for what follows from a fault. True: the connection serves the next."""
        log.warning("touch %s: %s %s", touch.pk, error.code, error.message)
        with transaction.atomic():
            if error.unknown:
                states.to_unknown(touch, error.message)
                self.counts.unknown += 1
            elif error.permanent and error.scope == "recipient":
                states.to_failed(touch, error)
                self.counts.failed += 1
            elif states.to_approved(touch, error, self.now):
                self.counts.retried += 1
            else:
                self.counts.failed += 1
            if error.scope != "recipient":
                self._trouble(error)
        return error.scope == "recipient" and not error.unknown


def recover(now: datetime | None = None, limit: int = 50) -> Sent:
    """Settle what a dead process left in `sending`: found in the Sent folder -> sent, else unknown.

    A negative look-up proves nothing (not every provider keeps a copy at once): a person decides.
    """
    now, counts = now or timezone.now(), Sent()
    stale = Touch.objects.select_related("lead", "mailbox", "enrollment").filter(
        state=Touch.State.SENDING, lease_until__lt=now
    )
    for touch in stale.order_by("lease_until")[:limit]:
        if _was_sent(touch):
            counts.sent += states.settle_sent(touch, [Touch.State.SENDING], found=True)
        else:
            with transaction.atomic():
                states.to_unknown(touch, "The program was interrupted while this was being sent.")
            counts.unknown += 1
    return counts


def _was_sent(touch: Touch) -> bool:
    channel = channel_for(touch.channel)
    if channel.sender == "service":
        return text_reports.was_sent(touch)
    try:
        config = config_of(channel, touch.mailbox)
        return channel.find(config, touch.message_id or "") is True
    except ChannelError as error:
        log.warning("touch %s cannot be looked up: %s", touch.pk, error.message)
        return False


@transaction.atomic
def resolve(touch: Touch, arrived: bool, user: User) -> bool:
    """A person settles an unknown touch: it arrived, or it did not and goes out again.

    False when it was settled already. The text and its approval stay the same.
    """
    touch = Touch.objects.select_related("lead", "enrollment").get(pk=touch.pk)
    if touch.state != Touch.State.UNKNOWN:
        return False
    if arrived:
        settled = states.settle_sent(touch, [Touch.State.UNKNOWN], settled_by=user.pk)
    else:
        settled = states.send_again(touch)
    if not settled:
        return False
    thread.record(
        lead=touch.lead,
        kind="touch.resolved",
        actor=user.actor,
        channel=touch.channel,
        data={"touch": touch.pk, "number": touch.number, "arrived": arrived},
    )
    send_faults.close_question(touch, user, "arrived" if arrived else "send_again")
    return True

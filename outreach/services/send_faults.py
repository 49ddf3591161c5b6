"""What follows from a send that did not work: for the mailbox, the person, the work list.

Touch states are changed in services.sending only; this module never sends.
"""

from datetime import datetime, timedelta

from django.db.models import F
from django.utils import timezone

from leads import thread
from leads.models import Suppression
from leads.services.suppression import suppress
from outreach.channels.base import ChannelError
from outreach.models import Enrollment, Mailbox, Task, Touch
from outreach.services import enrollment as enrollments
from outreach.services import guards, planning, worklist
from outreach.services.guards import pause as pause
from salesagent.accounts import connections
from salesagent.accounts.models import User

POLICY_LIMIT = 3  # 5.7.x in a row, then the mailbox pauses: sending on makes its standing worse
RETRY_MAILBOX = timedelta(minutes=5)
TELL_AFTER = timedelta(hours=1)


def mailbox_trouble(mailbox: Mailbox | None, error: ChannelError, now: datetime) -> None:
    """Pause the mailbox when a person has to act, else let it rest some minutes."""
    if mailbox is None:
        return
    note_error(mailbox, error, now)
    rows = Mailbox.objects.filter(pk=mailbox.pk)
    if error.code == "policy":
        rows.update(policy_errors=F("policy_errors") + 1)
        if rows.filter(policy_errors__gte=POLICY_LIMIT).exists():
            words = f"Three mails in a row were rejected. {error.message}"
            pause(mailbox, words, now, code="policy")
        return
    if error.permanent and error.scope == "mailbox":
        if mailbox.connection_id and error.code == "auth":
            connections.failed(mailbox.connection_id, error.message, broken=True)
        pause(mailbox, error.message, now, code="auth" if error.code == "auth" else "error")
        return
    asked = timedelta(seconds=error.retry_after or 0)
    rows.update(next_free_at=now + max(RETRY_MAILBOX, asked))
    _tell_when_long(mailbox, error, now)


def note_error(mailbox: Mailbox, error: ChannelError, now: datetime) -> None:
    rows = Mailbox.objects.filter(pk=mailbox.pk)
    rows.update(last_error=error.message[:300], last_error_at=now)


def _tell_when_long(mailbox: Mailbox, error: ChannelError, now: datetime) -> None:
    """A server that cannot be reached for an hour is a person's matter."""
    since = max(filter(None, (mailbox.last_sent_at, mailbox.tested_at)), default=None)
    if mailbox.last_error_at is None or (since and since > now - TELL_AFTER):
        return
    worklist.add(
        Task.Kind.ATTENTION,
        owner=mailbox.user,
        title=f"Mail from {mailbox.address} does not go out",
        why=f"{error.message} Approved messages wait, none is lost.",
        channel="email",
        dedupe_key=f"mailbox-down:{mailbox.pk}:{now.date().isoformat()}",
    )


def pause_unreadable(mailbox_id: int | None, reason: str, now: datetime) -> None:
    """The stored password cannot be read: the keys of this installation were changed."""
    mailbox = Mailbox.objects.defer("password").filter(pk=mailbox_id or 0).first()
    if mailbox:
        words = f"The stored password cannot be read. Enter it again. ({reason})"
        pause(mailbox, words, now, code="auth")


def mailbox_works(mailbox: Mailbox, now: datetime) -> None:
    Mailbox.objects.filter(pk=mailbox.pk).update(
        last_sent_at=now, policy_errors=0, last_error="", last_error_at=None
    )


def recipient_trouble(touch: Touch, error: ChannelError) -> None:
    """An address that does not exist is never written to again; anything else a person looks at."""
    if error.code == "no_such_address" and touch.channel == "email":
        _hard_bounce(touch, error)
        return
    if error.code in TEXTS:
        TEXTS[error.code](touch, error)
        return
    if touch.enrollment and touch.enrollment.state == Enrollment.State.ACTIVE:
        enrollments.pause(touch.enrollment, reason="task", actor="system", note=error.message[:200])
    worklist.add(
        Task.Kind.ATTENTION,
        owner=owner_of(touch),
        lead=touch.lead,
        touch=touch,
        channel=touch.channel,
        title="A message could not be delivered",
        why=error.message,
        dedupe_key=f"failed:{touch.pk}",
    )


def _hard_bounce(touch: Touch, error: ChannelError) -> None:
    """Their server said so while we were connected: it counts like a report that comes later."""
    thread.record(
        lead=touch.lead,
        kind="touch.bounced",
        actor="system",
        channel=touch.channel,
        data={
            "touch": touch.pk,
            "mailbox": touch.mailbox_id,
            "kind": "hard",
            "status": "",
            "reason": error.message[:300],
            "text": "The address does not exist",
        },
        dedupe_key=f"refused:{touch.pk}",
    )
    if touch.enrollment:
        enrollments.stop(touch.enrollment, reason="hard_bounce", actor="system")
    suppress(
        address=touch.to_address,
        channel=touch.channel,
        reason=Suppression.Reason.HARD_BOUNCE,
        source="refused by their mail server",
        actor="system",
        lead=touch.lead,
    )
    if touch.mailbox:
        guards.check(touch.mailbox, timezone.now())


def _wrong_number(touch: Touch, error: ChannelError) -> None:
    """No text goes there again; the sequence goes on with its other channels."""
    suppress(
        address=touch.to_address,
        channel=touch.channel,
        reason=Suppression.Reason.HARD_BOUNCE,
        source=error.message,
        actor="system",
        lead=touch.lead,
    )
    if touch.enrollment:
        planning.touch_done(touch, timezone.now())


def _opted_out(touch: Touch, error: ChannelError) -> None:
    """They told the service to stop: the same as if they had told us."""
    suppress(
        address=touch.to_address,
        reason=Suppression.Reason.OPTED_OUT,
        source=f"STOP by {touch.channel}",
        actor="lead",
        lead=touch.lead,
    )
    if touch.enrollment:
        enrollments.stop(touch.enrollment, reason="opted_out", actor="lead")


TEXTS = {"no_such_address": _wrong_number, "opted_out": _opted_out}


def ask_whether_arrived(touch: Touch) -> None:
    where = "Look into the Sent folder of your mail." if touch.mailbox_id else "Ask them."
    worklist.add(
        Task.Kind.UNKNOWN,
        owner=owner_of(touch),
        lead=touch.lead,
        touch=touch,
        channel=touch.channel,
        title="Did this arrive?",
        why=f"The connection broke while it was being sent. {where}",
        dedupe_key=f"unknown:{touch.pk}:{touch.claim_token}",
    )


def close_question(touch: Touch, user: User, outcome: str) -> None:
    open_tasks = Task.objects.filter(touch=touch, kind=Task.Kind.UNKNOWN, state=Task.State.OPEN)
    for task in open_tasks.select_related("lead", "touch"):
        worklist.done(task, user=user, outcome=outcome)


def owner_of(touch: Touch) -> User | None:
    """Who is asked: the lead's owner, else whose mailbox it is."""
    if touch.lead.owner_id:
        return touch.lead.owner
    return touch.mailbox.user if touch.mailbox else None

"""Mails and calls that a person writes down on the lead page: once per form, with undo."""

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone

from leads.models import Lead
from outreach.models import Attachment, Submission, Task, Touch
from outreach.services import (
    approval,
    attachments,
    calls,
    composing,
    drafting,
    handwork,
    policy,
    replying,
    texting,
    worklist,
)
from salesagent.accounts.models import User

TOKEN_DAYS = 2
ANSWERING = timedelta(hours=24)
# what a person who types a mail by hand is told, but not stopped by
ONLY_TOLD = frozenset({"length", "reading", "same"})


class WritingError(Exception):
    """The mail cannot go out: `checks` say why, each {code, level, text}; may be empty."""

    def __init__(self, message: str, checks: Sequence[dict[str, Any]] = ()) -> None:
        super().__init__(message)
        self.checks = list(checks)

    @property
    def can_insist(self) -> bool:
        """Whether only warnings stand against it, which a person may overrule."""
        return bool(self.checks) and all(check["level"] == "warn" for check in self.checks)


@dataclass(frozen=True)
class Mail:
    """What came from the composer. `accepted`: codes of warnings that the person overrules."""

    body: str
    token: uuid.UUID
    channel: str = "email"
    subject: str = ""
    files: Sequence[attachments.Upload] = ()
    send_at: datetime | None = None
    draft_only: bool = False
    accepted: frozenset[str] = field(default_factory=frozenset)


def write(lead: Lead, user: User, mail: Mail) -> Touch | None:
    """Make the touch and approve it in the writer's name, or leave it in Approvals.

    None when this form was sent before. Raises WritingError; then nothing has changed.
    """
    kept: list[Attachment] = []
    try:
        with transaction.atomic():
            if not claim(mail.token, user):
                return None
            touch = _compose(lead, user, mail)
            kept += attachments.store(touch, mail.files)
            if not mail.draft_only:
                _send(touch, user, mail)
            return touch
    except (approval.ApprovalError, attachments.AttachmentError, drafting.DraftError) as error:
        attachments.forget(kept)
        raise WritingError(str(error)) from error
    except WritingError:
        attachments.forget(kept)
        raise


def answer(lead: Lead, user: User, mail: Mail, drafted: Touch | None) -> Touch | None:
    """Send an answer that may have begun as `drafted`: unchanged, that draft is approved; with
    other words it is replaced by them. Returns and raises as `write` does."""
    if drafted is None:
        return write(lead, user, mail)
    if _flat(drafted.body) != _flat(mail.body):
        touch = write(lead, user, mail)
        approval.cancel([drafted], "answered", actor=user.actor)
        return touch
    try:
        with transaction.atomic():
            if not claim(mail.token, user):
                return None
            _send(drafted, user, mail, approval.recheck(drafted))
            return drafted
    except approval.ApprovalError as error:
        raise WritingError(str(error)) from error


def _flat(text: str) -> str:
    return " ".join(text.split())


def _compose(lead: Lead, user: User, mail: Mail) -> Touch:
    if mail.channel != "email":
        return _compose_text(lead, user, mail)
    look = replying.outlook(lead, user)
    if look.off:
        raise WritingError(look.off)
    reply = look.reply
    return composing.compose(
        lead,
        user=user,
        channel="email",
        subject=reply.subject if reply else mail.subject,
        body=mail.body,
        kind=Touch.Kind.REPLY if reply and reply.inbound else Touch.Kind.MANUAL,
        in_reply_to=reply.message_id if reply else "",
        references=reply.references if reply else "",
        send_at=mail.send_at,
    )


def _compose_text(lead: Lead, user: User, mail: Mail) -> Touch:
    """Text channels have no subject and no thread of their own."""
    last = texting.invited(lead, mail.channel)
    return composing.compose(
        lead,
        user=user,
        channel=mail.channel,
        subject="",
        body=mail.body,
        kind=text_kind(lead, mail.channel, last),
        send_at=mail.send_at,
    )


def text_kind(lead: Lead, channel: str, last: datetime | None) -> str:
    """An answer while the last word is theirs, or within a day of it: it needs no consent of its
    own and no waiting for the hours of texts. `last`: when they last wrote on the channel, by
    texting.invited."""
    if last is None:
        return Touch.Kind.MANUAL
    if timezone.now() - last <= ANSWERING:
        return Touch.Kind.REPLY
    since = Touch.objects.filter(lead=lead, channel=channel, sent_at__gte=last)
    return Touch.Kind.MANUAL if since.exists() else Touch.Kind.REPLY


def _send(
    touch: Touch, user: User, mail: Mail, checks: Sequence[dict[str, Any]] | None = None
) -> None:
    told = touch.checks if checks is None else checks
    against = [check for check in told if _stops(check, mail.accepted)]
    if against:
        raise WritingError("Look at this first.", against)
    approval.approve(touch, user=user, seen_hash=policy.text_hash(touch))
    worklist.close_for(touch.lead, [Task.Kind.ANSWER, Task.Kind.ENQUIRY], user=user)


def _stops(check: dict[str, Any], accepted: Iterable[str]) -> bool:
    if check["level"] == "block":
        return True
    return check["level"] == "warn" and check["code"] not in {*ONLY_TOLD, *accepted}


def claim(token: uuid.UUID, user: User) -> bool:
    """Whether this form is acted upon for the first time. Inside the caller's transaction."""
    Submission.objects.filter(created_at__lt=timezone.now() - timedelta(days=TOKEN_DAYS)).delete()
    if Submission.objects.filter(token=token).exists():
        return False
    try:
        with transaction.atomic():
            Submission.objects.create(token=token, user=user)
    except IntegrityError:
        return False  # the second click was as fast
    return True


@transaction.atomic
def log_call(
    lead: Lead,
    user: User,
    *,
    token: uuid.UUID,
    outcome: str,
    notes: str = "",
    minutes: int | None = None,
    call_back_at: datetime | None = None,
) -> bool:
    """Write a call into the thread; "call back" becomes a task. False for a second click.

    Raises worklist.WorklistError for an unknown outcome.
    """
    if not claim(token, user):
        return False
    calls.log(lead, user, outcome, notes, minutes)
    if outcome == "call_back" and call_back_at:
        handwork.call_back(lead, lead.owner or user, call_back_at)
    handwork.ended(lead, calls.CHANNEL, outcome, user)
    return True


@transaction.atomic
def cancel(touch: Touch, user: User) -> str:
    """Take an approved mail back to the drafts, or discard a hand-written draft.

    Returns "draft" or "discarded", "" when it is too late.
    """
    if approval.undo(touch, user=user):
        return "draft"
    if touch.kind == Touch.Kind.SEQUENCE:
        return ""
    waiting = Touch.objects.filter(pk=touch.pk, state=Touch.State.DRAFT)
    return "discarded" if approval.cancel(waiting, "discarded", actor=user.actor) else ""

"""Connecting, changing, checking and pausing mailboxes."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone

from outreach.channels.base import ChannelError, MailTransport, OutboundMessage
from outreach.mail.compose import ComposeError, compose
from outreach.models import Mailbox, new_message_id
from outreach.services import held
from outreach.services.transports import config_for, transport_for
from salesagent.accounts import audit
from salesagent.accounts.models import User, Workspace
from salesagent.lib.crypto import SecretUnreadable
from salesagent.lib.text import one_line

SILENCE = timedelta(days=30)  # after that a mailbox is as good as new to providers
# a change of these means another account, or another place to read from
SOURCE_FIELDS = ("imap_host", "imap_port", "username", "inbox_folder", "address")
UNREADABLE = "The stored password cannot be read with this installation's keys. Enter it again."


class MailboxError(Exception):
    """Why something could not be done, in plain words."""


@dataclass(frozen=True)
class Step:
    """One step of a check."""

    ok: bool
    text: str


def create(values: Mapping[str, Any], *, user: User) -> Mailbox:
    """Connect a mailbox; mail from before this moment is not read. Raises MailboxError."""
    mailbox = Mailbox(user=user, poll_from=timezone.now(), **values)
    if mailbox.ramp_first is not None:
        mailbox.ramp_started_on = _today(mailbox)
    try:
        with transaction.atomic():
            mailbox.save(force_insert=True)
            audit.note(user, "mailbox.connected", f"mailbox:{mailbox.pk}")
    except IntegrityError as error:
        raise MailboxError("This address is connected already.") from error
    return mailbox


@transaction.atomic
def update(mailbox: Mailbox, values: Mapping[str, Any], *, user: User) -> None:
    """Write what changed; an empty password keeps the stored one. Faults count from new."""
    changed = {k: v for k, v in values.items() if k == "password" or getattr(mailbox, k) != v}
    if not changed.get("password"):
        changed.pop("password", None)
    if not changed:
        return
    names = sorted(changed)
    fresh: dict[str, Any] = {}
    if any(name in changed for name in SOURCE_FIELDS):
        fresh = {"uidvalidity": None, "last_uid": 0, "poll_from": timezone.now()}
    if "ramp_first" in changed:
        fresh |= _ramp_start(mailbox, changed["ramp_first"])
    quiet = {"last_error": "", "last_error_at": None, "poll_error": "", "poll_failures": 0}
    wake = {"next_poll_at": None, "next_free_at": None}
    row = Mailbox(pk=mailbox.pk)
    for name, value in {**changed, **fresh, **quiet, **wake}.items():
        setattr(row, name, value)
    row.save(update_fields=[*changed, *fresh, *quiet, *wake])
    audit.note(user, "mailbox.changed", f"mailbox:{mailbox.pk}", fields=names)


def _ramp_start(mailbox: Mailbox, first: int | None) -> dict[str, Any]:
    """A slow start begins today when it is set for the first time or after a long silence;
    another number for one that runs does not begin it anew."""
    silent = timezone.now() - SILENCE
    slept = mailbox.last_sent_at is None or mailbox.last_sent_at < silent
    if first is None or not (mailbox.ramp_first is None or slept):
        return {}
    return {"ramp_started_on": _today(mailbox)}


def _today(mailbox: Mailbox) -> date:
    return timezone.now().astimezone(mailbox.user.tz).date()


@transaction.atomic
def pause(mailbox: Mailbox, *, user: User, reason: str) -> bool:
    """Hold sending; answers are still read. False when it was not active."""
    words = one_line(reason, 200) or "Paused by hand"
    hit = Mailbox.objects.filter(pk=mailbox.pk, state=Mailbox.State.ACTIVE).update(
        state=Mailbox.State.PAUSED,
        paused_reason=f"{words}, {user}"[:300],
        paused_code="hand",
        paused_at=timezone.now(),
    )
    if hit:
        audit.note(user, "mailbox.paused", f"mailbox:{mailbox.pk}")
    return bool(hit)


def pause_all(reason: str, code: str) -> list[str]:
    """Hold sending of every mailbox that works; returns their addresses."""
    rows = Mailbox.objects.filter(state=Mailbox.State.ACTIVE)
    addresses = list(rows.values_list("address", flat=True))
    rows.update(
        state=Mailbox.State.PAUSED,
        paused_reason=reason[:300],
        paused_code=code,
        paused_at=timezone.now(),
    )
    return addresses


@transaction.atomic
def resume(mailbox: Mailbox, *, user: User) -> bool:
    """Send again, and read at the next turn. False when it was active.

    Raises MailboxError while everything is held after a restore.
    """
    if waits := held.why():
        raise MailboxError(waits)
    hit = (
        Mailbox.objects.filter(pk=mailbox.pk)
        .exclude(state=Mailbox.State.ACTIVE)
        .update(
            state=Mailbox.State.ACTIVE,
            paused_reason="",
            paused_code="",
            paused_at=None,
            guards_since=timezone.now(),
            policy_errors=0,
            last_error="",
            last_error_at=None,
            poll_error="",
            poll_failures=0,
            next_poll_at=None,
            next_free_at=None,
        )
    )
    if hit:
        audit.note(user, "mailbox.resumed", f"mailbox:{mailbox.pk}")
    return bool(hit)


@transaction.atomic
def switch_off(mailbox: Mailbox, *, user: User) -> bool:
    """Neither send nor read until it is switched on again; nothing is deleted."""
    hit = (
        Mailbox.objects.filter(pk=mailbox.pk)
        .exclude(state=Mailbox.State.OFF)
        .update(
            state=Mailbox.State.OFF,
            paused_reason=f"Switched off, {user}"[:300],
            paused_code="hand",
            paused_at=timezone.now(),
        )
    )
    if hit:
        audit.note(user, "mailbox.off", f"mailbox:{mailbox.pk}")
    return bool(hit)


def _with_secret(mailbox: Mailbox) -> Mailbox:
    """The row with its password; raises MailboxError when the keys do not fit."""
    try:
        return Mailbox.objects.select_related("user").get(pk=mailbox.pk)
    except SecretUnreadable as error:
        raise MailboxError(UNREADABLE) from error


def test(mailbox: Mailbox) -> list[Step]:
    """Sign in to send and to read, look for the Sent folder. Takes up to a minute."""
    try:
        full = _with_secret(mailbox)
    except MailboxError as error:
        return [Step(False, str(error))]
    steps = [_step(line) for line in transport_for(full).test()]
    if full.transport == Mailbox.Transport.SMTP and full.imap_host and all(s.ok for s in steps):
        steps.append(_sent_step(full))
    if all(step.ok for step in steps):
        Mailbox.objects.filter(pk=mailbox.pk).update(
            tested_at=timezone.now(), poll_error="", poll_failures=0, next_poll_at=None
        )
    return steps


def _step(line: str) -> Step:
    kind, _, text = line.partition(": ")
    return Step(kind == "ok", text or line)


def _sent_step(mailbox: Mailbox) -> Step:
    """Where copies go, and whether that folder is there."""
    from outreach.channels import imap  # 5 MB: when a mailbox is checked

    try:
        with imap.open(config_for(mailbox)) as box:
            names, usual = box.folders(), box.sent_folder()
    except ChannelError as error:
        return Step(False, f"The folders could not be listed. {error.message}")
    if not mailbox.sent_folder:
        hint = f" The server calls it {usual}." if usual else ""
        return Step(True, f"No copy is put into a Sent folder.{hint}")
    if mailbox.sent_folder in names:
        return Step(True, f"Copies go into {mailbox.sent_folder}.")
    return Step(False, f"There is no folder {mailbox.sent_folder}. {_folder_hint(names)}")


def _folder_hint(names: list[str]) -> str:
    return f"There are: {', '.join(names[:12])}." if names else ""


def folders(mailbox: Mailbox) -> list[str]:
    """Names of the account's folders, for the choice of the Sent folder. Raises MailboxError."""
    if mailbox.transport != Mailbox.Transport.SMTP or not mailbox.imap_host:
        return []
    from outreach.channels import imap

    try:
        with imap.open(config_for(_with_secret(mailbox))) as box:
            return box.folders()
    except ChannelError as error:
        raise MailboxError(error.message) from error


def send_test(mailbox: Mailbox, *, user: User) -> str:
    """A short mail from this mailbox to the user's own address; returns it. Raises MailboxError."""
    full = _with_secret(mailbox)
    workspace = Workspace.current()
    message = OutboundMessage(
        channel="email",
        to=user.email,
        to_name=user.name,
        sender=full.address,
        sender_name=full.from_name,
        subject="Test from SalesAgent",
        text=f"This mail left through {full.address}. If you can read it, sending works.",
        message_id=new_message_id(full.domain),
        sent_at=timezone.now(),
        company=workspace.name,
        postal_address=workspace.postal_address,
        reason="You asked for this test in Settings.",
    )
    try:
        _send(transport_for(full), compose(message), full.address, user.email)
    except (ChannelError, ComposeError) as error:
        raise MailboxError(f"The test was not sent. {error}") from error
    return user.email


def _send(transport: MailTransport, content: bytes, sender: str, recipient: str) -> None:
    with transport.open() as session:
        session.send(content, sender, recipient)

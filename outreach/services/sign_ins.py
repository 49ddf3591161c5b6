"""Mailboxes that are reached with a sign-in instead of a password: connect, warn, disconnect."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db import IntegrityError, transaction
from django.utils import timezone

from outreach.models import Mailbox, Task
from outreach.services import held, mailboxes, worklist
from outreach.services.mailboxes import MailboxError
from salesagent.accounts import audit, connections, oauth
from salesagent.accounts.models import Connection, User
from salesagent.lib import hold
from salesagent.lib.crypto import SecretUnreadable

WARN_BEFORE = timedelta(hours=48)
TESTING = timedelta(days=oauth.TESTING_DAYS)


@dataclass(frozen=True)
class SignIn:
    """What a person gave. `ends_in`: seconds until it runs out by itself, where that is known;
    `testing`: the provider's app is in testing, so that it does after seven days."""

    service: str
    account: str
    scopes: list[str]
    secret: dict[str, str] = field(repr=False)
    ends_in: float | None = None
    testing: bool = False


def connect(given: SignIn, *, user: User) -> Mailbox:
    """The mailbox of this sign-in: made, taken over from a password, or put to work again.

    Raises MailboxError where the address is somebody else's.
    """
    box = Mailbox.objects.defer("password").filter(address__iexact=given.account).first()
    if box is not None and box.user_id != user.pk:
        raise MailboxError(f"{given.account} is connected already, by somebody else here.")
    now = timezone.now()
    try:
        with transaction.atomic():
            connection = _save(given, user, now)
            if box is None:
                box = _make(given, connection, user, now)
            else:
                _take_over(box, given.service, connection)
            audit.note(user, "mailbox.connected", f"mailbox:{box.pk}")
    except IntegrityError as error:
        raise MailboxError(f"{given.account} was connected just now. Look again.") from error
    return box


def _save(given: SignIn, user: User, now: datetime) -> Connection:
    """Old and new rights of one service stand in one row; other services have their own."""
    testing = given.testing or given.ends_in is not None
    ends_at = now + (timedelta(seconds=given.ends_in) if given.ends_in else TESTING)
    return connections.save(
        given.service,
        account=given.account,
        user=user,
        secret=given.secret,
        settings={"signed_in_at": str(now.timestamp()), "testing": testing},
        scopes=given.scopes,
        ends_at=ends_at if testing else None,
    )


def _make(given: SignIn, connection: Connection, user: User, now: datetime) -> Mailbox:
    """Mail from before this moment is not read."""
    return Mailbox.objects.create(
        user=user,
        address=given.account,
        from_name=user.name or given.account,
        transport=given.service,
        connection=connection,
        poll_from=now,
    )


def _take_over(box: Mailbox, service: str, connection: Connection) -> None:
    """Its touches stay as they are and go out again, unless it was paused for another reason."""
    rows = Mailbox.objects.filter(pk=box.pk)
    if box.transport != service:
        rows.update(transport=service, history_id="", uidvalidity=None, last_uid=0, password="")  # noqa: S106
    rows.update(
        connection=connection,
        poll_error="",
        poll_failures=0,
        last_error="",
        last_error_at=None,
        next_poll_at=None,
        next_free_at=None,
    )
    waited = rows.filter(paused_code__in=("auth", "signed_out"))
    if held.why():
        waited.update(paused_code=held.CODE, paused_reason=hold.reason()[:300])
    else:
        waited.update(state=Mailbox.State.ACTIVE, paused_code="", paused_reason="", paused_at=None)
    box.refresh_from_db(fields=["state", "transport"])


def of(mailbox: Mailbox) -> Connection | None:
    """The sign-in of a mailbox without what is secret of it."""
    return Connection.objects.defer("secret").filter(pk=mailbox.connection_id or 0).first()


def set_testing(mailbox: Mailbox, on: bool, *, user: User) -> None:
    """A person says whether the provider's app is in testing: when to warn follows from that."""
    found = of(mailbox)
    if found is None or found.state == Connection.State.OFF:
        return
    ends_at = oauth.signed_in_at(found) + TESTING if on else None
    connections.note(found.pk, settings={**found.settings, "testing": on}, ends_at=ends_at)
    audit.note(user, "mailbox.changed", f"mailbox:{mailbox.pk}", fields=["testing"])


def disconnect(mailbox: Mailbox, *, user: User) -> bool:
    """Give the sign-in back and switch the mailbox off; approved touches stay. False when the
    provider could not be told: then the person ends it there as well."""
    connection = of(mailbox)
    told = True
    if connection is not None:
        try:
            told = oauth.sign_out(connection.pk)
        except SecretUnreadable:
            told = False
        connections.switch_off(connection)
    mailboxes.switch_off(mailbox, user=user)
    Mailbox.objects.filter(pk=mailbox.pk).update(paused_code="signed_out")
    return told


def warn(now: datetime | None = None) -> int:
    """One line in Today for each sign-in that runs out within two days. Safe to repeat."""
    now = now or timezone.now()
    ending = Mailbox.objects.defer("password").filter(
        connection__ends_at__gt=now,
        connection__ends_at__lte=now + WARN_BEFORE,
        connection__state__in=[Connection.State.ON, Connection.State.WAITING],
    )
    rows = ending.exclude(state=Mailbox.State.OFF).select_related("user")
    ends = dict(rows.values_list("pk", "connection__ends_at"))
    return sum(_warn(box, at) for box in rows if (at := ends.get(box.pk)))


def _warn(box: Mailbox, ends_at: datetime) -> bool:
    key = f"sign-in-ends:{box.pk}:{ends_at:%Y%m%d%H%M}"
    if Task.objects.filter(dedupe_key=key).exists():
        return False
    moment = timezone.localtime(ends_at)
    worklist.add(
        Task.Kind.ATTENTION,
        owner=box.user,
        title=f"Connect {box.address} again before {moment:%A, %d %B, %H:%M}",
        why=(
            "Its sign-in lives seven days while the app is in testing. Connect it again in "
            "Settings, Mailboxes, or publish the app so that this stops (docs/gmail.md)."
        ),
        channel="email",
        dedupe_key=key,
    )
    return True

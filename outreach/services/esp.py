"""Mail services: their accounts, and what their reports do to the messages they are about.

One connection for each service, of the workspace; mailboxes of transport "esp" point at one. The
address of its web hook holds a secret of its own, kept encrypted with the key.
"""

import logging
import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.db import transaction
from django.urls import reverse

from leads.models import Suppression
from leads.services import suppression
from outreach.channels import esp
from outreach.channels.base import ChannelError
from outreach.channels.esp_hooks import Report
from outreach.channels.esp_providers import ESPS
from outreach.mail.bounce import Bounce
from outreach.models import Mailbox, Touch
from outreach.services import bounces, delivery, send_states, tracking, transports, worklist
from salesagent.accounts import audit, connections
from salesagent.accounts.models import Connection, User
from salesagent.lib import webhook
from salesagent.lib.crypto import SecretUnreadable

log = logging.getLogger("salesagent.esp")
HOOK = "hook"  # in the secret: the last part of the hook's address


class EspError(Exception):
    """Why something could not be done, in plain words."""


# --- accounts ---


def connected() -> list[Connection]:
    return list(connections.of_service(esp.SERVICE).filter(user=None))


def row_of(code: str) -> Connection | None:
    return connections.of_service(esp.SERVICE).filter(user=None, account=code).first()


@transaction.atomic
def save(code: str, values: Mapping[str, str], user: User) -> Connection:
    """Connect a service or change its account; an empty secret keeps the stored one."""
    provider, stored = ESPS[code], row_of(code)
    before = _secret(stored) if stored else {}
    secret = {HOOK: before.get(HOOK) or secrets.token_urlsafe(24)}
    plain: dict[str, Any] = {}
    for field in provider.fields:
        given = str(values.get(field.code) or "").strip()
        if field.secret:
            secret[field.code] = given or before.get(field.code, "")
        else:
            plain[field.code] = given
    row = connections.save(esp.SERVICE, account=code, secret=secret, settings=plain)
    audit.note(user, "esp.connected", f"connection:{row.pk}")
    return row


def _secret(row: Connection) -> dict[str, str]:
    try:
        return connections.secret_of(row)
    except SecretUnreadable:
        return {}


def stored(row: Connection | None) -> set[str]:
    """Names of the secrets that are kept."""
    return {name for name, value in _secret(row).items() if value} if row else set()


def check(row: Connection) -> str:
    """Ask the service whether it takes the key; what it said. Raises EspError."""
    try:
        account = transports.account_config(row)
        said = esp.check(esp.provider_of(account), account)
    except ChannelError as error:
        connections.failed(row.pk, error.message, broken=error.permanent)
        raise EspError(error.message) from error
    except SecretUnreadable as error:
        raise EspError("The stored key cannot be read. Enter it again.") from error
    connections.worked(row.pk)
    return said.removeprefix("ok: ")


@transaction.atomic
def switch_off(row: Connection, user: User) -> None:
    """Forget the key; approved mails of its mailboxes wait and say why."""
    connections.switch_off(row)
    audit.note(user, "esp.off", f"connection:{row.pk}")


def hook_url(row: Connection) -> str:
    """Where the service reports; "" when the stored secret cannot be read."""
    word = _secret(row).get(HOOK, "")
    path = reverse("outreach:esp_hook", args=[row.account, word]) if word else ""
    return f"{settings.SITE_URL}{path}" if path else ""


def signing_missing(row: Connection) -> bool:
    """The service signs its reports, but the key for it is not stored: they do not count."""
    provider = ESPS.get(row.account)
    return bool(provider and provider.signature and not _secret(row).get("signing_key"))


def of_hook(code: str, word: str) -> Connection | None:
    """The connection whose hook was called; None when the address is not ours."""
    rows = [row for row in connected() if row.account == code]
    return next((row for row in rows if webhook.same(_secret(row).get(HOOK), word)), None)


# --- reports ---


@dataclass
class Taken:
    """What came of the reports of one request."""

    new: int = 0
    repeated: int = 0
    not_ours: int = 0
    dropped: int = 0


def take(connection: Connection, reports: Iterable[Report]) -> Taken:
    """Each report in its own transaction with its id, so that one may be repeated or come late.

    Reports about messages that are not ours leave nothing behind.
    """
    taken = Taken()
    for report in reports:
        touch = touch_of(connection, report)
        if touch is None:
            taken.not_ours += 1
            continue
        with transaction.atomic():
            if not webhook.once(esp.SERVICE, report.event_id):
                taken.repeated += 1
            elif _apply(touch, report):
                taken.new += 1
            else:
                taken.dropped += 1
    if taken.dropped:
        log.info("%s: %d reports dropped", connection.account, taken.dropped)
    return taken


def touch_of(connection: Connection, report: Report) -> Touch | None:
    """By the service's id, else by our Message-ID while the service's answer to us was lost."""
    mailboxes = Mailbox.objects.filter(connection=connection).values("pk")
    rows = Touch.objects.filter(mailbox__in=mailboxes, channel="email")
    rows = rows.select_related("lead", "enrollment__sequence").defer("checks", "machine_body")
    named = rows.filter(provider_id=report.provider_id).order_by("-pk")
    if report.provider_id and (found := named.first()):
        return found
    if not report.key:
        return None
    return rows.filter(message_id=f"<{report.key}>", provider_id="").first()


def _apply(touch: Touch, report: Report) -> bool:
    """False for what is not wanted: opens and clicks of others than our own counting."""
    if report.kind == "opened":
        return tracking.opened(touch, report.agent, report.at)
    if report.kind == "clicked":
        return False  # counted by our own links only, behind the check for scanners
    _now_known(touch, report)
    if report.kind == "unsubscribed":
        _unsubscribe(touch)
    elif report.kind == "delivered":
        delivery.advance(touch, "delivered", report.at)
    elif report.bounce is not None:
        _bounced(touch, report, report.bounce)
    return True


def _now_known(touch: Touch, report: Report) -> None:
    """The service knows the message: it did go out, whatever our connection said."""
    if not touch.provider_id and report.provider_id:
        rows = Touch.objects.filter(pk=touch.pk, provider_id="")
        rows.update(provider_id=report.provider_id)
    waiting = [Touch.State.UNKNOWN]
    if touch.state in waiting and send_states.settle_sent(touch, waiting, found=True):
        worklist.withdraw(touch)


def _bounced(touch: Touch, report: Report, bounce: Bounce) -> None:
    status = "delayed" if bounce.delayed else "bounced"
    if bounce.kind != "complaint":
        moved = delivery.advance(touch, status, report.at)
        if not moved and (bounce.delayed or touch.delivery != "bounced"):
            return
    key = f"esp-{'delay' if bounce.delayed else bounce.kind}:{touch.pk}"
    bounces.note(touch, bounce, at=report.at, key=key)


def _unsubscribe(touch: Touch) -> None:
    suppression.suppress(
        address=touch.to_address,
        channel="email",
        reason=Suppression.Reason.OPTED_OUT,
        source="unsubscribed at the mail service",
        actor="lead",
        lead=touch.lead,
    )


def label(row: Connection | None) -> str:
    return ESPS[row.account].label if row and row.account in ESPS else ""


def sender(row: Connection | None, values: Mapping[str, Any], user: User) -> dict[str, Any]:
    """What makes a mailbox one that sends by `row`; {} without one. Raises EspError.

    The account is the company's: a rep sends with it only under the own address.
    """
    if row is None:
        return {}
    if not user.is_owner and str(values.get("address")).lower() != user.email.lower():
        raise EspError("With the mail service you send from your own address only.")
    return {"transport": Mailbox.Transport.ESP, "connection": row}


def renamed(box: Mailbox, values: Mapping[str, Any], user: User) -> None:
    """Raises EspError when a change would let others send with the company's account by an address
    that is not theirs."""
    address = str(values.get("address") or box.address).lower()
    if box.transport != Mailbox.Transport.ESP or user.is_owner:
        return
    if address not in (box.address.lower(), box.user.email.lower()):
        raise EspError("With the mail service you send from your own address only.")


def used_by(row: Connection) -> list[Mailbox]:
    return list(Mailbox.objects.defer("password").filter(connection=row).order_by("address"))

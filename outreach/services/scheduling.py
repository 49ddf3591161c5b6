"""Where people pick a time: the link of {{calendar_link}}, and Calendly's reports on bookings.

The link alone needs no service: any address will do. Each person's link carries a token of theirs
in `utm_content`, which Calendly sends back with the booking. It names a lead and nothing else,
cannot be made by others, and stays the same, so that a text reads the same each time it is made.
"""

import secrets
from functools import reduce
from operator import or_
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from django.conf import settings
from django.core import signing
from django.db import transaction
from django.db.models import Q
from django.urls import reverse

from leads import family
from leads.models import Lead
from outreach import calendly
from outreach.calendly import CalendlyError
from salesagent.accounts import audit, connections
from salesagent.accounts.models import Connection, User
from salesagent.lib.crypto import SecretUnreadable
from salesagent.lib.sql import Rows

LINK = "scheduling_link"  # Connection.service of the link; it has no secret
SERVICE = calendly.SERVICE
MOST = 200  # characters of the link without a token; a merge value holds 300
PARAMETER = "utm_content"
_SIGNER = "salesagent.booking"
_LINK = Rows(
    lambda user: (
        Connection.objects.filter(Q(user=None) | Q(user=user), service=LINK)
        .exclude(state="off")
        .order_by("-id")
        .only("settings", "user")
    )
)
_UNREADABLE = "The stored token cannot be read. Enter it again."


class SchedulingError(Exception):
    """Why it did not work, in plain words."""


# --- the link ---


def link(user: int | None = None) -> str:
    """The plain link, "" when there is none: the user's own, else the team's."""
    rows = _LINK.all(user or 0)
    own = [row for row in rows if row.user_id is not None]
    row = next(iter([*own, *rows]), None)
    return str(row.settings.get("link", "")) if row else settings.CALENDAR_LINK


def own_link(user: User) -> str:
    """The user's own link, "" when the team's is used."""
    row = connections.of_service(LINK).filter(user=user).first()
    return str(row.settings.get("link", "")) if row else ""


def links(user: int | None = None) -> list[str]:
    """The team's link and those of its people: each is ours, whoever writes. First the user's."""
    rows = connections.of_service(LINK).filter(Q(user=None) | Q(user__is_active=True))
    found: dict[int | None, str] = {None: settings.CALENDAR_LINK}
    found |= {row.user_id: str(row.settings.get("link", "")) for row in reversed(list(rows))}
    first = found.get(user) or found[None]
    return list(filter(None, dict.fromkeys([first, *found.values()])))


def in_body() -> Q:
    """Messages with one of these links."""
    bases = {one.partition("?")[0] for one in links()}
    return reduce(or_, (Q(body__contains=base) for base in bases), Q(pk__in=[]))


def link_for(lead: Lead | None, user: User | None = None) -> str:
    """The link of who writes with the lead's token."""
    base = link(user.pk if user else None)
    if not base or lead is None or not lead.pk:
        return base
    return _with_token(base, token_for(lead))


def _with_token(base: str, token: str) -> str:
    parts = urlsplit(base)
    kept = [pair for pair in parse_qsl(parts.query, True) if pair[0] != PARAMETER]
    query = urlencode([*kept, (PARAMETER, token)])
    return urlunsplit(parts._replace(query=query))


def example() -> str:
    """What a link looks like with a token that is nobody's."""
    return _with_token(link(), "X").removesuffix("X") + "…" if link() else ""


def token_for(lead: Lead) -> str:
    return _signer().sign(format(lead.pk, "x"))


def lead_of(token: str) -> Lead | None:
    """Whose token it is; None for one that we did not make, or of somebody who was erased."""
    try:
        number = int(_signer().unsign(token), 16)
    except (signing.BadSignature, ValueError):
        return None
    found = Lead.objects.filter(pk=number, erased_at=None).first()
    return family.keeper(found) if found else None


def _signer() -> signing.Signer:
    return signing.Signer(salt=_SIGNER, sep=".")


def save_own(user: User, url: str) -> None:
    """The user's own link goes before the team's in what they write; an empty one: the team's."""
    if url:
        connections.save(LINK, user=user, secret={}, settings={"link": url[:MOST]})
    elif row := connections.of_service(LINK).filter(user=user).first():
        connections.switch_off(row)


def save_link(user: User, url: str) -> None:
    """The team's link from now on; an empty one: none."""
    if url:
        connections.save(LINK, secret={}, settings={"link": url[:MOST]})
    elif row := connections.active(LINK):
        connections.switch_off(row)
    audit.note(user, "settings.changed", LINK)


# --- Calendly's reports ---


def hook_url() -> str:
    return f"{settings.SITE_URL}{reverse('outreach:calendly_hook')}"


def reachable() -> bool:
    """Calendly reports only to https."""
    return bool(settings.SITE_URL.startswith("https://"))


def keys() -> list[str]:
    """What Calendly signs with: the key in use, and the one before while it is replaced."""
    row = connections.active(SERVICE)
    if row is None:
        return []
    try:
        secret = connections.secret_of(row)
    except SecretUnreadable:
        return []
    return [secret.get("signing_key", "")]


def connect(user: User, token: str) -> str:
    """Ask whose token it is and have bookings reported; returns the name. Raises SchedulingError.

    The subscription that worked before is replaced only when the new token is good.
    """
    if not reachable():
        raise SchedulingError(
            "Calendly can report only to a public https address: set SITE_URL first. "
            "The link works without it."
        )
    account = _account(token)
    try:
        who = calendly.person(account)
        key = secrets.token_urlsafe(32)
        row = _store(who, token, key)
        _subscribe_anew(account, who, row, key)
    except CalendlyError as error:
        raise SchedulingError(error.message) from error
    audit.note(user, "settings.changed", SERVICE)
    return who.name or who.email


def _account(token: str) -> calendly.Account:
    return calendly.Account(token, settings.SERVICE_URLS.get(SERVICE) or calendly.API)


@transaction.atomic
def _store(who: calendly.Person, token: str, key: str) -> Connection:
    """Before the subscription is made: its first message may come at once."""
    for row in connections.of_service(SERVICE).filter(user=None):
        connections.switch_off(row)
    shown = {"name": who.name, "email": who.email, "link": who.link}
    secret = {"token": token, "signing_key": key}
    row = connections.save(SERVICE, account=who.uri[-120:], secret=secret, settings=shown)
    connections.failed(row.pk, "The reports are not set up yet. Check it again.", broken=False)
    return row


def _subscribe_anew(
    account: calendly.Account, who: calendly.Person, row: Connection, key: str
) -> None:
    """Out with what reported here before, whoever made it: it is signed with another key."""
    try:
        for old in calendly.subscriptions(account, who, hook_url()):
            calendly.unsubscribe(account, old.uri)
        made = calendly.subscribe(account, who, hook_url(), key)
    except CalendlyError as error:
        connections.failed(row.pk, error.message, broken=error.permanent)
        raise
    shown = {**row.settings, "subscription": made.uri}
    connections.note(row.pk, settings=shown, ends_at=None)
    connections.worked(row.pk)


def check() -> str:
    """Is the token taken, and do reports come? A subscription that is gone or that Calendly has
    switched off is made anew. Returns the name; raises SchedulingError."""
    row = connections.active(SERVICE)
    if row is None:
        raise SchedulingError("Calendly is not connected.")
    try:
        secret = connections.secret_of(row)
        account = _account(secret.get("token", ""))
        who = calendly.person(account)
        if not _reports(account, who, row):
            _subscribe_anew(account, who, row, secret.get("signing_key", ""))
    except SecretUnreadable as error:
        connections.failed(row.pk, _UNREADABLE, broken=True)
        raise SchedulingError(_UNREADABLE) from error
    except CalendlyError as error:
        connections.failed(row.pk, error.message, broken=error.permanent)
        raise SchedulingError(error.message) from error
    connections.worked(row.pk)
    return who.name or who.email


def _reports(account: calendly.Account, who: calendly.Person, row: Connection) -> bool:
    wanted = row.settings.get("subscription")
    found = calendly.subscriptions(account, who, hook_url())
    return any(one.active and one.uri == wanted for one in found)


def switch_off(user: User) -> str:
    """Forget the token and end the reports. "": done; else what is left to do there."""
    row = connections.active(SERVICE)
    if row is None:
        return ""
    left = _unsubscribe(row)
    connections.switch_off(row)
    audit.note(user, "settings.changed", SERVICE)
    return left


def _unsubscribe(row: Connection) -> str:
    try:
        account = _account(connections.secret_of(row).get("token", ""))
        calendly.unsubscribe(account, str(row.settings.get("subscription", "")))
    except (CalendlyError, SecretUnreadable):
        return "Calendly could not be told. Its reports are refused from now on."
    return ""

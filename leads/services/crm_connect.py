"""Connect a CRM account, check it, let it go. Credentials are tried before they are stored."""

from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, cast

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet
from django.utils.module_loading import import_string

from leads.crm.base import Account, Crm, CrmError, Settings
from leads.crm.names import label_of
from leads.models import RemoteLink
from leads.services import hubspot_oauth
from leads.services.crm_accounts import SIGN_INS, UNREADABLE, adapter_for
from salesagent.accounts import audit, connections, oauth
from salesagent.accounts.models import Connection, User
from salesagent.lib.crypto import SecretUnreadable
from salesagent.lib.registry import adapter
from salesagent.lib.text import one_line

HUBSPOT, SALESFORCE, PRACTICE = "hubspot", "salesforce", "fake"
PRACTICE_FILE = "practice-crm.sqlite3"
NO_ACCOUNT = "It did not say whose account this is. Try again in a minute."


class ConnectError(Exception):
    """Why it is not connected, in plain words with what to do."""


def hubspot(user: User, secret: Mapping[str, str]) -> Connection:
    """By the token of a private app. Raises ConnectError."""
    new = _over_stored(HUBSPOT, secret, "token")
    token = new.get("token", "")
    found = _ask(_open(HUBSPOT, lambda *_, **__: token, Settings(_base(HUBSPOT))))
    return _store(user, HUBSPOT, found, new, {})


def hubspot_grant(user: User, grant: hubspot_oauth.Grant) -> Connection:
    """By a sign-in. Raises ConnectError when it cannot be used; it is stored all the same."""
    row = hubspot_oauth.connect(grant)
    audit.note(user, "crm.connected", HUBSPOT)
    check(row)
    return row


def salesforce(user: User, secret: Mapping[str, str], options: Mapping[str, Any]) -> Connection:
    """By an External Client App. Raises ConnectError."""
    new = _over_stored(SALESFORCE, secret, "client_secret")
    given = Settings(_base(SALESFORCE) or str(options.get("base_url") or ""))
    tokens = import_string(SIGN_INS[SALESFORCE])(lambda: new, given)
    found = _ask(_open(SALESFORCE, tokens, given))
    return _store(user, SALESFORCE, found, new, options)


def practice(user: User, world: str = "") -> Connection:
    """A system that exists only here, for the demo and for tests. Without `world` it is the one
    that was connected before, so that the same people stand there again."""
    rows = Connection.objects.filter(service=PRACTICE, user=None).order_by("-pk")
    before = next((row.settings.get("base_url") for row in rows), "")
    world = world or str(before or Path(settings.DATA_DIR) / PRACTICE_FILE)
    given = Settings(world)
    found = _ask(_open(PRACTICE, lambda *_, **__: "", given))
    return _store(user, PRACTICE, found, {}, {"base_url": world})


def check(connection: Connection) -> Account:
    """Does it answer, whose is it, what may we? Raises ConnectError; both ways it is noted."""
    label = label_of(connection.service)
    try:
        crm = adapter_for(connection)
        found = crm.account()
        if connection.account and found.id != connection.account:
            text = f"{label} answered for another account ({found.name}). Connect it again."
            raise CrmError(text, permanent=True)
        crm.prepare()
    except CrmError as error:
        connections.failed(connection.pk, error.message, broken=error.permanent)
        raise ConnectError(error.message) from error
    connections.worked(connection.pk)
    row = Connection.objects.get(pk=connection.pk)
    connections.note(row.pk, settings={**row.settings, **_told(found)}, ends_at=row.ends_at)
    return found


def check_all() -> None:
    """Every connected one; what is wrong with it stands at the connection afterwards."""
    for provider in settings.CRMS:
        row = connections.active(provider)
        if row is not None:
            with suppress(ConnectError):
                check(row)


def disconnect(connection: Connection, user: User) -> bool:
    """Forget the sign-in. What is linked stays: the same account goes on where it was.

    False when the other side could not be told.
    """
    told = True
    try:
        if connections.secret_of(connection).get("refresh_token"):
            told = oauth.sign_out(connection.pk)
    except SecretUnreadable:
        told = False
    connections.switch_off(connection)
    audit.note(user, "crm.disconnected", connection.service)
    return told


def account_before(row: Connection) -> str:
    """What another account of this service is called whose records are linked here; "" without."""
    rows = RemoteLink.objects.filter(provider=row.service).exclude(account=row.account)
    last = rows.exclude(state=RemoteLink.State.CUT).order_by("-pk").first()
    if last is None or links_of(row).exists():
        return ""
    old = Connection.objects.filter(service=row.service, account=last.account).first()
    return str((old and old.settings.get("name")) or last.account)


def links_of(row: Connection) -> QuerySet[RemoteLink]:
    return RemoteLink.objects.filter(provider=row.service, account=row.account)


def _base(service: str) -> str:
    return str(settings.SERVICE_URLS.get(service) or "")


def _open(service: str, secret: Callable[..., str], given: Settings) -> Crm:
    return cast(Crm, adapter("CRMS", service)(secret, given))


def _ask(crm: Crm) -> Account:
    """Who answers, with everything made there that we need."""
    try:
        found = crm.account()
        crm.prepare()
    except CrmError as error:
        raise ConnectError(error.message) from error
    if not found.id:
        raise ConnectError(NO_ACCOUNT)
    return found


def _over_stored(service: str, secret: Mapping[str, str], needed: str) -> dict[str, str]:
    """Without the `needed` one, what is stored stays and the rest is laid over it."""
    given = {name: value for name, value in secret.items() if value}
    row = connections.active(service)
    if row is None or given.get(needed):
        return given
    try:
        kept = connections.secret_of(row)
    except SecretUnreadable:
        raise ConnectError(UNREADABLE) from None
    return {**kept, **given}


@transaction.atomic
def _store(
    user: User, service: str, found: Account, secret: Mapping[str, str], options: Mapping[str, Any]
) -> Connection:
    """One account at a time; what the owner had set for this one stays."""
    old = Connection.objects.filter(service=service, account=found.id, user=None).first()
    kept = {**(old.settings if old else {}), **options, **_told(found)}
    for other in connections.of_service(service).filter(user=None).exclude(account=found.id):
        connections.switch_off(other)
    row = connections.save(service, account=found.id, secret=secret, settings=kept)
    connections.worked(row.pk)
    audit.note(user, "crm.connected", service)
    row.refresh_from_db()
    return row


def _told(found: Account) -> dict[str, Any]:
    """What the account said of itself, for the page."""
    return {
        "name": one_line(found.name, 120),
        "url": found.url[:300],
        "limits": one_line(found.limits, 120),
        "missing": [one_line(one, 300) for one in found.missing],
    }

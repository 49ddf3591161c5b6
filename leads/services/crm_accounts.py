"""Connected CRM accounts: which there are, what the owner set, and the adapter that talks to them.

What the owner sets lives in Connection.settings: `rules` and `mapping` by kind, `push` (which
leads go out), `basis`, `basis_source` and `owner` of leads that come in, `schedule`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, cast

from django.conf import settings
from django.utils.module_loading import import_string

from leads.crm.base import FIELDS, OBJECTS, Crm, CrmError, Kind, Settings
from leads.crm.merge import Rule, default_rule
from leads.crm.names import label_of
from leads.models import Lead
from salesagent.accounts import connections, oauth
from salesagent.accounts.models import Connection, User
from salesagent.lib.crypto import SecretUnreadable
from salesagent.lib.registry import adapter

SCHEDULES = {"off": "Only when I press Sync now", "hourly": "Each hour", "nightly": "Each night"}
# service -> what makes tokens of its secret: (client, settings) -> secret
SIGN_INS = {"salesforce": "leads.crm.salesforce_auth.Tokens"}
UNREADABLE = "The stored sign-in cannot be read any more. Connect the account again."
CUSTOM = "custom:"
MAX_CODE = 60  # as long as a conflict can name a field
ALL, LINKED = "all", "linked"


class SyncError(Exception):
    """Why a sync cannot start, in plain words with what to do. `field`: what misses."""

    def __init__(self, message: str, field: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.field = field


@dataclass(frozen=True)
class Terms:
    """How one account is synced, as the owner set it."""

    provider: str
    account: str
    rules: Mapping[str, Mapping[str, Rule]]
    mapping: Mapping[str, Mapping[str, str]]
    push: str = LINKED
    basis: str = ""
    basis_source: str = ""
    owner: User | None = None
    connection: int = 0

    @property
    def label(self) -> str:
        return label_of(self.provider)

    @property
    def actor(self) -> str:
        return f"crm:{self.provider}"

    def codes(self, kind: Kind) -> list[str]:
        """Our fields that are looked at, own ones among them."""
        own = (code for code in self.mapping.get(kind, {}) if code.startswith(CUSTOM))
        known = (*FIELDS[kind], *(code for code in own if len(code) <= MAX_CODE))
        return [code for code in known if self.rule(kind, code) != "off"]

    def rule(self, kind: Kind, code: str) -> Rule:
        return self.rules.get(kind, {}).get(code) or default_rule(code)


def connected(provider: str) -> Connection | None:
    return connections.active(provider) if provider in settings.CRMS else None


def terms_of(connection: Connection) -> Terms:
    """The rules are complete: each field of each kind has one."""
    found = connection.settings
    rules: dict[str, dict[str, Rule]] = {}
    for kind in OBJECTS:
        chosen = _table(found, "rules").get(kind) or {}
        own = [c for c in _table(found, "mapping").get(kind) or {} if c.startswith(CUSTOM)]
        rules[kind] = {c: chosen.get(c) or default_rule(c) for c in (*FIELDS[kind], *own)}
    owner = User.objects.filter(pk=found.get("owner") or 0, is_active=True).first()
    return Terms(
        provider=connection.service,
        account=connection.account,
        rules=rules,
        mapping=_table(found, "mapping"),
        push=str(found.get("push") or LINKED),
        basis=str(found.get("basis") or ""),
        basis_source=str(found.get("basis_source") or ""),
        owner=owner,
        connection=connection.pk,
    )


def _table(found: Mapping[str, Any], name: str) -> dict[str, Any]:
    table = found.get(name)
    return table if isinstance(table, dict) else {}


def check_ready(connection: Connection) -> None:
    """Raises SyncError when a choice misses that only the owner can make."""
    terms = terms_of(connection)
    if terms.basis not in Lead.Basis.values or not terms.basis:
        text = "Choose on what ground you may keep and contact the people that come in."
        raise SyncError(text, "basis")
    if connection.settings.get("owner") and terms.owner is None:
        raise SyncError("Who gets new leads has left. Choose somebody else.", "owner")
    if "owner" not in connection.settings:
        raise SyncError("Choose who gets the leads that come in.", "owner")
    if "push" not in connection.settings:
        raise SyncError(f"Choose which leads go to {terms.label}.", "push")


def adapter_for(connection: Connection) -> Crm:
    """One connected account. Raises CrmError when its secret cannot be read."""
    found = connection.settings
    base = settings.SERVICE_URLS.get(connection.service) or found.get("base_url") or ""
    extra = {"account": connection.account, **_table(found, "extra")}
    options = Settings(
        base_url=str(base),
        mapping=_table(found, "mapping"),
        extra={str(k): str(v) for k, v in extra.items()},
    )
    secret: Any = Secret(connection.pk)
    if path := SIGN_INS.get(connection.service):
        secret = import_string(path)(secret.client, options)
    return cast(Crm, adapter("CRMS", connection.service)(secret, options))


class Secret:
    """The token to use now; a refused one is replaced when the sign-in can be renewed."""

    def __init__(self, connection_id: int) -> None:
        self.connection_id = connection_id
        self._token = ""

    def client(self) -> dict[str, str]:
        """All that is kept, for services that make tokens of it."""
        try:
            return connections.secret_of(Connection.objects.get(pk=self.connection_id))
        except SecretUnreadable:
            raise CrmError(UNREADABLE, permanent=True) from None

    def __call__(self, refused: str = "") -> str:
        if self._token and not refused:
            return self._token
        secret = self.client()
        if secret.get("refresh_token"):
            try:
                return oauth.access_token(self.connection_id, refused)
            except oauth.OAuthError as error:
                raise CrmError(error.message, permanent=error.permanent) from None
        self._token = secret.get("token") or secret.get("access_token") or ""
        return self._token


def set_options(connection: Connection, **options: Any) -> None:
    """Change some of what the owner set; the rest stays as it is now."""
    row = Connection.objects.get(pk=connection.pk)
    connections.note(row.pk, settings={**row.settings, **options}, ends_at=row.ends_at)
    connection.refresh_from_db()


def for_account(terms: Terms, account: str) -> Terms:
    return replace(terms, account=account or terms.account)

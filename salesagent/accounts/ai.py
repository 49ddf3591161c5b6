"""The language model the owner connected: where it is, what it may be used for, what it may cost.

One Connection of the service "ai". Nothing of the product needs it; without one, templates and the
local models do the work.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.db import transaction

from salesagent.accounts import audit, connections
from salesagent.accounts.models import Connection, User
from salesagent.ai import openai_wire
from salesagent.ai.questions import PURPOSES, AiConfig
from salesagent.lib import budget
from salesagent.lib.crypto import SecretUnreadable

SERVICE = "ai"
UNREADABLE = "The stored key cannot be read. Enter it again."


@dataclass(frozen=True)
class Keeper:
    """Writes down what questions teach about the connection (salesagent.ai.questions.Watcher)."""

    pk: int

    def worked(self) -> None:
        connections.worked(self.pk)

    def failed(self, error: str, *, broken: bool) -> None:
        connections.failed(self.pk, error, broken=broken)

    def learned(self, **dialect: str) -> None:
        row = Connection.objects.filter(pk=self.pk).defer("secret").first()
        if row is not None:
            now = {**row.settings, "dialect": dialect}
            connections.note(row.pk, settings=now, ends_at=row.ends_at)


def connection() -> Connection | None:
    """The owner's connection, whatever its health; None while it is switched off."""
    rows = connections.of_service(SERVICE).filter(user=None)
    return rows.defer("secret").first()  # a key that cannot be read must not hide the row


def config(*, even_broken: bool = False) -> AiConfig | None:
    """What to ask with. None: no model is connected, or it waits for the owner (broken)."""
    row = connection()
    if row is None or (row.state == Connection.State.BROKEN and not even_broken):
        return None
    try:
        secret = connections.secret_of(row)
    except SecretUnreadable:
        connections.failed(row.pk, UNREADABLE, broken=True)
        return None
    return _config(row, secret.get("key", ""))


def _config(row: Connection, key: str) -> AiConfig:
    kept = row.settings
    return AiConfig(
        base_url=kept.get("base_url", ""),
        model=kept.get("model", ""),
        key=key,
        purposes=frozenset(kept.get("purposes", PURPOSES)),
        lead_data=bool(kept.get("lead_data", True)),
        price_in=float(kept.get("price_in", 0)),
        price_out=float(kept.get("price_out", 0)),
        limit_micros=int(Decimal(kept.get("limit", "0")) * 1_000_000),
        currency=kept.get("currency", ""),
        private_ok=settings.ALLOW_PRIVATE_MAIL_HOSTS,
        patience=float(kept.get("patience", 30)),
        dialect=kept.get("dialect", {}),
        watcher=Keeper(row.pk),
    )


def may_send(purpose: str) -> bool:
    """Whether questions of this purpose with a lead's data may be asked at all."""
    found = config()
    return found is not None and found.lead_data and purpose in found.purposes


@transaction.atomic
def save(user: User, values: Mapping[str, Any], key: str) -> Connection:
    """Connect, or change it. An empty key keeps the stored one of the same address."""
    before = connection()
    address = values["base_url"]
    same = before is not None and before.settings.get("base_url") == address
    stored = before.settings.get("model") if before is not None else None
    known = _secret(before).get("key", "") if before is not None else ""
    key = key or (known if same else "")
    kept = {name: _plain(value) for name, value in values.items()}
    same = same and stored == values["model"]
    if same and before is not None:
        kept["dialect"] = before.settings.get("dialect", {})
    row = connections.save(SERVICE, secret={"key": key} if key else {}, settings=kept)
    if not same or key != known:
        connections.untested(row.pk)
    found = _config(row, key)
    budget.forget(openai_wire.SERVICE, openai_wire.account(found))
    audit.note(user, "settings.changed", SERVICE)
    return row


def _plain(value: Any) -> Any:
    return str(value) if isinstance(value, Decimal) else value


def _secret(row: Connection) -> dict[str, str]:
    try:
        return connections.secret_of(row)
    except SecretUnreadable:
        Connection.objects.filter(pk=row.pk).update(secret="")
        return {}


def switch_off(user: User) -> bool:
    row = connection()
    if row is None:
        return False
    connections.switch_off(row)
    audit.note(user, "settings.changed", SERVICE)
    return True

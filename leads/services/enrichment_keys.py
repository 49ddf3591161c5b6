"""Whether the keys of the paid providers are taken: tried when they are saved, and by Check all."""

from collections.abc import Mapping
from typing import Any

from django.conf import settings

from leads.enrichment.base import Access, EnrichmentError
from leads.services import enrichment
from salesagent.accounts import connections
from salesagent.accounts.models import Connection, User
from salesagent.lib import budget
from salesagent.lib.crypto import SecretUnreadable, keyed_hash


class KeyRefused(Exception):
    """Nothing was saved: the provider does not take this key. In plain words."""


def connect(code: str, values: Mapping[str, Any], key: str, user: User) -> str:
    """Try a new key, then save; says what came of it. An empty key keeps the stored one.

    Raises KeyRefused. A provider that cannot be reached now does not keep anybody from saving.
    """
    if not key:
        enrichment.save(code, values, key, user)
        return "The key stays as it was."
    budget.forget(code, keyed_hash(key, purpose=code)[:12])  # what stood against it counts no more
    try:
        enrichment.enricher(code).check(Access(settings.SERVICE_URLS.get(code, ""), key))
    except EnrichmentError as error:
        if error.permanent:
            raise KeyRefused(error.message) from error
        row = enrichment.save(code, values, key, user)
        connections.failed(row.pk, error.message, broken=False)
        return f"The key could not be tried yet: {error.message}"
    connections.worked(enrichment.save(code, values, key, user).pk)
    return "The key works."


def check_all() -> None:
    """Every provider with a key; what is wrong with it stands at the connection afterwards."""
    for code in enrichment.providers():
        row = enrichment.connection(code)
        if row is not None:
            check(row)


def check(row: Connection) -> None:
    try:
        access = Access(
            settings.SERVICE_URLS.get(row.service, ""), connections.secret_of(row).get("key", "")
        )
        enrichment.enricher(row.service).check(access)
    except SecretUnreadable:
        connections.failed(row.pk, enrichment.UNREADABLE, broken=True)
    except EnrichmentError as error:
        connections.failed(row.pk, error.message, broken=error.permanent)
    else:
        connections.worked(row.pk)

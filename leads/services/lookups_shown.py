"""What came of looking somebody up: a line for each provider that was asked about them."""

from dataclasses import dataclass

from django.db.models import Q
from django.utils import timezone

from leads.models import Lead, Lookup
from leads.services import enrichment
from salesagent.lib.crypto import keyed_hash

LAST = 20  # homepages by which the look at them is judged
HOMEPAGE = "Their homepage"


@dataclass(frozen=True)
class Health:
    """How the look at homepages goes. `read` of `tried`, the latest ones."""

    tried: int
    read: int
    last: Lookup | None


def said(lead: Lead) -> list[str]:
    """In words, when and with what outcome; empty when nobody was asked. One query."""
    keys = _keys(lead)
    where = Q()
    for provider, key in keys.items():
        where |= Q(provider=provider, key_hash=keyed_hash(key, purpose=f"lookup.{provider}"))
    return [_words(row) for row in Lookup.objects.filter(where).order_by("id")] if keys else []


def _keys(lead: Lead) -> dict[str, str]:
    asked = enrichment.question(lead)
    keys = {enrichment.LOCAL: f"domain:{asked.domain}"} if asked.domain else {}
    key = enrichment.key_of(asked)
    if key != "domain:":
        keys |= dict.fromkeys(enrichment.providers(), key)
    return keys


def _words(row: Lookup) -> str:
    local = row.provider == enrichment.LOCAL
    who = HOMEPAGE if local else enrichment.enricher(row.provider).label
    day = f"{timezone.localtime(row.at):%-d %b}"
    if row.error:
        return f"{who}, {day}: {row.error.rstrip('.')}."
    if row.again_at - row.at <= enrichment.CLAIM and not row.found:
        return f"{who}: being asked now."
    if local:
        return f"{who}, {day}: {'read' if row.found else 'says nothing that we can use'}."
    return f"{who}, {day}: {'knew them' if row.found else 'did not know them'}."


def health() -> Health:
    """Of the homepages that were looked at last; one query."""
    rows = list(Lookup.objects.filter(provider=enrichment.LOCAL).order_by("-at")[:LAST])
    return Health(len(rows), sum(row.found for row in rows), rows[0] if rows else None)

"""Queued work of company data. Each takes an id and may run twice."""

from contextlib import suppress

from leads.models import Lead, ThreadEvent
from leads.services import enrichment, enrichment_keys, enrichment_sweep
from leads.services.enrichment import NotAsked
from salesagent.lib import hold

ADDRESSES = {"email", "phone"}


def enrich_lead(event_id: int) -> None:
    """Reaction to a new lead, or to a new address of one: facts, homepage, chosen providers."""
    event = ThreadEvent.objects.select_related("lead__company").filter(pk=event_id).first()
    if event is None or not _matters(event):
        return
    enrichment.note_local(event.lead)
    if hold.is_on():
        return  # after a restore nothing is asked of others before the owner starts again
    if event.lead.company is not None and not enrichment.why_not(event.lead):
        enrichment.look_at(event.lead.company)
    for code in enrichment.automatic():
        _ask(code, event.lead)


def _matters(event: ThreadEvent) -> bool:
    if event.kind != "lead.changed":
        return True
    changes = event.data.get("changes")
    return isinstance(changes, dict) and bool(ADDRESSES & set(changes))


def ask(lead_id: int) -> None:
    """Somebody asked for facts about this lead: every provider that is connected, and the site."""
    lead = Lead.objects.select_related("company").filter(pk=lead_id).first()
    if lead is None or enrichment.why_not(lead):
        return
    enrichment.note_local(lead)
    if lead.company is not None:
        enrichment.look_at(lead.company)
    for code in enrichment.providers():
        _ask(code, lead)


def _ask(code: str, lead: Lead) -> None:
    with suppress(NotAsked):  # the connection or the Lookup says why
        enrichment.ask(code, lead)


def check_connections(user_id: int) -> None:
    """Check all: are the providers' keys taken?"""
    enrichment_keys.check_all()


@hold.paused
def sweep() -> None:
    """Every few minutes: what nobody reacted to."""
    enrichment_sweep.run()

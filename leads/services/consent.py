"""A person's yes for one channel: recorded with its source and words, withdrawn, looked up."""

from collections.abc import Collection

from django.db import transaction
from django.utils import timezone

from leads import thread
from leads.models import ConsentRecord, Lead


@transaction.atomic
def record_consent(
    lead: Lead, channel: str, source: str, wording: str, actor: str
) -> ConsentRecord:
    """Each yes is a row of its own: the proof of an older one stays."""
    consent = ConsentRecord.objects.create(
        lead=lead,
        channel=channel,
        source=source[:200],
        wording=wording,
        given_at=timezone.now(),
    )
    thread.record(
        lead=lead,
        kind="consent.given",
        actor=actor,
        channel=channel,
        data={"consent": consent.pk, "source": source[:200], "wording": wording[:500]},
    )
    return consent


@transaction.atomic
def withdraw(lead: Lead, channel: str, actor: str) -> bool:
    """End every consent for the channel; False when there was none."""
    rows = ConsentRecord.objects.filter(lead=lead, channel=channel, withdrawn_at=None)
    if not rows.update(withdrawn_at=timezone.now()):
        return False
    thread.record(
        lead=lead,
        kind="consent.withdrawn",
        actor=actor,
        channel=channel,
        data={"channel": channel},
    )
    return True


def has_consent(lead: Lead, channel: str) -> bool:
    return ConsentRecord.objects.filter(lead=lead, channel=channel, withdrawn_at=None).exists()


def consents_of(lead_ids: Collection[int]) -> set[tuple[int, str]]:
    """(lead, channel) of every consent that holds, in one query."""
    rows = ConsentRecord.objects.filter(lead__in=lead_ids, withdrawn_at=None)
    return set(rows.values_list("lead_id", "channel"))

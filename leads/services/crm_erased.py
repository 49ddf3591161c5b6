"""The other side deleted somebody for privacy: nobody writes to them from here again, at once.

Their addresses go onto the do-not-contact list as those of an erased person: for every channel, for
good, known by a keyed hash, so that it holds for whatever brings the person here again. The lead is
archived, and the owner sees it in the log and in the history of syncs.
"""

from collections.abc import Sequence

from django.db import transaction
from django.utils import timezone

from leads import family, thread
from leads.crm.names import label_of
from leads.models import Lead, RemoteLink, Suppression, SyncChange, SyncRun
from leads.services import decisions, suppression
from leads.services.crm_values import label_of as name_of

ERASED = Suppression.Reason.ERASED
RULE = "crm.erased"
WHY = "Deleted in {there} for privacy: never written to again"

decisions.name_rules({RULE: "Deleted for privacy in the CRM"})


@transaction.atomic
def stop(provider: str, account: str, ids: Sequence[str]) -> int:
    """Of the contacts with these ids there; returns how many leads here are stopped by it."""
    links = RemoteLink.objects.filter(provider=provider, account=account, kind="contact")
    found = links.filter(remote_id__in=ids, lead__isnull=False).select_related("lead")
    stopped = [
        (link.remote_id, lead)
        for link in found.order_by("pk")
        if link.lead and link.lead.erased_at is None
        for lead in family.members(link.lead)
        if _stop(lead, provider)
    ]
    if stopped:
        _tell(provider, account, stopped)
    return len(stopped)


def _stop(lead: Lead, provider: str) -> bool:
    """False when all that is there to stop was stopped before."""
    source, actor = f"Deleted in {label_of(provider)}", f"crm:{provider}"
    before = _erased_hashes(lead)
    for address in _own(lead):
        suppression.suppress(address=address, reason=ERASED, source=source, actor=actor, lead=lead)
    archived = Lead.objects.filter(pk=lead.pk, archived_at=None, erased_at=None)
    now = timezone.now()
    if archived.update(archived_at=now, updated_at=now, next_step="", next_at=None):
        thread.record(lead=lead, kind="lead.archived", actor=actor, data={"why": source})
        return True
    return before != _erased_hashes(lead)


def _own(lead: Lead) -> list[str]:
    """The addresses that are this person's; a number that others have too is a switchboard's."""
    found = [one for one in (lead.email, lead.linkedin_url) if one and suppression.normalise(one)]
    others = Lead.objects.filter(phone=lead.phone, erased_at=None).exclude(pk=lead.pk)
    if lead.phone and suppression.normalise(lead.phone) and (not found or not others.exists()):
        found.append(lead.phone)
    return found


def _erased_hashes(lead: Lead) -> set[str]:
    rows = Suppression.objects.filter(
        address_hash__in=suppression.lead_hashes(lead), reason=ERASED, channel=suppression.ALL
    )
    return set(rows.values_list("address_hash", flat=True))


def _tell(provider: str, account: str, stopped: Sequence[tuple[str, Lead]]) -> None:
    """A run of its own in the history, and a line in the log for each."""
    now, why = timezone.now(), WHY.format(there=label_of(provider))
    run = SyncRun.objects.create(
        provider=provider,
        account=account,
        state=SyncRun.State.DONE,
        cursor={"only": {"contact": [remote for remote, _ in stopped]}},
        counts={"in": len(stopped)},
        ended_at=now,
    )
    for remote, lead in stopped:
        SyncChange.objects.create(
            run=run,
            action=SyncChange.Action.SUPPRESS,
            state=SyncChange.State.DONE,
            kind="contact",
            remote_id=remote,
            lead=lead,
            label=name_of(lead),
            reason=why,
            changes={"opt_out": ["", "yes"]},
            done_at=now,
        )
        decisions.log(
            rule=RULE,
            lead=lead,
            what="Stopped on every channel for good, and archived",
            why=f"{why}. What is known about them stays here until they are erased here too.",
        )

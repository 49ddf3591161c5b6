"""What comes in, as the rest of the product sees it; and placing it by hand."""

from django.db import transaction

from leads import family
from leads.models import Lead
from outreach.models import InboundMessage, Task
from outreach.services import bookings, matching, worklist
from outreach.services.answers import note_reply
from outreach.services.polling import poll, poll_all
from outreach.services.receiving import facts, receive
from salesagent.accounts.models import User

__all__ = ["InboundError", "assign", "ignore", "note_reply", "poll", "poll_all", "receive"]

IGNORE_REASONS = {
    "not_a_lead": "Not from a lead",
    "private": "Private",
    "advertising": "Advertising",
    "internal": "From a colleague of ours",
    "other": "Other",
}


class InboundError(Exception):
    """Why a message could not be placed or ignored, in words for the person who tried."""


PLACEABLE = (
    InboundMessage.State.UNMATCHED,
    InboundMessage.State.IGNORED,
    InboundMessage.State.QUARANTINED,
)


@transaction.atomic
def assign(inbound: InboundMessage, lead: Lead, user: User) -> InboundMessage:
    """A person says whose message it is; later mail of that address goes the same way."""
    lead = family.keeper(lead)
    if lead.erased_at is not None:
        raise InboundError("This person's data were erased.")
    hit = InboundMessage.objects.filter(pk=inbound.pk, state__in=PLACEABLE, lead=None).update(
        state=InboundMessage.State.THREADED, lead=lead, matched_by="hand"
    )
    if not hit:
        raise InboundError("Somebody else has placed this message already.")
    inbound.refresh_from_db()
    if inbound.channel == bookings.CHANNEL:
        bookings.place(inbound, lead)
        _close_question(inbound, user, "assigned")
        return inbound
    problem = f"[{inbound.reason.rstrip('.')}. Open it in the mailbox.]" if inbound.raw_path else ""
    touch = matching.last_touch(lead, inbound.channel)
    event = note_reply(
        lead,
        channel=inbound.channel,
        text=inbound.text or problem,
        actor="lead",
        occurred_at=inbound.received_at,
        dedupe_key=f"inbound:{inbound.pk}",
        touch=touch,
        data={**facts(inbound, None, touch), "placed_by": user.actor},
    )
    inbound.event_id = event.pk if event else None
    inbound.save(update_fields=["event_id"])
    _close_question(inbound, user, "assigned")
    return inbound


@transaction.atomic
def ignore(inbound: InboundMessage, user: User, reason: str) -> InboundMessage:
    """A person says that it belongs to nobody here; `reason` is a key of IGNORE_REASONS."""
    if reason not in IGNORE_REASONS:
        raise InboundError("Choose a reason.")
    open_states = (InboundMessage.State.UNMATCHED, InboundMessage.State.QUARANTINED)
    words = f"{IGNORE_REASONS[reason]}, said by {user}"
    hit = InboundMessage.objects.filter(pk=inbound.pk, state__in=open_states).update(
        state=InboundMessage.State.IGNORED, reason=words[:200]
    )
    if not hit:
        raise InboundError("Somebody else has placed this message already.")
    inbound.refresh_from_db()
    _close_question(inbound, user, "ignored")
    return inbound


def _close_question(inbound: InboundMessage, user: User, outcome: str) -> None:
    for task in Task.objects.filter(inbound=inbound, state=Task.State.OPEN):
        worklist.done(task, user=user, outcome=outcome)

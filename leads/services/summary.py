"""The lead's summary columns, so that the list needs one query. The truth is in the thread.

Upper layers call these inside the transaction that records the event.
"""

from datetime import datetime

from django.db import transaction
from django.db.models import Q

from leads import thread
from leads.models import Lead

ORDER = [
    Lead.Stage.NEW,
    Lead.Stage.CONTACTED,
    Lead.Stage.ENGAGED,
    Lead.Stage.MEETING,
    Lead.Stage.PROPOSAL,
    Lead.Stage.WON,
]


ANSWER = "Answer"


def note_sign(
    lead_id: int, text: str, channel: str, at: datetime, *, replied: bool | None = None
) -> None:
    """What the person last did ("Replied", "Spoke"), unless something newer is known; of a lead
    that was merged, what its keeper did.

    `replied` also notes a human answer; by default a text that begins with "Replied" is one.
    """
    is_reply = text.startswith("Replied") if replied is None else replied
    merged = Lead.objects.filter(pk=lead_id, merged_into__isnull=False).values("merged_into")
    leads = Lead.objects.filter(Q(pk=lead_id) | Q(pk__in=merged))
    if is_reply:
        leads.filter(Q(replied_at=None) | Q(replied_at__lt=at)).update(replied_at=at)
    leads.filter(Q(last_sign_at=None) | Q(last_sign_at__lte=at)).update(
        last_sign=text[:80], last_sign_channel=channel[:12], last_sign_at=at
    )


def note_next(lead_id: int, text: str, at: datetime | None) -> None:
    """What happens next and when; an empty text when nothing is planned."""
    Lead.objects.filter(pk=lead_id).update(next_step=text[:80], next_at=at)


def note_answer(lead_id: int, at: datetime) -> None:
    """They wrote: whatever was planned, to answer comes first."""
    note_next(lead_id, ANSWER, at)


def answered(lead_id: int) -> None:
    """Nobody waits for an answer any more; other plans stand."""
    Lead.objects.filter(pk=lead_id, next_step=ANSWER).update(next_step="", next_at=None)


def note_sequence(lead_id: int, name: str, state: str, done: int, total: int) -> None:
    """Where the lead stands in its sequence: `done` of `total` touches."""
    Lead.objects.filter(pk=lead_id).update(
        sequence_name=name[:100],
        sequence_state=state[:10],
        sequence_done=done,
        sequence_total=total,
    )


@transaction.atomic
def advance_stage(lead: Lead, stage: str, actor: str) -> bool:
    """Move the lead forward to `stage`; False when it is there or further already, or lost."""
    earlier = ORDER[: ORDER.index(Lead.Stage(stage))]
    before = Lead.objects.filter(pk=lead.pk).values_list("stage", flat=True).first()
    if before not in earlier:
        return False
    if Lead.objects.filter(pk=lead.pk, stage=before).update(stage=stage) != 1:
        return False
    lead.stage = stage
    thread.record(
        lead=lead, kind="lead.stage_changed", actor=actor, data={"from": before, "to": stage}
    )
    return True

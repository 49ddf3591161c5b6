"""A lead that an undone import took back comes in again: nothing of before is shown with it.

Nobody had worked on it, or the undo had left it alone. What the undone file said goes in any case;
what stood in its thread and the touches that were drafted go when somebody else has it now.
"""

from django.conf import settings
from django.utils import timezone
from django.utils.module_loading import import_string

from leads import thread
from leads.models import Lead

# what stands on a lead beside what a row says
SUMMARY = (
    *("basis_expires_at", "follow_up_at", "inquired_at", "replied_at"),
    *("last_sign", "last_sign_channel", "last_sign_at", "next_step", "next_at"),
    *("sequence_name", "sequence_state", "sequence_done", "sequence_total"),
    *("score", "score_reasons", "score_state", "scored_at"),
)


def begin(lead: Lead, former: int | None) -> None:
    """Call it in the transaction that writes the lead, before anything new is noted of it.

    `former`: whose it was when it was taken back.
    """
    lead.pains.all().delete()
    lead.facts.all().delete()
    if former == lead.owner_id:
        return
    blank = Lead()
    for name in SUMMARY:
        setattr(lead, name, getattr(blank, name))
    lead.created_at = timezone.now()
    lead.save()
    thread.redact(lead.pk)
    for path in settings.LEADS_ANEW:
        import_string(path)(lead.pk)

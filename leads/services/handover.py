"""Leads of somebody who leaves go to an heir, or to nobody, where managers find them."""

from django.db import transaction

from leads import thread
from leads.models import Lead
from salesagent.accounts.models import User


@transaction.atomic
def hand_over(leaver: User, heir: User | None) -> int:
    """Give every lead of `leaver` to `heir`, with a line in each thread. Returns how many."""
    leads = list(Lead.objects.filter(owner=leaver, erased_at=None).only("pk"))
    data: dict[str, object] = {"from": leaver.pk, "to": heir.pk if heir else None}
    thread.record_many(kind="lead.assigned", actor="system", rows=[(lead, data) for lead in leads])
    Lead.objects.filter(owner=leaver).update(owner=heir)
    return len(leads)

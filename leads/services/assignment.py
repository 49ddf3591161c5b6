"""Who gets a lead that belongs to nobody."""

from django.db.models import F, OuterRef, Subquery

from leads.models import Lead
from salesagent.accounts.models import User


def next_owner() -> User | None:
    """Round robin for enquiries: the active rep whose last enquiry is the longest ago.

    None when there is no active rep; the lead then waits where managers see it.
    """
    newest = (
        Lead.objects.filter(owner=OuterRef("pk"), inquired_at__isnull=False)
        .order_by("-inquired_at")
        .values("inquired_at")[:1]
    )
    reps = User.objects.filter(is_active=True, role=User.Role.REP)
    by_turn = reps.annotate(last_enquiry=Subquery(newest)).order_by(
        F("last_enquiry").asc(nulls_first=True), "pk"
    )
    found: User | None = by_turn.first()
    return found

"""The four first steps of somebody new, and which of them are done."""

from typing import Any

from django.db.models import Exists, OuterRef

from leads.models import Lead
from outreach.models import Mailbox, Touch
from salesagent.accounts.models import User
from salesagent.lib.sql import Rows

_OWN = OuterRef("pk")
_FIRST_STEPS = Rows(
    lambda user: (
        User.objects.filter(pk=user)
        .only("pk")
        .annotate(
            approved=Exists(Touch.objects.filter(approved_by=_OWN)),
            answered=Exists(Touch.objects.filter(author=_OWN, kind="reply", approved_by=_OWN)),
            mailbox=Exists(Mailbox.objects.filter(user=_OWN).exclude(state=Mailbox.State.OFF)),
            imported=Exists(Lead.objects.filter(owner=_OWN, import_batch__isnull=False)),
        )
    )
)


def checklist(user: User) -> list[tuple[str, str, bool]]:
    """The four first steps as (text, url name, done), in the order they can be done; one query."""
    row: Any = _FIRST_STEPS.first(user.pk)
    return [
        ("Connect your mailbox", "outreach:mailboxes", row.mailbox),
        ("Import your leads", "leads:import", row.imported),
        ("Approve a draft", "outreach:approvals", row.approved),
        ("Answer a reply", "outreach:today", row.answered),
    ]

"""Tells managers and the owner when a sync waits for decisions of a person."""

from datetime import datetime

from django.conf import settings
from django.urls import reverse

from leads.crm.names import label_of
from leads.services import crm_conflicts
from salesagent.accounts import connections, notices
from salesagent.accounts.models import User
from salesagent.lib.text import plural


def decisions(now: datetime) -> int:
    """Once a day for each connected system with something to decide."""
    told = 0
    for provider in settings.CRMS:
        waits = crm_conflicts.count(provider) if connections.active(provider) else 0
        if not waits:
            continue
        told += notices.tell_all(
            User.objects.filter(is_active=True, role=User.Role.OWNER),
            kind="sync",
            key=f"decide:{provider}:{now:%Y-%m-%d}",
            title=f"{label_of(provider)}: {plural(waits, 'value')} to decide",
            text="Both sides were changed. Nothing is overwritten before you choose.",
            link=reverse("leads:crm", args=[provider]),
        )
    return told

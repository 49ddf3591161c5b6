"""A sync gave a lead to somebody else: open work moves along, and both sides are told once."""

from collections.abc import Mapping
from typing import Any

from django.urls import reverse
from django.utils import timezone

from leads.models import Lead
from leads.services import lifecycle
from salesagent.accounts import notices
from salesagent.accounts.models import User

WITH = "With their open tasks and drafts."


def moved(lead: Lead, before: int | None, by: Mapping[str, Any]) -> None:
    """`by`: actor, source (as people know it) and run, as of each change of a sync."""
    if before == lead.owner_id:
        return
    lifecycle.follow({lead.pk: before}, lead.owner)
    link = f"{reverse('leads:list')}?owner=me"
    _tell(lead.owner_id, by, "reassigned", f"{by['source']} gave you leads", link)
    _tell(before, by, "moved", f"{by['source']} gave leads of yours to others", "")


def _tell(pk: int | None, by: Mapping[str, Any], kind: str, title: str, link: str) -> None:
    """One notice for a run, however many leads it moves; none to whoever decided it."""
    user = User.objects.filter(pk=pk).first() if pk else None
    if user is None or user.actor == by["actor"]:
        return
    run = by["run"] or f"{timezone.now():%Y%m%d}"  # decided one by one: once a day
    key = f"crm:{run}:{by['actor']}:{kind}"
    notices.tell(user, kind=kind, key=key, title=title, text=WITH, link=link)

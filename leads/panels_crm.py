"""Beside a thread: in which other systems this person stands, and how it goes there."""

from dataclasses import dataclass
from typing import Any

from leads.crm.names import label_of
from leads.models import Lead, RemoteLink
from salesagent.accounts import connections
from salesagent.accounts.models import Connection, User
from salesagent.lib.sql import Rows

Panel = tuple[str, dict[str, Any]]
_LINKS = Rows(lambda lead: RemoteLink.objects.filter(lead=lead, kind="contact").order_by("-id")[:6])
RECORD = {"hubspot": "{url}/record/0-1/{id}", "salesforce": "{url}/{id}"}


@dataclass(frozen=True)
class Place:
    link: RemoteLink
    label: str
    url: str


def systems(lead: Lead, user: User) -> Panel:
    """Nothing while the lead stands in no other system."""
    links = _LINKS.all(lead.pk)
    rows = {name: connections.active(name) for name in {link.provider for link in links}}
    places = [
        Place(link, label_of(link.provider), _url(link, rows[link.provider])) for link in links
    ]
    return "leads/panels/systems.html", {"places": places}


def _url(link: RemoteLink, row: Connection | None) -> str:
    """The record's page there, while that account is connected."""
    form = RECORD.get(link.provider, "")
    if row is None or row.account != link.account or link.state != RemoteLink.State.LINKED:
        return ""
    base = str(row.settings.get("url") or "").rstrip("/")
    there = base.startswith("https://") and link.remote_id.isalnum()
    return form.format(url=base, id=link.remote_id) if form and there else ""

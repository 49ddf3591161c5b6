"""Beside a thread: in which other systems this person stands, and how it goes there."""

from dataclasses import dataclass
from typing import Any

from leads import family
from leads.crm.names import label_of
from leads.models import Lead, RemoteLink
from leads.services import crm_gone
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


@dataclass(frozen=True)
class Double:
    label: str
    name: str


def systems(lead: Lead, user: User) -> Panel:
    """Nothing while the lead stands in no other system."""
    links = _LINKS.all(lead.pk)
    rows = {name: connections.active(name) for name in {link.provider for link in links}}
    places = [
        Place(link, label_of(link.provider), _url(link, rows[link.provider])) for link in links
    ]
    doubles = _doubles(lead, places)
    return "leads/panels/systems.html", {"places": places, "doubles": doubles}


def _doubles(lead: Lead, places: list[Place]) -> list[Double]:
    """Records there of leads that were merged into this one, beside the one that is synced."""
    live = {(one.link.provider, one.link.account) for one in places if one.link.state == "linked"}
    ids = family.ids(lead) if live else []
    if len(ids) < 2:
        return []
    rows = crm_gone.doubles(RemoteLink.objects.filter(lead__in=ids).exclude(lead=lead))
    return [
        Double(label_of(row.provider), (row.lead.email or row.lead.name) if row.lead else "")
        for row in rows[:6]
        if (row.provider, row.account) in live
    ]


def _url(link: RemoteLink, row: Connection | None) -> str:
    """The record's page there, while that account is connected."""
    form = RECORD.get(link.provider, "")
    if row is None or row.account != link.account or link.state != RemoteLink.State.LINKED:
        return ""
    base = str(row.settings.get("url") or "").rstrip("/")
    there = base.startswith("https://") and link.remote_id.isalnum()
    return form.format(url=base, id=link.remote_id) if form and there else ""

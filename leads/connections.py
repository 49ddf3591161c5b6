"""The lines of leads on Settings, Connections: CRMs, and the learned score when it is damaged."""

from django.conf import settings
from django.urls import reverse

from leads.crm.names import label_of
from leads.models import SyncRun
from leads.services import crm_conflicts, crm_sync, score_models
from salesagent.accounts import connections
from salesagent.accounts.cards import Card, State
from salesagent.accounts.models import Connection, User
from salesagent.lib.text import plural

CRM_GAIN = "Not connected. Contacts, companies and deals kept equal on both sides."
PRACTICE = "fake"


def cards(user: User) -> list[Card]:
    return [*_crms(user), *_score(user)]


def _crms(user: User) -> list[Card]:
    """The owner connects; managers look; everybody sees how it is."""
    found = []
    for provider in settings.CRMS:
        row = connections.active(provider)
        if row is not None:
            found.append(_crm(row, user))
        elif provider != PRACTICE or settings.DEMO:
            url = reverse("leads:crm", args=[provider]) if user.is_owner else ""
            found.append(Card(label_of(provider), CRM_GAIN, "off", url, icon="refresh"))
    return found


def _crm(row: Connection, user: User) -> Card:
    label = label_of(row.service)
    broken = row.state == Connection.State.BROKEN
    states: dict[str, State] = {"broken": "stopped", "waiting": "waiting", "on": "works"}
    lost = "Nothing is lost: the next sync goes on where it was."
    return Card(
        title=label,
        text=row.error or _how_it_goes(row.service),
        state=states.get(row.state, "new"),
        url=reverse("leads:crm", args=[row.service]) if user.is_manager else "",
        icon="refresh",
        checked_at=row.last_ok_at or row.error_at,
        alert=f"{label} needs you." if broken else "",
        detail=f"{row.error} {lost}" if broken else "",
    )


def _how_it_goes(provider: str) -> str:
    """ "1,860 contacts in both, 3 to decide"."""
    last = crm_sync.latest(provider)
    if last is None:
        return "Connected. Nothing was synced yet."
    said = [f"{plural(crm_sync.linked_count(provider), 'contact')} in both"]
    if waits := crm_conflicts.count(provider):
        said.append(f"{waits:,} to decide")
    if last.state in (SyncRun.State.RUNNING, SyncRun.State.PLANNING):
        said.append("running now")
    return ", ".join(said)


def _score(user: User) -> list[Card]:
    """The owner sees that a stored file was altered or is gone."""
    problem = score_models.problem() if user.is_owner else ""
    if not problem:
        return []
    url = reverse("leads:score_card")
    alert = "The learned score needs you."
    return [Card("Learned score", problem, "stopped", url, icon="activity", alert=alert)]

"""The line of Google Sheets on Settings, Connections."""

from django.urls import reverse

from leads.models import Sheet
from leads.services import sheets
from salesagent.accounts import connections
from salesagent.accounts.cards import Card, State
from salesagent.accounts.models import Connection, User
from salesagent.lib.text import plural

TITLE = "Google Sheets"
GAIN = "Not connected. People come in from a sheet, and their status stands beside each row."


def cards(user: User) -> list[Card]:
    row = connections.active(sheets.SERVICE)
    url = reverse("leads:sheets") if user.is_manager else ""
    if row is None:
        return [Card(TITLE, GAIN, "off", url if user.is_owner else "", icon="table")]
    found = list(sheets.listed().filter(connection=row))
    stopped = next((sheet for sheet in found if sheet.state == sheets.STOPPED), None)
    state = _state(row, stopped)
    problem = row.error or (stopped.error if stopped else "")
    return [
        Card(
            title=TITLE,
            text=problem or _how_it_goes(found),
            state=state,
            url=url,
            icon="table",
            checked_at=row.last_ok_at or row.error_at,
            alert=f"{TITLE} needs you." if state == "stopped" else "",
            detail=f"{problem} Leads and rows stay as they are." if state == "stopped" else "",
        )
    ]


def _state(row: Connection, stopped: Sheet | None) -> State:
    if stopped or row.state == Connection.State.BROKEN:
        return "stopped"
    if row.state == Connection.State.WAITING:
        return "waiting"
    return "works" if row.last_ok_at else "new"


def _how_it_goes(found: list[Sheet]) -> str:
    if not found:
        return "Connected. No sheet was added yet."
    rows = sum(int(sheet.counts.get("rows") or 0) for sheet in found)
    return f"{plural(len(found), 'sheet')}, {plural(rows, 'row')}"

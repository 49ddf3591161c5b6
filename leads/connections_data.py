"""The lines of company data on Settings, Connections: homepages and the providers with a key."""

from django.urls import reverse

from leads.services import enrichment
from salesagent.accounts.cards import Card, State
from salesagent.accounts.models import Connection, User
from salesagent.lib.text import plural

TITLE = "Company homepages"
GAIN = "Off. Title, description and mail host of a lead’s company, read from public pages."
RUNS = "One look at each company’s homepage, then again after {0} days"
STATES: dict[str, State] = {"broken": "stopped", "waiting": "waiting", "on": "works"}


def cards(user: User) -> list[Card]:
    """The owner connects; managers look; everybody sees how it is."""
    page = reverse("leads:company_data")
    on = enrichment.homepages()
    text = RUNS.format(enrichment.AGAIN_FOUND.days) if on else GAIN
    url = page if user.is_owner or (user.is_manager and on) else ""
    found = [Card(TITLE, text, "works" if on else "off", url, icon="building")]
    for code in enrichment.providers():
        row = enrichment.connection(code)
        if row is not None:
            found.append(_provider(row, f"{page}#{code}" if user.is_manager else ""))
    return found


def _provider(row: Connection, url: str) -> Card:
    label = enrichment.enricher(row.service).label
    broken = row.state == Connection.State.BROKEN
    bill = enrichment.bill(row)
    return Card(
        title=label,
        text=row.error or f"{bill.spent:g} of {plural(int(bill.limit), 'credit')} this month",
        state=STATES.get(row.state, "new") if row.last_ok_at or row.error else "new",
        url=url,
        icon="building",
        checked_at=row.last_ok_at or row.error_at,
        alert=f"{label} needs you." if broken else "",
        detail=f"{row.error} What was found before stays." if broken else "",
    )

"""The lines of company data on Settings, Connections: homepages and the providers with a key."""

from django.urls import reverse

from leads.services import enrichment, lookups_shown
from salesagent.accounts.cards import Card, State
from salesagent.accounts.models import Connection, User
from salesagent.lib.text import plural

TITLE = "Company homepages"
GAIN = "Off. Title, description and mail host of a lead’s company, read from public pages."
GAINS = {"pdl": "Off. Job, company and size of a lead, by email address or website."}
RUNS = "One look at each company’s homepage, then again after {0} days"
STATES: dict[str, State] = {"broken": "stopped", "waiting": "waiting", "on": "works"}


def cards(user: User) -> list[Card]:
    """The owner connects; managers look; everybody sees how it is."""
    page = reverse("leads:company_data")
    found = [_homepages(user, page)]
    for code in enrichment.providers():
        row = enrichment.connection(code)
        if row is not None:
            found.append(_provider(row, f"{page}#{code}" if user.is_manager else ""))
        elif code in GAINS:
            url = f"{page}#{code}" if user.is_owner else ""
            label = enrichment.enricher(code).label
            found.append(Card(label, GAINS[code], "off", url, icon="building"))
    return found


def _homepages(user: User, page: str) -> Card:
    if not enrichment.homepages():
        return Card(TITLE, GAIN, "off", page if user.is_owner else "", icon="building")
    now = lookups_shown.health()
    state: State = "works" if now.read else "waiting" if now.tried else "new"
    text = RUNS.format(enrichment.AGAIN_FOUND.days)
    if now.tried and not now.read and now.last is not None:
        text = f"None of the last {now.tried} could be read. The last one: {now.last.error}"
    url = page if user.is_manager else ""
    at = now.last.at if now.last else None
    return Card(TITLE, text, state, url, icon="building", checked_at=at)


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

"""People of the demo who stand in the list twice: three pairs that wait, and a merge to undo."""

from datetime import timedelta
from typing import Any

from django.utils import timezone

from leads import thread
from leads.models import Lead
from leads.search import text_for
from leads.services import duplicates, merging, notes
from salesagent.demo.people import DOUBLES

FAIR = "stand-visitors.csv"
COPIED = (
    *("owner", "company", "company_name", "first_name", "last_name", "phone", "city", "country"),
    *("time_zone", "trade"),
)
# whose double: what the other list had of them; {0} is the name, {1} the domain of their address
WAITING: dict[int, dict[str, str]] = {
    12: {"email": "{0}+fair@{1}", "phone": ""},
    42: {"first_name": "Dan", "city": ""},
    4: {"email": "h.sorensen@{1}", "last_name": "Soerensen", "phone": ""},
}
MERGED = 24
GONE = {"email": "l.bianchi@{1}", "first_name": "L.", "phone": ""}


def write(leads: list[Lead]) -> None:
    """Called when the month is there, so that who stays has a history and the other has none."""
    if len(WAITING) != DOUBLES:
        raise ValueError("the demo promises another number of leads")
    for number, values in WAITING.items():
        _double(leads[number], values)
    _merge(leads[MERGED], _double(leads[MERGED], GONE))
    duplicates.find()


def _double(lead: Lead, values: dict[str, str]) -> Lead:
    parts = (lead.email or "").split("@")
    given: dict[str, Any] = {name: text.format(*parts) for name, text in values.items()}
    made = Lead(
        **{name: getattr(lead, name) for name in COPIED} | given,
        source=FAIR,
        tags=["stand visitor"],
        lawful_basis=Lead.Basis.INTEREST,
        basis_source="Talk at our stand",
    )
    made.search_text = text_for(made)
    made.save()
    at = timezone.now() - timedelta(days=3)
    Lead.objects.filter(pk=made.pk).update(created_at=at)
    data: dict[str, object] = {"file": FAIR}
    thread.record(lead=made, kind="lead.imported", actor="user:1", data=data, occurred_at=at)
    return made


def _merge(keeper: Lead, gone: Lead) -> None:
    if keeper.owner is None:
        raise ValueError("this lead has nobody")
    notes.add_note(gone, keeper.owner, "Came to our stand and asked about night alarms.")
    merging.merge(keeper, gone, {}, keeper.owner)

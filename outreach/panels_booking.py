"""The meeting on a lead's page: the one to come, or the button to note one."""

from typing import Any

from django.utils import timezone

from leads.models import Lead
from outreach.forms_scheduling import BookedForm, OwnLinkForm
from outreach.models import Booking
from outreach.services import bookings, scheduling
from salesagent.accounts.models import User

EARLY = (Lead.Stage.NEW, Lead.Stage.CONTACTED, Lead.Stage.ENGAGED)


def meeting(lead: Lead, user: User) -> tuple[str, dict[str, Any]]:
    """No query before the stage that each booking leads to."""
    row = None if lead.stage in EARLY else bookings.open_for(lead)
    booked = row is not None and row.state == Booking.State.BOOKED
    past = bool(row and row.starts_at and row.starts_at <= timezone.now())
    return "outreach/panels/meeting.html", {
        "lead": lead,
        "row": row,
        "booked": booked,
        "past": past,
        "link": row.place if row and row.place.startswith("https://") else "",
        "cancellable": row is not None and bookings.cancellable(row) and not past,
        "form": BookedForm() if not booked or past else None,
    }


def own_link(user: User) -> tuple[str, dict[str, Any]]:
    """On one's profile: where people pick a time with oneself."""
    form = OwnLinkForm(initial={"link": scheduling.own_link(user)})
    return "outreach/panels/own_link.html", {"form": form, "team": scheduling.link()}

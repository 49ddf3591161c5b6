"""A meeting of the demo: the rep sent the link, the person picked a time by it."""

from datetime import datetime, time, timedelta

from django.utils import timezone

from leads.models import Lead
from outreach.models import Task, Touch
from outreach.services import approval, bookings, scheduling, worklist
from salesagent.accounts.models import User
from salesagent.demo import coached

LINK = "https://meet.halden.example/jonas/20-minutes"
BODY = (
    "Hi {name},\n\ngladly. Twenty minutes are enough, pick the time that fits you best: {link}\n\n"
    "I will have the list of your rooms in front of me.\n\nJonas"
)


def write(leads: list[Lead], users: dict[str, User]) -> None:
    """The link of the whole workspace, and who booked by it: one who was won over before."""
    scheduling.save_link(users["owner"], LINK)
    lead = coached.keen(leads, users["rep"])
    lead.refresh_from_db()
    drafts = Touch.objects.filter(lead=lead, kind=Touch.Kind.REPLY, state=Touch.State.DRAFT)
    approval.cancel(drafts, "Answered by hand", actor=users["rep"].actor)
    worklist.close_for(lead, [Task.Kind.ANSWER])
    body = BODY.format(name=lead.first_name, link=scheduling.link_for(lead))
    coached.write_back(lead, body, timezone.now() - timedelta(days=2))
    bookings.note(
        lead, users["rep"], _next_week(users["rep"]), "Video call, link in the invitation"
    )


def _next_week(rep: User) -> datetime:
    """Tuesday at ten, where the rep is."""
    today = timezone.now().astimezone(rep.tz).date()
    tuesday = today + timedelta(days=(1 - today.weekday()) % 7 or 7)
    return datetime.combine(tuesday, time(10, 0), rep.tz)

"""What the bell of the demo says: an answer that was passed on, leads given, work that is done."""

from django.urls import reverse
from django.utils import timezone

from outreach.models import Task
from outreach.services import escalation
from salesagent.accounts import notices
from salesagent.accounts.models import Notification, User, Workspace


def write(users: dict[str, User]) -> None:
    _others(users)
    _passed_on(users["rep"])


def _passed_on(rep: User) -> None:
    """The hottest answer but the newest one waits for too long."""
    rows = Task.objects.filter(kind=Task.Kind.ANSWER, state=Task.State.OPEN, owner=rep)
    waiting = list(rows.select_related("lead", "owner", "event").order_by("-event__occurred_at"))
    if len(waiting) > 1:
        task = max(waiting[1:], key=lambda one: one.lead.score if one.lead else 0)
        escalation.pass_on(task, timezone.now(), Workspace.current())


def _others(users: dict[str, User]) -> None:
    rep, page = users["rep"], reverse("leads:list")
    past = [
        ("job", "Import of trade-fair.csv is finished", "96 rows, 3 to fix."),
        ("reassigned", "Elena gave you 4 leads", ""),
    ]
    for kind, title, text in past:
        notices.tell(rep, kind=kind, key=f"demo:{kind}", title=title, text=text, link=page)
    Notification.objects.filter(user=rep, kind="job").update(read_at=timezone.now())

"""After a restore: syncs stand still until the owner starts again."""

from datetime import datetime, timedelta

from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser
from django.utils import timezone

from leads.crm.names import label_of
from leads.models import Sheet, ThreadEvent
from leads.services import crm_accounts
from salesagent.lib import hold as holding
from salesagent.lib import tasks
from salesagent.lib.models import Job

AUTOMATIC = (
    "leads.crm_tasks.run_sync",
    "leads.crm_tasks.undo_sync",
    "leads.crm_tasks.touched",
    "leads.sheet_tasks.read_sheet",
    "leads.sheet_tasks.write_sheet",
)
TELL = "leads.crm_tasks.tell_opt_out"
LONG_AGO = timedelta(days=1)


def hold(reason: str) -> list[str]:
    """Nothing is queued; what was at work is taken up like that of a dead process, afterwards."""
    waiting = [args[0] for args in tasks.drop(AUTOMATIC) if args and isinstance(args[0], int)]
    Job.objects.filter(pk__in=waiting, state=Job.State.QUEUED).update(
        state=Job.State.RUNNING, updated_at=timezone.now() - LONG_AGO
    )
    names = [label_of(one) for one in settings.CRMS if crm_accounts.connected(one)]
    lines = [f"Syncs with {name} do not run by themselves" for name in names]
    if Sheet.objects.exists():
        lines.append("Google Sheets are neither read nor written by themselves")
    return lines


def release(user: AbstractBaseUser) -> None:
    """Schedules go on by themselves (lib.hold.paused). Who opted out meanwhile is told there."""
    if not any(crm_accounts.connected(one) for one in settings.CRMS):
        return
    held = Job.objects.filter(kind=holding.KIND).latest("pk")
    since = datetime.fromisoformat(held.data["made_at"]) - LONG_AGO  # what was on its way then
    rows = ThreadEvent.objects.filter(kind="lead.suppressed", occurred_at__gte=since)
    for pk in rows.order_by("pk").values_list("pk", flat=True):
        tasks.enqueue(TELL, pk)

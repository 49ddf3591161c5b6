"""Which drafts and tasks a user may open and act on; everybody else gets 404."""

from django.http import Http404

from outreach import selectors_work
from outreach.models import Task, Touch
from salesagent.accounts.models import User

TOUCH_PARTS = (
    "lead__owner", "lead__company", "enrollment__sequence", "step", "variant", "mailbox",
    "author", "approved_by",
)  # fmt: skip
TASK_PARTS = ("lead__owner", "lead__company", "touch__enrollment", "event", "inbound", "closed_by")


def touch_for(user: User, pk: int) -> Touch:
    """The touch with all that its page shows, or Http404."""
    rows = selectors_work.touches_visible(user).select_related(*TOUCH_PARTS)
    try:
        return rows.get(pk=pk)  # first() would sort, and with 200 columns that takes a while
    except Touch.DoesNotExist as error:
        raise Http404 from error


def task_for(user: User, pk: int) -> Task:
    """The task with all that its page shows, or Http404."""
    rows = selectors_work.tasks_visible(user).select_related(*TASK_PARTS)
    try:
        return rows.get(pk=pk)
    except Task.DoesNotExist as error:
        raise Http404 from error

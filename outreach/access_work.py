"""Which drafts and tasks a user may open and act on; everybody else gets 404."""

from django.http import Http404

from leads.access import sees
from leads.family import keeper
from outreach import selectors_work
from outreach.models import Task, Touch
from salesagent.accounts.models import User
from salesagent.lib.sql import Rows

TOUCH_PARTS = (
    "lead__owner", "lead__company", "enrollment__sequence", "step", "variant", "mailbox",
    "author", "approved_by", "answers",
)  # fmt: skip
TASK_PARTS = (
    "owner",
    "escalated_to",
    "lead__owner",
    "lead__company",
    "touch__enrollment",
    "event",
    "inbound",
    "closed_by",
)


_TOUCH = Rows(lambda pk: Touch.objects.filter(pk=pk).select_related(*TOUCH_PARTS))
_TASK = Rows(lambda pk: Task.objects.filter(pk=pk).select_related(*TASK_PARTS))


def touch_for(user: User, pk: int) -> Touch:
    """The touch with all that its page shows, or Http404. Of a merged lead it is the keeper's."""
    touch = _TOUCH.first(pk)
    if touch is None or not sees(user, keeper(touch.lead)):
        raise Http404
    return touch


def task_for(user: User, pk: int) -> Task:
    """The task with all that its page shows, or Http404."""
    task = _TASK.first(pk)
    if task is None or not selectors_work.sees_task(user, task):
        raise Http404
    return task

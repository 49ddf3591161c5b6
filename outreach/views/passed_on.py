"""A manager settles what was passed on: answers it, or gives the lead to somebody else."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_POST

from leads.access import assignable
from outreach.access_work import task_for
from outreach.services import escalation, replying
from salesagent.accounts.access import current, manager_required
from salesagent.accounts.models import User
from salesagent.lib import toast


@manager_required
@require_POST
def take(request: HttpRequest, pk: int) -> HttpResponse:
    user = current(request)
    task = task_for(user, pk)
    if not request.POST.get("anyway") and not replying.has_mailbox(user):
        return redirect(reverse("outreach:today_task", args=[pk]) + "?ask=take")
    try:
        escalation.take(task, user)
    except escalation.EscalationError as error:
        toast.warn(request, str(error))
        return redirect("outreach:today")
    undo = reverse("outreach:task_give_back", args=[pk])
    toast.show(request, "It is yours now. The lead stays where it is.", undo_url=undo)
    return redirect("outreach:today_task", task.pk)


@manager_required
@require_POST
def give_back(request: HttpRequest, pk: int) -> HttpResponse:
    user = current(request)
    task = task_for(user, pk)
    try:
        escalation.give_back(task, user)
        toast.show(request, f"Given back. {task.owner or 'Nobody'} has it again.")
    except escalation.EscalationError as error:
        toast.warn(request, str(error))
    return redirect("outreach:today_task", task.pk)


@manager_required
@require_POST
def give(request: HttpRequest, pk: int) -> HttpResponse:
    user = current(request)
    task = task_for(user, pk)
    to = _chosen(user, request.POST.get("to", ""))
    if to is None or to.pk == task.owner_id:
        toast.warn(request, "Choose who gets the lead.")
        return redirect(reverse("outreach:today_task", args=[pk]) + "?ask=give")
    try:
        escalation.give(task, to, user)
        told = "is yours now" if to.pk == user.pk else f"belongs to {to} now, who has been told"
        toast.show(request, f"{task.lead} {told}.")
    except escalation.EscalationError as error:
        toast.warn(request, str(error))
    return redirect("outreach:today")


def _chosen(user: User, text: str) -> User | None:
    if not (text.isascii() and text.isdigit() and len(text) < 16):
        return None
    return assignable(user).filter(pk=int(text)).first()

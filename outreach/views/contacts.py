"""Whom an automatic answer names in a lead's place: add them with a lawful basis, or not."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from leads.access import may_see
from outreach.access_work import task_for
from outreach.services import contacts
from salesagent.accounts.access import current
from salesagent.lib import toast


@require_POST
def settle(request: HttpRequest, pk: int) -> HttpResponse:
    """`choice` is accept (with `basis`) or decline."""
    user = current(request)
    task = task_for(user, pk)
    choice = request.POST.get("choice")
    try:
        if choice == "decline":
            contacts.decline(task, user)
            toast.show(request, "Not added. The sequence stays paused.")
            return redirect("outreach:today")
        if any(not may_see(user, lead) for lead in contacts.known(task)):
            raise contacts.ContactError("This is a colleague's lead already. Speak with them.")
        if choice != "accept":
            raise contacts.ContactError("Choose whether to add them.")
        lead = contacts.accept(task, user, request.POST.get("basis", ""))
    except contacts.ContactError as error:
        toast.warn(request, str(error))
        return redirect("outreach:today_task", pk)
    toast.show(request, f"{lead.name} is added. The sequence of the other one ended.")
    return redirect("leads:detail", lead.pk)

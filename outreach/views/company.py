"""Pause, resume or stop everybody at a lead's company, or everybody in a sequence."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from leads.access import lead_for, leads_for
from leads.models import Lead
from outreach.access_sequences import editable_for
from outreach.models import Enrollment
from outreach.services import enrollment as enrollments
from salesagent.accounts.access import current
from salesagent.accounts.models import User
from salesagent.lib import toast
from salesagent.lib.tasks import enqueue
from salesagent.lib.text import plural


def _pause(lead: Lead, user: User) -> int:
    reason = Enrollment.Reason.MANUAL
    return enrollments.pause_company(
        lead, actor=user.actor, reason=reason, asked=True, among=leads_for(user)
    )


def _resume(lead: Lead, user: User) -> int:
    return enrollments.resume_company(lead, actor=user.actor, among=leads_for(user))


def _stop(lead: Lead, user: User) -> int:
    return enrollments.stop_company(lead, actor=user.actor, among=leads_for(user))


def _everybody(
    request: HttpRequest, pk: int, act: Callable[[Lead, User], int], done: str, none: str
) -> HttpResponse:
    """Only colleagues whom this user sees; the others stay as they are."""
    user = current(request)
    lead = lead_for(user, pk)
    count = act(lead, user)
    if count:
        people = plural(count, "person", "people")
        toast.show(request, f"{people} at {lead.company_name or 'this company'} {done}.")
    else:
        toast.warn(request, none)
    return redirect("leads:detail", pk)


@require_POST
def pause(request: HttpRequest, pk: int) -> HttpResponse:
    return _everybody(request, pk, _pause, "paused", "Nobody there is in a running sequence.")


@require_POST
def resume(request: HttpRequest, pk: int) -> HttpResponse:
    return _everybody(request, pk, _resume, "resumed", "Nobody there is paused.")


@require_POST
def stop(request: HttpRequest, pk: int) -> HttpResponse:
    return _everybody(request, pk, _stop, "stopped for good", "Nobody there is in a sequence.")


@require_POST
def stop_sequence(request: HttpRequest, pk: int) -> HttpResponse:
    """Everybody in the sequence, in the background: there may be thousands."""
    user = current(request)
    sequence = editable_for(user, pk)
    rows = Enrollment.objects.filter(sequence=sequence, state__in=enrollments.OPEN)
    count = rows.count()
    if count:
        enqueue("outreach.tasks.stop_everybody", sequence.pk, user.pk)
        people = plural(count, "person is", "people are")
        toast.show(request, f"{people} being stopped. What waited for them is cancelled.")
    else:
        toast.warn(request, "Nobody is in it now.")
    return redirect("outreach:sequence_people", pk)

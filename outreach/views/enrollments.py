"""Pause, resume and stop one person's way through a sequence."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST

from outreach.access_sequences import enrollment_for
from outreach.models import Enrollment
from outreach.services import enrollment as enrollments
from salesagent.accounts.access import current
from salesagent.lib import toast


def _back(request: HttpRequest, enrollment: Enrollment) -> HttpResponse:
    """Where the button stood, else the lead."""
    url = request.POST.get("next", "")
    if url_has_allowed_host_and_scheme(url, {request.get_host()}, request.is_secure()):
        return redirect(url)
    return redirect("leads:detail", enrollment.lead_id)


@require_POST
def pause(request: HttpRequest, pk: int) -> HttpResponse:
    enrollment, user = enrollment_for(current(request), pk), current(request)
    if enrollments.pause(enrollment, reason=Enrollment.Reason.MANUAL, actor=user.actor):
        toast.show(request, "Paused. Nothing is sent to this person until you resume.")
    else:
        toast.warn(request, "It is not active any more.")
    return _back(request, enrollment)


@require_POST
def resume(request: HttpRequest, pk: int) -> HttpResponse:
    enrollment, user = enrollment_for(current(request), pk), current(request)
    if enrollments.resume(enrollment, actor=user.actor):
        toast.show(request, "It goes on with the next touch.")
    else:
        toast.warn(request, "It is not paused any more.")
    return _back(request, enrollment)


@require_POST
def stop(request: HttpRequest, pk: int) -> HttpResponse:
    enrollment, user = enrollment_for(current(request), pk), current(request)
    if enrollments.stop(enrollment, reason=Enrollment.Reason.MANUAL, actor=user.actor):
        toast.show(request, "Stopped for good. What waited is cancelled.")
    else:
        toast.warn(request, "It had ended already.")
    return _back(request, enrollment)

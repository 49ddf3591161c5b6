"""Long work: its page, the part that page asks for again and again, and Stop. Own jobs only."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_GET, require_POST

from salesagent.lib import jobs, toast
from salesagent.lib.job_view import show
from salesagent.lib.models import Job

STOP_POLLING = 286  # htmx ends a poll on this status


def _job(request: HttpRequest, pk: int) -> Job:
    """The user's own job, else 404."""
    return get_object_or_404(Job, pk=pk, owner_id=request.user.pk)


@require_GET
def job(request: HttpRequest, pk: int) -> HttpResponse:
    found = _job(request, pk)
    return render(request, "lib/job.html", {"job": found, "shown": show(found, go=True)})


@require_GET
def job_part(request: HttpRequest, pk: int) -> HttpResponse:
    """The progress line. A page that waits for the end is sent on to the result."""
    found = _job(request, pk)
    go = "go" in request.GET
    response = render(request, "partials/_job.html", {"shown": show(found, go=go)})
    if found.finished:
        response.status_code = STOP_POLLING
        if go and found.result_url:
            response["HX-Redirect"] = found.result_url
    return response


@require_POST
def job_stop(request: HttpRequest, pk: int) -> HttpResponse:
    found = _job(request, pk)
    if jobs.ask_stop(found):
        toast.show(request, "Stops after the part it is in. What is done stays.")
    else:
        toast.warn(request, "It had ended already.")
    back = request.POST.get("next", "")
    safe = url_has_allowed_host_and_scheme(back, {request.get_host()}, request.is_secure())
    return redirect(back) if safe else redirect("lib:job", found.pk)

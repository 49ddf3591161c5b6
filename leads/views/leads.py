"""The lead list: views, filters, pages, bulk actions, export."""

from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from leads.access import assignable, lead_for
from leads.forms_list import SaveViewForm
from leads.models import Lead, SavedView
from leads.selectors import filters as filtering
from leads.selectors.listing import forget_counts, listing
from leads.selectors.paging import SORT_NAMES
from leads.services import bulk, export, lifecycle
from leads.views.list_rows import cells
from salesagent.accounts.access import current
from salesagent.accounts.models import User
from salesagent.lib import toast
from salesagent.lib.job_view import show
from salesagent.lib.models import Job

JOBS_SHOWN = ("import", "import_undo", bulk.JOB_KIND, "rescore")


@require_GET
def lead_list(request: HttpRequest) -> HttpResponse:
    user = current(request)
    shown = listing(user, request.GET)
    context = {
        "page": "leads",
        "list": shown,
        "rows": [cells(lead) for lead in shown.page.rows],
        "filters": shown.filters,
        "sorts": SORT_NAMES,
        "stages": Lead.Stage.choices,
        "people": assignable(user),
        "jobs": _running(user),
        "query": filtering.clean_query(request.GET),
        "hidden": _hidden(request),
    }
    return render(request, "leads/list.html", context)


def _running(user: User) -> list[object]:
    """The user's own long work that is not over."""
    states = [Job.State.QUEUED, Job.State.RUNNING]
    rows = Job.objects.filter(owner=user, state__in=states, kind__in=JOBS_SHOWN)
    return [show(job) for job in rows[:3]]


def _hidden(request: HttpRequest) -> list[tuple[str, str]]:
    """What the search box must carry along: every filter but the search itself."""
    skip = (*filtering.PAGE_KEYS, "q")
    pairs = request.GET.lists()
    return [(key, value) for key, values in pairs if key not in skip for value in values[:10]]


@require_GET
def lead_filters(request: HttpRequest) -> HttpResponse:
    """All filters as one form; a part of the list's page with htmx, else a page."""
    user = current(request)
    context = {
        "page": "leads",
        "filters": filtering.read(request.GET),
        "choices": [
            (code, filtering.LABELS[code], found, filtering.read(request.GET).chosen[code])
            for code, found in filtering.choices(user).items()
        ],
        "view": request.GET.get("view", ""),
        "sort": request.GET.get("sort", ""),
    }
    part = request.headers.get("HX-Request") == "true"
    return render(request, "leads/_filters.html" if part else "leads/filters.html", context)


@require_POST
def bulk_action(request: HttpRequest) -> HttpResponse:
    user = current(request)
    try:
        outcome = bulk.act(user, request.POST)
    except lifecycle.ChangeError as error:
        toast.warn(request, error.message)
    else:
        toast.show(request, outcome.text)
    return redirect(_back(request))


def _back(request: HttpRequest, default: str = "/leads/") -> str:
    """The posted `next` if it is a page of ours."""
    target = request.POST.get("next", "")
    ours = url_has_allowed_host_and_scheme(target, {request.get_host()}, request.is_secure())
    return target if target and ours else default


@require_GET
def lead_export(request: HttpRequest) -> StreamingHttpResponse:
    user = current(request)
    filters = filtering.read(request.GET)
    lines = export.export_rows(filtering.narrow(user, filters), filters.sort, user)
    response = StreamingHttpResponse(lines, content_type="text/csv; charset=utf-8")
    name = f"leads-{timezone.localdate():%Y-%m-%d}.csv"
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


@require_http_methods(["GET", "POST"])
def save_view(request: HttpRequest) -> HttpResponse:
    user = current(request)
    query = request.META.get("QUERY_STRING", "")[:2000]
    form = SaveViewForm(request.POST or None, user=user, initial={"query": query})
    if request.method == "POST" and form.is_valid():
        view = SavedView.objects.create(user=user, **form.cleaned_data)
        toast.show(request, f"View “{view.name}” saved.")
        return redirect(f"/leads/?{view.query}&saved={view.pk}")
    status = 422 if form.errors else 200
    context = {"page": "leads", "form": form}
    return render(request, "leads/save_view.html", context, status=status)


@require_POST
def delete_view(request: HttpRequest, pk: int) -> HttpResponse:
    view = get_object_or_404(SavedView, pk=pk, user=current(request))
    view.delete()
    toast.show(request, f"View “{view.name}” deleted. Its leads are as they were.")
    return redirect("leads:list")


@require_POST
def archive(request: HttpRequest, pk: int) -> HttpResponse:
    user = current(request)
    lead = lead_for(user, pk)
    if lifecycle.archive(lead, user):
        toast.show(request, f"{lead.name} is archived. The thread is kept.")
    forget_counts(user)
    return redirect(_back(request, f"/leads/{pk}/"))


@require_POST
def restore(request: HttpRequest, pk: int) -> HttpResponse:
    user = current(request)
    lead = lead_for(user, pk)
    if lifecycle.restore(lead, user):
        toast.show(request, f"{lead.name} is back in the list.")
    forget_counts(user)
    return redirect(_back(request, f"/leads/{pk}/"))

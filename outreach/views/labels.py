"""Letters to print: one letter, and the address labels of several, each as a PDF."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET

from outreach import open_lines, selectors_work
from outreach.access_work import task_for
from outreach.forms_labels import LabelsForm
from outreach.models import Task
from outreach.services import labels, reach
from salesagent.accounts.access import current
from salesagent.accounts.models import User, Workspace
from salesagent.lib import toast


@require_GET
def choose(request: HttpRequest) -> HttpResponse:
    """The open letters of the user, ticked; ?task=… ticks one alone."""
    user = current(request)
    rows = _open(user)
    asked = {int(pk) for pk in request.GET.getlist("task") if pk.isdecimal() and len(pk) < 12}
    form = LabelsForm(tasks=[row.pk for row in rows], initial={"layout": "sheet"})
    return _page(request, rows, asked or {row.pk for row in rows}, form)


def _page(
    request: HttpRequest, rows: list[Task], ticked: set[int], form: LabelsForm, status: int = 200
) -> HttpResponse:
    home = Workspace.current().country
    lines = [(row, labels.address_lines(row.lead, home) if row.lead else []) for row in rows]
    context = {
        "page": "today",
        "rows": [
            (row, found, labels.missing_letters("".join(found)), row.pk in ticked)
            for row, found in lines
        ],
        "form": form,
        "today": timezone.localdate(),
    }
    return render(request, "outreach/labels.html", context, status=status)


@require_GET
def labels_pdf(request: HttpRequest) -> HttpResponse:
    """Only letters that the user may see; those without an address are left out."""
    user = current(request)
    rows = _open(user)
    form = LabelsForm(request.GET, tasks=[row.pk for row in rows])
    if not form.is_valid():
        return _page(request, rows, set(), form, status=422)
    wanted, home = set(form.cleaned_data["task"]), Workspace.current().country
    found = [labels.address_lines(row.lead, home) for row in rows if row.pk in wanted and row.lead]
    addresses = [lines for lines in found if lines]
    if not addresses:
        toast.warn(request, "None of these has a street and a town.")
        return redirect("outreach:labels")
    layout = labels.LAYOUTS[form.cleaned_data["layout"]]
    content = labels.labels_pdf(addresses, layout, form.cleaned_data["start"] or 1)
    return _pdf(content, "labels.pdf")


@require_GET
def letter(request: HttpRequest, pk: int) -> HttpResponse:
    """The approved text as a letter."""
    task = task_for(current(request), pk)
    if task.touch is None or task.lead is None or not reach.prints(task.channel):
        raise Http404
    workspace = Workspace.current()
    lines = labels.address_lines(task.lead, workspace.country)
    if not lines:
        toast.warn(request, "Street or town is missing. Add them on the lead’s page.")
        return redirect("outreach:today_task", pk)
    return _pdf(labels.letter_pdf(task.touch, lines, workspace), f"letter-{pk}.pdf")


def _open(user: User) -> list[Task]:
    codes = [code for code in reach.codes() if reach.prints(code)]
    rows = selectors_work.tasks_visible(user).filter(
        kind=Task.Kind.TOUCH,
        state=Task.State.OPEN,
        channel__in=codes,
        lead__isnull=False,
        lead__erased_at=None,
    )
    rows = rows.exclude(open_lines.HELD)
    return list(rows.select_related("lead", "touch").order_by("due_at", "pk")[: labels.MOST_LABELS])


def _pdf(content: bytes, name: str) -> HttpResponse:
    """Always a download: nothing but our own pages opens inside them."""
    response = HttpResponse(content, content_type="application/pdf")
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    response["Cache-Control"] = "private, no-store"
    return response

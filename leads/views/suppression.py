"""The do-not-contact list, for managers and the owner. It holds hashes: look-up is by address."""

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from leads.forms_suppression import AddForm, LiftForm, ListForm, LookupForm
from leads.models import Suppression
from leads.services import suppression as service
from leads.services import suppression_export, suppression_lists
from salesagent.accounts import audit
from salesagent.accounts.access import current, manager_required
from salesagent.lib import toast
from salesagent.lib.text import plural

PAGE = 50


def _show(request: HttpRequest, *, status: int = 200, **extra: Any) -> HttpResponse:
    before = request.GET.get("before", "")
    if before and not before.isascii() or not (before or "0").isdigit() or len(before) > 18:
        raise Http404
    rows = service.page(before=int(before) if before else None, size=PAGE)
    context = {
        "page": "settings",
        "tab": "suppression",
        "title": "Do-not-contact list",
        "rows": rows[:PAGE],
        "next": rows[PAGE - 1].pk if len(rows) > PAGE else None,
        "first": not before,
        "look": LookupForm(),
        "add": AddForm(),
        "list": ListForm(),
        "final": service.FINAL,
        **extra,
    }
    return render(request, "leads/suppression.html", context, status=status)


@manager_required
@require_safe
def page(request: HttpRequest) -> HttpResponse:
    return _show(request)


@manager_required
@require_POST
def look_up(request: HttpRequest) -> HttpResponse:
    """Posted, so that the address stands in no log and no history."""
    form = LookupForm(request.POST)
    if not form.is_valid():
        return _show(request, look=form, status=422)
    address = form.cleaned_data["address"]
    found = service.find(address)
    audit.note(current(request), "suppression.looked_up", found=len(found))
    return _show(request, look=form, found=found, looked=service.mask(address))


@manager_required
@require_POST
def add(request: HttpRequest) -> HttpResponse:
    form = AddForm(request.POST)
    if not form.is_valid():
        return _show(request, add=form, status=422)
    user, data = current(request), form.cleaned_data
    added = service.suppress(
        address=data["address"],
        channel=data["channel"],
        reason=Suppression.Reason.MANUAL,
        source=data["source"],
        actor=user.actor,
    )
    audit.note(user, "suppression.added", channel=data["channel"], new=added)
    text = "On the list. It works at once." if added else "It was on the list already."
    toast.show(request, text)
    return redirect("leads:suppression")


@manager_required
@require_POST
def take_in(request: HttpRequest) -> HttpResponse:
    form = ListForm(request.POST, request.FILES)
    if not form.is_valid():
        return _show(request, list=form, status=422)
    user, data = current(request), form.cleaned_data
    try:
        result = suppression_lists.import_list(
            data["text"], channel=data["channel"], source=data["source"], actor=user.actor
        )
    except service.SuppressionError as error:
        form.add_error("text", str(error))
        return _show(request, list=form, status=422)
    audit.note(user, "suppression.imported", added=result.added, known=result.known)
    of = f"{result.taken} of {plural(result.lines, 'line')}" if result.bad else ""
    text = (
        f"{plural(result.added, 'address', 'addresses')} added, {result.known} known already, "
        f"from {of or plural(result.lines, 'line')}."
    )
    if not result.bad:
        toast.show(request, text)
        return redirect("leads:suppression")
    return _show(request, result=result, result_text=text)


@manager_required
@require_POST
def export(request: HttpRequest) -> StreamingHttpResponse:
    """Posted: it is noted who took the list out."""
    lines = suppression_export.export_rows(current(request))
    answer = StreamingHttpResponse(lines, content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = 'attachment; filename="do-not-contact.csv"'
    return answer


@manager_required
@require_http_methods(["GET", "POST"])
def lift(request: HttpRequest, pk: int) -> HttpResponse:
    row = get_object_or_404(Suppression, pk=pk)
    if row.reason in service.FINAL:
        raise Http404
    form = LiftForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        user, reason = current(request), form.cleaned_data["reason"]
        if service.lift_row(row, actor=user.actor, reason=reason):
            audit.note(user, "suppression.lifted", f"suppression:{pk}", reason=reason)
        toast.show(request, "Off the list. Sequences that were stopped stay stopped.")
        return redirect("leads:suppression")
    context = {"page": "settings", "tab": "suppression", "title": "Take off the list"}
    status = 422 if form.is_bound else 200
    return render(
        request, "leads/suppression_lift.html", {**context, "row": row, "form": form}, status=status
    )

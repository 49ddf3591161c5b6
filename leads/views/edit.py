"""Pages to add a lead by hand and to change its data."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from leads.access import lead_for, leads_for
from leads.forms import EditLeadForm, NewLeadForm
from leads.selectors.listing import forget_counts
from leads.services import editing, intake
from leads.services.lifecycle import ChangeError
from salesagent.accounts.access import current
from salesagent.lib import toast

SOURCE = "By hand"


@require_http_methods(["GET", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    user = current(request)
    form = NewLeadForm(request.POST or None, user=user)
    if request.method == "POST" and form.is_valid():
        try:
            brought = intake.bring_in(
                form.row(),
                source=SOURCE,
                actor=user.actor,
                owner=form.cleaned_data["owner"],
                basis=form.cleaned_data["lawful_basis"],
                basis_source=form.cleaned_data["basis_source"],
            )
        except intake.IntakeError as error:
            form.add_error(error.field if error.field in form.fields else None, error.message)
        else:
            forget_counts(user)
            toast.show(request, f"{brought.lead.name} is in the list.")
            visible = leads_for(user).filter(pk=brought.lead.pk).exists()
            return redirect("leads:detail", brought.lead.pk) if visible else redirect("leads:list")
    context = {"page": "leads", "form": form}
    return render(request, "leads/new.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "POST"])
def edit(request: HttpRequest, pk: int) -> HttpResponse:
    user = current(request)
    lead = lead_for(user, pk)
    if lead.archived_at is not None and request.method == "POST":
        raise Http404
    form = EditLeadForm(request.POST or None, user=user, lead=lead)
    if request.method == "POST" and form.is_valid():
        try:
            changed = editing.edit_lead(lead, form.values(), user)
        except ChangeError as error:
            form.add_error(error.field or None, error.message)
        else:
            toast.show(request, "Saved." if changed else "Nothing was changed.")
            return redirect("leads:detail", pk)
    context = {"page": "leads", "lead": lead, "form": form}
    return render(request, "leads/edit.html", context, status=422 if form.errors else 200)

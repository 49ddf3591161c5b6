"""The owner's page for the public form: its words, its address, who gets the enquiries."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from leads.forms_import import PublicFormSettings
from salesagent.accounts.access import current, owner_required
from salesagent.accounts.audit import note
from salesagent.accounts.models import Workspace
from salesagent.lib import toast


@owner_required
@require_http_methods(["GET", "HEAD", "POST"])
def settings_page(request: HttpRequest) -> HttpResponse:
    workspace = Workspace.current()
    posted = request.method == "POST"
    form = PublicFormSettings(request.POST if posted else None, instance=workspace)
    if posted and form.is_valid():
        form.save()
        note(current(request), "form.changed", "Lead form", fields=form.changed_data)
        toast.show(request, "Saved. The form shows it at once.")
        return redirect("leads:form_settings")
    saved = Workspace.current()
    context = {
        "page": "settings",
        "tab": "form",
        "title": "Lead form",
        "form": form,
        "workspace": saved,
        "link": settings.SITE_URL + reverse("leads:form", args=[saved.form_slug]),
    }
    return render(request, "leads/form_settings.html", context, status=422 if form.errors else 200)

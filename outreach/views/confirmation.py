"""The owner's page for the confirmation mail of the public form: words, preview, approval."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from leads.models import Lead
from outreach.services import confirmation
from outreach.services.merge import FIELDS
from salesagent.accounts.access import current, owner_required
from salesagent.accounts.models import Workspace
from salesagent.lib import toast

SAMPLE = {"first_name": "Marta", "last_name": "Kowalczyk", "company_name": "Polna Bakeries"}
USEFUL = ("first_name", "company", "sender_name", "sender_company", "sender_signature")


@owner_required
@require_http_methods(["GET", "HEAD", "POST"])
def page(request: HttpRequest) -> HttpResponse:
    """POST `do`: approve (these words), save (without approval), stop, or preview (no change)."""
    user = current(request)
    workspace = Workspace.current()
    words = confirmation.words_of(workspace)
    problem = ""
    if request.method == "POST":
        do = request.POST.get("do", "preview")
        if do == "stop":
            confirmation.stop(user)
            toast.show(request, "Stopped. Enquiries still come in and stand on Today.")
            return redirect("outreach:confirmation")
        words = confirmation.Words(request.POST.get("subject", ""), request.POST.get("body", ""))
        try:
            if do in ("approve", "save"):
                confirmation.save(user, words.subject, words.body, approve=do == "approve")
                _say(request, approved=do == "approve")
                return redirect("outreach:confirmation")
        except confirmation.ConfirmationError as error:
            problem = str(error)
    sender = workspace.form_owner or user
    context = {
        "page": "settings",
        "tab": "form",
        "title": "Confirmation mail",
        "words": words,
        "problem": problem,
        "workspace": workspace,
        "approved": confirmation.is_approved(workspace),
        "full": confirmation.preview(words, Lead(**SAMPLE), sender).text,
        "bare": confirmation.preview(words, Lead(), sender).text,
        "fields": [FIELDS[code] for code in USEFUL],
    }
    return render(request, "outreach/confirmation.html", context, status=422 if problem else 200)


def _say(request: HttpRequest, *, approved: bool) -> None:
    text = "Approved. Each enquiry gets this mail, at most one a day."
    toast.show(request, text if approved else "Saved. Nothing is sent before you approve it.")

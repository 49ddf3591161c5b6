"""Settings that belong to the workspace: company and sending limits, and the activity log."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from salesagent.accounts import audit
from salesagent.accounts.access import current, owner_required
from salesagent.accounts.forms import WorkspaceForm
from salesagent.accounts.models import AuditEntry, User, Workspace
from salesagent.lib import toast

LOG_PAGE = 50


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """Everybody lands on their mailboxes: the one thing that each user sets up."""
    return redirect("outreach:mailboxes")


@owner_required
@require_http_methods(["GET", "POST"])
def sending(request: HttpRequest) -> HttpResponse:
    form = WorkspaceForm(request.POST or None, instance=Workspace.current())
    if request.method == "POST" and form.is_valid():
        form.save()
        audit.note(current(request), "settings.changed", "sending", fields=form.changed_data)
        toast.show(request, "Saved. New limits hold from the next message.")
        return redirect("settings:sending")
    context = {"page": "settings", "tab": "sending", "title": "Company and sending", "form": form}
    return render(request, "accounts/sending.html", context)


@owner_required
@require_safe
def log(request: HttpRequest) -> HttpResponse:
    """Newest first, by key."""
    entries = AuditEntry.objects.select_related("user")
    before = request.GET.get("before", "")
    if before.isascii() and before.isdigit():
        entries = entries.filter(pk__lt=int(before[:18]))
    rows = list(entries[: LOG_PAGE + 1])
    people = {f"user:{user.pk}": user.name for user in User.objects.all()}
    for entry in rows:
        entry.action = audit.words(entry.action)
        entry.target = audit.about(entry.target, entry.data, people)
    context = {
        "page": "settings",
        "tab": "log",
        "title": "Activity log",
        "entries": rows[:LOG_PAGE],
        "older": rows[LOG_PAGE - 1].pk if len(rows) > LOG_PAGE else None,
    }
    return render(request, "accounts/log.html", context)

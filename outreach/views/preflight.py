"""Settings, Mailboxes, Domain: what the world sees of a mailbox's domain, and what to paste."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from outreach.access_mail import mailbox_for
from outreach.forms_mailboxes import SelectorForm
from outreach.services import preflight
from salesagent.accounts.access import current
from salesagent.lib import toast

PAGE: dict[str, Any] = {"page": "settings", "tab": "mailboxes", "title": "Domain check"}
ORDER = {preflight.BAD: 0, preflight.WARN: 1, preflight.UNKNOWN: 2, preflight.OK: 3}


@require_safe
def page(request: HttpRequest, pk: int) -> HttpResponse:
    box = mailbox_for(current(request), pk)
    return _show(request, box, SelectorForm(instance=box))


@require_POST
def check(request: HttpRequest, pk: int) -> HttpResponse:
    """Asks the name servers now; some seconds at most."""
    box = mailbox_for(current(request), pk)
    form = SelectorForm(request.POST, instance=box)
    if not form.is_valid():
        return _show(request, mailbox_for(current(request), pk), form, status=422)
    form.save()
    preflight.run(box)
    toast.show(request, f"Checked. {preflight.summary(box)['text']}.")
    return redirect("outreach:mailbox_domain", pk)


def _show(request: HttpRequest, box: Any, form: SelectorForm, status: int = 200) -> HttpResponse:
    checks = sorted(preflight.last(box), key=lambda check: ORDER[check.level])
    context = {**PAGE, "mailbox": box, "checks": checks, "form": form}
    return render(request, "outreach/preflight.html", context, status=status)

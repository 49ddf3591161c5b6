"""Settings, Mailboxes: connect, check, pause. Reps see their own, managers the team's."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from outreach import mailbox_page, selectors_mail
from outreach.access_mail import mailbox_for
from outreach.forms_mailboxes import MailboxForm, PauseForm, provider_named
from outreach.mail.providers import PROVIDERS
from outreach.models import Mailbox
from outreach.services import esp, mailbox_checks, sign_ins
from outreach.services import mailboxes as service
from salesagent.accounts.access import current
from salesagent.lib import job_view, toast
from salesagent.lib.text import plural

PAGE: dict[str, Any] = {"page": "settings", "tab": "mailboxes", "title": "Mailboxes"}


@require_safe
def mailboxes(request: HttpRequest) -> HttpResponse:
    user = current(request)
    found = mailbox_page.boxes(selectors_mail.mailboxes_visible(user))
    context = {
        **PAGE,
        "boxes": found,
        "stopped": [box for box in found if box.trouble and box.mailbox.state != "off"],
        "inbound_counts": selectors_mail.inbound_counts(user),
    }
    return render(request, "outreach/mailboxes.html", context)


@sensitive_post_parameters("password")
@require_http_methods(["GET", "POST"])
def mailbox_new(request: HttpRequest) -> HttpResponse:
    """First the provider, then its form with the servers filled in; no script needed."""
    user = current(request)
    code = request.GET.get("provider", "")
    provider = provider_named(code)
    initial = {"address": user.email, "from_name": user.name}
    by = esp.row_of(request.GET.get("service", ""))
    form = MailboxForm(
        request.POST or None, provider=provider, initial=initial, by_service=by is not None
    )
    if request.method == "POST" and form.is_valid():
        try:
            box = service.create(form.values() | esp.sender(by, form.values(), user), user=user)
        except (service.MailboxError, esp.EspError) as error:
            form.add_error("address", str(error))
        else:
            toast.show(request, "Connected. Now check whether it works.")
            return redirect("outreach:mailbox", box.pk)
    context = {
        **PAGE,
        "form": form,
        "provider": provider if code or by or request.method == "POST" else None,
        "service": by,
        "service_name": esp.label(by),
        "providers": PROVIDERS.values(),
    }
    return render(request, "outreach/mailbox_new.html", context)


@sensitive_post_parameters("password")
@require_http_methods(["GET", "POST"])
def mailbox(request: HttpRequest, pk: int) -> HttpResponse:
    user = current(request)
    box = mailbox_for(user, pk)
    form = MailboxForm(request.POST or None, instance=mailbox_for(user, pk))
    if request.method == "POST" and form.is_valid():
        try:
            esp.renamed(box, form.values(), user)
        except esp.EspError as error:
            form.add_error("address", str(error))
            return _page(request, box, form=form)
        service.update(box, form.values(), user=user)
        toast.show(request, "Saved. Check the connection after a change of servers or password.")
        return redirect("outreach:mailbox", pk)
    return _page(request, box, form=form)


def _page(request: HttpRequest, box: Mailbox, **extra: Any) -> HttpResponse:
    user = current(request)
    job = mailbox_checks.last_job(box, user)
    found = mailbox_checks.result(job)
    if extra.get("form") is None:
        folders = list(found.folders) if found else None
        extra["form"] = MailboxForm(instance=mailbox_for(user, box.pk), folders=folders)
    line = mailbox_page.boxes([box])[0]
    context = {
        **PAGE,
        "title": box.address,
        "box": line,
        "detail": mailbox_page.detail(line),
        "mailbox": box,
        "pause_form": PauseForm(),
        "own": box.user_id == user.pk,
        "sign_in": sign_ins.of(box),
        "result": found,
        "shown": job_view.show(job, go=True) if job and not job.finished else None,
        **extra,
    }
    return render(request, "outreach/mailbox.html", context)


@require_POST
def check(request: HttpRequest, pk: int) -> HttpResponse:
    """Queues the check; the page shows how far it is and then its steps."""
    user = current(request)
    mailbox_checks.start(mailbox_for(user, pk), user=user)
    return redirect("outreach:mailbox", pk)


@require_POST
def send_test(request: HttpRequest, pk: int) -> HttpResponse:
    user = current(request)
    try:
        address = service.send_test(mailbox_for(user, pk), user=user)
    except service.MailboxError as error:
        toast.warn(request, str(error))
    else:
        toast.show(request, f"A test is on its way to {address}.")
    return redirect("outreach:mailbox", pk)


@require_POST
def pause(request: HttpRequest, pk: int) -> HttpResponse:
    user = current(request)
    box = mailbox_for(user, pk)
    form = PauseForm(request.POST)
    if not form.is_valid():
        return _page(request, box, pause_form=form)
    if service.pause(box, user=user, reason=form.cleaned_data["reason"]):
        waiting = mailbox_page.boxes([box])[0].waiting
        toast.show(request, f"Paused. {_waits(waiting)}")
    return redirect("outreach:mailbox", pk)


def _waits(count: int) -> str:
    if not count:
        return "Nothing waits. Answers are still read."
    verb = "waits" if count == 1 else "wait"
    return f"{plural(count, 'approved message')} {verb}, none is lost. Answers are still read."


@require_POST
def resume(request: HttpRequest, pk: int) -> HttpResponse:
    user = current(request)
    try:
        again = service.resume(mailbox_for(user, pk), user=user)
    except service.MailboxError as error:
        toast.warn(request, str(error))
    else:
        if again:
            toast.show(request, "Sends again. What waited goes out in its window, not at once.")
    return redirect("outreach:mailbox", pk)


@require_POST
def switch_off(request: HttpRequest, pk: int) -> HttpResponse:
    user = current(request)
    if service.switch_off(mailbox_for(user, pk), user=user):
        toast.show(request, "Switched off. It neither sends nor reads until you switch it on.")
    return redirect("outreach:mailbox", pk)

"""Settings, Twilio: the account, its senders, a test to my phone, WhatsApp templates."""

from typing import Any

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from outreach.channels.base import ChannelError
from outreach.forms_twilio import FieldsForm, TwilioForm
from outreach.services import text_accounts, text_templates
from salesagent.accounts import connections
from salesagent.accounts.access import current, role_required
from salesagent.accounts.models import User
from salesagent.lib import toast
from salesagent.lib.crypto import SecretUnreadable
from salesagent.lib.text import plural

PAGE: dict[str, Any] = {"page": "settings", "tab": "connections"}
owner_only = role_required(User.Role.OWNER)


@sensitive_post_parameters("auth_token", "auth_token_2")
@require_http_methods(["GET", "POST"])
@owner_only
def page(request: HttpRequest) -> HttpResponse:
    stored = connections.active(text_accounts.SERVICE)
    form = TwilioForm(request.POST or None, stored=stored)
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        secret = {"auth_token": data["auth_token"], "auth_token_2": data["auth_token_2"]}
        row = text_accounts.save(current(request), data["account"], secret, form.senders())
        if data["drop_second"]:
            text_accounts.forget_second(row)
        toast.show(request, "Saved. Now check whether Twilio takes it.")
        return redirect("outreach:twilio")
    context = {
        **PAGE,
        "title": "Twilio",
        "form": form,
        "connection": stored,
        "inbound_url": settings.SITE_URL + reverse("outreach:twilio_inbound"),
        "phone": current(request).phone,
    }
    return render(request, "outreach/twilio.html", context, status=422 if form.errors else 200)


@require_POST
@owner_only
def check(request: HttpRequest) -> HttpResponse:
    try:
        name = text_accounts.check()
    except text_accounts.AccountError as error:
        toast.warn(request, str(error))
    else:
        toast.show(request, f"Twilio takes it: {name}.")
    return redirect("outreach:twilio")


@require_POST
@owner_only
def send_test(request: HttpRequest) -> HttpResponse:
    try:
        number = text_accounts.send_test(current(request), request.POST.get("channel", ""))
    except text_accounts.AccountError as error:
        toast.warn(request, str(error))
    else:
        toast.show(request, f"A test is on its way to {number}.")
    return redirect("outreach:twilio")


@require_POST
@owner_only
def switch_off(request: HttpRequest) -> HttpResponse:
    if text_accounts.switch_off(current(request)):
        toast.show(request, "Switched off. Approved texts wait, none is lost.")
    return redirect("outreach:twilio")


@require_safe
@owner_only
def templates(request: HttpRequest) -> HttpResponse:
    return _templates(request)


def _templates(request: HttpRequest, wrong: FieldsForm | None = None) -> HttpResponse:
    found = text_templates.rows()
    forms = {row.pk: FieldsForm(template=row) for row in found}
    context = {
        **PAGE,
        "title": "WhatsApp templates",
        "rows": [(row, forms[row.pk]) for row in found],
        "synced_at": max((row.content_at for row in found if row.content_at), default=None),
    }
    return render(
        request, "outreach/whatsapp_templates.html", context, status=422 if wrong else 200
    )


@require_POST
@owner_only
def sync(request: HttpRequest) -> HttpResponse:
    try:
        found = text_templates.sync()
    except ChannelError as error:
        toast.warn(request, error.message)
    except SecretUnreadable:
        toast.warn(request, "The stored key cannot be read. Enter it again.")
    else:
        toast.show(request, f"{plural(found.found, 'template')}, {found.approved} approved.")
    return redirect("outreach:whatsapp_templates")


@require_POST
@owner_only
def fields(request: HttpRequest, pk: int) -> HttpResponse:
    """Which merge field goes into {{1}}, {{2}}, ..."""
    row = next((one for one in text_templates.rows() if one.pk == pk), None)
    if row is None:
        raise Http404
    form = FieldsForm(request.POST, template=row)
    if not form.is_valid():
        return _templates(request, form)
    try:
        text_templates.map_fields(row, form.chosen())
    except text_templates.TemplateError as error:
        toast.warn(request, str(error))
    else:
        toast.show(request, "Saved. New drafts use these fields.")
    return redirect("outreach:whatsapp_templates")

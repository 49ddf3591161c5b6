"""Connect HubSpot or Salesforce, check the account, let it go. Only the owner does."""

from typing import Any

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from leads import crm_page
from leads.forms_crm import HubSpotForm
from leads.forms_crm_salesforce import SalesforceForm, SalesforceOptionsForm
from leads.services import crm_accounts, crm_connect, hubspot_oauth
from leads.services.crm_connect import HUBSPOT, SALESFORCE, ConnectError
from salesagent.accounts import connections
from salesagent.accounts.access import current, owner_required
from salesagent.accounts.models import Connection
from salesagent.lib import toast
from salesagent.lib.text import plural

Form = HubSpotForm | SalesforceForm | None


@sensitive_post_parameters("token", "client_secret")
@require_http_methods(["GET", "HEAD", "POST"])
@owner_required
def connect(request: HttpRequest, provider: str) -> HttpResponse:
    """How to sign in; again, for one that is connected. Tried before it is stored."""
    page = crm_page.base(provider)
    stored = connections.active(provider)
    form = _form(provider, request, stored)
    if request.method == "POST" and (form is None or form.is_valid()):
        try:
            row = _connect(request, provider, form)
        except ConnectError as error:
            if form is None:
                toast.warn(request, str(error))
                return redirect("leads:crm_connect", provider)
            form.add_error(None, str(error))
        else:
            name = row.settings.get("name") or page["label"]
            toast.show(request, f"{name} is connected. {_what_is_known(row)}")
            missing = "basis" not in row.settings
            return redirect("leads:crm_choices" if missing else "leads:crm", provider)
    return _page(request, page, form, stored)


def _what_is_known(row: Connection) -> str:
    """Whose records are recognised: those of this account, never another one's."""
    if before := crm_connect.account_before(row):
        return f"It is another account than {before}: who is whom is found anew, nothing is reused."
    if known := crm_connect.links_of(row).filter(kind="contact", state="linked").count():
        return f"{plural(known, 'contact')} from before {'is' if known == 1 else 'are'} recognised."
    return "Nothing was synced yet."


def _form(provider: str, request: HttpRequest, stored: Connection | None) -> Form:
    data = request.POST if request.method == "POST" else None
    if provider == HUBSPOT:
        return HubSpotForm(data, stored=stored)
    return SalesforceForm(data, stored=stored) if provider == SALESFORCE else None


def _connect(request: HttpRequest, provider: str, form: Form) -> Connection:
    user = current(request)
    if isinstance(form, HubSpotForm):
        return crm_connect.hubspot(user, form.secret())
    if isinstance(form, SalesforceForm):
        return crm_connect.salesforce(user, form.secret(), form.settings())
    return crm_connect.practice(user)


def _page(
    request: HttpRequest, page: dict[str, Any], form: Form, stored: Connection | None
) -> HttpResponse:
    context = {
        **page,
        "form": form,
        "stored": stored,
        "oauth": hubspot_oauth.configured(),
        "hook": settings.SITE_URL + reverse("leads:hubspot_hook"),
    }
    status = 422 if form is not None and form.errors else 200
    return render(request, "leads/crm/connect.html", context, status=status)


@require_POST
@owner_required
def check(request: HttpRequest, provider: str) -> HttpResponse:
    try:
        found = crm_connect.check(connected(provider))
    except ConnectError as error:
        toast.warn(request, str(error))
    else:
        toast.show(request, f"It works: {found.name}.")
    return redirect("leads:crm", provider)


@require_http_methods(["GET", "HEAD", "POST"])
@owner_required
def off(request: HttpRequest, provider: str) -> HttpResponse:
    """GET says what it means, POST does it."""
    row, page = connected(provider), crm_page.base(provider)
    if request.method != "POST":
        return render(request, "leads/crm/off.html", {**page, "connection": row})
    if crm_connect.disconnect(row, current(request)):
        toast.show(request, "Disconnected. All leads stay, here and there.")
    else:
        text = f"Disconnected here. {page['label']} could not be told: end it there as well."
        toast.warn(request, text)
    return redirect("settings:connections")


@require_http_methods(["GET", "HEAD", "POST"])
@owner_required
def options(request: HttpRequest, provider: str) -> HttpResponse:
    """How values stand in this Salesforce that nobody else can know."""
    if provider != SALESFORCE:
        raise Http404
    row = connected(provider)
    form = SalesforceOptionsForm(request.POST if request.method == "POST" else None, stored=row)
    if request.method == "POST" and form.is_valid():
        kept = {"extra": {**_other(row), **form.extra()}}
        crm_accounts.set_options(row, **kept)
        toast.show(request, "Saved. The next sync keeps to it.")
        return redirect("leads:crm", provider)
    context = {**crm_page.base(provider), "form": form}
    return render(request, "leads/crm/options.html", context, status=422 if form.errors else 200)


def _other(row: Connection) -> dict[str, str]:
    """What else is kept there, and not asked for on this page."""
    asked = {"currency", "no_last_name", "close_days"}
    kept = row.settings.get("extra") or {}
    mine = {name for name in kept if name in asked or name.startswith("deal_stage.")}
    return {name: value for name, value in kept.items() if name not in mine}


def connected(provider: str) -> Connection:
    row = connections.active(provider)
    if row is None:
        raise Http404
    return row

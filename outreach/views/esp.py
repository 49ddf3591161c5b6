"""Settings, Mail service: the account; and the door for the service's reports."""

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.debug import sensitive_post_parameters, sensitive_variables
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from outreach.channels import esp as adapter
from outreach.channels import esp_hooks
from outreach.channels.esp_providers import ESPS, EspProvider
from outreach.forms_esp import EspForm
from outreach.services import esp as service
from outreach.services import transports
from salesagent.accounts.access import current, role_required
from salesagent.accounts.models import Connection, User
from salesagent.lib import toast, webhook
from salesagent.lib.crypto import SecretUnreadable

PAGE: dict[str, Any] = {"page": "settings", "tab": "connections", "title": "Mail service"}
owner_only = role_required(User.Role.OWNER)


@require_safe
@owner_only
def page(request: HttpRequest) -> HttpResponse:
    """The services to choose from, those that are connected first."""
    rows = {row.account: row for row in service.connected()}
    services = [(one, rows.get(code)) for code, one in ESPS.items()]
    services.sort(key=lambda pair: pair[1] is None)
    context = {**PAGE, "services": services, "installed": adapter.installed()}
    return render(request, "outreach/esp.html", context)


@sensitive_post_parameters("api_key", "secret_key", "signing_key")
@require_http_methods(["GET", "POST"])
@owner_only
def provider(request: HttpRequest, provider: str) -> HttpResponse:
    known = _known(provider)
    row = service.row_of(provider)
    form = EspForm(
        request.POST or None,
        provider=known,
        stored=service.stored(row),
        initial=row.settings if row else None,
    )
    if request.method == "POST" and form.is_valid():
        service.save(provider, form.cleaned_data, current(request))
        toast.show(request, f"Saved. Now check whether {known.label} takes it.")
        return redirect("outreach:esp_provider", provider)
    context = {
        **PAGE,
        "title": known.label,
        "provider": known,
        "form": form,
        "row": row,
        "installed": adapter.installed(),
        "hook_url": service.hook_url(row) if row else "",
        "signing_missing": service.signing_missing(row) if row else False,
        "boxes": service.used_by(row) if row else [],
    }
    status = 422 if form.errors else 200
    return render(request, "outreach/esp_provider.html", context, status=status)


def _known(code: str) -> EspProvider:
    if code not in ESPS:
        raise Http404
    return ESPS[code]


def _row(code: str) -> Connection:
    _known(code)
    if row := service.row_of(code):
        return row
    raise Http404


@require_POST
@owner_only
def check(request: HttpRequest, provider: str) -> HttpResponse:
    try:
        toast.show(request, service.check(_row(provider)))
    except service.EspError as error:
        toast.warn(request, str(error))
    return redirect("outreach:esp_provider", provider)


@require_POST
@owner_only
def switch_off(request: HttpRequest, provider: str) -> HttpResponse:
    service.switch_off(_row(provider), current(request))
    toast.show(request, f"{ESPS[provider].label} is off. Approved mails wait, none is lost.")
    return redirect("outreach:esp")


@sensitive_variables("word")
@webhook.webhook(content_types=(*webhook.JSON, *webhook.FORM), methods="POST HEAD")
def hook(request: HttpRequest, provider: str, word: str) -> HttpResponse:
    """The secret of the address, then the service's signature where it signs; then its reports."""
    row = service.of_hook(provider, word) if provider in ESPS else None
    if row is None:
        raise webhook.Forbidden("not our address")
    if request.method == "HEAD":
        return HttpResponse(status=200)  # some services ask so whether the address is there
    try:
        account = transports.account_config(row)
    except SecretUnreadable as error:
        raise webhook.Forbidden("the stored key cannot be read") from error
    url = webhook.public_url(request)
    service.take(row, esp_hooks.read(request, url, ESPS[provider], account))
    return HttpResponse(status=200)

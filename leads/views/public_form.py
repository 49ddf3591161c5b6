"""The form that anybody may fill in, also inside a frame or posted from the owner's own site.

It needs no cookie: it acts for nobody who is signed in, so a forged post could do no more than a
plain one. A signed moment, a trap field and limits keep machines out.
"""

from typing import Any

from csp.decorators import csp_replace
from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.clickjacking import xframe_options_exempt
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_safe

from leads.services import inquiry
from leads.services.inquiry import Refused
from salesagent.accounts.models import Workspace

ANYWHERE = {"frame-ancestors": ["*"]}


def _workspace(slug: str) -> Workspace:
    """404 for a wrong address and for a form that is switched off."""
    workspace = Workspace.current()
    if not workspace.form_enabled or workspace.form_slug != slug.lower():
        raise Http404
    return workspace


@login_not_required
@csrf_exempt
@xframe_options_exempt
@csp_replace(ANYWHERE)  # type: ignore[arg-type]
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def form(request: HttpRequest, slug: str) -> HttpResponse:
    workspace = _workspace(slug)
    if request.method != "POST":
        return _show(request, workspace, {}, token=inquiry.new_token())
    if request.POST.get(inquiry.HONEYPOT):
        return redirect("leads:form_thanks", slug)  # a machine: the same answer, nothing kept
    data = {name: request.POST.get(name, "") for name in inquiry.FIELDS}
    enquiry, errors = inquiry.read(
        {**data, "also": data["also"] == "on"}, country=workspace.country
    )
    token = request.POST.get("token", "")
    try:
        ip = inquiry.address_of(request.META, behind_proxy=settings.BEHIND_PROXY)
        inquiry.limit(ip, enquiry.email if enquiry else "")
        if enquiry is None:
            return _show(request, workspace, data, token=token, errors=errors, status=422)
        inquiry.check_token(token)
    except Refused as error:
        token = token if error.field == "fast" else inquiry.new_token()
        return _show(
            request, workspace, data, token=token, problem=error.message, status=error.status
        )
    inquiry.take(enquiry)
    return redirect("leads:form_thanks", slug)


@login_not_required
@xframe_options_exempt
@csp_replace(ANYWHERE)  # type: ignore[arg-type]
@require_safe
def thanks(request: HttpRequest, slug: str) -> HttpResponse:
    return render(request, "public/form_thanks.html", {"workspace": _workspace(slug)})


def _show(
    request: HttpRequest,
    workspace: Workspace,
    data: dict[str, str],
    *,
    token: str,
    errors: dict[str, str] | None = None,
    problem: str = "",
    status: int = 200,
) -> HttpResponse:
    context: dict[str, Any] = {
        "workspace": workspace,
        "data": data,
        "token": token,
        "errors": errors or {},
        "problem": problem,
        "wording": inquiry.WORDING,
        "honeypot": inquiry.HONEYPOT,
    }
    return render(request, "public/form.html", context, status=status)

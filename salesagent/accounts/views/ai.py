"""Settings, Language model: connect it, what it costs, and everything that was sent to it."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from salesagent.accounts import ai, ai_page
from salesagent.accounts.access import current, owner_required
from salesagent.accounts.forms_ai import AiForm
from salesagent.lib import toast
from salesagent.lib.job_view import show
from salesagent.lib.models import AiCall

PAGE: dict[str, Any] = {"page": "settings", "tab": "ai"}


@sensitive_post_parameters("key")
@require_http_methods(["GET", "POST"])
@owner_required
def page(request: HttpRequest) -> HttpResponse:
    stored = ai.connection()
    form = AiForm(request.POST or None, stored=stored)
    if request.method == "POST" and form.is_valid():
        ai.save(current(request), form.values(), form.cleaned_data["key"])
        toast.show(request, "Saved. Now test whether it answers.")
        return redirect("settings:ai")
    config = ai.config(even_broken=True) if stored else None
    job = ai_page.last_test(current(request))
    context = {
        **PAGE,
        "title": "Language model",
        "form": form,
        "connection": stored,
        "money": ai_page.money(config) if config else None,
        "calls": ai_page.calls(config),
        "shown": show(job, go=True) if job and not job.finished else None,
        "result": job.data if job and job.finished else None,
    }
    return render(request, "settings/ai.html", context, status=422 if form.errors else 200)


@require_POST
@owner_required
def test(request: HttpRequest) -> HttpResponse:
    """Runs in the background; the page shows how it went."""
    ai_page.start_test(current(request))
    return redirect("settings:ai")


@require_POST
@owner_required
def switch_off(request: HttpRequest) -> HttpResponse:
    if ai.switch_off(current(request)):
        toast.show(request, "Switched off. Templates write from now on.")
    return redirect("settings:ai")


@require_safe
@owner_required
def call(request: HttpRequest, pk: int) -> HttpResponse:
    """Exactly what was sent and answered once."""
    row = get_object_or_404(AiCall, pk=pk)
    config = ai.config(even_broken=True)
    context = {
        **PAGE,
        "title": "Sent to the model",
        "row": row,
        "what": ai_page.NAMES.get(row.purpose, row.purpose),
        "cost": ai_page.amount(row.cost_micros, config.currency if config else ""),
        "texts": ai_page.texts(row),
    }
    return render(request, "settings/ai_call.html", context)

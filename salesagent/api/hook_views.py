"""Settings, Webhooks: which programs are told of events. Only the owner comes here.

A secret is on one page, once; it cannot be looked up again.
"""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_variables
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from salesagent.accounts.access import current, owner_required
from salesagent.api.hook_forms import HookForm
from salesagent.api.hooks import kinds, managing, page
from salesagent.api.models import Hook, HookDelivery
from salesagent.lib import hold, shown_once, toast
from salesagent.lib.text import plural
from salesagent.lib.throttle import allow

PAGE: dict[str, Any] = {"page": "settings", "tab": "webhooks", "title": "Webhooks"}
HELD = "Everything that sends stands still since the restore. Start again under Backups first."


def _hook(pk: int) -> Hook:
    """Without its secrets, which may not be readable any more."""
    rows = Hook.objects.defer("secret", "next_secret").select_related("user__team")
    return get_object_or_404(rows, pk=pk)


@require_safe
@owner_required
def hooks(request: HttpRequest) -> HttpResponse:
    context = {**PAGE, "lines": page.lines(), "held": hold.reason()}
    return render(request, "settings/webhooks.html", context)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@owner_required
def new(request: HttpRequest) -> HttpResponse:
    form = HookForm(request.POST or None, initial={"kinds": kinds.QUIET})
    if request.method == "POST" and form.is_valid():
        hook = managing.add(current(request), **form.cleaned_data)
        return _to_secret(request, hook, hook.secret, first=True)
    context = {**PAGE, "title": "New webhook", "form": form}
    return render(
        request, "settings/webhook_new.html", context, status=422 if form.is_bound else 200
    )


def _to_secret(request: HttpRequest, hook: Hook, secret: str, *, first: bool) -> HttpResponse:
    shown_once.keep(request, f"hook:{hook.pk}", secret)
    return redirect(reverse("hooks:secret", args=[hook.pk]) + ("?first=1" if first else ""))


@never_cache
@require_safe
@owner_required
@sensitive_variables("words")
def secret(request: HttpRequest, pk: int) -> HttpResponse:
    """The secret that was made a moment ago; loaded again, the page knows it no more."""
    row = _hook(pk)
    words = shown_once.take(request, f"hook:{pk}")
    if not words:
        toast.warn(request, "A secret is shown once. If it is lost, make a new one.")
        return redirect("hooks:hook", pk)
    context = {**PAGE, "title": "Secret", "hook": row, "secret": words}
    context["first"] = request.GET.get("first") == "1"
    return render(request, "settings/webhook_secret.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@owner_required
def hook(request: HttpRequest, pk: int) -> HttpResponse:
    row = _hook(pk)
    initial = {"name": row.name, "url": row.url, "kinds": kinds.wanted(row.kinds)}
    form = HookForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        managing.change(row, current(request), **form.cleaned_data)
        toast.show(request, "Saved.")
        return redirect("hooks:hook", pk)
    return _page(request, row, form)


def _page(request: HttpRequest, row: Hook, form: HookForm) -> HttpResponse:
    state = request.GET.get("state", "")
    before = request.GET.get("before", "")
    found = page.rows(
        row, state=state, before=int(before) if before.isdecimal() and len(before) < 19 else None
    )
    shown = found[: page.ROWS]
    context = {
        **PAGE,
        "title": row.name,
        "line": next(one for one in page.lines() if one.hook.pk == row.pk),
        "changing": page.has_next(row.pk),
        "rows": shown,
        "next": shown[-1].delivery.pk if len(found) > page.ROWS else None,
        "state": state if state in HookDelivery.State.values else "",
        "states": HookDelivery.State.choices,
        "form": form,
        "held": hold.reason(),
    }
    return render(request, "settings/webhook.html", context, status=422 if form.is_bound else 200)


@require_POST
@owner_required
def test(request: HttpRequest, pk: int) -> HttpResponse:
    """One short call, now."""
    row = _hook(pk)
    if hold.is_on():
        toast.warn(request, HELD)
    elif not allow("test-webhook", str(current(request).pk), limit=6, seconds=60):
        toast.warn(request, "Tested a moment ago. Try again in a minute.")
    elif problem := managing.test(row, current(request)):
        toast.warn(request, f"The test did not arrive. {problem}")
    else:
        toast.show(request, f"The test arrived at {row.name}.")
    return redirect("hooks:hook", pk)


@require_POST
@owner_required
def switch(request: HttpRequest, pk: int) -> HttpResponse:
    row = _hook(pk)
    if request.POST.get("do") == "pause":
        if managing.pause(row, current(request)):
            toast.show(request, "Paused. What happens meanwhile waits, up to seven days.")
    elif managing.start(row, current(request)):
        toast.show(request, "Started. What waits goes within a minute.")
    return redirect("hooks:hook", pk)


@require_POST
@owner_required
@sensitive_variables("made")
def rotate(request: HttpRequest, pk: int) -> HttpResponse:
    row = _hook(pk)
    made = managing.rotate(row, current(request))
    return _to_secret(request, row, made, first=False)


@require_POST
@owner_required
def finish(request: HttpRequest, pk: int) -> HttpResponse:
    if managing.finish(_hook(pk), current(request)):
        toast.show(request, "The new secret alone signs from now on.")
    return redirect("hooks:hook", pk)


@require_POST
@owner_required
def remove(request: HttpRequest, pk: int) -> HttpResponse:
    row = _hook(pk)
    managing.remove(row, current(request))
    toast.show(request, f"{row.name} was removed and is told of nothing any more.")
    return redirect("hooks:hooks")


@require_POST
@owner_required
def replay(request: HttpRequest, pk: int) -> HttpResponse:
    rows = HookDelivery.objects.select_related("hook").defer("hook__secret", "hook__next_secret")
    row = get_object_or_404(rows, pk=pk)
    if managing.replay(row, current(request)):
        toast.show(request, "It is sent again within a minute.")
    else:
        toast.warn(request, "This one waits already.")
    return redirect("hooks:hook", row.hook_id)


@require_POST
@owner_required
def replay_failed(request: HttpRequest, pk: int) -> HttpResponse:
    count = managing.replay_failed(_hook(pk), current(request))
    if count:
        toast.show(request, f"{plural(count, 'delivery', 'deliveries')} waiting again.")
    return redirect("hooks:hook", pk)

"""Settings, API: one's own keys, for the owner everybody's. The words of a key are shown once."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_variables
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from salesagent.accounts.access import current
from salesagent.api import tokens as keys
from salesagent.api.models import ApiToken
from salesagent.api.token_forms import TokenForm
from salesagent.lib import shown_once, toast
from salesagent.lib.text import plural

PAGE: dict[str, Any] = {"page": "settings", "tab": "api", "title": "API"}
SHOWN = 200


def state(token: ApiToken) -> str:
    """ "" while it works, else why it does not."""
    if token.revoked_at:
        return "Taken back"
    if token.expires_at and token.expires_at <= timezone.now():
        return "Ended"
    return "" if token.user.is_active else "Account closed"


@require_safe
def tokens(request: HttpRequest) -> HttpResponse:
    user = current(request)
    rows = list(keys.tokens_for(user).order_by("revoked_at", "-pk")[:SHOWN])
    lines = [(token, state(token), token.user_id == user.pk) for token in rows]
    lines.sort(key=lambda line: bool(line[1]))
    return render(request, "settings/api.html", {**PAGE, "lines": lines})


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@sensitive_variables("made")
def new(request: HttpRequest) -> HttpResponse:
    form = TokenForm(request.POST or None)
    made = form.save(current(request)) if request.method == "POST" and form.is_valid() else None
    if made:
        shown_once.keep(request, f"token:{made[0].pk}", made[1])
        return redirect("tokens:shown", made[0].pk)
    context = {**PAGE, "title": "New token", "form": form}
    return render(request, "settings/api_new.html", context, status=422 if form.is_bound else 200)


@never_cache
@require_safe
@sensitive_variables("words")
def shown(request: HttpRequest, pk: int) -> HttpResponse:
    """The words of a token made a moment ago; loaded again, the page does not have them."""
    token = get_object_or_404(keys.tokens_for(current(request)), pk=pk)
    words = shown_once.take(request, f"token:{pk}")
    if not words:
        toast.warn(request, "A token is shown once. If it is lost, take it back and make another.")
        return redirect("tokens:tokens")
    context = {**PAGE, "title": "Your token", "token": token, "words": words}
    return render(request, "settings/api_words.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def revoke(request: HttpRequest, pk: int) -> HttpResponse:
    """Asks first: a program that uses it stops at once, and the same words never work again."""
    user = current(request)
    token = get_object_or_404(keys.tokens_for(user), pk=pk)
    if request.method != "POST":
        context = {**PAGE, "title": "Take back", "token": token, "ended": state(token)}
        return render(request, "settings/api_revoke.html", context)
    if keys.revoke(token, user):
        toast.show(request, f"{token.name} opens nothing any more.")
    else:
        toast.warn(request, "It was taken back already.")
    return redirect("tokens:tokens")


@require_POST
def revoke_all(request: HttpRequest) -> HttpResponse:
    """One's own, all at once: beside the form of a new password."""
    user = current(request)
    if count := keys.revoke_all(user, user):
        toast.show(request, f"{plural(count, 'token')} taken back. They open nothing any more.")
    else:
        toast.warn(request, "They were taken back already.")
    return redirect("tokens:tokens")

"""Settings, Mailboxes, Gmail: what Google will be asked for, the way there and back, and the end.

The way to Google is a link, not a form: the page's policy lets forms go to this site only.
"""

import time
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from outreach.access_mail import mailbox_for
from outreach.channels.gmail_api import READ, SEND
from outreach.models import Mailbox
from outreach.services import sign_ins
from outreach.services.mailboxes import MailboxError
from outreach.views.mailboxes import PAGE
from salesagent.accounts import oauth_google, oauth_way
from salesagent.accounts.access import current
from salesagent.accounts.oauth import OAuthError
from salesagent.lib import toast

KEY = "gmail_sign_in"
SCOPES = {
    SEND: (
        "Send email on your behalf",
        "What you approved goes out from your own address. Nothing else is sent.",
    ),
    READ: (
        "View your email messages and settings",
        "Answers and bounces are found here. This right cannot change or delete mail.",
    ),
}
WIDER = {  # rights that hold ours
    "https://mail.google.com/": {SEND, READ},
    "https://www.googleapis.com/auth/gmail.modify": {SEND, READ},
}
now: Callable[[], float] = time.time  # tests put their own here


@require_safe
def connect(request: HttpRequest) -> HttpResponse:
    """What will be asked for, before leaving."""
    wanted = _wanted(request)
    context = {
        **PAGE,
        "title": "Connect Gmail",
        "scopes": SCOPES.values(),
        "configured": oauth_google.configured(),
        "redirect_uri": _redirect_uri(),
        "wanted": wanted,
        "query": f"?mailbox={wanted.pk}" if wanted else "",
    }
    return render(request, "outreach/gmail_connect.html", context)


@never_cache
@require_safe
def go(request: HttpRequest) -> HttpResponse:
    """To Google, with a state that only this session knows."""
    if not oauth_google.configured():
        return redirect("outreach:gmail")
    wanted = _wanted(request)
    account = wanted.address if wanted else current(request).email
    url = oauth_way.leave(
        request,
        KEY,
        _redirect_uri(),
        list(SCOPES),
        account=account,
        now=now(),
        mailbox=wanted.pk if wanted else None,
        testing=request.GET.get("testing") == "1",
    )
    return redirect(url)


@never_cache
@require_safe
def callback(request: HttpRequest) -> HttpResponse:
    """Back from Google. Whatever comes, the remembered state serves once."""
    try:
        kept = oauth_way.kept(request, KEY, now())
    except oauth_way.NotOurs as error:
        return _problem(request, error.message, status=400)
    try:
        grant = oauth_way.grant(request, kept, _redirect_uri())
        box = _take(request, grant, kept)
    except (OAuthError, MailboxError) as error:
        return _problem(request, str(error), kept)
    if box is None:
        return _unticked(request, grant, kept)
    toast.show(request, f"{box.address} is connected. Now send a test to yourself.")
    return redirect("outreach:mailbox", box.pk)


def _take(request: HttpRequest, grant: oauth_google.Grant, kept: dict[str, Any]) -> Mailbox | None:
    """The connected mailbox; None when a needed right is missing: nothing is stored then."""
    user = current(request)
    wanted = Mailbox.objects.filter(pk=kept.get("mailbox") or 0, user=user).defer("password")
    if (box := wanted.first()) and box.address.lower() != grant.account:
        raise MailboxError(f"You signed in as {grant.account}, but this mailbox is {box.address}.")
    if _missing(grant.scopes):
        return None
    given = sign_ins.SignIn(
        "gmail",
        grant.account,
        grant.scopes,
        grant.secret,
        ends_in=grant.ends_in,
        testing=bool(kept.get("testing")),
    )
    return sign_ins.connect(given, user=user)


@require_POST
def disconnect(request: HttpRequest, pk: int) -> HttpResponse:
    user = current(request)
    if sign_ins.disconnect(_signed_in(request, pk), user=user):
        toast.show(request, "Disconnected. Approved messages wait, none is lost.")
    else:
        toast.warn(
            request,
            "Disconnected here. Google could not be told: end it there as well, at "
            "myaccount.google.com/connections.",
        )
    return redirect("outreach:mailbox", pk)


@require_POST
def testing(request: HttpRequest, pk: int) -> HttpResponse:
    """Is the Google app in testing? Then the sign-in ends after seven days, and we warn."""
    on = request.POST.get("testing") == "1"
    sign_ins.set_testing(_signed_in(request, pk), on, user=current(request))
    toast.show(request, "We remind you two days before it ends." if on else "No reminder any more.")
    return redirect("outreach:mailbox", pk)


def _signed_in(request: HttpRequest, pk: int) -> Mailbox:
    return mailbox_for(current(request), pk)


def _redirect_uri() -> str:
    return str(settings.SITE_URL) + reverse("outreach:gmail_callback")


def _wanted(request: HttpRequest) -> Mailbox | None:
    """The user's own mailbox that is to be connected again."""
    pk = request.GET.get("mailbox", "")
    if not pk.isdecimal() or len(pk) > 15:
        return None
    mine = Mailbox.objects.defer("password").filter(pk=int(pk), user=current(request))
    return mine.first()


def _missing(scopes: list[str]) -> list[str]:
    given = set(scopes).union(*(WIDER.get(scope, set()) for scope in scopes))
    return [scope for scope in SCOPES if scope not in given]


def _unticked(
    request: HttpRequest, grant: oauth_google.Grant, kept: dict[str, Any]
) -> HttpResponse:
    missing = [SCOPES[scope] for scope in _missing(grant.scopes)]
    return _problem(request, "", kept, missing=missing, account=grant.account)


def _problem(
    request: HttpRequest, text: str, kept: Any = None, *, status: int = 200, **extra: Any
) -> HttpResponse:
    mailbox = kept.get("mailbox") if isinstance(kept, dict) else None
    again = reverse("outreach:gmail") + (f"?mailbox={mailbox}" if mailbox else "")
    context = {**PAGE, "title": "Gmail is not connected", "text": text, "again": again, **extra}
    return render(request, "outreach/gmail_problem.html", context, status=status)

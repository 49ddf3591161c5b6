"""Approving from the daily mail: after signing in, on one page, with the same checks as elsewhere.

Opening the link shows; only a pressed button approves. So a scanner that opens links does nothing.
"""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from outreach import mail_approval_page as page
from outreach.access_work import touch_for
from outreach.selectors_work import touches_visible
from outreach.services import approval, digest, escalation
from outreach.views.approvals_undo import undo_url
from salesagent.accounts.access import current
from salesagent.accounts.models import User
from salesagent.lib import signing, toast
from salesagent.lib.text import plural


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def approve_by_mail(request: HttpRequest, token: str) -> HttpResponse:
    user = current(request)
    asked = _asked(user, token)
    if asked.expired:
        old = {"page": "approvals", "expired": True}
        return render(request, "outreach/by_mail.html", old, status=410)
    if request.method == "POST":
        _approve(request, user, asked, token)
        return redirect("outreach:approve_by_mail", token)
    context = {**page.context(user, asked), "asking": request.GET.get("ask", "")}
    return render(request, "outreach/by_mail.html", context)


def _asked(user: User, token: str) -> digest.Asked:
    """What the link stands for; somebody else's does not exist."""
    try:
        asked = digest.read_link(token)
    except signing.BadToken as error:
        raise Http404 from error
    if asked.user != user.pk:
        raise Http404
    return asked


def _approve(request: HttpRequest, user: User, asked: digest.Asked, token: str) -> None:
    seen = page.seen(request.POST.getlist("draft"), asked)
    if request.POST.get("all"):
        _all(request, user, seen, token)
    elif len(seen) == 1:
        _one(request, user, seen.popitem(), token)
    else:
        toast.warn(request, approval.CHANGED)


def _one(request: HttpRequest, user: User, draft: tuple[int, str], token: str) -> None:
    pk, text = draft
    touch = touch_for(user, pk)
    if why := page.waits(touch):
        toast.warn(request, why)
        return
    if theirs := escalation.somebody_else(touch, user):
        toast.warn(request, f"{theirs.get_short_name()} answers this. Approve it in Approvals.")
        return
    try:
        approval.approve(touch, user=user, seen_hash=text)
        undo = undo_url(user, [touch], token)
        toast.show(request, f"Approved for {touch.lead.name}.", undo_url=undo)
    except approval.ApprovalError as error:
        toast.warn(request, str(error))


def _all(request: HttpRequest, user: User, seen: dict[int, str], token: str) -> None:
    rows = touches_visible(user).filter(pk__in=seen).select_related("lead", "enrollment")
    left = [touch for touch in rows.order_by("due_at") if not page.waits(touch)]
    left = [touch for touch in left if escalation.somebody_else(touch, user) is None]
    count, refused = approval.approve_bulk(user, {touch: seen[touch.pk] for touch in left})
    if count:
        told = f"Approved {plural(count, 'draft')}. Mail goes out when it is due."
        toast.show(request, told, undo_url=undo_url(user, left, token))
    if refused:
        toast.warn(request, f"Not approved: {refused[0]}")

"""Several approvals taken back at once: after "Approve 7 drafts", here and from the daily mail."""

from collections.abc import Iterable
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_POST

from outreach.models import Touch
from outreach.selectors_work import touches_visible
from outreach.services import approval, digest
from salesagent.accounts.access import current
from salesagent.accounts.models import User
from salesagent.lib import signing, toast
from salesagent.lib.text import plural

MOST = 50
DECIDED = (Touch.State.APPROVED, Touch.State.TODO, Touch.State.SENDING, Touch.State.SENT)


def undo_url(user: User, drafted: Iterable[Touch], mail: str = "") -> str:
    """For those of them that this user approved just now; "" for none. `mail`: the daily mail's
    token, whose page is shown again then."""
    ids = [touch.pk for touch in drafted if touch.state == Touch.State.DRAFT]
    rows = Touch.objects.filter(pk__in=ids, approved_by=user, state__in=DECIDED)
    found = "-".join(str(pk) for pk in rows.order_by("pk").values_list("pk", flat=True))
    more = {"mail": mail} if mail else {}
    query = urlencode({"ids": found, **more})
    return f"{reverse('outreach:approve_undo_all')}?{query}" if found else ""


@require_POST
def undo_all(request: HttpRequest) -> HttpResponse:
    """Own approvals only; what is on its way stays."""
    user = current(request)
    ids = [pk for pk in request.GET.get("ids", "").split("-")[:MOST] if _is_id(pk)]
    rows = touches_visible(user).filter(pk__in=ids, approved_by=user).select_related("lead")
    touches = list(rows.order_by("pk"))
    back = sum(approval.undo(touch, user=user) for touch in touches)
    late = len(touches) - back
    told = f"Took {plural(back, 'approval')} back." if back else "Nothing could be taken back."
    gone = f" {plural(late, 'message is', 'messages are')} on the way already." if late else ""
    (toast.show if back else toast.warn)(request, f"{told}{gone}")
    return redirect(_page(user, request.GET.get("mail", "")))


def _is_id(text: str) -> bool:
    return text.isascii() and text.isdecimal() and len(text) < 19


def _page(user: User, token: str) -> str:
    """Where they came from: the page of the daily mail, if it is theirs, else Approvals."""
    try:
        asked = digest.read_link(token)
    except signing.BadToken:
        return reverse("outreach:approvals")
    if asked.user != user.pk or asked.expired:
        return reverse("outreach:approvals")
    return reverse("outreach:approve_by_mail", args=[token])

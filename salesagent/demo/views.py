"""The demo inbox: read what went out, answer as the lead, see the sequence pause."""

from django.conf import settings
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from leads.access import leads_for
from outreach.models import Mailbox
from outreach.services import inbound
from salesagent.accounts.access import current, visible_user_ids
from salesagent.accounts.models import User
from salesagent.demo import mailroom
from salesagent.lib import toast


def _mailboxes(user: User) -> QuerySet[Mailbox]:
    """File mailboxes of the people whose leads `user` sees; 404 outside of the demo."""
    if not settings.DEMO:
        raise Http404
    rows = Mailbox.objects.filter(transport=Mailbox.Transport.FILE).select_related("user")
    ids = visible_user_ids(user)
    return rows if ids is None else rows.filter(user__in=ids)


def _mail(user: User, mailbox_pk: int, name: str) -> mailroom.Mail:
    mail = mailroom.open_mail(get_object_or_404(_mailboxes(user), pk=mailbox_pk), name)
    if mail is None:
        raise Http404
    return mail


@require_safe
def inbox(request: HttpRequest) -> HttpResponse:
    return _show(request, None)


@require_safe
def mail(request: HttpRequest, mailbox_pk: int, name: str) -> HttpResponse:
    return _show(request, _mail(current(request), mailbox_pk, name))


def _show(
    request: HttpRequest, chosen: mailroom.Mail | None, *, error: str = "", status: int = 200
) -> HttpResponse:
    user = current(request)
    mails = mailroom.newest(_mailboxes(user))
    one = chosen or (mails[0] if mails else None)
    touch = one.touch if one else None
    context = {
        "page": "demo",
        "mails": mails,
        "mail": one,
        "picked": chosen is not None,
        "thread": touch and leads_for(user).filter(pk=touch.lead_id).first(),
        "quick": mailroom.quick_answers(timezone.now(), one),
        "error": error,
    }
    return render(request, "demo/inbox.html", context, status=status)


@require_POST
def answer(request: HttpRequest, mailbox_pk: int, name: str) -> HttpResponse:
    """Answer as the lead: into the mailbox's folder, then fetched like any other mail."""
    chosen = _mail(current(request), mailbox_pk, name)
    code = request.POST.get("quick", "")
    text = mailroom.quick_answers(timezone.now(), chosen).get(code) or request.POST.get("text", "")
    if not text.strip():
        return _show(request, chosen, error="Write what the lead answers.", status=422)
    mailroom.answer(chosen, text, automatic=code in mailroom.AUTOMATIC)
    inbound.poll(chosen.mailbox)
    toast.show(request, _what_happened(chosen))
    return redirect(reverse("demo:mail", args=[mailbox_pk, name]))


def _what_happened(chosen: mailroom.Mail) -> str:
    touch = chosen.touch
    if touch is None or touch.enrollment is None:
        return "The answer has arrived. Open the thread to see it."
    if touch.enrollment.state == "active":
        return (
            "The answer has arrived. An automatic one is no reply: the thread shows what follows."
        )
    return (
        f"The answer has arrived. The sequence is {touch.enrollment.get_state_display().lower()}."
    )

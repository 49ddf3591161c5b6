"""Received mail that needs a person: whose is it, what could not be read, what an answer means."""

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from leads.access import lead_for, leads_for, may_see
from leads.intake.base import IntakeError
from leads.intake.clean import phone_number
from leads.intake.rows import LeadRow
from leads.models import Lead, ThreadEvent
from leads.search import find_leads
from leads.services import intake
from outreach import selectors_mail
from outreach.access_mail import inbound_for
from outreach.forms_inbound import ClassForm, IgnoreForm, NewLeadForm
from outreach.models import InboundMessage
from outreach.services import inbound as service
from outreach.services import matching, replies
from salesagent.accounts.access import current
from salesagent.accounts.models import User
from salesagent.lib import toast

FOUND = 12
OPEN_STATES = ("unmatched", "quarantined", "ignored")


@require_safe
def inbound_list(request: HttpRequest) -> HttpResponse:
    user = current(request)
    tab = request.GET.get("tab", "open")
    if tab not in selectors_mail.TABS:
        raise Http404
    before = request.GET.get("before", "")
    rows = selectors_mail.inbound_page(user, tab, int(before[:18]) if before.isdecimal() else None)
    shown = rows[: selectors_mail.PAGE]
    context = {
        "page": "settings",
        "tab": "mailboxes",
        "title": "Received mail",
        "rows": shown,
        "which": tab,
        "older": shown[-1].pk if len(rows) > selectors_mail.PAGE else None,
        "inbound_counts": selectors_mail.inbound_counts(user),
    }
    return render(request, "outreach/inbound_list.html", context)


@require_safe
def inbound(request: HttpRequest, pk: int) -> HttpResponse:
    return _page(request, inbound_for(current(request), pk))


def _page(
    request: HttpRequest, row: InboundMessage, status: int = 200, **extra: Any
) -> HttpResponse:
    user = current(request)
    query = request.GET.get("q", "").strip()[:100]
    context = {
        "page": "today",
        "row": row,
        "open": row.state in OPEN_STATES and row.lead_id is None,
        "lead": leads_for(user).filter(pk=row.lead_id).first() if row.lead_id else None,
        "candidates": _candidates(user, row),
        "query": query,
        "found": _found(user, query),
        "ignore_form": IgnoreForm(),
        "new_form": NewLeadForm.for_message(row),
        "has_more": row.full_text.split() != row.text.split(),
        "attachments": row.headers.get("attachments", []),
        **extra,
    }
    return render(request, "outreach/inbound.html", context, status=status)


def _candidates(user: User, row: InboundMessage) -> list[Lead]:
    """In the order of likelihood; only leads this user may see."""
    people = {lead.pk: lead for lead in leads_for(user).filter(pk__in=row.candidates[:12])}
    return [people[pk] for pk in row.candidates if pk in people]


def _found(user: User, query: str) -> list[Lead]:
    if not query:
        return []
    return list(find_leads(leads_for(user), query).order_by("-score", "-pk")[:FOUND])


@require_POST
def assign(request: HttpRequest, pk: int) -> HttpResponse:
    user = current(request)
    row = inbound_for(user, pk)
    chosen = request.POST.get("lead", "")
    if not chosen.isdecimal():
        return _page(request, row, status=400, problem="Choose a lead.")
    lead = lead_for(user, int(chosen[:18]))
    return _placed(request, row, lead)


def _placed(request: HttpRequest, row: InboundMessage, lead: Lead) -> HttpResponse:
    try:
        service.assign(row, lead, current(request))
    except service.InboundError as error:
        toast.warn(request, str(error))
        return redirect("outreach:inbound", row.pk)
    toast.show(request, f"It stands in {lead.name}'s thread. Their sequence is paused.")
    return redirect("leads:detail", lead.pk)


@require_POST
def new_lead(request: HttpRequest, pk: int) -> HttpResponse:
    """They wrote to us: that is the ground on which we may answer."""
    user = current(request)
    row = inbound_for(user, pk)
    form = NewLeadForm.for_message(row, request.POST)
    if form.is_valid() and _is_a_colleagues(form.cleaned_data, user):
        field = "phone" if "phone" in form.fields else "email"
        form.add_error(field, "This is a colleague's lead. Ask them to place the message.")
    if not form.is_valid():
        return _page(request, row, new_form=form)
    try:
        brought = intake.bring_in(
            LeadRow(**form.cleaned_data),
            source="Received mail" if row.mailbox_id else "Received text",
            actor=user.actor,
            owner=user,
            basis=Lead.Basis.ENQUIRY,
            basis_source=f"Wrote to {row.came_to}",
        )
    except IntakeError as error:
        form.add_error(error.field if error.field in form.fields else None, error.message)
        return _page(request, row, new_form=form)
    return _placed(request, row, brought.lead)


def _is_a_colleagues(data: dict[str, str], user: User) -> bool:
    """Words placed in a thread pause its lead: only in threads that this user may see."""
    found = [matching.lead_by_address(data["email"])]
    if number := phone_number(data.get("phone", "")):
        found += Lead.objects.filter(phone=number, erased_at=None)[:20]
    return any(lead is not None and not may_see(user, lead) for lead in found)


@require_POST
def ignore(request: HttpRequest, pk: int) -> HttpResponse:
    user = current(request)
    row = inbound_for(user, pk)
    form = IgnoreForm(request.POST)
    if not form.is_valid():
        return _page(request, row, ignore_form=form)
    try:
        service.ignore(row, user, form.cleaned_data["reason"])
    except service.InboundError as error:
        toast.warn(request, str(error))
        return redirect("outreach:inbound", pk)
    toast.show(request, "Ignored. It stays in the list under Ignored.")
    return redirect("outreach:inbound_list")


@require_http_methods(["GET", "POST"])
def reply_correct(request: HttpRequest, pk: int) -> HttpResponse:
    """ "Not right?": what an answer really means. The page is the way without a script."""
    user = current(request)
    event = ThreadEvent.objects.filter(pk=pk, kind__in=replies.RECEIVED).first()
    if event is None:
        raise Http404
    lead = lead_for(user, event.lead_id)
    form = ClassForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        return _corrected(request, event, form.cleaned_data["label"], user)
    newest = next(iter(replies.classes_of(event)), None)
    context = {
        "page": "leads",
        "event": event,
        "lead": lead,
        "form": form,
        "labels": replies.LABELS,
        "newest": newest,
        "now_label": str(newest.data.get("disposition", "")) if newest else "",
    }
    return render(request, "outreach/reply_correct.html", context)


def _corrected(request: HttpRequest, event: ThreadEvent, label: str, user: User) -> HttpResponse:
    try:
        replies.correct(event, label, user)
    except replies.ReplyError as error:
        toast.warn(request, str(error))
    else:
        toast.show(request, f"Noted: {replies.LABELS[label].lower()}. {_follows(label)}".strip())
    return _back(request, event.lead_id)


def _follows(label: str) -> str:
    return {
        "opt_out": "Nothing more is sent to them, on any channel.",
        "out_of_office": "The sequence goes on when they are back.",
    }.get(label, "")


def _back(request: HttpRequest, lead_id: int) -> HttpResponseRedirect:
    """To the page the person came from, else to the lead."""
    target = request.POST.get("next", "")
    if url_has_allowed_host_and_scheme(target, allowed_hosts=None):
        return HttpResponseRedirect(target)
    return HttpResponseRedirect(reverse("leads:detail", args=[lead_id]))

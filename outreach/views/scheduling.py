"""Settings, Calendly and any link; what Calendly reports; "They booked" on a lead's page."""

from typing import Any

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST, require_safe

from leads.access import lead_for
from outreach import calendly
from outreach.forms_scheduling import BookedForm, LinkForm, OwnLinkForm, TokenForm
from outreach.models import Booking
from outreach.services import bookings, scheduling
from salesagent.accounts import connections
from salesagent.accounts.access import current, role_required
from salesagent.accounts.models import User
from salesagent.lib import toast, webhook

PAGE: dict[str, Any] = {"page": "settings", "tab": "connections", "title": "Calendly"}
MAX_BYTES = 200_000
owner_only = role_required(User.Role.OWNER)
managers = role_required(User.Role.OWNER, User.Role.MANAGER)


@require_safe
@managers
def page(request: HttpRequest) -> HttpResponse:
    return _page(request)


def _page(
    request: HttpRequest, link_form: LinkForm | None = None, token_form: TokenForm | None = None
) -> HttpResponse:
    found = scheduling.link()
    wrong = bool((link_form and link_form.errors) or (token_form and token_form.errors))
    context = {
        **PAGE,
        "link": found,
        "from_environment": bool(found) and found == settings.CALENDAR_LINK,
        "example": scheduling.example(),
        "link_form": link_form or LinkForm(initial={"link": found}),
        "token_form": token_form or TokenForm(),
        "connection": connections.active(scheduling.SERVICE),
        "reachable": scheduling.reachable(),
        "site": settings.SITE_URL,
        "may_change": current(request).is_owner,
        "recent": bookings.recent(current(request)),
    }
    return render(request, "outreach/calendly.html", context, status=422 if wrong else 200)


@require_POST
@owner_only
def save_link(request: HttpRequest) -> HttpResponse:
    form = LinkForm(request.POST)
    if not form.is_valid():
        return _page(request, link_form=form)
    link = form.cleaned_data["link"]
    scheduling.save_link(current(request), link)
    toast.show(request, _saved(link))
    return redirect("outreach:calendly")


def _saved(link: str) -> str:
    if link:
        return "Saved. New drafts use it."
    if scheduling.link():
        return "Taken out. New drafts use the link of the server's settings."
    return "Taken out. New drafts have no link."


@require_POST
def save_own_link(request: HttpRequest) -> HttpResponse:
    """From one's profile."""
    user = current(request)
    form = OwnLinkForm(request.POST)
    if not form.is_valid():
        toast.warn(request, str(form.errors["link"][0]))
        return redirect("accounts:profile")
    link = form.cleaned_data["link"]
    scheduling.save_own(user, link)
    text = "Your link is saved. What you write from now on has it."
    toast.show(request, text if link else "Taken out. You use the team's link.")
    return redirect("accounts:profile")


@sensitive_post_parameters("token")
@require_POST
@owner_only
def connect(request: HttpRequest) -> HttpResponse:
    form = TokenForm(request.POST)
    if not form.is_valid():
        return _page(request, token_form=form)
    try:
        name = scheduling.connect(current(request), form.cleaned_data["token"])
    except scheduling.SchedulingError as error:
        form.add_error("token", str(error))
        return _page(request, token_form=form)
    toast.show(request, f"Connected as {name}. Bookings come in by themselves.")
    return redirect("outreach:calendly")


@require_POST
@owner_only
def check(request: HttpRequest) -> HttpResponse:
    try:
        name = scheduling.check()
    except scheduling.SchedulingError as error:
        toast.warn(request, str(error))
    else:
        toast.show(request, f"Calendly takes the token of {name}, and reports to us.")
    return redirect("outreach:calendly")


@require_POST
@owner_only
def switch_off(request: HttpRequest) -> HttpResponse:
    if left := scheduling.switch_off(current(request)):
        toast.warn(request, left)
    else:
        toast.show(request, "Switched off. The link stays.")
    return redirect("outreach:calendly")


@webhook.webhook(max_bytes=MAX_BYTES)
def hook(request: HttpRequest) -> HttpResponse:
    """Verified first, then one service call, then 204."""
    if not calendly.verified(request.body, request.headers, scheduling.keys()):
        raise webhook.Forbidden("the signature is not Calendly's, or too old")
    if message := calendly.message_of(request.body):
        bookings.receive(message)
    return HttpResponse(status=204)


@require_POST
def booked(request: HttpRequest, pk: int) -> HttpResponse:
    """ "They booked", with or without a time."""
    user = current(request)
    lead = lead_for(user, pk)
    form = BookedForm(request.POST)
    if not form.is_valid():
        toast.warn(request, _no_time(form))
        return redirect("leads:detail", lead.pk)
    data = form.cleaned_data
    bookings.note(lead, user, data["starts_at"], data["place"])
    toast.show(request, f"Noted. {lead.first_name or lead.name}'s sequence waits.")
    return redirect("leads:detail", lead.pk)


def _no_time(form: BookedForm) -> str:
    wrong = form.errors.as_data().get("starts_at", [])
    if wrong and wrong[0].code != "invalid":
        return str(wrong[0].message)
    return "That is no time. Enter day and hour, or leave it empty."


@require_POST
def cancelled(request: HttpRequest, pk: int) -> HttpResponse:
    user = current(request)
    row = Booking.objects.filter(pk=pk).select_related("lead").first()
    if row is None:
        raise Http404
    lead = lead_for(user, row.lead_id)
    try:
        bookings.cancel(row, user)
    except bookings.BookingError as error:
        toast.warn(request, str(error))
    else:
        toast.show(request, "Noted. A line on Today asks for another time.")
    return redirect("leads:detail", lead.pk)

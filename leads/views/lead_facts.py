"""The small forms beside the thread: pains, the enquiry's facts, deals, and owner, stage, tags."""

from urllib.parse import urlencode

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_http_methods, require_POST

from leads.access import assignable, deal_for, lead_for, may_see, seen_by
from leads.forms_thread import ChangeForm, DealCloseForm, DealForm, PainForm
from leads.models import Deal, Inquiry, Lead, Pain
from leads.services import deals, lifecycle, notes
from salesagent.accounts.access import current
from salesagent.accounts.models import User
from salesagent.lib import toast


@require_POST
def pain_add(request: HttpRequest, pk: int) -> HttpResponse:
    user = current(request)
    lead = lead_for(user, pk)
    form = PainForm(request.POST)
    if not form.is_valid():
        toast.warn(request, "A pain needs a few words, at most 200 characters.")
        return _back(lead, "pains")
    try:
        notes.add_pain(lead, user, **form.cleaned_data)
    except notes.NoteError as error:
        toast.warn(request, str(error))
    return _back(lead, "pains")


@require_POST
def pain_delete(request: HttpRequest, pk: int) -> HttpResponse:
    user = current(request)
    pain = _pain(user, pk)
    notes.delete_pain(pain, user)
    toast.show(request, "Pain deleted.")
    return _back(pain.lead, "pains")


@require_POST
def pain_confirm(request: HttpRequest, pk: int) -> HttpResponse:
    user = current(request)
    pain = _pain(user, pk)
    notes.confirm_pain(pain, user)
    return _back(pain.lead, "pains")


def _pain(user: User, pk: int) -> Pain:
    pain = seen_by(Pain.objects.select_related("lead"), user).filter(pk=pk).first()
    if pain is None:
        raise Http404
    return pain


@require_POST
def inquiry_confirm(request: HttpRequest, pk: int) -> HttpResponse:
    user = current(request)
    inquiry = seen_by(Inquiry.objects.select_related("lead"), user).filter(pk=pk).first()
    if inquiry is None:
        raise Http404
    if notes.confirm_inquiry(inquiry, user, {k: request.POST.get(k, "") for k in notes.FACTS}):
        toast.show(request, "Enquiry checked.")
    return _back(inquiry.lead, "enquiry")


def _back(lead: Lead, anchor: str) -> HttpResponse:
    response = redirect("leads:detail", lead.pk)
    response["Location"] += f"#{anchor}"
    return response


def _first_error(form: DealForm | DealCloseForm) -> str:
    return next(str(errors[0]) for errors in form.errors.values())


@require_POST
def deal_open(request: HttpRequest, pk: int) -> HttpResponse:
    user = current(request)
    lead = lead_for(user, pk)
    form = DealForm(request.POST)
    if not form.is_valid():
        return _deal_page(request, lead, form)
    deals.open_deal(lead, deals.DealTerms(**form.cleaned_data), user)
    toast.show(request, "Deal opened.")
    return _back(lead, "deals")


def _deal_page(request: HttpRequest, lead: Lead, form: DealForm) -> HttpResponse:
    """The same form on a page of its own, with every word kept and the errors beside them."""
    context = {"page": "leads", "lead": lead, "form": form}
    return render(request, "leads/lead_deal.html", context, status=422)


@require_POST
def deal_close(request: HttpRequest, pk: int) -> HttpResponse:
    user = current(request)
    deal = deal_for(user, pk)
    form = DealCloseForm(request.POST)
    if not form.is_valid():
        toast.warn(request, _first_error(form))
        return _asked_again(request, deal)
    won = form.cleaned_data["how"] == "won"
    if deals.close_deal(deal, won=won, reason=form.cleaned_data["reason"], user=user):
        undo = reverse("leads:deal_undo", args=[deal.pk, deals.newest_event(deal)])
        toast.show(request, "Deal won." if won else "Deal lost.", undo_url=undo)
    else:
        toast.warn(request, "Somebody closed this deal before.")
    return _deal_back(request, deal)


def _asked_again(request: HttpRequest, deal: Deal) -> HttpResponse:
    target = request.POST.get("next", "")
    if target.startswith(reverse("leads:deals")):
        asked = urlencode({"end": request.POST.get("how", "")[:4], "next": target[:200]})
        return redirect(f"{reverse('leads:deal', args=[deal.pk])}?{asked}#close")
    return _deal_back(request, deal)


def _deal_back(request: HttpRequest, deal: Deal) -> HttpResponse:
    """To the page that it began on: the deal's own, the board as it was filtered, or the lead's."""
    target = request.POST.get("next", "")
    if target == "deal":
        return redirect("leads:deal", deal.pk)
    if target.startswith(f"{reverse('leads:deals')}?") and url_has_allowed_host_and_scheme(
        target, {request.get_host()}
    ):
        return redirect(f"{target}#deal-{deal.pk}")
    return _back(deal.lead, "deals")


@require_http_methods(["GET", "POST"])
def change(request: HttpRequest, pk: int) -> HttpResponse:
    """Owner, stage, tags and the follow-up day on one page."""
    user = current(request)
    lead = lead_for(user, pk)
    form = ChangeForm(request.POST or None, lead=lead, people=assignable(user))
    if request.method == "POST" and form.is_valid():
        try:
            _apply(lead, user, form)
        except lifecycle.ChangeError as error:
            form.add_error(error.field if error.field in form.fields else None, error.message)
        else:
            toast.show(request, "Changed.")
            return _where(user, lead)
    context = {"page": "leads", "lead": lead, "form": form}
    return render(request, "leads/lead_change.html", context, status=422 if form.errors else 200)


def _where(user: User, lead: Lead) -> HttpResponse:
    """Back to the lead, or to the list when it was handed to somebody out of sight."""
    return redirect("leads:detail", lead.pk) if may_see(user, lead) else redirect("leads:list")


def _apply(lead: Lead, user: User, form: ChangeForm) -> None:
    data = form.cleaned_data
    lifecycle.change_stage(lead, data["stage"], user)
    one = Lead.objects.filter(pk=lead.pk)
    for tag in [tag for tag in lead.tags if tag not in data["tags"]]:
        lifecycle.remove_tag(one, tag, user)
    for tag in [tag for tag in data["tags"] if tag not in lead.tags]:
        lifecycle.add_tag(one, tag, user)
    lifecycle.follow_up(lead, data["follow_up_at"], user)
    lifecycle.assign(lead, data["owner"], user)

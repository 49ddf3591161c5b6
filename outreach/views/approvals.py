"""Approvals: the list of drafts, one of them open, and what a person decides about it."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from outreach import draft_page
from outreach.access_work import touch_for
from outreach.forms_work import EditForm
from outreach.models import Touch
from outreach.selectors_drafts import drafts, narrow
from outreach.selectors_work import touches_visible
from outreach.services import approval, drafting, escalation, model_drafts, policy
from outreach.views.approvals_undo import undo_url
from salesagent.accounts import ai
from salesagent.accounts.access import current
from salesagent.ai import llm_writer
from salesagent.ai.base import AiError
from salesagent.lib import toast
from salesagent.lib.text import one_line, plural
from salesagent.lib.throttle import allow
from salesagent.templatetags.ui import due_words

BULK_MOST = 50


@require_GET
def approvals(request: HttpRequest) -> HttpResponse:
    """The list with its first draft open; `?part=list` is what the page polls."""
    if request.GET.get("part") == "list":
        return _changes(request)
    return _page(request, None)


@require_GET
def detail(request: HttpRequest, pk: int) -> HttpResponse:
    """One draft. A row of the list asks for the pane alone; one that waits for a model, again."""
    touch = touch_for(current(request), pk)
    if request.GET.get("part") == "waits" and draft_page.waits(touch):
        return HttpResponse(status=204)
    draft_page.list_of(request, touch)
    if request.headers.get("HX-Target") == "pane":
        listing = draft_page.listing(request)
        context = draft_page.pane(request, touch, listing)
        context["model_on"] = context["editing"] and ai.may_send("subject")
        context["theirs"] = escalation.somebody_else(touch, current(request))
        return render(request, "outreach/_draft.html", context)
    return _page(request, touch)


def _page(
    request: HttpRequest, touch: Touch | None, *, status: int = 200, **extra: Any
) -> HttpResponse:
    """The whole page; without `touch` the first draft of the list is open on wide screens."""
    user = current(request)
    listing = draft_page.listing(request)
    chosen = touch
    if chosen is None and listing.rows:
        chosen = touch_for(user, listing.rows[0].pk)
    context = {
        **draft_page.frame(request, listing),
        **(draft_page.pane(request, chosen, listing) if chosen else {"touch": None}),
        "opened": touch is not None,
        **extra,
    }
    context["theirs"] = escalation.somebody_else(chosen, user) if chosen else None
    context["model_on"] = context.get("editing") and ai.may_send("subject")
    return render(request, "outreach/approvals.html", context, status=status)


def _changes(request: HttpRequest) -> HttpResponse:
    """204 while nothing changed, which costs one query; else the rows anew."""
    user = current(request)
    rows = narrow(drafts(user), user, draft_page.shown(request))
    if request.GET.get("sig") == draft_page.signature(rows):
        return HttpResponse(status=204)
    listing = draft_page.listing(request)
    context = {**draft_page.frame(request, listing), "live": True}
    return HttpResponse(render_to_string("outreach/_draft_list.html", context, request))


@require_POST
def approve(request: HttpRequest, pk: int) -> HttpResponse:
    touch = touch_for(current(request), pk)
    if _asks_first(request, touch):
        return _ask_first(request, touch)
    following = draft_page.after(request, touch)
    try:
        approved = approval.approve(
            touch,
            user=current(request),
            seen_hash=request.POST.get("seen_hash", ""),
            read_for=draft_page.read_for(request),
        )
    except approval.ApprovalError as error:
        toast.warn(request, str(error))
        stay = error.code in ("changed", "blocked")
        return _to(request, touch if stay else following)
    _say_approved(request, approved)
    return _to(request, following)


def _asks_first(request: HttpRequest, touch: Touch) -> bool:
    """A colleague has taken over the answer: two would go out."""
    anyway = request.POST.get("anyway") == "1"
    return not anyway and escalation.somebody_else(touch, current(request)) is not None


def _ask_first(request: HttpRequest, touch: Touch) -> HttpResponse:
    show = draft_page.shown(request)
    url = reverse("outreach:approval", args=[touch.pk])
    return redirect(f"{url}?ask=theirs" + (f"&show={show}" if show != "mine" else ""))


def _say_approved(request: HttpRequest, touch: Touch) -> None:
    undo = reverse("outreach:approval_undo", args=[touch.pk])
    if touch.state == Touch.State.TODO:
        when = due_words(timezone.localtime(max(touch.due_at, timezone.now())))
        toast.show(request, f"Approved. It stands in Today, due {when}.", undo_url=undo)
        return
    at, why = approval.expected_at(touch)
    if at is None:
        toast.show(request, f"Approved, but it waits. {why}", undo_url=undo)
        return
    seconds = int((at - timezone.now()).total_seconds())
    local = timezone.localtime(at)
    words = f"in {max(seconds, 1)} seconds" if seconds < 90 else f"{_at(due_words(local))}"
    toast.show(request, f"Approved. Sends {words}.", undo_url=undo)


def _at(words: str) -> str:
    return f"at {words}" if words[:1].isdigit() and len(words) == 5 else words


@require_POST
def undo(request: HttpRequest, pk: int) -> HttpResponse:
    touch = touch_for(current(request), pk)
    if approval.undo(touch, user=current(request)):
        toast.show(request, "Taken back. It is a draft again.")
    else:
        toast.warn(request, approval.no_undo(touch)[0])
    return _to(request, touch)


@require_POST
def edit(request: HttpRequest, pk: int) -> HttpResponse:
    """Keep new words; with action=approve, approve exactly them as well."""
    user = current(request)
    touch = touch_for(user, pk)
    form = EditForm(request.POST, with_subject=touch.channel == "email")
    if not form.is_valid():
        return _edit_again(request, touch, form)
    try:
        changed = approval.edit(touch, user=user, **form.cleaned_data)
    except approval.ApprovalError as error:
        form.add_error(None, str(error))
        return _edit_again(request, touch_for(user, pk), form)
    if request.POST.get("action") != "approve":
        toast.show(request, "Kept. It is not approved yet.")
        return _to(request, changed)
    if _asks_first(request, changed):
        return _ask_first(request, changed)
    following = draft_page.after(request, changed)
    try:
        seen, read_for = policy.text_hash(changed), draft_page.read_for(request)
        approved = approval.approve(changed, user=user, seen_hash=seen, read_for=read_for)
    except approval.ApprovalError as error:
        toast.warn(request, f"Your text is kept. {error}")
        return _to(request, changed)
    _say_approved(request, approved)
    return _to(request, following)


def _edit_again(request: HttpRequest, touch: Touch, form: EditForm) -> HttpResponse:
    """The form with every word that was typed. After a conflict it starts from the new text."""
    return _page(request, touch, status=422, form=form, editing=True)


@require_POST
def redraft(request: HttpRequest, pk: int) -> HttpResponse:
    """New words by the writer: the next variant, or the one that was asked for."""
    touch = touch_for(current(request), pk)
    wanted = request.POST.get("variant", "")[:1]
    try:
        toast.show(request, model_drafts.anew(touch, wanted))
    except drafting.DraftError as error:
        toast.warn(request, str(error))
    return _to(request, touch)


@require_POST
def subjects(request: HttpRequest, pk: int) -> HttpResponse:
    """Three other subject lines beside what is typed; `pick` takes one of them into the form."""
    user = current(request)
    touch = touch_for(user, pk)
    if touch.state != Touch.State.DRAFT:
        return _to(request, touch)
    data = request.POST.copy()
    lines = [one_line(line) for line in data.getlist("line")[: llm_writer.SUBJECTS]]
    if picked := one_line(data.get("pick", "")):
        data["subject"] = picked
    elif allow("subjects", str(user.pk), limit=20, seconds=300):
        try:
            lines = model_drafts.subjects(touch, data.get("subject", ""), data.get("body", ""))
        except AiError as error:
            toast.warn(request, f"No subjects: {error}")
    form = EditForm(data, with_subject=False)
    return _page(request, touch, form=form, editing=True, lines=lines)


@require_POST
def skip(request: HttpRequest, pk: int) -> HttpResponse:
    user = current(request)
    touch = touch_for(user, pk)
    following = draft_page.after(request, touch)
    try:
        approval.skip(touch, user=user, reason=request.POST.get("reason", ""))
    except approval.ApprovalError as error:
        if error.code == "reason":
            return _page(request, touch, status=422, asking="skip", reason_error=str(error))
        toast.warn(request, str(error))
        return _to(request, following)
    wrong = request.POST.get("reason") == "wrong_person" and touch.enrollment_id
    follows = "The sequence is paused." if wrong else "The sequence goes on with the next touch."
    undo_url = reverse("outreach:approval_undo", args=[touch.pk])
    toast.show(
        request, f"Skipped. {follows if touch.enrollment_id else ''}".strip(), undo_url=undo_url
    )
    return _to(request, following)


@require_POST
def approve_bulk(request: HttpRequest) -> HttpResponse:
    """Approve the listed drafts that still pass every check and still read the same."""
    user = current(request)
    seen = _seen(request)
    rows = touches_visible(user).filter(pk__in=seen).select_related("lead").order_by("due_at")
    found = list(rows)
    count, refused = approval.approve_bulk(user, {touch: seen[touch.pk] for touch in found})
    if count:
        told = f"Approved {plural(count, 'draft')}. Mail goes out when it is due."
        toast.show(request, told, undo_url=undo_url(user, found))
    if refused:
        more = f" And {len(refused) - 1} more." if len(refused) > 1 else ""
        toast.warn(request, f"Not approved: {refused[0]}{more}")
    if not count and not refused:
        toast.warn(request, "Nothing was chosen.")
    return _to(request, None)


def _seen(request: HttpRequest) -> dict[int, str]:
    """{pk: text hash} of the form's "12:ab34..." values; anything else is dropped."""
    pairs = (value.partition(":") for value in request.POST.getlist("draft")[:BULK_MOST])
    return {
        int(pk): seen
        for pk, _colon, seen in pairs
        if pk.isascii() and pk.isdecimal() and len(pk) < 19
    }


def _to(request: HttpRequest, touch: Touch | None) -> HttpResponse:
    query = draft_page.query(request)
    if touch is None:
        return redirect(reverse("outreach:approvals") + query)
    return redirect(reverse("outreach:approval", args=[touch.pk]) + query)

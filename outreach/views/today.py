"""Today: what to do now, one task open beside the list, and how each is closed."""

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_GET, require_POST

from leads.services import editing
from outreach import selectors_drafts, task_page
from outreach.access_work import task_for, touch_for
from outreach.forms_compose import EmailForm
from outreach.forms_work import DoneForm, SnoozeForm
from outreach.models import Task, Touch
from outreach.services import (
    answer_calls,
    approval,
    calls,
    handwork,
    policy,
    reach,
    replying,
    sending,
    worklist,
    writing,
)
from salesagent.accounts.access import current
from salesagent.accounts.models import User
from salesagent.lib import toast
from salesagent.templatetags.ui import due_words


@require_GET
def today(request: HttpRequest) -> HttpResponse:
    """The ranked list with its first task open; `?part=list` is what the page polls."""
    if request.GET.get("part") == "list":
        return _changes(request)
    return _page(request, None)


@require_GET
def task(request: HttpRequest, pk: int) -> HttpResponse:
    """One task. A row of the list asks for the pane alone."""
    found = task_for(current(request), pk)
    if request.headers.get("HX-Target") == "pane":
        context = task_page.pane(request, found, task_page.board(request))
        return render(request, "outreach/_task.html", context)
    return _page(request, found)


def _page(
    request: HttpRequest, found: Task | None, *, status: int = 200, **extra: Any
) -> HttpResponse:
    page = task_page.board(request)
    chosen = found
    if chosen is None and page.lines:
        chosen = task_for(current(request), page.lines[0].task.pk)
    context = {
        **task_page.frame(request, page),
        **(task_page.pane(request, chosen, page) if chosen else {"task": None}),
        "opened": found is not None,
        **extra,
    }
    return render(request, "outreach/today.html", context, status=status)


def _changes(request: HttpRequest) -> HttpResponse:
    """204 while nothing changed, which costs one query; else the rows anew."""
    if request.GET.get("sig") == task_page.signature(current(request), timezone.now()):
        return HttpResponse(status=204)
    context = {**task_page.frame(request, task_page.board(request)), "live": True}
    return HttpResponse(render_to_string("outreach/_task_list.html", context, request))


@require_POST
def done(request: HttpRequest, pk: int) -> HttpResponse:
    user = current(request)
    found = task_for(user, pk)
    form = DoneForm(
        request.POST,
        call=calls.is_call(found),
        outcomes=handwork.outcomes(found),
        effects=reach.effects(found.channel),
    )
    if not form.is_valid():
        return _page(request, found, status=422, done_form=form)
    following = task_page.following(request, found)
    try:
        worklist.done(found, user=user, **form.cleaned_data)
    except worklist.WorklistError as error:
        toast.warn(request, str(error))
        return _to(request, following)
    toast.show(request, _what_next(found), undo_url=reverse("outreach:task_undo", args=[pk]))
    return _to(request, following)


def _what_next(found: Task) -> str:
    """What the closed task has led to, read from what was planned."""
    told = "Call logged." if calls.is_call(found) else "Done."
    if not handwork.is_ours(found):
        return told
    follower = Task.objects.filter(
        dedupe_key__in=handwork.follower_keys(found), state=Task.State.OPEN
    ).first()
    if follower is not None:
        return f"{told} Next try {due_words(timezone.localtime(follower.due_at))}."
    if hint := handwork.hint(found):  # nothing is marked: the address may be an old one
        return f"{told} {hint} It is on the lead’s page, under Edit."
    if handwork.is_final(found):
        return (
            f"{told} {found.lead} is on the do-not-contact list for {reach.label(found.channel)}."
        )
    return told


@require_POST
def snooze(request: HttpRequest, pk: int) -> HttpResponse:
    user = current(request)
    found = task_for(user, pk)
    form = SnoozeForm(request.POST, user=user)
    if not form.is_valid():
        return _page(request, found, status=422, asking="snooze", snooze_form=form)
    following = task_page.following(request, found)
    try:
        worklist.snooze(found, form.until(timezone.now()), user)
    except worklist.WorklistError as error:
        toast.warn(request, str(error))
        return _to(request, following)
    until = due_words(timezone.localtime(form.until(timezone.now())))
    undo = reverse("outreach:task_undo", args=[pk])
    toast.show(request, f"Snoozed until {until}.", undo_url=undo)
    return _to(request, following)


@require_POST
def skip(request: HttpRequest, pk: int) -> HttpResponse:
    user = current(request)
    found = task_for(user, pk)
    following = task_page.following(request, found)
    try:
        worklist.skip(found, user, request.POST.get("reason", ""))
    except worklist.WorklistError as error:
        toast.warn(request, str(error))
        return _to(request, found)
    toast.show(request, "Skipped.", undo_url=reverse("outreach:task_undo", args=[pk]))
    return _to(request, following)


@require_POST
def undo(request: HttpRequest, pk: int) -> HttpResponse:
    user = current(request)
    found = task_for(user, pk)
    try:
        worklist.undo(found, user)
        toast.show(request, "Taken back.")
    except worklist.WorklistError as error:
        toast.warn(request, str(error))
    return _to(request, found)


@require_POST
def answer(request: HttpRequest, pk: int) -> HttpResponse:
    """Send a mail written here: it is approved by being written, and waits for the undo time."""
    user = current(request)
    found = task_for(user, pk)
    if found.lead is None:
        raise Http404
    threaded = replying.reply_to(found.lead) is not None
    form = EmailForm(request.POST, threaded=threaded)
    if not form.is_valid():
        return _page(request, found, status=422, email_form=form)
    following = task_page.following(request, found)
    drafted = _drafted(request, found)
    mail = writing.Mail(
        subject=form.cleaned_data.get("subject", ""),
        body=form.cleaned_data["body"],
        token=form.cleaned_data["token"],
        accepted=frozenset(form.cleaned_data["accepted"].split()),
    )
    try:
        touch = writing.answer(found.lead, user, mail, drafted)
    except writing.WritingError as error:
        return _answer_again(request, found, form, error)
    if touch is not None:
        _sent(request, user, found, touch)
    return _to(request, following)


def _drafted(request: HttpRequest, found: Task) -> Touch | None:
    """The drafted answer that the form began with, while it still reads as it was shown."""
    pk, _colon, seen = request.POST.get("draft", "").partition(":")
    drafted = selectors_drafts.answer_for(found.lead) if found.lead else None
    if drafted is None or str(drafted.pk) != pk or policy.text_hash(drafted) != seen:
        return None
    return drafted


def _answer_again(
    request: HttpRequest, found: Task, form: EmailForm, error: writing.WritingError
) -> HttpResponse:
    """The form with every word, what stands against it, and "Send anyway" where that is allowed."""
    form.add_error(None, str(error))
    codes = sorted({check["code"] for check in error.checks}) if error.can_insist else []
    extra = {"email_form": form, "against": error.checks, "accepted": " ".join(codes)}
    return _page(request, found, status=422, **extra)


def _sent(request: HttpRequest, user: User, found: Task, touch: Touch) -> None:
    """Close the task that asked for this mail, and say when it goes out."""
    if found.kind in (Task.Kind.MOMENT, Task.Kind.FOLLOW_UP):
        worklist.answered(touch, user, kinds=[found.kind])
        worklist.say(found, "task.done", user.actor)
    touch.refresh_from_db()
    undo = reverse("outreach:approval_undo", args=[touch.pk])
    at, why = approval.expected_at(touch)
    if at is None:
        toast.show(request, f"Approved, but it waits. {why}", undo_url=undo)
        return
    seconds = int((at - timezone.now()).total_seconds())
    soon = f"in {max(seconds, 1)} seconds" if seconds < 90 else due_words(timezone.localtime(at))
    toast.show(request, f"Approved. Sends {soon}.", undo_url=undo)


@require_POST
def number(request: HttpRequest, pk: int) -> HttpResponse:
    """Keep the number to call that stands in their message."""
    user = current(request)
    found = task_for(user, pk)
    heard = answer_calls.unsaved(found.event) if found.event and found.lead else ""
    if found.lead and heard:
        editing.edit_lead(found.lead, {"phone": heard}, user)
        toast.show(request, f"{heard} is saved.")
    else:
        toast.warn(request, "There is no other number in their message.")
    return _to(request, found)


@require_POST
def resolve(request: HttpRequest, pk: int) -> HttpResponse:
    """ "Did this arrive?": yes lets the sequence go on, no sends it again."""
    user = current(request)
    touch = touch_for(user, pk)
    arrived = request.POST.get("arrived")
    if arrived not in ("yes", "no"):
        toast.warn(request, "Choose whether it arrived.")
    elif not sending.resolve(touch, arrived == "yes", user):
        toast.warn(request, "Somebody settled this already.")
    elif arrived == "yes":
        toast.show(request, "Noted: it arrived.")
    else:
        toast.show(request, "It is sent again.")
    wish = request.POST.get("next", "")
    if url_has_allowed_host_and_scheme(wish, allowed_hosts=None):
        return redirect(wish)
    return redirect("leads:detail", touch.lead_id)


@require_POST
def hide_checklist(request: HttpRequest) -> HttpResponse:
    user = current(request)
    user.checklist_hidden = True
    user.save(update_fields=["checklist_hidden"])
    return redirect("outreach:today")


def _to(request: HttpRequest, found: Task | None) -> HttpResponse:
    query = task_page.query(request)
    if found is None:
        return redirect(reverse("outreach:today") + query)
    return redirect(reverse("outreach:today_task", args=[found.pk]) + query)

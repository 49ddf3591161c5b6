"""What the lead page's composer and its waiting messages post to."""

from typing import Any

from django.db import transaction
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseBadRequest
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from leads.access import lead_for, seen_by
from leads.models import Lead, ThreadEvent
from leads.views.lead import page
from outreach.access_sequences import sequences_for
from outreach.channels.base import Channel
from outreach.forms_compose import CallForm, EmailForm, TextForm
from outreach.models import Attachment, Sequence, Touch
from outreach.services import (
    approval,
    attachments,
    enrollment,
    replies,
    replying,
    texting,
    worklist,
    writing,
)
from salesagent.accounts.access import current
from salesagent.accounts.models import User
from salesagent.lib import toast
from salesagent.templatetags.ui import due_words


@require_POST
def compose(request: HttpRequest, pk: int) -> HttpResponse:
    """The composer: `channel` is email, a text channel or call. A bad form keeps every word."""
    lead = lead_for(current(request), pk)
    if request.POST.get("channel") == "call":
        return _call(request, lead)
    if request.POST.get("channel") == "email":
        return _email(request, lead)
    if channel := texting.wired(request.POST.get("channel", "")):
        return _text(request, lead, channel)
    return HttpResponseBadRequest("This channel cannot be written to here.")


def _text(request: HttpRequest, lead: Lead, channel: Channel) -> HttpResponse:
    form = TextForm(request.POST, channel=channel)
    if not form.is_valid():
        return _text_again(request, lead, form)
    data = form.cleaned_data
    text = writing.Mail(
        channel=channel.code,
        body=data["text"],
        token=data["token"],
        send_at=data["send_at"],
        draft_only=form.action == "draft",
        accepted=frozenset(data["accepted"].split()),
    )
    try:
        touch = writing.write(lead, current(request), text)
    except writing.WritingError as error:
        form.add_error(None, str(error))
        return _text_again(request, lead, form, error)
    if touch is not None:
        _say(request, touch, draft=text.draft_only)
    return redirect("leads:detail", lead.pk)


def _text_again(
    request: HttpRequest,
    lead: Lead,
    form: TextForm,
    error: writing.WritingError | None = None,
) -> HttpResponse:
    state: dict[str, Any] = {
        "tab": form.channel.code,
        "text_forms": {form.channel.code: form},
        "later_open": form.action == "later",
        "checks": error.checks if error else [],
    }
    if error and error.can_insist:
        state["accepted"] = " ".join(sorted({check["code"] for check in error.checks}))
    return page(request, lead, composer=state, status=422)


def _email(request: HttpRequest, lead: Lead) -> HttpResponse:
    user = current(request)
    threaded = replying.reply_to(lead) is not None
    form = EmailForm(request.POST, request.FILES, threaded=threaded)
    if not form.is_valid():
        return _again(request, lead, form)
    data = form.cleaned_data
    mail = writing.Mail(
        subject=data.get("subject", ""),
        body=data["body"],
        token=data["token"],
        files=data["uploads"],
        send_at=data["send_at"],
        draft_only=form.action == "draft",
        accepted=frozenset(data["accepted"].split()),
    )
    try:
        touch = writing.write(lead, user, mail)
    except writing.WritingError as error:
        form.add_error(None, str(error))
        return _again(request, lead, form, error)
    if touch is not None:
        _say(request, touch, draft=mail.draft_only)
    return redirect("leads:detail", lead.pk)


def _again(
    request: HttpRequest,
    lead: Lead,
    form: EmailForm,
    error: writing.WritingError | None = None,
) -> HttpResponse:
    state: dict[str, Any] = {
        "tab": "email",
        "email_form": form,
        "later_open": form.action == "later",
        "files_lost": bool(request.FILES),
        "checks": error.checks if error else [],
    }
    if error and error.can_insist:
        state["accepted"] = " ".join(sorted({check["code"] for check in error.checks}))
    return page(request, lead, composer=state, status=422)


def _say(request: HttpRequest, touch: Touch, *, draft: bool) -> None:
    """What happens next, with an undo while there is one."""
    if draft:
        toast.show(request, "Draft kept. It waits in Approvals.")
        return
    touch.refresh_from_db()
    undo = reverse("outreach:touch_cancel", args=[touch.pk])
    at, why = approval.expected_at(touch)
    if at is None:
        toast.show(request, f"Approved, but it waits. {why}", undo_url=undo)
        return
    seconds = int((at - timezone.now()).total_seconds())
    soon = f"in {max(seconds, 1)} seconds" if seconds < 90 else due_words(timezone.localtime(at))
    toast.show(request, f"Approved. Sends {soon}.", undo_url=undo)


def _call(request: HttpRequest, lead: Lead) -> HttpResponse:
    form = CallForm(request.POST)
    if form.is_valid():
        try:
            if writing.log_call(lead, current(request), **form.cleaned_data):
                toast.show(request, "Call logged.")
        except worklist.WorklistError as error:
            form.add_error(None, str(error))
        else:
            return redirect("leads:detail", lead.pk)
    return page(request, lead, composer={"tab": "call", "call_form": form}, status=422)


@require_POST
def touch_cancel(request: HttpRequest, pk: int) -> HttpResponse:
    """ "Cancel send" and "Discard": back to the drafts, or away."""
    user = current(request)
    touch = _touch(user, pk)
    done = writing.cancel(touch, user)
    if done == "draft":
        toast.show(request, "Not sent. The text is a draft again.")
    elif done:
        toast.show(request, "Draft discarded.")
    else:
        toast.warn(request, "Too late: it is on its way or gone already.")
    return redirect("leads:detail", touch.lead_id)


def _touch(user: User, pk: int) -> Touch:
    touch = seen_by(Touch.objects.select_related("lead"), user).filter(pk=pk).first()
    if touch is None:
        raise Http404
    return touch


@require_GET
def attachment(request: HttpRequest, pk: int) -> HttpResponse | FileResponse:
    """A file of a touch, always as a download: it never opens inside our pages."""
    files = Attachment.objects.select_related("touch").filter(pk=pk)
    found = seen_by(files, current(request), "touch__lead").first()
    if found is None:
        raise Http404
    try:
        stream = attachments.path_of(found).open("rb")
    except OSError:
        toast.warn(request, f"{found.name} is no longer kept on this server.")
        return redirect("leads:detail", found.touch.lead_id)
    return FileResponse(
        stream, as_attachment=True, filename=found.name, content_type="application/octet-stream"
    )


@require_POST
def reply_correct(request: HttpRequest, pk: int) -> HttpResponse:
    """ "Not right?": a person says what an answer means; what follows from it runs anew."""
    user = current(request)
    found = seen_by(ThreadEvent.objects.select_related("lead"), user).filter(pk=pk).first()
    if found is None:
        raise Http404
    try:
        if replies.correct(found, request.POST.get("label", ""), user):
            toast.show(request, "Sorted. It is used from now on.")
    except replies.ReplyError as error:
        toast.warn(request, str(error))
    return redirect(reverse("leads:detail", args=[found.lead_id]) + f"#e{found.pk}")


@require_http_methods(["GET", "POST"])
def move(request: HttpRequest, pk: int) -> HttpResponse:
    """Put a lead into a sequence; one that runs is stopped first."""
    user = current(request)
    lead = lead_for(user, pk)
    error = ""
    if request.method == "POST":
        error = _move(user, lead, request.POST.get("sequence", ""))
        if not error:
            toast.show(request, "Added to the sequence. Its first draft comes to Approvals.")
            return redirect("leads:detail", lead.pk)
    context = {
        "page": "leads",
        "lead": lead,
        "now_in": enrollment.open_for(lead),
        "sequences": sequences_for(user).filter(state=Sequence.State.RUNNING),
        "chosen": request.POST.get("sequence", ""),
        "error": error,
    }
    return render(request, "leads/lead_move.html", context, status=422 if error else 200)


def _move(user: User, lead: Lead, chosen: str) -> str:
    """The reason why it did not work, or ""."""
    sequence = (
        sequences_for(user).filter(pk=chosen, state=Sequence.State.RUNNING).first()
        if chosen.isdecimal()
        else None
    )
    if sequence is None:
        return "Choose a sequence."
    try:
        with transaction.atomic():
            running = enrollment.open_for(lead)
            if running is not None and running.sequence_id == sequence.pk:
                return f"{lead.name} is in this sequence already."
            if running is not None:
                enrollment.stop(running, reason="manual", actor=user.actor)
            enrollment.enroll(lead, sequence, user=user)
    except enrollment.EnrollmentError as error:
        return str(error)
    return ""

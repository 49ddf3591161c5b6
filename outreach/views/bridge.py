"""Call through my phone: the button, how it stands, and what the service asks during the call."""

import uuid

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from leads.access import lead_for, seen_by
from outreach.access_work import task_for
from outreach.channels import twilio_voice
from outreach.models import Call, Task
from outreach.services import bridge
from outreach.views.webhooks import MAX_BYTES, twilio_form
from salesagent.accounts.access import current
from salesagent.accounts.models import User
from salesagent.lib import toast, webhook


@require_POST
def start(request: HttpRequest, pk: int) -> HttpResponse:
    """Ring my phone, then the lead's. `task`: the line of Today it is for."""
    user = current(request)
    lead = lead_for(user, pk)
    task = _task(user, request.POST.get("task", ""), lead.pk)
    try:
        token = uuid.UUID(request.POST.get("token", ""))
    except ValueError:
        token = uuid.uuid4()
    try:
        if bridge.start(lead, user, token=token, task=task):
            toast.show(request, f"Your phone will ring, then {lead.name} is called.")
    except bridge.BridgeError as error:
        toast.warn(request, str(error))
    if task is not None:
        return redirect("outreach:today_task", task.pk)
    response = redirect("leads:detail", lead.pk)
    response["Location"] += "?tab=call"
    return response


def _task(user: User, pk: str, lead_id: int) -> Task | None:
    if not (pk.isdecimal() and len(pk) < 12):
        return None
    task = task_for(user, int(pk))
    return task if task.lead_id == lead_id else None


@require_GET
def state(request: HttpRequest, pk: int) -> HttpResponse:
    """How the call stands, asked every few seconds; 286 ends the asking (htmx)."""
    user = current(request)
    call = seen_by(Call.objects.select_related("lead"), user).filter(pk=pk, user=user).first()
    if call is None:
        raise Http404
    if not request.headers.get("HX-Request"):
        return redirect(reverse("leads:detail", args=[call.lead_id]) + "?tab=call")
    is_open = call.state in bridge.OPEN
    field = "d-min" if request.GET.get("where") == "task" else "id_call-minutes"
    context = {
        "call": call,
        "words": bridge.WORDS.get(call.state, ""),
        "call_open": is_open,
        "minutes": bridge.minutes(call),
        "field": field,
        "fill": not is_open and call.seconds > 0,
        "where": request.GET.get("where", ""),
    }
    return render(request, "outreach/_call_state.html", context, status=200 if is_open else 286)


# --- the service ---


@webhook.webhook(max_bytes=MAX_BYTES, content_types=webhook.FORM)
def whisper(request: HttpRequest, pk: int) -> HttpResponse:
    _, form = twilio_form(request)
    return _twiml(bridge.whisper(pk, twilio_voice.call_id(form)))


@webhook.webhook(max_bytes=MAX_BYTES, content_types=webhook.FORM)
def key(request: HttpRequest, pk: int) -> HttpResponse:
    _, form = twilio_form(request)
    return _twiml(bridge.pressed(pk, twilio_voice.call_id(form)))


@webhook.webhook(max_bytes=MAX_BYTES, content_types=webhook.FORM)
def ended(request: HttpRequest, pk: int) -> HttpResponse:
    """The leg to the lead has ended."""
    _, form = twilio_form(request)
    end, seconds = twilio_voice.end_of_theirs(form)
    return _twiml(bridge.theirs_ended(pk, twilio_voice.call_id(form), end, seconds))


@webhook.webhook(max_bytes=MAX_BYTES, content_types=webhook.FORM)
def status(request: HttpRequest, pk: int) -> HttpResponse:
    """Our own leg has ended; reports on the way are taken and forgotten."""
    _, form = twilio_form(request)
    if end := twilio_voice.end_of_ours(form):
        bridge.ours_ended(pk, twilio_voice.call_id(form), end)
    return HttpResponse(status=204)


def _twiml(content: str) -> HttpResponse:
    return HttpResponse(content, content_type="text/xml")

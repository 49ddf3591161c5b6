"""Hints while somebody writes or speaks, and taking a play over into the answer.

With JavaScript these answer parts of a page; without it each of them is a page or leads to one.
"""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST

from coaching import access
from coaching.models import Play
from coaching.panels import hints as panel
from coaching.services import hints as service
from coaching.services import objections, uses
from leads.access import lead_for
from leads.models import Lead
from leads.views.lead import page as lead_page
from outreach.forms_compose import CallForm, EmailForm
from outreach.services import merge, replying
from salesagent.accounts.access import current
from salesagent.lib import throttle, toast

FIELDS = ("mail-body", "call-notes", "note", "text")
CALLS = ("call", "phone")
LIMIT, WINDOW = 120, 60  # hints a minute and person: nobody types so much


def _text(request: HttpRequest) -> str:
    """What was typed so far, in whichever form it stood."""
    found = next((request.POST[name] for name in FIELDS if request.POST.get(name)), "")
    return found[: service.TEXT_LIMIT]


@require_POST
def hints(request: HttpRequest, pk: int) -> HttpResponse:
    user = current(request)
    lead = lead_for(user, pk)
    if not throttle.allow("coaching.hints", str(user.pk), limit=LIMIT, seconds=WINDOW):
        return HttpResponse("Too many requests. Wait a minute.", status=429)
    channel, text = request.GET.get("channel", "email")[:12], _text(request)
    kind = request.POST.get("kind") or request.POST.get("picked", "")
    template, context = panel(lead, user, channel, text, kind)
    context |= {"text": text, "field": request.GET.get("field", "")[:40]}
    if request.headers.get("HX-Request"):
        return render(request, template, context)
    return render(request, "coaching/hints.html", {"page": "leads", "part": template, **context})


@require_POST
def use(request: HttpRequest, pk: int, play_pk: int) -> HttpResponse:
    """Note that a play is used. Without JavaScript its text is put into the composer as well."""
    user = current(request)
    lead, play = lead_for(user, pk), access.play_for(play_pk)
    message, _ = objections.read(lead)
    uses.record(play, lead, user, event=message)
    channel = request.GET.get("channel", "email")
    if request.headers.get("HX-Request"):
        noted = '<span class="chip ok" role="status">Noted</span>'
        return HttpResponse(noted) if channel in CALLS else HttpResponse(status=204)
    return _composer(request, lead, play, channel)


def _composer(request: HttpRequest, lead: Lead, play: Play, channel: str) -> HttpResponse:
    """The lead page with the play's text at the end of what was typed."""
    user, typed = current(request), _text(request)
    if channel in CALLS:
        state = {"tab": "call", "call_form": CallForm(initial={"notes": typed})}
        toast.show(request, f"Noted: {play.name}.")
        return lead_page(request, lead, composer=state)
    answer = merge.render(play.answer, merge.fields_for(lead, user, None)).text
    body = f"{typed.rstrip()}\n\n{answer}".strip() + "\n"
    threaded = replying.reply_to(lead) is not None
    form = EmailForm(
        initial={"body": body, "subject": request.POST.get("mail-subject", "")[:200]},
        threaded=threaded,
    )
    return lead_page(request, lead, composer={"tab": "email", "email_form": form})


@require_POST
def wrong(request: HttpRequest, pk: int) -> HttpResponse:
    """ "Not right?": it is another objection, or none at all."""
    user = current(request)
    lead = lead_for(user, pk)
    message, guess = objections.read(lead)
    after = request.POST.get("right", "")
    if after not in (*Play.Kind.values, "none"):
        raise Http404
    service.not_right(lead, user, message, guess.kind if guess else "", after)
    if request.headers.get("HX-Request"):
        return hints(request, pk)
    toast.show(request, "Noted. It is used from now on.")
    return redirect(reverse("leads:detail", args=[lead.pk]))

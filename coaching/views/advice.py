"""Advice from a manager to a rep: draft, edit, send; read and answer."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from coaching import access
from coaching.models import Advice, Play, Talk
from coaching.services import advice as service
from coaching.services import advice_prose
from coaching.views.own import head
from leads.access import seen_by
from leads.models import ThreadEvent
from salesagent.accounts.access import current, manager_required
from salesagent.accounts.models import User
from salesagent.lib import tasks, toast


@require_POST
@manager_required
def draft(request: HttpRequest, pk: int) -> HttpResponse:
    """A draft from the threads, or an empty one to write by hand."""
    user = current(request)
    rep = access.rep_for(user, pk)
    try:
        kind = request.POST.get("about", "")
        if kind:
            made = service.draft(user, rep, kind)
            if "text" in request.POST:  # it was edited beside the example
                return _write(request, user, made)
        elif rep.pk == user.pk:
            raise Http404
        else:
            made = service.blank(user, rep)
    except service.AdviceError as error:
        toast.warn(request, str(error))
        return redirect("coaching:rep", rep.pk)
    return redirect("coaching:advice", made.pk)


@require_GET
def page(request: HttpRequest, pk: int) -> HttpResponse:
    """A draft for its author; what was sent for both."""
    user = current(request)
    advice = access.advice_for(user, pk)
    service.read(advice, user)
    drafting = advice.state == Advice.State.DRAFT
    context = head(request, "team" if advice.author_id == user.pk else "own") | {
        "a": advice,
        "mine": advice.author_id == user.pk,
        "drafting": drafting,
        "kind": dict(Play.Kind.choices).get(advice.about, ""),
        "links": links(advice, user),
        "won": _won(advice, user) if drafting else None,
        "may_ask": drafting and advice.writer == "rules" and advice_prose.may_ask(),
    }
    if context["may_ask"]:
        context["blocks"] = advice_prose.blocks(advice)
    return render(request, "coaching/advice.html", context)


def links(advice: Advice, user: User) -> list[tuple[str, str]]:
    """(address, words) of the messages it rests on that this reader may open."""
    events = seen_by(ThreadEvent.objects.filter(pk__in=advice.evidence, redacted_at=None), user)
    known = {event.pk: event for event in events.select_related("lead")}
    found = []
    for number in advice.evidence:
        if event := known.get(number):
            what = "their message" if event.kind == "reply.received" else "the answer"
            address = f"{reverse('leads:detail', args=[event.lead_id])}#e{event.pk}"
            found.append((address, f"{event.lead.name}, {what}"))
    return found


def _won(advice: Advice, user: User) -> Talk | None:
    """The answer that led on, for "Save the line to the playbook"."""
    rows = access.evidence(user).filter(event__in=advice.evidence, worked=True)
    return rows.select_related("rep").first()


@require_POST
@manager_required
def write(request: HttpRequest, pk: int) -> HttpResponse:
    """Save, send or throw away a draft, or let the model word it."""
    user = current(request)
    advice = access.advice_for(user, pk)
    if advice.author_id != user.pk:
        raise Http404
    access.rep_for(user, advice.rep_id)  # whoever no longer leads them writes nothing more
    try:
        return _write(request, user, advice)
    except service.AdviceError as error:
        toast.warn(request, str(error))
        return redirect("coaching:advice", advice.pk)


def _write(request: HttpRequest, user: User, advice: Advice) -> HttpResponse:
    action = request.POST.get("do", "")
    if action == "drop":
        service.drop(advice, user)
        toast.show(request, "Thrown away. Nothing was sent.")
        return redirect("coaching:rep", advice.rep_id)
    if action not in ("save", "send", "word"):
        raise Http404
    service.save(advice, user, request.POST.get("text", ""))
    if action == "send":
        service.send(advice, user)
        toast.show(request, f"Sent to {advice.rep.get_short_name()}.")
        return redirect("coaching:rep", advice.rep_id)
    if action == "word":
        tasks.enqueue("coaching.tasks.word_advice", advice.pk)
        toast.show(request, "The model words it. Load this page again in a moment.")
    else:
        toast.show(request, "Saved. It is not sent yet.")
    return redirect("coaching:advice", advice.pk)


@require_POST
def answer(request: HttpRequest, pk: int) -> HttpResponse:
    """What the rep says to it."""
    user = current(request)
    advice = access.advice_for(user, pk)
    if advice.rep_id != user.pk or advice.state != Advice.State.SENT:
        raise Http404
    try:
        service.answer(advice, user, request.POST.get("answer", ""))
        toast.show(request, f"{advice.author.get_short_name()} sees your answer.")
    except service.AdviceError as error:
        toast.warn(request, str(error))
    return redirect("coaching:advice", advice.pk)

"""The playbook: everybody reads it, managers and the owner change it."""

from typing import Any

from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from coaching import access
from coaching.forms import PlayForm
from coaching.models import Play
from coaching.services import examples, patterns, plays
from coaching.views.own import head
from coaching.views.team import proposals
from leads.access_corrections import decision_for
from outreach.services import merge
from salesagent.accounts.access import current, manager_required
from salesagent.lib import toast
from salesagent.lib.text import one_line


@require_GET
def index(request: HttpRequest) -> HttpResponse:
    """By kind, the ones that worked first."""
    plays.ensure()
    kind, query = request.GET.get("kind", ""), one_line(request.GET.get("q", ""), 80)
    everything = list(_search(query))
    counts = {code: sum(play.kind == code for play in everything) for code in Play.Kind.values}
    numbers = plays.records_of_all()
    rows = [(play, numbers.get(play.code, plays.Record())) for play in everything]
    rows.sort(key=lambda row: (-row[1].rate, row[0].name))
    chosen = kind if kind in Play.Kind.values else ""
    groups = [
        (code, label, [row for row in rows if row[0].kind == code])
        for code, label in Play.Kind.choices
        if chosen in ("", code) and counts[code]
    ]
    context = {
        **head(request, "playbook"),
        "groups": groups,
        "kinds": [(code, label, counts[code]) for code, label in Play.Kind.choices],
        "kind": chosen,
        "q": query,
        "total": len(everything),
        "may_edit": current(request).is_manager,
        "proposals": proposals(current(request)),
    }
    return render(request, "coaching/playbook.html", context)


def _search(query: str) -> Any:
    rows = plays.current().select_related("author")
    for word in query.split()[:6]:
        rows = rows.filter(
            Q(name__icontains=word)
            | Q(when__icontains=word)
            | Q(answer__icontains=word)
            | Q(question__icontains=word)
        )
    return rows


@require_GET
def detail(request: HttpRequest, pk: int) -> HttpResponse:
    """One play with its versions and what came of each."""
    play = access.play_for(pk)
    versions = Play.objects.filter(code=play.code).select_related("author").order_by("-version")
    context = {
        **head(request, "playbook"),
        "play": play,
        "sample": merge.render(play.answer, merge.SAMPLES).text,
        "record": plays.records([play.code]).get(play.code, plays.Record()),
        "versions": [(one, plays.record_of(one)) for one in versions[:20]],
        "newest": next(iter(versions), play),
        "may_edit": current(request).is_manager and play.retired_at is None,
    }
    return render(request, "coaching/play.html", context)


@require_http_methods(["GET", "POST"])
@manager_required
def edit(request: HttpRequest, pk: int) -> HttpResponse:
    return _form(request, access.play_for(pk))


@require_http_methods(["GET", "POST"])
@manager_required
def new(request: HttpRequest) -> HttpResponse:
    return _form(request, None)


@require_POST
@manager_required
def line(request: HttpRequest, pk: int) -> HttpResponse:
    """Take a proposed line into the playbook, or leave it out."""
    user = current(request)
    decision = decision_for(user, pk)
    if decision.rule != patterns.RULE:
        raise Http404
    try:
        if request.POST.get("do") == "accept":
            made = patterns.accept(decision, user)
            toast.show(request, "It is in the playbook. Say when it fits.")
            return redirect("coaching:play_edit", made.pk)
        patterns.dismiss(decision, user)
        toast.show(request, "Left out. It is not proposed again.")
    except (patterns.PatternError, plays.PlayError) as error:
        toast.warn(request, str(error))
    return redirect("coaching:playbook")


def _from_thread(request: HttpRequest) -> PlayForm | None:
    """A form that starts with an answer out of a thread the user may open."""
    number = request.GET.get("talk", "")
    if not number.isascii() or not number.isdigit() or len(number) > 18:
        return None
    talk = access.evidence(current(request)).filter(pk=int(number)).first()
    if talk is None:
        raise Http404
    text = examples.as_line(talk)
    return PlayForm(initial={"kind": talk.objection, "answer": text})


def _form(request: HttpRequest, play: Play | None) -> HttpResponse:
    form = PlayForm.of(play)
    if play is None and request.method == "GET":
        form = _from_thread(request) or form
    if request.method == "POST":
        form = PlayForm(request.POST)
        if form.is_valid():
            try:
                saved = plays.save(play, current(request), form.cleaned_data)
            except plays.PlayError as error:
                form.add_error(None, str(error))
            else:
                toast.show(request, "Saved as a new version." if play else "Added.")
                return redirect("coaching:play", saved.pk)
    context = {
        **head(request, "playbook"),
        "play": play,
        "form": form,
        "fields": list(merge.FIELDS.values()),
    }
    status = 422 if form.is_bound and form.errors else 200
    return render(request, "coaching/play_edit.html", context, status=status)

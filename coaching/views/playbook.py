"""The playbook: everybody reads it, managers and the owner change it."""

from typing import Any

from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_http_methods

from coaching import access
from coaching.forms import PlayForm
from coaching.models import Play
from coaching.services import plays
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
    numbers = plays.records(play.code for play in everything)
    rows = [(play, numbers.get(play.code, plays.Record())) for play in everything]
    rows.sort(key=lambda row: (-row[1].rate, row[0].name))
    chosen = kind if kind in Play.Kind.values else ""
    groups = [
        (code, label, [row for row in rows if row[0].kind == code])
        for code, label in Play.Kind.choices
        if chosen in ("", code) and counts[code]
    ]
    context = {
        "page": "coaching",
        "tab": "playbook",
        "groups": groups,
        "kinds": [(code, label, counts[code]) for code, label in Play.Kind.choices],
        "kind": chosen,
        "q": query,
        "total": len(everything),
        "may_edit": current(request).is_manager,
    }
    return render(request, "coaching/playbook.html", context)


def _search(query: str) -> Any:
    rows = plays.current()
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
        "page": "coaching",
        "tab": "playbook",
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


def _form(request: HttpRequest, play: Play | None) -> HttpResponse:
    form = PlayForm.of(play)
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
        "page": "coaching",
        "tab": "playbook",
        "play": play,
        "form": form,
        "fields": list(merge.FIELDS.values()),
    }
    status = 422 if form.is_bound and form.errors else 200
    return render(request, "coaching/play_edit.html", context, status=status)

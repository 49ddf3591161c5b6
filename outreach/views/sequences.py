"""The list of sequences, their people, who is added, and the sequence as a whole."""

from typing import Any

from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from leads.selectors import filters
from leads.selectors.counting import COUNT_CAP, capped_count
from leads.services import bulk
from outreach import content as builtin
from outreach import selectors_sequences as read
from outreach.access_sequences import editable_for, may_edit, sequence_for, sequences_for
from outreach.forms import SettingsForm
from outreach.models import Enrollment, Sequence
from outreach.sequence_page import always
from outreach.services import content, enrollment, sequence_life
from outreach.services.sequences import SequenceError
from salesagent.accounts.access import current
from salesagent.lib import toast
from salesagent.lib.text import plural

ENROLL_MOST = 500  # in one request; the page says so
SHOWN = 25
STATE_WORDS = {"running": "Runs.", "paused": "Paused. Nothing is sent.", "archived": "Put away."}


@require_GET
def index(request: HttpRequest) -> HttpResponse:
    """All sequences this user sees, and the ready-made ones to copy."""
    content.ensure_builtin()
    archived = request.GET.get("show") == "archived"
    context = {
        "page": "sequences",
        "cards": read.cards(current(request), archived=archived),
        "archived": archived,
        "plans": builtin.SEQUENCES,
        "channels_of": {
            plan.code: [_channel(touch.text) for touch in plan.touches]
            for plan in builtin.SEQUENCES
        },
    }
    return render(request, "outreach/sequences.html", context)


def _channel(code: str) -> str:
    return next(text.channel for text in builtin.TEXTS if text.code == code)


@require_POST
def create(request: HttpRequest) -> HttpResponse:
    try:
        sequence = sequence_life.create(current(request), request.POST.get("name", ""))
    except SequenceError as error:
        toast.warn(request, str(error))
        return redirect("outreach:sequences")
    return redirect("outreach:sequence", sequence.pk)


@require_POST
def copy_ready(request: HttpRequest) -> HttpResponse:
    """A ready-made one as the user's own draft."""
    try:
        sequence = content.copy_sequence(request.POST.get("code", ""), current(request))
    except content.ContentError as error:
        toast.warn(request, str(error))
        return redirect("outreach:sequences")
    toast.show(request, "Copied as a draft. Read the touches, then start it.")
    return redirect("outreach:sequence", sequence.pk)


@require_POST
def copy(request: HttpRequest, pk: int) -> HttpResponse:
    mine = sequence_life.copy(sequence_for(current(request), pk), current(request))
    toast.show(request, "Copied. This one is yours to change.")
    return redirect("outreach:sequence", mine.pk)


@require_POST
def state(request: HttpRequest, pk: int) -> HttpResponse:
    sequence, wanted = editable_for(current(request), pk), request.POST.get("state", "")
    try:
        sequence_life.set_state(sequence, wanted)
        toast.show(request, f"{sequence.name}: {STATE_WORDS[wanted]}")
    except SequenceError as error:
        toast.warn(request, str(error))
    return redirect("outreach:sequence", sequence.pk)


@require_http_methods(["GET", "POST"])
def settings_page(request: HttpRequest, pk: int) -> HttpResponse:
    """Name, window, rule, and putting it away."""
    sequence = editable_for(current(request), pk)
    names = (
        "name", "description", "window_start", "window_end", "track_clicks", "track_opens",
        "adaptive",
    )  # fmt: skip
    form = SettingsForm(request.POST or None, initial={n: getattr(sequence, n) for n in names})
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        try:
            sequence_life.save_settings(
                sequence,
                name=data["name"],
                description=data["description"],
                start=data["window_start"],
                end=data["window_end"],
                track_clicks=data["track_clicks"],
                track_opens=data["track_opens"],
                adaptive=data["adaptive"],
            )
        except SequenceError as error:
            form.blame(error.field, str(error))
        else:
            toast.show(request, "Saved.")
            return redirect("outreach:sequence_settings", sequence.pk)
    context = _frame(request, sequence, "settings", form=form)
    status = 422 if form.is_bound else 200
    return render(request, "outreach/sequence_settings.html", context, status=status)


def _frame(request: HttpRequest, sequence: Sequence, tab: str, **extra: Any) -> dict[str, Any]:
    """What every page of one sequence shows at its top."""
    return {
        "page": "sequences",
        "tab": tab,
        "sequence": sequence,
        "counts": read.counts_for(sequence),
        "may_edit": may_edit(current(request), sequence),
        **extra,
    }


@require_GET
def people(request: HttpRequest, pk: int) -> HttpResponse:
    """Who is in it, newest first."""
    sequence = sequence_for(current(request), pk)
    wanted = request.GET.get("state", "")
    states = dict(Enrollment.State.choices)
    shown = wanted if wanted in states else ""
    after = request.GET.get("after", "")
    number = int(after) if after.isascii() and after.isdigit() and len(after) < 16 else None
    page = read.people(current(request), sequence, state=shown, after=number)
    context = _frame(
        request, sequence, "people", people=page, states=states, shown=shown, first=number is None
    )
    return render(request, "outreach/sequence_people.html", context)


@require_http_methods(["GET", "POST"])
def enroll(request: HttpRequest, pk: int) -> HttpResponse:
    """Choose people by the lead list's filters and add them, once or from now on."""
    sequence = sequence_for(current(request), pk)
    if request.method == "POST":
        return _enroll_found(request, sequence)
    found = filters.read(request.GET)
    leads = _addable(request, found)
    total = capped_count(leads)
    context = _frame(
        request,
        sequence,
        "enroll",
        filters=found,
        choices=filters.choices(current(request)),
        query=filters.clean_query(request.GET),
        found=leads.select_related("company")[:SHOWN],
        total=f"{COUNT_CAP:,}+" if total > COUNT_CAP else f"{total:,}",
        some=total > 0,
        most=ENROLL_MOST,
        live=sequence.rule.get("live", False),
        rules=always(sequence),
    )
    return render(request, "outreach/sequence_enroll.html", context)


def _addable(request: HttpRequest, found: filters.Filters) -> Any:
    """Leads that match and are in no sequence now, best first."""
    leads = filters.narrow(current(request), found).filter(archived_at=None)
    return leads.exclude(enrollments__state__in=read.OPEN).order_by("-score", "-pk")


def _enroll_found(request: HttpRequest, sequence: Sequence) -> HttpResponse:
    query = QueryDict(request.POST.get("query", "")[:2000])
    leads = _addable(request, filters.read(query)).select_related("owner", "company")[:ENROLL_MOST]
    _say(request, enrollment.enroll_many(list(leads), sequence, current(request)), sequence)
    return redirect("outreach:sequence_people", sequence.pk)


@require_POST
def enroll_bulk(request: HttpRequest) -> HttpResponse:
    """The lead list's bulk bar: the chosen leads and one `sequence`; without it, a page to choose.

    Leads come as `ids`, or as `all` with the list's `query`: see leads.services.bulk.chosen.
    """
    user = current(request)
    leads = bulk.chosen(user, request.POST).order_by("-score", "-pk")
    number = request.POST.get("sequence", "")
    if not (number.isascii() and number.isdigit() and len(number) < 16):
        return _choose_sequence(request, leads.count())
    sequence = sequence_for(user, int(number))
    found = list(leads.select_related("owner", "company")[:ENROLL_MOST])
    _say(request, enrollment.enroll_many(found, sequence, user), sequence)
    return redirect("outreach:sequence_people", sequence.pk)


def _choose_sequence(request: HttpRequest, count: int) -> HttpResponse:
    """Which sequence the chosen leads go into; the choice of leads is carried along."""
    if not count:
        toast.warn(request, "Choose at least one lead first.")
        return redirect("leads:list")
    states = [Sequence.State.RUNNING, Sequence.State.PAUSED]
    context = {
        "page": "leads",
        "count": count,
        "most": ENROLL_MOST,
        "sequences": sequences_for(current(request)).filter(state__in=states)[:100],
        "ids": request.POST.getlist("ids")[: bulk.MAX_IDS],
        "all": request.POST.get("all", ""),
        "query": request.POST.get("query", "")[:2000],
    }
    return render(request, "outreach/sequence_choose.html", context)


def _say(request: HttpRequest, result: tuple[int, dict[str, int]], sequence: Sequence) -> None:
    """How many were added, and why the others were not."""
    count, refused = result
    words = [f"{plural(count, 'person', 'people')} added to {sequence.name}."]
    named = enrollment.REFUSED_WORDS
    words += [f"{n} left out: {named.get(code, code)}." for code, n in refused.items()]
    if count and sequence.state == Sequence.State.PAUSED:
        words.append("Nothing is sent while it is paused.")
    (toast.show if count else toast.warn)(request, " ".join(words))


@require_POST
def rule(request: HttpRequest, pk: int) -> HttpResponse:
    """Add who matches from now on, or stop doing so."""
    user = current(request)
    sequence = editable_for(user, pk)
    live = request.POST.get("live") == "on"
    query = request.POST.get("query", "")[:2000]
    sequence_life.save_rule(sequence, query, live=live, user=user)
    on = live and bool(query)
    toast.show(
        request,
        "From now on everybody who matches is added." if on else "Nobody is added by itself.",
    )
    return redirect("outreach:sequence_settings", sequence.pk)

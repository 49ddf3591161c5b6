"""Duplicates: the pairs to look at, two leads side by side, and a merge with its way back."""

from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from leads import duplicate_page
from leads.access import lead_for, leads_for, sees
from leads.models import DuplicatePair, Lead, Merge
from leads.selectors.listing import forget_counts
from leads.services import duplicates, merging, unmerging
from salesagent.accounts.access import current
from salesagent.accounts.models import User
from salesagent.lib import jobs, toast
from salesagent.lib.job_view import show
from salesagent.lib.models import Job
from salesagent.lib.text import one_line

PAGE = 25
RECENT = 10


@require_GET
def page(request: HttpRequest) -> HttpResponse:
    """All pairs that wait, and the merges that can still be taken back."""
    user = current(request)
    pairs = Paginator(duplicates.pairs_for(user), PAGE).get_page(request.GET.get("page"))
    context = {
        "page": "leads",
        "rows": [duplicate_page.line(pair) for pair in pairs],
        "pairs": pairs,
        "merges": _recent(user),
        "apart": [duplicate_page.line(pair) for pair in duplicates.apart_for(user)[:RECENT]],
        "jobs": [show(job, go=True) for job in _running(user)],
        "looked": _looked(user, request.GET.get("looked", "")),
    }
    return render(request, "leads/duplicates.html", context)


def _looked(user: User, number: str) -> Job | None:
    """The search that has just ended and led here."""
    if not number.isascii() or not number.isdigit() or len(number) > 15:
        return None
    ended = Job.objects.filter(owner=user, kind=duplicates.KIND, state=Job.State.DONE)
    return ended.filter(pk=int(number)).first()


def _recent(user: User) -> list[Merge]:
    mine = leads_for(user).order_by().values("pk")
    return _undoable(Merge.objects.filter(undone_at=None, keeper__in=mine), user)


def _undoable(rows: QuerySet[Merge], user: User) -> list[Merge]:
    """The newest that the user may take back now."""
    found = rows.select_related("keeper", "gone", "by")[:RECENT]
    return [row for row in found if sees(user, row.gone) and not unmerging.why_not(row)]


def _running(user: User) -> list[Job]:
    states = [Job.State.QUEUED, Job.State.RUNNING]
    return list(Job.objects.filter(owner=user, kind=duplicates.KIND, state__in=states)[:1])


@require_POST
def look(request: HttpRequest) -> HttpResponse:
    """Compare all leads now, in the background."""
    user = current(request)
    if not _running(user):
        jobs.start(
            kind=duplicates.KIND,
            title="Looking for duplicates",
            task="leads.duplicate_tasks.find_now",
            owner=user,
            total=duplicates.alive().count(),
            data={"unit": "leads"},
            can_stop=False,
        )
    return redirect("leads:duplicates")


@require_http_methods(["GET", "POST"])
def of_lead(request: HttpRequest, pk: int) -> HttpResponse:
    """Who may be the same person as this lead. POST looks again."""
    user = current(request)
    lead = lead_for(user, pk)
    if request.method == "POST":
        found = duplicates.look_at(lead)
        toast.show(request, "Looked again." if found else "Nobody else looks like this person.")
        return redirect("leads:duplicates_of", lead.pk)
    query = one_line(request.GET.get("q", ""), 100)
    rows = [
        duplicate_page.line(pair)
        | {"other": pair.second if pair.first_id == lead.pk else pair.first}
        for pair in duplicates.pairs_of(lead)
        if sees(user, pair.first) and sees(user, pair.second)
    ]
    context = {
        "page": "leads",
        "lead": lead,
        "rows": rows,
        "query": query,
        "others": duplicates.others(user, lead, query),
        "merges": _undoable(lead.merges.filter(undone_at=None), user),
    }
    return render(request, "leads/duplicates_lead.html", context)


@require_POST
def two(request: HttpRequest) -> HttpResponse:
    """POST `ids`: two leads that a person knows are one, to be compared."""
    user = current(request)
    ids = {int(one) for one in request.POST.getlist("ids")[:1000] if _is_id(one)}
    found = list(leads_for(user).filter(pk__in=ids)[:3]) if len(ids) == 2 else []
    if len(found) != 2 or request.POST.get("all"):
        toast.warn(request, "Choose exactly two leads to merge.")
        return redirect(_back(request))
    gone = next((lead for lead in found if not lead.is_open), None)
    if gone is not None:
        toast.warn(request, f"{gone.name} is archived. Bring the lead back first.")
        return redirect(_back(request))
    return redirect("leads:duplicate", duplicates.pair_of(*found).pk)


def _is_id(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 16


def _back(request: HttpRequest) -> str:
    """The posted `next` if it is a page of ours, else the list."""
    target = request.POST.get("next", "")
    ours = url_has_allowed_host_and_scheme(target, {request.get_host()}, request.is_secure())
    return target if target and ours else reverse("leads:list")


def _pair_for(user: User, pk: int) -> DuplicatePair:
    """The pair, or Http404 unless the user sees both leads."""
    rows = DuplicatePair.objects.select_related(
        *(f"{side}__{name}" for side in ("first", "second") for name in ("owner", "company"))
    )
    pair = get_object_or_404(rows, pk=pk)
    if not sees(user, pair.first) or not sees(user, pair.second):
        raise Http404
    return pair


@require_http_methods(["GET", "POST"])
def compare(request: HttpRequest, pk: int) -> HttpResponse:
    """Two leads side by side; POST merges them as chosen."""
    user = current(request)
    pair = _pair_for(user, pk)
    two = {str(lead.pk): lead for lead in (pair.first, pair.second)}
    gone = next((lead for lead in two.values() if not lead.is_open), None)
    if gone is not None:
        toast.warn(request, f"{gone.name} is archived or was merged before.")
        return redirect("leads:duplicates")
    if request.method == "POST":
        return _merge(request, pair, two)
    keeper = two.get(request.GET.get("keep", "")) or merging.better_keeper(pair.first, pair.second)
    context = {
        "page": "leads",
        **duplicate_page.line(pair),
        "keeper": keeper,
        "rows": duplicate_page.rows(pair, keeper),
        "first": duplicate_page.counts(pair.first),
        "second": duplicate_page.counts(pair.second),
    }
    return render(request, "leads/duplicates_compare.html", context)


def _merge(request: HttpRequest, pair: DuplicatePair, two: dict[str, Lead]) -> HttpResponse:
    user = current(request)
    keeper = two.get(request.POST.get("keeper", ""))
    if keeper is None:
        toast.warn(request, "Choose which lead stays.")
        return redirect("leads:duplicate", pair.pk)
    gone = next(lead for lead in two.values() if lead is not keeper)
    chosen = {unit.code: request.POST.get(unit.code, "") for unit in merging.UNITS}
    try:
        choices = duplicate_page.by_lead(chosen, pair, keeper)
        row = merging.merge(keeper, gone, choices, user)
    except merging.MergeError as error:
        toast.warn(request, str(error))
        return redirect("leads:duplicates")
    forget_counts(user)
    undo = reverse("leads:merge_undo", args=[row.pk])
    toast.show(request, f"Merged into {keeper.name}. Both threads are here.", undo_url=undo)
    return redirect("leads:detail", keeper.pk)


@require_POST
def apart(request: HttpRequest, pk: int) -> HttpResponse:
    """POST `do`: "apart" says that they are two people, "ask" takes it back."""
    user = current(request)
    pair = _pair_for(user, pk)
    if request.POST.get("do") == "ask":
        duplicates.ask_again(pair)
        return redirect("leads:duplicate", pair.pk)
    if duplicates.keep_apart(pair, user):
        toast.show(request, "Kept apart. They will not be proposed again.")
    lead = request.POST.get("lead", "")
    if lead in (str(pair.first_id), str(pair.second_id)):
        return redirect("leads:duplicates_of", lead)
    return redirect("leads:duplicates")


def _merge_for(user: User, pk: int) -> Merge:
    row = get_object_or_404(Merge.objects.select_related("keeper", "gone", "by"), pk=pk)
    if not sees(user, row.keeper) or not sees(user, row.gone):
        raise Http404
    return row


@require_GET
def merged(request: HttpRequest, pk: int) -> HttpResponse:
    """What one merge did, and what stayed after it was taken back."""
    row = _merge_for(current(request), pk)
    context = {
        "page": "leads",
        "row": row,
        "moved": merging.moved_words(row),
        "stayed": row.before.get("stayed", []),
        "why_not": unmerging.why_not(row),
        "until": row.at + merging.UNDO_FOR,
        "pair": duplicates.apart_of(row.keeper, row.gone) if row.undone_at else None,
    }
    return render(request, "leads/duplicates_merge.html", context)


@require_POST
def undo(request: HttpRequest, pk: int) -> HttpResponse:
    user = current(request)
    row = _merge_for(user, pk)
    try:
        stayed = unmerging.undo(row, user)
    except merging.MergeError as error:
        toast.warn(request, str(error))
        return redirect("leads:merge", row.pk)
    forget_counts(user)
    toast.show(request, "Two leads again." if not stayed else "Two leads again. See what stayed.")
    return redirect("leads:merge", row.pk)

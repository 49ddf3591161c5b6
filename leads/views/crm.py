"""Settings, Connections, HubSpot or Salesforce: the account, how it is kept equal, what was done.

Managers and the owner look, each at the leads that are theirs; only the owner connects, chooses
and starts.
"""

from typing import Any

from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from leads import crm_page, crm_rule_words
from leads.access_crm import changes_for, conflict_for, conflicts_for, run_for
from leads.forms_crm import ChoicesForm
from leads.forms_import import BASES, BASIS_HINTS
from leads.models import SyncChange, SyncRun
from leads.services import (
    crm_accounts,
    crm_anew,
    crm_clock,
    crm_conflicts,
    crm_connect,
    crm_counts,
    crm_sync,
    crm_undo,
)
from leads.services.crm_accounts import SyncError
from leads.services.crm_eligible import CHOICES
from leads.views.crm_connect import connected
from salesagent.accounts import connections
from salesagent.accounts.access import current, manager_required, owner_required
from salesagent.accounts.models import Connection, User
from salesagent.lib import toast
from salesagent.lib.views import STOP_POLLING

State = SyncRun.State
PAGE, QUESTIONS, FAILURES, RECENT, PAST = 50, 50, 20, 6, 20


@require_safe
@manager_required
def page(request: HttpRequest, provider: str) -> HttpResponse:
    """Off: how to connect. Connected: how it goes, what to decide, what was done."""
    shown, row = crm_page.base(provider), connections.active(provider)
    if row is None:
        return _off(request, shown)
    user = current(request)
    runs = crm_sync.history(provider, size=RECENT)[:RECENT]
    running = next((run for run in runs if run.state in crm_page.ACTIVE), None)
    last = _whole(row).exclude(state__in=crm_page.ACTIVE).first()
    told = [crm_page.told(run, runs[0].pk) for run in runs]
    decide = _to_decide(user, provider, request.GET.get("after", ""), last)
    number = crm_conflicts.count(provider)
    context = {
        **shown,
        "connection": row,
        "missing": row.settings.get("missing") or [],
        "not_ready": _not_ready(row),
        "running": crm_page.live(running),
        "latest": crm_page.with_open(crm_page.told(last), number) if last else None,
        **_dry_run(told, number),
        **_deleted(user, row),
        "runs": told,
        "choices": _choices(row),
        "next_sync": crm_clock.next_at(row),
        "rules": crm_rule_words.summary(crm_accounts.terms_of(row)),
        **decide,
    }
    return render(request, "leads/crm/page.html", context)


def _deleted(user: User, row: Connection) -> dict[str, Any]:
    """What stands here only since it was deleted there; the owner says what becomes of it."""
    found = crm_anew.waiting(row) if user.is_owner else crm_anew.waiting(row).none()
    shown = list(found[: FAILURES + 1])
    return {
        "deleted": [(link, link.deal or link.company or link.lead) for link in shown[:FAILURES]],
        "deleted_number": found.count() if len(shown) > 1 else len(shown),
        "more_deleted": len(shown) > FAILURES,
    }


def _dry_run(told: list[crm_page.Told], number: int) -> dict[str, Any]:
    """The one that waits, with what it would ask; what it asks anew is not in the table yet."""
    waits = next((run for run in told if run.waits), None)
    if waits is None:
        return {"waits": None}
    asked = sum(one.number for one in waits.tiles if one.code == "decide")
    shown = crm_page.with_open(waits, number)
    return {"waits": shown, "waits_new": max(asked - number, 0)}


def _off(request: HttpRequest, shown: dict[str, Any]) -> HttpResponse:
    """Managers are told that the owner connects it."""
    if current(request).is_owner:
        return redirect("leads:crm_connect", shown["provider"])
    return render(request, "leads/crm/none.html", shown)


def _not_ready(row: Connection) -> str:
    try:
        crm_accounts.check_ready(row)
    except SyncError as error:
        return error.message
    return ""


def _choices(row: Connection) -> list[tuple[str, str]]:
    """What the owner chose, as lines; empty before."""
    terms = crm_accounts.terms_of(row)
    if not terms.basis:
        return []
    schedule = str(row.settings.get("schedule") or "off")
    owner = (
        terms.owner.name if terms.owner else "The assignment rules say, or a manager hands them out"
    )
    when = crm_accounts.SCHEDULES.get(schedule, "")
    if schedule != "off" and not crm_sync.ended(row.service, row.account).exists():
        when += ", after the first sync that the owner starts"
    return [
        ("People who come in", f"{dict(BASES).get(terms.basis, '')}. {terms.basis_source}"),
        ("New leads go to", f"Their owner in {terms.label} if they work here, else: {owner}"),
        ("Goes out", CHOICES.get(terms.push, "")),
        ("When", when),
    ]


def _to_decide(user: User, provider: str, after: str, last: SyncRun | None) -> dict[str, Any]:
    words = crm_page.Words(provider, user)
    number = _number(after)
    found = conflicts_for(user, provider)
    found = found.filter(pk__gt=number) if number else found
    shown, waits = list(found[: QUESTIONS + 1]), found.count()
    rows = changes_for(user, last) if last else SyncChange.objects.none()
    rows = rows.select_related("deal", "event")
    failed = rows.filter(state=SyncChange.State.FAILED).order_by("pk")[: FAILURES + 1]
    return {
        "to_decide": waits,
        "questions": crm_page.questions(shown[:QUESTIONS], words, user),
        "more_questions": shown[QUESTIONS - 1].pk if len(shown) > QUESTIONS else None,
        "settled": crm_page.settled(rows),
        "failures": crm_page.rows(failed[:FAILURES], words),
        "more_failures": len(failed) > FAILURES,
    }


def _number(text: str) -> int | None:
    if text and not (text.isascii() and text.isdigit() and len(text) < 19):
        raise Http404
    return int(text) if text else None


@require_safe
@manager_required
def live(request: HttpRequest, provider: str, pk: int) -> HttpResponse:
    """The progress part alone. When it has ended, the whole page is fetched anew."""
    run = run_for(current(request), provider, pk)
    ended = run.state not in crm_page.ACTIVE
    context = {**crm_page.base(provider), "running": crm_page.live(run)}
    response = render(request, "leads/crm/_live.html", context)
    if ended:
        response.status_code = STOP_POLLING
        response["HX-Refresh"] = "true"
    return response


@require_http_methods(["GET", "HEAD", "POST"])
@owner_required
def choices(request: HttpRequest, provider: str) -> HttpResponse:
    """On what ground, whose, which leads, when: needed before the first sync."""
    row = connected(provider)
    form = ChoicesForm(request.POST if request.method == "POST" else None, stored=row)
    if request.method == "POST" and form.is_valid():
        crm_accounts.set_options(row, **form.options())
        toast.show(request, "Saved. The next sync keeps to it.")
        return redirect("leads:crm", provider)
    context = {
        **crm_page.base(provider),
        "connection": row,
        "form": form,
        "bases": [(code, label, BASIS_HINTS.get(code, "")) for code, label in BASES],
    }
    return render(request, "leads/crm/choices.html", context, status=422 if form.errors else 200)


@require_POST
@owner_required
def start(request: HttpRequest, provider: str) -> HttpResponse:
    """POST `preview`: a dry run; else both sides are made equal."""
    row = connected(provider)
    try:
        if not row.settings.get("name"):
            crm_connect.check(row)
        run = _begin(row, current(request), preview="preview" in request.POST)
    except (SyncError, crm_connect.ConnectError) as error:
        toast.warn(request, str(error))
        needed = getattr(error, "field", "")
        return redirect("leads:crm_choices" if needed else "leads:crm", provider)
    if run.state == State.STOPPED:
        toast.show(request, crm_sync.BEHIND)
        return _home(provider)
    return redirect("leads:crm_run", provider, run.pk) if run.preview else _home(provider)


def _whole(row: Connection) -> QuerySet[SyncRun]:
    """Syncs of this account, newest first, without those of single records."""
    return crm_sync.whole(row.service).filter(account=row.account).select_related("user", "job")


def _begin(row: Connection, user: User, *, preview: bool) -> SyncRun:
    """A sync that was paused or failed goes on where it was. Raises SyncError."""
    last = _whole(row).first()
    early = last is not None and last.state in (State.STOPPED, State.FAILED)
    if last and early and not preview and crm_sync.go_on(last, user):
        return last
    return crm_sync.start(row.service, user, preview)


def _home(provider: str) -> HttpResponse:
    return redirect("leads:crm", provider)


@require_POST
@owner_required
def pause(request: HttpRequest, provider: str, pk: int) -> HttpResponse:
    run = run_for(current(request), provider, pk)
    if crm_sync.pause(run):
        toast.show(request, "Pauses after the part it is in. Sync now goes on from there.")
    else:
        toast.warn(request, "It had ended already.")
    return redirect("leads:crm", provider)


@require_POST
@owner_required
def settle(request: HttpRequest, provider: str, pk: int) -> HttpResponse:
    """POST `choice`: here or there. It is written with the next sync."""
    conflict = conflict_for(current(request), provider, pk)
    choice = request.POST.get("choice", "")
    if choice not in ("here", "there"):
        toast.warn(request, "Choose one of the two values first.")
    elif conflict.state != conflict.State.OPEN:
        toast.warn(request, "This was decided before.")
    else:
        words = crm_page.Words(provider)
        text = conflict.here if choice == "here" else conflict.there
        kept = words.value(conflict.link.kind, conflict.field, text) or "empty"
        try:
            done = crm_conflicts.settle(conflict, choice, current(request))
        except SyncError as error:
            toast.warn(request, error.message)
        else:
            toast.show(request, f"Kept: {kept}" if done else "This was decided before.")
    return redirect("leads:crm", provider)


@require_safe
@manager_required
def run(request: HttpRequest, provider: str, pk: int) -> HttpResponse:
    """One run as a diff: what changes or changed, where, from what to what."""
    user = current(request)
    found = run_for(user, provider, pk)
    words = crm_page.Words(provider, user)
    every = changes_for(user, found)
    counts = crm_counts.by_code(every)
    chosen = request.GET.get("show", "")
    shown = crm_counts.coded(every).select_related("deal", "event").order_by("pk")
    shown = shown.filter(code=chosen) if chosen in crm_page.WORDS else shown
    after = _number(request.GET.get("after", ""))
    listed = list((shown.filter(pk__gt=after) if after else shown)[: PAGE + 1])
    active, newest = found.state in crm_page.ACTIVE, crm_sync.latest(provider)
    told = crm_page.told(found, newest.pk if newest else None)
    context = {
        **crm_page.base(provider),
        "run": told,
        "running": crm_page.live(found) if active else None,
        "rows": crm_page.rows(listed[:PAGE], words, preview=found.preview),
        "next": listed[PAGE - 1].pk if len(listed) > PAGE else None,
        "first": after is None,
        "filters": crm_page.filters(counts, words),
        "show": chosen if chosen in crm_page.WORDS else "",
        "total": sum(counts.values()),
        "partly": not user.is_owner,
        "can_start": user.is_owner and told.waits,
        "can_undo": user.is_owner and not crm_undo.can(found),
    }
    return render(request, "leads/crm/run.html", context)


@require_safe
@manager_required
def history(request: HttpRequest, provider: str) -> HttpResponse:
    before = _number(request.GET.get("before", ""))
    found, newest = crm_sync.history(provider, before=before, size=PAST), crm_sync.latest(provider)
    context = {
        **crm_page.base(provider),
        "runs": [crm_page.told(run, newest.pk if newest else None) for run in found[:PAST]],
        "next": found[PAST - 1].pk if len(found) > PAST else None,
        "first": before is None,
    }
    return render(request, "leads/crm/history.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@owner_required
def undo(request: HttpRequest, provider: str, pk: int) -> HttpResponse:
    """GET says what taking back does, POST starts it."""
    found = run_for(current(request), provider, pk)
    if request.method != "POST":
        why = crm_undo.can(found)
        context = {**crm_page.base(provider), "run": crm_page.told(found), "why": why}
        return render(request, "leads/crm/undo.html", context)
    try:
        crm_undo.start(found, current(request))
    except SyncError as error:
        toast.warn(request, error.message)
    return redirect("leads:crm_run", provider, pk)

"""Syncs of a connected CRM: start, pause, go on, what they did. The work is crm_run's.

One runs at a time for each service. A run keeps its place, so whatever ends it (a person, a limit
of the other side, a killed process) it goes on from there.
"""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Count, Q, QuerySet
from django.utils import timezone

from leads.crm.base import OBJECTS, CrmError
from leads.crm.names import label_of
from leads.models import RemoteLink, SyncChange, SyncConflict, SyncRun
from leads.services import crm_accounts as accounts
from leads.services import crm_counts
from leads.services import crm_links as links
from leads.services.crm_accounts import SyncError, Terms
from leads.services.crm_odd import Superseded
from leads.services.crm_run import Engine
from salesagent.accounts import connections
from salesagent.accounts.models import Connection, User
from salesagent.lib import jobs
from salesagent.lib.models import Job
from salesagent.lib.tasks import enqueue
from salesagent.lib.text import one_line

State = SyncRun.State
ACTIVE = (State.PLANNING, State.RUNNING, State.UNDOING)
TASK = "leads.crm_tasks.run_sync"
LATER = timedelta(minutes=10)
GIVE_UP = 12  # times that a run went on by itself
PAGE = 50
BEHIND = "It begins when the change before it has gone out."
IN_THE_WAY = "A sync runs already. Wait for its end, or pause it."


def start(provider: str, user: User | None, preview: bool = False) -> SyncRun:
    """Queue a sync, or with `preview` only the comparison. Raises SyncError with what to do."""
    connection = ready(provider)
    cursor = {"since": _since(connection)}
    try:
        return begin(connection, user, preview=preview, cursor=cursor)
    except SyncError:
        if not _is_short(provider):
            raise
    return keep_for_later(connection, cursor, user=user, preview=preview)


def _is_short(provider: str) -> bool:
    """The one at work only tells of single records."""
    return SyncRun.objects.filter(
        provider=provider, state__in=ACTIVE, cursor__has_key="only"
    ).exists()


def keep_for_later(
    connection: Connection, cursor: dict[str, Any], user: User | None = None, preview: bool = False
) -> SyncRun:
    """It begins when the one at work has ended. The same is not kept twice."""
    now = timezone.now()
    mine = {"provider": connection.service, "account": connection.account, "job": None}
    waits = whole(connection.service).filter(**mine, state=State.STOPPED).first()
    if waits and "only" not in cursor and not preview:
        return waits
    return SyncRun.objects.create(
        **mine,
        state=State.STOPPED,
        preview=preview,
        user=user,
        error="" if "only" in cursor else BEHIND,
        cursor={**cursor, "again_at": now.isoformat()},
        ended_at=now,
    )


def ready(provider: str) -> Connection:
    connection = accounts.connected(provider)
    if connection is None:
        raise SyncError("It is not connected. Connect it first.")
    if connection.state == Connection.State.BROKEN:
        raise SyncError(connection.error or "The connection needs you first.")
    accounts.check_ready(connection)
    return connection


def _since(connection: Connection) -> dict[str, Any]:
    """The newest change that was seen of each kind; {} for everything."""
    last = ended(connection.service, connection.account).first()
    seen = dict(last.cursor.get("seen") or {}) if last else {}
    return {"event": seen.get("event", 0)} if connection.settings.get("full") else seen


def ended(provider: str, account: str) -> QuerySet[SyncRun]:
    """Whole syncs that came to their end, newest first."""
    return whole(provider).filter(account=account, state__in=[State.DONE, State.UNDONE])


def whole(provider: str) -> QuerySet[SyncRun]:
    """Those that wrote, or mean to, and look at everything; newest first."""
    rows = SyncRun.objects.filter(provider=provider, preview=False)
    return rows.exclude(cursor__has_key="only")


def begin(
    connection: Connection, user: User | None, *, preview: bool, cursor: dict[str, Any]
) -> SyncRun:
    state = State.PLANNING if preview else State.RUNNING
    try:
        with transaction.atomic():
            run = SyncRun.objects.create(
                provider=connection.service,
                account=connection.account,
                state=state,
                preview=preview,
                user=user,
                cursor=cursor,
            )
            queue(run, user)
    except IntegrityError as error:
        raise SyncError(IN_THE_WAY) from error
    return run


def queue(run: SyncRun, user: User | None) -> Job:
    name = label_of(run.provider)
    job = jobs.start(
        kind="sync",
        title=f"{'Comparing with' if run.preview else 'Syncing with'} {name}",
        task=TASK,
        owner=user or run.user,
        data={"sync": run.pk, "unit": "records"},
    )
    SyncRun.objects.filter(pk=run.pk).update(job=job)
    run.job = job
    return job


def pause(run: SyncRun) -> bool:
    """Ask the run to stop after the part it is in; False when it had ended."""
    return bool(run.job and run.state in ACTIVE and jobs.ask_stop(run.job))


def go_on(run: SyncRun, user: User | None) -> bool:
    """Take a stopped or failed run up where it was. False when something newer was done."""
    if run.undone_at or is_overtaken(run):
        return False
    cursor = {key: value for key, value in run.cursor.items() if key != "again_at"}
    state = State.PLANNING if run.preview else State.RUNNING
    try:
        with transaction.atomic():
            rows = SyncRun.objects.filter(pk=run.pk, state__in=[State.STOPPED, State.FAILED])
            if rows.update(state=state, error="", ended_at=None, cursor=cursor) != 1:
                return False
            run.refresh_from_db()
            queue(run, user)
    except IntegrityError:
        return False
    return True


def is_overtaken(run: SyncRun) -> bool:
    """A later whole sync did what this one has left. A look at single records is always of use."""
    return "only" not in run.cursor and whole(run.provider).filter(pk__gt=run.pk).exists()


# the job
def work(job_id: int) -> None:
    """The task. Ends in PLANNED or DONE, STOPPED (goes on later) or FAILED (needs a person)."""
    with jobs.Reporter(job_id) as report:
        run = SyncRun.objects.filter(job=job_id, state__in=[State.PLANNING, State.RUNNING]).first()
        if not report.mine or run is None:
            return
        connection = accounts.connected(run.provider)
        if connection is None or connection.account != run.account:
            _end(run, job_id, State.FAILED, "It is not connected any more.")
            return
        _work(run, connection, report)


def _work(run: SyncRun, connection: Connection, report: jobs.Reporter) -> None:
    job_id = report.job.pk
    terms = accounts.terms_of(connection)
    try:
        adapter = accounts.adapter_for(connection)
        engine = Engine(run, report, adapter, terms, dict(run.cursor.get("since") or {}))
        engine.work()
    except jobs.Stopped:
        _end(run, job_id, State.STOPPED, "Paused. It goes on where it was.")
        raise
    except CrmError as error:
        _gave_up(run, connection, job_id, error)
        raise jobs.Stopped from error
    except Superseded:
        raise
    except Exception:
        _end(run, job_id, State.FAILED, "Something went wrong on our side. It can go on.")
        raise
    _finish(run, connection, terms, job_id)


def _gave_up(run: SyncRun, connection: Connection, job_id: int, error: CrmError) -> None:
    run.refresh_from_db()
    connections.failed(connection.pk, error.message, broken=error.permanent)
    tries = int(run.cursor.get("tries") or 0) + 1
    if error.permanent or tries > GIVE_UP:
        _end(run, job_id, State.FAILED, error.message)
        return
    later = max(LATER, timedelta(seconds=error.wait or 0))
    at = timezone.now() + later
    run.cursor = {**run.cursor, "again_at": at.isoformat(), "tries": tries}
    _end(run, job_id, State.STOPPED, error.message, cursor=run.cursor)


def _end(
    run: SyncRun, job_id: int, state: str, error: str = "", differs: int = 0, **fields: Any
) -> bool:
    """Its numbers are those of its list from now on."""
    run.refresh_from_db(fields=["counts"])
    counts = {**run.counts, **crm_counts.of(run), "differs": differs}
    fields["counts"] = {name: number for name, number in counts.items() if number}
    rows = SyncRun.objects.filter(pk=run.pk, job=job_id, state__in=list(ACTIVE))
    values = {"state": state, "error": one_line(error, 300), "ended_at": timezone.now(), **fields}
    return rows.update(**values) == 1


def _finish(run: SyncRun, connection: Connection, terms: Terms, job_id: int) -> None:
    run.refresh_from_db()
    differs = 0 if run.preview else _differs(run)
    with transaction.atomic():
        state = State.PLANNED if run.preview else State.DONE
        if not _end(run, job_id, state, differs=differs):
            return
        full = connection.settings.get("full") and not run.preview and "only" not in run.cursor
        if full and not run.cursor.get("since", {}).get("contact"):
            accounts.set_options(connection, full=False)
    connections.worked(connection.pk)
    if SyncRun.objects.filter(provider=run.provider, state=State.STOPPED, job=None).exists():
        enqueue("leads.crm_tasks.look_after_syncs")
    if "only" in run.cursor and not run.changes.exists():
        run.delete()


def open_conflicts(terms: Terms) -> QuerySet[SyncConflict]:
    mine = {"link__provider": terms.provider, "link__account": terms.account}
    rows = SyncConflict.objects.filter(**mine, state=SyncConflict.State.OPEN)
    return rows.filter(link__state=RemoteLink.State.LINKED)


def _differs(run: SyncRun) -> int:
    """How many lines of the diff a person saw before were others when it was done."""
    before = SyncRun.objects.filter(provider=run.provider, pk__lt=run.pk).first()
    if before is None or before.state != State.PLANNED or "only" in run.cursor:
        return 0
    return len(_lines(before) ^ _lines(run))


def _lines(run: SyncRun) -> set[tuple[str, str, str, str]]:
    shown = run.changes.exclude(action__in=["skip", "log_there"])
    return {
        (
            line.action,
            line.kind,
            line.remote_id
            if line.action != SyncChange.Action.CREATE_THERE
            else str(getattr(line, f"{links.row_name(line.kind)}_id")),
            links.digest({code: pair[1] for code, pair in line.changes.items()}),
        )
        for line in shown.iterator()
    }


# told by the other side
def touch(provider: str, account: str, kind: str, ids: Sequence[str], why: str = "") -> None:
    """Something happened to these records there: look at just them, soon. `why`: who caused it
    here, when it was not them."""
    if kind in OBJECTS and ids:
        enqueue("leads.crm_tasks.touched", provider, account, kind, [str(one) for one in ids], why)


# for pages
def latest(provider: str) -> SyncRun | None:
    """The newest run that a person or the schedule started, or one at work."""
    return _shown(provider).first()


def history(provider: str, *, before: int | None = None, size: int = 20) -> list[SyncRun]:
    """Runs that changed something or were asked for, newest first; one more than `size` when
    there is a next page."""
    rows = _shown(provider).select_related("user", "job")
    return list((rows.filter(pk__lt=before) if before else rows)[: size + 1])


def _shown(provider: str) -> QuerySet[SyncRun]:
    idle = Q(cursor__has_key="only") & (Q(counts={}) | Q(state=State.STOPPED))
    return SyncRun.objects.filter(provider=provider).exclude(idle)


def diff(
    run: SyncRun, after: int | None = None, *, actions: Sequence[str] = (), state: str = ""
) -> list[SyncChange]:
    """Lines of the diff above an id, one more than PAGE when there is a next page."""
    rows = run.changes.filter(pk__gt=after or 0).order_by("pk")
    if actions:
        rows = rows.filter(action__in=actions)
    if state:
        rows = rows.filter(state=state)
    return list(rows.select_related("lead", "company", "deal")[: PAGE + 1])


def tally(run: SyncRun) -> dict[str, int]:
    """How many lines of each action."""
    rows = run.changes.order_by().values("action").annotate(n=Count("pk"))
    return {row["action"]: row["n"] for row in rows}


def linked_count(provider: str) -> int:
    row = accounts.connected(provider)
    rows = RemoteLink.objects.filter(provider=provider, state=RemoteLink.State.LINKED)
    return rows.filter(kind="contact", account=row.account if row else "").count()

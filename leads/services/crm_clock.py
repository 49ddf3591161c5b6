"""What starts syncs besides people: the schedule, the other side, and what was left unfinished."""

import zoneinfo
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, time, timedelta

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils import timezone

from leads.models import SyncRun, ThreadEvent
from leads.services import crm_accounts as accounts
from leads.services import crm_links as links
from leads.services import crm_local, crm_stops, crm_sync, crm_undo
from leads.services.crm_accounts import SyncError
from leads.services.crm_sync import ACTIVE, State
from leads.services.crm_values import People
from salesagent.accounts.models import Connection, Workspace
from salesagent.lib.models import Job

STALLED = timedelta(seconds=90)
NIGHT = time(2, 0)
KEEP_LINES = timedelta(days=90)


def touched(
    provider: str, account: str, kind: str, ids: Sequence[str], why: str = ""
) -> SyncRun | None:
    """The task of `touch`. While another run is at work it is kept for afterwards. `why`: who
    caused it here; "" when the other side told us."""
    connection = accounts.connected(provider)
    if connection is None or connection.account != account:
        return None
    try:
        crm_sync.ready(provider)
    except SyncError:
        return None
    wanted = list(dict.fromkeys(str(one) for one in ids))
    known = set(links.by_remote(accounts.terms_of(connection), kind, wanted))  # type: ignore[arg-type]
    if not known and not crm_sync.ended(provider, account).exists():
        return None  # before the first sync nothing comes in by itself
    whys = [why] if why else []
    if waits := _join(connection, kind, wanted, whys):
        return waits
    cursor = {"only": {kind: wanted}, "since": {}, "why": whys}
    try:
        return crm_sync.begin(connection, None, preview=False, cursor=cursor)
    except SyncError:
        return crm_sync.keep_for_later(connection, cursor)


@transaction.atomic
def _join(
    connection: Connection, kind: str, ids: Sequence[str], whys: Sequence[str]
) -> SyncRun | None:
    """A run of this kind that has not begun looks at these records as well."""
    rows = SyncRun.objects.filter(
        provider=connection.service, account=connection.account, cursor__has_key="only"
    )
    queued = rows.filter(state=State.RUNNING, job__state=Job.State.QUEUED)
    run = (queued | rows.filter(state=State.STOPPED, job=None)).first()
    waits = Job.objects.select_for_update().filter(state=Job.State.QUEUED)
    if run is None or (run.job_id and not waits.filter(pk=run.job_id).exists()):
        return None
    only = run.cursor["only"]
    both = list(dict.fromkeys([*only.get(kind, []), *ids]))
    whys = list(dict.fromkeys([*run.cursor.get("why", []), *whys]))
    run.cursor = {**run.cursor, "only": {**only, kind: both}, "why": whys}
    SyncRun.objects.filter(pk=run.pk).update(cursor=run.cursor)
    return run


def tell_opt_out(event_id: int) -> int:
    """Reaction to a suppression: who is in both systems is opted out there too, without waiting
    for the next sync. Returns how many systems are told."""
    event = ThreadEvent.objects.select_related("lead").filter(pk=event_id).first()
    if event is None or event.actor.startswith("crm:"):
        return 0
    told, why = 0, f"an opt-out here, by {crm_local.who(event, People.read())}"
    for provider in settings.CRMS:
        connection = accounts.connected(provider)
        if connection is not None:
            ids = crm_stops.records_of(accounts.terms_of(connection), event.lead)
            told += bool(ids and touched(provider, connection.account, "contact", ids, why))
    return told


def look_after(now: datetime | None = None) -> int:
    """Each minute: take up what a killed process or a limit left, and start what is due."""
    now = now or timezone.now()
    done = sum(_take_over(run) for run in _dead(now))
    for run in _waiting(now):
        done += crm_sync.go_on(run, None) if run.job_id else _start_kept(run)
    for provider in settings.CRMS:
        done += _start_if_due(provider, now)
    return done


def _dead(now: datetime) -> Iterable[SyncRun]:
    limit = now - STALLED
    return SyncRun.objects.filter(
        state__in=list(ACTIVE), job__state=Job.State.RUNNING, job__updated_at__lt=limit
    ).select_related("job")


@transaction.atomic
def _take_over(run: SyncRun) -> bool:
    rows = Job.objects.filter(
        pk__in=[run.job_id], state=Job.State.RUNNING, updated_at__lt=timezone.now() - STALLED
    )
    error = "The server stopped in the middle. It goes on where it was."
    if not rows.update(state=Job.State.FAILED, error=error, finished_at=timezone.now()):
        return False
    if run.state == State.UNDOING:
        crm_undo.queue(run, run.user)
    else:
        crm_sync.queue(run, None)
    return True


def _waiting(now: datetime) -> list[SyncRun]:
    """Runs that stopped for a while, the newest of each service and what waits behind it."""
    stopped = SyncRun.objects.filter(state=State.STOPPED, cursor__has_key="again_at")
    found = []
    for run in stopped.order_by("pk")[:50]:
        if crm_sync.is_overtaken(run):
            rest = {key: value for key, value in run.cursor.items() if key != "again_at"}
            SyncRun.objects.filter(pk=run.pk, state=State.STOPPED).update(cursor=rest)
        elif datetime.fromisoformat(run.cursor["again_at"]) <= now:
            found.append(run)
    return found


def _start_kept(run: SyncRun) -> bool:
    try:
        with transaction.atomic():
            rows = SyncRun.objects.filter(pk=run.pk, state=State.STOPPED, job=None)
            state = State.PLANNING if run.preview else State.RUNNING
            if rows.update(state=state, ended_at=None, error="") != 1:
                return False
            crm_sync.queue(run, None)
    except IntegrityError:
        return False
    return True


def _start_if_due(provider: str, now: datetime) -> bool:
    connection = accounts.connected(provider)
    at = next_at(connection) if connection else None
    if at is None or at > now:
        return False
    try:
        crm_sync.start(provider, None)
    except SyncError:
        return False
    return True


def next_at(connection: Connection) -> datetime | None:
    """When the schedule starts a sync, a moment of the past when it is due. None while it does
    not: it is off, or nobody has started a sync of this account that came to its end. A dry run
    is none."""
    if not crm_sync.ended(connection.service, connection.account).exists():
        return None
    last = crm_sync.whole(connection.service).first()
    began = last.started_at if last else connection.created_at
    return _following(str(connection.settings.get("schedule")), began)


def _following(schedule: str, began: datetime) -> datetime | None:
    """The first moment after `began` at which the schedule wants a sync."""
    if schedule == "hourly":
        return began + timedelta(hours=1)
    if schedule != "nightly":
        return None
    local = began.astimezone(_zone())
    night = local.replace(hour=NIGHT.hour, minute=NIGHT.minute, second=0, microsecond=0)
    return (night if night > local else night + timedelta(days=1)).astimezone(UTC)


def _zone() -> zoneinfo.ZoneInfo:
    try:
        return zoneinfo.ZoneInfo(Workspace.current().time_zone)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError):
        return zoneinfo.ZoneInfo("UTC")


def forget_old() -> int:
    """The diffs of runs of the quarter before hold personal data that nobody looks at."""
    keep = [run.pk for name in settings.CRMS for run in _newest(name)]
    old = SyncRun.objects.filter(started_at__lt=timezone.now() - KEEP_LINES)
    return int(old.exclude(state__in=list(ACTIVE)).exclude(pk__in=keep).delete()[0])


def _newest(provider: str) -> list[SyncRun]:
    """The place from which the next sync goes on stands in them."""
    connection = accounts.connected(provider)
    return list(crm_sync.ended(provider, connection.account)[:1]) if connection else []

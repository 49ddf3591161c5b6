"""Google Sheets that leads come from: add one, read it, choose what is written back, let it go.

Reading and writing are jobs (sheet_read, sheet_status); one at a time for each sheet, taken by a
conditional UPDATE.
"""

from datetime import timedelta
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Q, QuerySet
from django.urls import reverse
from django.utils import timezone

from leads.intake.sheet_grid import STARTER
from leads.intake.sheets import Book, SheetError, Tab, address_of
from leads.models import ImportBatch, Sheet
from leads.services.sheet_access import SERVICE, client
from leads.services.sheet_rows import KIND, names_of
from salesagent.accounts import audit, connections, google_files, oauth
from salesagent.accounts.models import Connection, User
from salesagent.accounts.oauth_google import Grant
from salesagent.lib import jobs
from salesagent.lib.crypto import SecretUnreadable
from salesagent.lib.models import Job
from salesagent.lib.text import one_line

__all__ = ["KIND", "SERVICE", "SheetError"]
NEW, WORKS, STOPPED, OFF = "new", "works", "stopped", "off"
EVERY = timedelta(hours=1)
STALLED = timedelta(seconds=150)  # a living job writes more often, also while Google is busy
LOOK, REFRESH, WRITE = "look", "refresh", "write"
TASKS = {
    LOOK: ("sheet-read", "leads.sheet_tasks.read_sheet", "Reading"),
    REFRESH: ("sheet-read", "leads.sheet_tasks.read_sheet", "Reading"),
    WRITE: ("sheet-write", "leads.sheet_tasks.write_sheet", "Writing the status into"),
}
BUSY_STATES = [ImportBatch.State.CHECKING, ImportBatch.State.RUNNING, ImportBatch.State.UNDOING]
LIVING = [Job.State.QUEUED, Job.State.RUNNING]


# --- the account ---------------------------------------------------------------------------------


def connect(grant: Grant, user: User) -> Connection:
    """Store the sign-in; one account at a time. Raises SheetError when the right was not given."""
    try:
        row = google_files.keep(SERVICE, grant)
    except google_files.Unticked as error:
        raise SheetError(str(error), stop=True) from None
    kept = Sheet.objects.filter(connection__service=SERVICE).exclude(state=OFF)
    kept.update(connection=row)
    kept.filter(state=STOPPED).update(state=WORKS, error="")
    audit.note(user, "sheets.connected", f"connection:{row.pk}")
    return row


def disconnect(row: Connection, user: User) -> bool:
    """Give the sign-in back. Leads stay; sheets are no longer read. False: Google was not told."""
    try:
        told = oauth.sign_out(row.pk)
    except SecretUnreadable:
        told = False
    connections.switch_off(row)
    audit.note(user, "sheets.disconnected", f"connection:{row.pk}")
    return told


# --- sheets --------------------------------------------------------------------------------------


def listed() -> QuerySet[Sheet]:
    rows = Sheet.objects.select_related("connection", "job").exclude(state=OFF)
    return rows.filter(connection__service=SERVICE)


def look_up(row: Connection, address: str) -> Book:
    """The file behind a pasted address and its tabs. Raises SheetError."""
    file_id, _ = address_of(address)
    book = client(row).book(file_id)
    if not book.tabs:
        raise SheetError("There is no tab with rows in this file.", stop=True)
    return book


def choose(book: Book, address: str) -> Tab | None:
    """The tab that the address names, or the only one; None: a person has to say."""
    _, gid = address_of(address)
    found = book.tab(gid) if gid is not None else None
    return found or (book.tabs[0] if len(book.tabs) == 1 else None)


def add(row: Connection, book: Book, tab: Tab, user: User) -> Sheet:
    """Raises SheetError when it is here already."""
    try:
        with transaction.atomic():
            sheet = Sheet.objects.create(
                connection=row,
                file_id=book.file_id,
                title=one_line(book.title, 200),
                tab=tab.title[:100],
                options={"gid": tab.gid},
            )
    except IntegrityError:
        raise SheetError("This tab is connected already.") from None
    audit.note(user, "sheet.added", f"sheet:{sheet.pk}")
    return sheet


def make(row: Connection, title: str, user: User) -> Sheet:
    """A new file in the person's Drive with names of columns; rows are pasted there."""
    book = client(row).make(one_line(title, 200) or "Leads", "Leads", STARTER)
    if not book.tabs:
        raise SheetError("Google made the file and shows no tab in it. Try again.")
    return add(row, book, book.tabs[0], user)


def address(sheet: Sheet) -> str:
    gid = sheet.options.get("gid")
    tab = f"#gid={gid}" if isinstance(gid, int) else ""
    return f"https://docs.google.com/spreadsheets/d/{sheet.file_id}/edit{tab}"


def set_options(sheet: Sheet, *, status_on: bool, hourly: bool, user: User) -> None:
    Sheet.objects.filter(pk=sheet.pk).update(status_on=status_on, hourly=hourly)
    audit.note(user, "sheet.changed", f"sheet:{sheet.pk}", fields=["status_on", "hourly"])


def let_go(sheet: Sheet, user: User) -> None:
    """No longer read or written; what we wrote there stays, and so do the leads."""
    with transaction.atomic():
        Sheet.objects.filter(pk=sheet.pk).update(state=OFF, error="")
        sheet.rows.all().delete()
    if sheet.job_id:
        jobs.ask_stop(Job.objects.get(pk=sheet.job_id))
    audit.note(user, "sheet.removed", f"sheet:{sheet.pk}")


def batches(sheet: Sheet) -> QuerySet[ImportBatch]:
    return ImportBatch.objects.filter(kind=KIND, dialect__sheet_pk=sheet.pk)


# --- jobs ----------------------------------------------------------------------------------------


def busy(sheet: Sheet) -> bool:
    """A job reads or writes it, or its rows are on their way in."""
    working = Job.objects.filter(pk=sheet.job_id or 0, state__in=LIVING).exists()
    return working or batches(sheet).filter(state__in=BUSY_STATES).exists()


def start(sheet: Sheet, mode: str, user: User | None) -> Job | None:
    """Queue a read (LOOK: for the wizard; REFRESH: with the answers given before) or a write; None
    when the sheet is busy or off."""
    if mode != WRITE and busy(sheet):
        return None
    kind, task, verb = TASKS[mode]
    with transaction.atomic():
        job = jobs.start(
            kind=kind,
            title=f"{verb} {sheet.title}"[:120],
            task=task,
            owner=user,
            data={"sheet": sheet.pk, "mode": mode, "unit": "rows"},
        )
        job.result_url = reverse("leads:sheet", args=[sheet.pk])
        job.save(update_fields=["result_url"])
        free = Sheet.objects.filter(pk=sheet.pk).exclude(state=OFF)
        free = free.filter(Q(job=None) | ~Q(job__state__in=LIVING))
        if not free.update(job=job):
            transaction.set_rollback(True)
            return None
    sheet.job = job
    return job


def of_job(job_id: int) -> Sheet | None:
    """The sheet that this job may work on."""
    rows = Sheet.objects.select_related("connection").filter(job_id=job_id)
    return rows.exclude(state=OFF).first()


def came_in(batch: ImportBatch) -> None:
    """An import of the sheet ended well: its answers hold for the next rows, and ids and status go
    into the sheet. Safe to repeat."""
    sheet = Sheet.objects.filter(pk=batch.dialect.get("sheet_pk") or 0).exclude(state=OFF).first()
    if sheet is None:
        return
    options = {
        **sheet.options,
        "duplicates": batch.duplicates,
        "lawful_basis": batch.lawful_basis,
        "basis_source": batch.basis_source,
        "owner": batch.owner_id,
        "round_team": batch.round_team_id,
        "tag": batch.tag,
        "user": batch.user_id,
    }
    Sheet.objects.filter(pk=sheet.pk).update(
        state=WORKS, error="", mapping=names_of(batch), options=options
    )
    start(sheet, WRITE, batch.user)


def starter(sheet: Sheet) -> User | None:
    """Who reads it in the name of the schedule: who brought it in, else the owner."""
    people = User.objects.filter(is_active=True)
    first = people.filter(pk=sheet.options.get("user") or 0, role=User.Role.OWNER).first()
    return first or people.filter(role=User.Role.OWNER).order_by("pk").first()


def look_after() -> int:
    """Each minute: take up what a killed process left; read and write what is due."""
    started = 0
    for sheet in listed().filter(connection__state__in=["on", "waiting"]):
        mode = _left_by_a_dead_job(sheet) or _due(sheet)
        if mode:
            started += start(sheet, mode, starter(sheet)) is not None
    return started


def _left_by_a_dead_job(sheet: Sheet) -> str:
    limit = timezone.now() - STALLED
    rows = Job.objects.filter(pk=sheet.job_id or 0, state=Job.State.RUNNING, updated_at__lt=limit)
    job = rows.first()
    text = "The server stopped in the middle. It is begun again."
    ended: dict[str, Any] = {
        "state": Job.State.FAILED,
        "error": text,
        "finished_at": timezone.now(),
    }
    if job is None or not rows.update(**ended):
        return ""
    return str(job.data.get("mode") or "")


def _due(sheet: Sheet) -> str:
    """Every hour at most, also when the last time failed."""
    if sheet.state != WORKS:
        return ""
    tried = sheet.job.created_at if sheet.job else None
    long_ago = timezone.now() - EVERY
    if tried is not None and tried > long_ago:
        return ""
    if sheet.hourly and (sheet.read_at is None or sheet.read_at < long_ago):
        return REFRESH
    from leads.services import sheet_status

    return WRITE if sheet_status.stale(sheet) else ""

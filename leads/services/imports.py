"""A file on its way in: keep it, look at it, match its columns, start the check, the run, the undo.

The long parts are jobs: import_check, import_run, import_undo. A state moves by one conditional
UPDATE, so two clicks start one job.
"""

import os
import secrets
from collections.abc import Mapping, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from leads.intake.base import Dialect, IntakeError, Source, open_source
from leads.intake.columns import check_mapping, guess
from leads.intake.kinds import kind_of
from leads.models import ImportBatch, Lead
from salesagent.accounts.models import Team, User
from salesagent.lib import jobs
from salesagent.lib.models import Job
from salesagent.lib.text import one_line

State = ImportBatch.State
KEEP_FILES = timedelta(days=7)
STALLED = timedelta(seconds=90)  # a living job writes at least once a second
TASKS = {
    State.CHECKING: ("import-check", "leads.import_tasks.check_import", "Checking"),
    State.RUNNING: ("import", "leads.import_tasks.run_import", "Importing"),
    State.UNDOING: ("import-undo", "leads.import_tasks.undo_import", "Undoing"),
}


def folder() -> Path:
    path = settings.DATA_DIR / "imports"
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    return path


def path_of(batch: ImportBatch) -> Path:
    return folder() / batch.path


def source_of(batch: ImportBatch) -> Source:
    """A reader for the kept file; raises IntakeError when it is no longer there."""
    path = path_of(batch)
    if not batch.path or not path.is_file():
        raise IntakeError("The file was deleted here after seven days. Choose it again.")
    return open_source(path, batch.kind, Dialect.of(batch.dialect))


def upload(user: User, file: "UploadedFile[Any]") -> ImportBatch:
    """Keep a file under a random name and look at its beginning; raises IntakeError."""
    limit = settings.UPLOAD_LIMIT
    if (file.size or 0) > limit:
        text = (
            f"The file is larger than {limit // (1024 * 1024)} MB. Split it and import the parts."
        )
        raise IntakeError(text, field="file")
    path = folder() / secrets.token_hex(16)
    try:
        _store(path, file)
        kind = kind_of(path)
        shape = open_source(path, kind).shape()
    except IntakeError:
        path.unlink(missing_ok=True)
        raise
    return ImportBatch.objects.create(
        user=user,
        owner=user,
        file_name=one_line(os.path.basename(file.name or ""), 200) or "upload",
        path=path.name,
        kind=kind,
        dialect=shape.dialect.as_dict(),
        columns=shape.columns,
        sample=shape.sample,
        mapping=guess(shape.columns, shape.sample),
    )


def _store(path: Path, file: "UploadedFile[Any]") -> None:
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "wb") as target:
        for chunk in file.chunks():
            target.write(chunk)


def reread(batch: ImportBatch, changes: Mapping[str, Any]) -> None:
    """Read the beginning again with another encoding, delimiter, sheet or header row.

    Raises IntakeError. The columns are guessed anew.
    """
    dialect = Dialect.of({**batch.dialect, **changes, "sure": True})
    source = open_source(path_of(batch), batch.kind, dialect)
    shape = source.shape()
    fields = {
        "dialect": shape.dialect.as_dict(),
        "columns": shape.columns,
        "sample": shape.sample,
        "mapping": guess(shape.columns, shape.sample),
        "state": State.UPLOADED,
    }
    ImportBatch.objects.filter(pk=batch.pk, state__in=[State.UPLOADED, State.CHECKED]).update(
        **fields
    )
    batch.refresh_from_db()


def save_mapping(batch: ImportBatch, mapping: Mapping[str, str]) -> None:
    """Raises IntakeError when the columns cannot be used like this."""
    chosen = {str(i): mapping.get(str(i), "") for i in range(len(batch.columns))}
    if problem := check_mapping(chosen):
        raise IntakeError(problem, field="mapping")
    batch.mapping = chosen
    ImportBatch.objects.filter(pk=batch.pk).update(mapping=chosen)


def start_check(batch: ImportBatch, user: User) -> Job | None:
    """Queue the dry run; None when one runs or the import is past it."""
    allowed = [State.UPLOADED, State.CHECKED]
    return _start(batch, user, allowed, State.CHECKING)


def start_run(
    batch: ImportBatch,
    user: User,
    *,
    duplicates: str,
    basis: str,
    basis_source: str,
    owner: User | None = None,
    round_team: Team | None = None,
    tag: str = "",
) -> Job | None:
    """Queue the import; None when it was started before. Raises IntakeError(field=)."""
    if basis not in Lead.Basis.values or basis == Lead.Basis.NONE:
        raise IntakeError(
            "Choose on what ground you may keep and contact these people.", field="basis"
        )
    basis_source = one_line(basis_source, 200)
    if not basis_source:
        raise IntakeError("Say where these people come from.", field="basis_source")
    options: dict[str, Any] = {
        "duplicates": duplicates,
        "lawful_basis": basis,
        "basis_source": basis_source,
        "owner": owner,
        "round_team": round_team,
        "tag": one_line(tag, 40).lower(),
        "rows_done": 0,
        "counts": {},
    }
    return _start(batch, user, [State.CHECKED], State.RUNNING, **options)


@transaction.atomic
def start_prepared(batch: ImportBatch, user: User) -> Job:
    """Run rows whose questions were answered before: a connected sheet that is read again."""
    batch.state = State.RUNNING
    batch.save()
    return _queue(batch, user, State.RUNNING)


def go_on(batch: ImportBatch, user: User) -> Job | None:
    """Take up an import that was stopped or failed, at the row after the last one kept."""
    if batch.undone_at:
        return None
    return _start(batch, user, [State.STOPPED, State.FAILED], State.RUNNING)


def start_undo(batch: ImportBatch, user: User) -> Job | None:
    """Queue the undo; None when it runs, was done, or the import has not ended."""
    ended = [State.DONE, State.STOPPED, State.FAILED]
    return _start(batch, user, ended, State.UNDOING, undone_at=batch.undone_at or timezone.now())


@transaction.atomic
def _start(
    batch: ImportBatch, user: User | None, allowed: Sequence[str], state: State, **fields: Any
) -> Job | None:
    rows = ImportBatch.objects.filter(pk=batch.pk, state__in=allowed)
    if rows.update(state=state, **fields) != 1:
        return None
    return _queue(batch, user, state)


def _queue(batch: ImportBatch, user: User | None, state: State) -> Job:
    kind, task, verb = TASKS[state]
    total = int(batch.report.get("counts", {}).get("rows", 0)) if state == State.RUNNING else 0
    data = {"import": batch.pk, "unit": "rows" if state != State.UNDOING else "leads"}
    job = jobs.start(
        kind=kind,
        title=f"{verb} {batch.file_name}",
        task=task,
        owner=user,
        total=total,
        data=data,
        can_stop=state != State.UNDOING,
    )
    name = "leads:import_check" if state == State.CHECKING else "leads:import_run"
    job.result_url = reverse(name, args=[batch.pk])
    job.save(update_fields=["result_url"])
    ImportBatch.objects.filter(pk=batch.pk).update(job=job)
    batch.refresh_from_db()
    return job


def finish(batch: ImportBatch, job_id: int, state: State, **fields: Any) -> bool:
    """End a phase; False when another job took over meanwhile."""
    rows = ImportBatch.objects.filter(pk=batch.pk, job_id=job_id, state__in=list(TASKS))
    return rows.update(state=state, **fields) == 1


def discard(batch: ImportBatch) -> bool:
    """Forget a file that brought nothing in; False when it did."""
    early = [State.UPLOADED, State.CHECKED]
    gone, _ = ImportBatch.objects.filter(pk=batch.pk, state__in=early, rows_done=0).delete()
    if gone:
        path_of(batch).unlink(missing_ok=True)
    return bool(gone)


def forget_file(batch: ImportBatch) -> None:
    """The rows are in: the copy of the file holds only personal data now."""
    if batch.path:
        path_of(batch).unlink(missing_ok=True)
        ImportBatch.objects.filter(pk=batch.pk).update(path="", sample=[])


def look_after() -> int:
    """Take up what a killed process left; delete files nobody came back to. Returns take-ups."""
    _purge()
    limit = timezone.now() - STALLED
    dead = ImportBatch.objects.filter(
        state__in=list(TASKS), job__state=Job.State.RUNNING, job__updated_at__lt=limit
    ).select_related("job", "user")
    return sum(_take_over(batch) for batch in dead)


@transaction.atomic
def _take_over(batch: ImportBatch) -> bool:
    rows = Job.objects.filter(
        pk__in=[batch.job_id], state=Job.State.RUNNING, updated_at__lt=timezone.now() - STALLED
    )
    ended = rows.update(
        state=Job.State.FAILED,
        error="The server stopped in the middle. It goes on where it was.",
        finished_at=timezone.now(),
    )
    if ended:
        _queue(batch, batch.job.owner if batch.job else batch.user, State(batch.state))
    return bool(ended)


def _purge() -> None:
    old = ImportBatch.objects.filter(created_at__lt=timezone.now() - KEEP_FILES).exclude(path="")
    for batch in old.exclude(state__in=list(TASKS)):
        if not discard(batch):
            forget_file(batch)

"""Reading a Google sheet into the import: all rows for the wizard, or only what is new or changed.

What was read is kept as a file, one line for each row, so a sheet of any size needs the memory of
one part. Nothing is written into the sheet here.
"""

import secrets
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import IO

from django.urls import reverse
from django.utils import timezone

from leads.intake.base import MAX_ROWS
from leads.intake.columns import guess
from leads.intake.sheet_file import SheetFile, names_line, row_line
from leads.intake.sheet_grid import Header, Line, content_hash, new_id
from leads.intake.sheets import SheetError
from leads.models import ImportBatch, Sheet, SheetRow
from leads.services import imports, sheet_status, sheets
from leads.services.sheet_access import Wire, told
from leads.services.sheet_rows import claims
from salesagent.accounts.models import Team, User
from salesagent.lib import hands
from salesagent.lib.jobs import Reporter

BATCH = 500
State = ImportBatch.State


def read(job_id: int) -> None:
    """The job. Ends with an import to look at (LOOK), one that runs (REFRESH), or nothing new."""
    with Reporter(job_id) as report:
        sheet = sheets.of_job(job_id)
        if not report.mine or sheet is None:
            return
        looking = report.job.data.get("mode") == sheets.LOOK
        with told(sheet, mends=not looking):
            if not Reading(sheet, report).work() and not looking:
                sheet_status.Writing(sheet, report).work()


class Reading:
    def __init__(self, sheet: Sheet, report: Reporter) -> None:
        self.sheet, self.report = sheet, report
        self.looking = report.job.data.get("mode") == sheets.LOOK
        self.path = imports.folder() / secrets.token_hex(16)
        self.seen: set[str] = set()
        self.rows = self.kept = 0
        self.wire = Wire(sheet, self._alive)

    def work(self) -> bool:
        """True when rows are on their way in."""
        header = self.wire.open()
        if not header.columns:
            raise SheetError("The tab has no columns of yours.", stop=True)
        if not self.looking:
            self._check(header)
        try:
            with self.path.open("x", encoding="utf-8") as file:
                self.path.chmod(0o600)
                self._copy(header, file)
            self._forget_rows()
            return self._finish()
        except BaseException:
            self.path.unlink(missing_ok=True)
            raise

    def _alive(self) -> None:
        self.report(done=self.rows, total=self.report.job.total, force=True)

    def _check(self, header: Header) -> None:
        """A column that was renamed would come in empty: a person says which one it is now."""
        wanted = {name for name, code in self.sheet.mapping.items() if code}
        gone = sorted(wanted - set(header.columns))
        if gone:
            names = ", ".join(f"“{name}”" for name in gone[:3])
            one = len(gone) == 1
            text = f"The column{'' if one else 's'} {names} {'is' if one else 'are'} gone from the "
            raise SheetError(f"{text}sheet, or renamed. Match the columns again.", stop=True)

    def _copy(self, header: Header, file: IO[str]) -> None:
        columns = header.columns
        file.write(names_line(columns))
        for _, last, lines in self.wire.parts():
            if self.wire.header.columns != columns:
                lines = [_in_order(line, self.wire.header.columns, columns) for line in lines]
            for line in self._known([line for line in lines if any(line.cells)], columns):
                file.write(row_line(line))
                self.kept += 1
            first = self.wire.header.row
            total = max(self.wire.tab.rows - first, 0)
            self.report(done=min(last - first, total), total=total, found=self.rows)
            if self.kept > MAX_ROWS:
                return

    def _known(self, lines: list[Line], columns: Sequence[str]) -> Iterator[Line]:
        """Each row under its id: the one it has, the one that waits to be written, or a new one."""
        digests = [content_hash(columns, one.cells, self.sheet.mapping) for one in lines]
        by_id = _rows(self.sheet, "row_id", [one.row_id for one in lines if one.row_id])
        ids = {one.row_id: one for one in by_id}
        pairs = list(zip(lines, digests, strict=True))
        waiting = self._waiting([digest for one, digest in pairs if not one.row_id])
        theirs = claims(pairs, ids)
        for line, digest in pairs:
            self.rows += 1
            row = ids.get(line.row_id)
            if row and (theirs[row.row_id] != line.number or row.row_id in self.seen):
                row = None  # a row that was copied with its id
            if row is None:
                row = next((r for r in waiting.get(digest, []) if r.row_id not in self.seen), None)
            mark = row.row_id if row else new_id()
            self.seen.add(mark)
            if row is None or self.looking or row.read_hash != digest:
                yield Line(line.number, line.cells, row_id=mark, known=row is not None)

    def _waiting(self, digests: list[str]) -> dict[str, list[SheetRow]]:
        found: dict[str, list[SheetRow]] = {}
        for row in _rows(self.sheet, "read_hash", digests):
            if not row.status_hash:
                found.setdefault(row.read_hash, []).append(row)
        return found

    def _forget_rows(self) -> None:
        """Rows that are no longer in the sheet; their leads stay."""
        if self.kept > MAX_ROWS:
            return
        ids = self.sheet.rows.values_list("row_id", "pk").iterator(BATCH * 4)
        gone = [pk for row_id, pk in ids if row_id not in self.seen]
        for start in range(0, len(gone), BATCH):
            SheetRow.objects.filter(pk__in=gone[start : start + BATCH]).delete()

    def _finish(self) -> bool:
        fields = {"read_at": timezone.now(), "counts": {**self.sheet.counts, "rows": self.rows}}
        Sheet.objects.filter(pk=self.sheet.pk).update(**fields)
        self.sheet.refresh_from_db()
        if not self.rows and self.looking:
            text = "There is no row under the names of the columns yet. Put people in, then look."
            raise SheetError(text)
        if not self.kept:
            self.path.unlink(missing_ok=True)
            return False
        batch = self._batch()
        if self.looking:
            batch.save()
            self.report.job.result_url = reverse("leads:import_match", args=[batch.pk])
        elif batch.user_id:
            imports.start_prepared(batch, batch.user)
        return True

    def _batch(self) -> ImportBatch:
        shape = SheetFile(self.path).shape()
        options = self.sheet.options
        user = self.report.job.owner or sheets.starter(self.sheet)
        batch = ImportBatch(
            user=user if isinstance(user, User) else None,
            file_name=f"{self.sheet.title}, {self.sheet.tab}"[:200],
            path=Path(self.path).name,
            kind=sheets.KIND,
            dialect={
                **shape.dialect.as_dict(),
                "sheet_pk": self.sheet.pk,
                **({} if self.report.job.owner else {hands.ALONE: True}),
            },
            columns=shape.columns,
            sample=shape.sample,
            mapping=self._mapping(shape.columns, shape.sample),
            duplicates=options.get("duplicates") or ImportBatch.Duplicates.FILL,
            lawful_basis=options.get("lawful_basis") or "",
            basis_source=options.get("basis_source") or "",
            owner=User.objects.filter(pk=options.get("owner") or 0, is_active=True).first(),
            round_team=Team.objects.filter(pk=options.get("round_team") or 0).first(),
            tag=options.get("tag") or "",
            report={"counts": {"rows": self.kept}},
        )
        if self.looking and not options.get("duplicates"):
            batch.owner = batch.user
        return batch

    def _mapping(self, columns: list[str], sample: list[list[str]]) -> dict[str, str]:
        """As chosen before, by name; else guessed."""
        guessed = guess(columns, sample)
        chosen = self.sheet.mapping
        if not chosen:
            return guessed
        return {str(i): chosen.get(name, "") for i, name in enumerate(columns)}


def _in_order(line: Line, now: Sequence[str], wanted: Sequence[str]) -> Line:
    """Columns were moved while we read."""
    cells = dict(zip(now, line.cells, strict=False))
    ordered = [cells.get(name, "") for name in wanted]
    return Line(line.number, ordered, row_id=line.row_id, own=line.own)


def _rows(sheet: Sheet, field: str, values: list[str]) -> Iterator[SheetRow]:
    for start in range(0, len(values), BATCH):
        part = values[start : start + BATCH]
        yield from SheetRow.objects.filter(sheet=sheet, **{f"{field}__in": part})

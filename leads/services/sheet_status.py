"""Stage, score, last sign and next step of each lead, written beside its row in the sheet.

A row is found by the id in it. Every part is read, written in one call and read again: where rows
moved in between, what came to stand in a wrong row is put right at once. When nothing changed here,
nothing is asked and nothing is written.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from hashlib import sha256

from django.db.models import QuerySet
from django.utils import timezone

from leads.intake.sheet_grid import ID, STATUS, Line, content_hash
from leads.intake.sheets import Cell, SheetError
from leads.models import Lead, Sheet, SheetRow
from leads.services import sheet_access, sheets, suppression
from leads.services.sheet_access import Wire, told
from leads.services.sheet_rows import claims
from salesagent.accounts.models import Workspace
from salesagent.lib.jobs import Reporter

BATCH = 500
ROUNDS = 3
NOTHING: tuple[Cell, ...] = ("", "", "", "")
ALL_OFF = {"all", "email"}
MOVED = "Somebody was moving rows while we wrote. The rest is written with the next time."
Status = tuple[Cell, ...]


def write(job_id: int) -> None:
    with Reporter(job_id) as report:
        sheet = sheets.of_job(job_id)
        if not report.mine or sheet is None:
            return
        with told(sheet):
            Writing(sheet, report).work()


def stale(sheet: Sheet) -> bool:
    """Does the sheet say something else than we know? Asks our tables only."""
    rows = sheet.rows.select_related("lead").order_by("pk")
    for part in _parts(rows):
        said = statuses(part, sheet.status_on)
        if any(row.status_hash != digest_of(said[row.pk]) for row in part):
            return True
    return False


def digest_of(status: Status) -> str:
    return sha256("\0".join(map(str, status)).encode()).hexdigest()


def statuses(rows: Sequence[SheetRow], status_on: bool) -> dict[int, Status]:
    """What stands beside each row, by the row's key."""
    if not status_on:
        return {row.pk: () for row in rows}
    leads = [row.lead for row in rows if row.lead]
    off = suppression.channels_off(leads)
    zone = Workspace.current().time_zone
    return {row.pk: _status(row, off.get(row.lead_id or 0, set()), zone) for row in rows}


def _status(row: SheetRow, off: set[str], zone: str) -> Status:
    """Of a person who is erased or does not want to be written to nothing but that is told."""
    lead = row.lead
    if lead is None:
        return ("Did not come in", "", "", row.problem)
    if lead.erased_at is not None:
        return ("Erased", "", "", "")
    if off & ALL_OFF:
        return ("Do not contact", "", "", "")
    if lead.archived_at is not None:
        return ("Archived", "", "", "")
    step = f"Not taken over: {row.problem}" if row.problem else _step(lead, zone)
    return (lead.get_stage_display(), lead.score, _sign(lead, zone), step)


def _sign(lead: Lead, zone: str) -> str:
    day = _day(lead.last_sign_at, zone)
    return f"{lead.last_sign}, {day}" if lead.last_sign and day else lead.last_sign


def _step(lead: Lead, zone: str) -> str:
    day = _day(lead.next_at, zone)
    return f"{lead.next_step}, {day}" if lead.next_step and day else lead.next_step


def _day(at: object, zone: str) -> str:
    from datetime import datetime
    from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

    if not isinstance(at, datetime):
        return ""
    try:
        return f"{at.astimezone(ZoneInfo(zone)):%Y-%m-%d}"
    except (ZoneInfoNotFoundError, ValueError):
        return f"{at:%Y-%m-%d}"


@dataclass
class Plan:
    """What has to change in one part: cells by row number and place, and the rows they are for."""

    cells: dict[tuple[int, int], Cell] = field(default_factory=dict)
    new: dict[int, SheetRow] = field(default_factory=dict)  # number -> row that gets its id
    here: dict[int, SheetRow] = field(default_factory=dict)  # number -> row that stands there
    said: dict[int, Status] = field(default_factory=dict)


class Writing:
    def __init__(self, sheet: Sheet, report: Reporter) -> None:
        self.sheet, self.report = sheet, report
        self.wire = Wire(sheet, self._alive)
        self.seen: set[str] = set()
        self.done = self.written = 0

    def work(self) -> None:
        if not stale(self.sheet):
            self._note()
            return
        self._open()
        moved = False
        for first, last, lines in self.wire.parts():
            moved |= not self._part(first, last, lines)
            self.done = last
            self.report(done=last, total=self.wire.tab.rows, written=self.written)
        if moved:
            raise SheetError(MOVED, retry_after=3600.0)
        self._let_rest()
        self._note()

    def _alive(self) -> None:
        self.report(done=self.done, total=self.report.job.total, force=True)

    def _note(self) -> None:
        Sheet.objects.filter(pk=self.sheet.pk).update(written_at=timezone.now())

    def _let_rest(self) -> None:
        """Rows that do not stand there (any more): they are not looked for again and again."""
        for part in _parts(self.sheet.rows.select_related("lead").order_by("pk")):
            gone = [row for row in part if row.row_id not in self.seen]
            said = statuses(gone, self.sheet.status_on)
            for row in gone:
                row.status_hash = digest_of(said[row.pk])
            SheetRow.objects.bulk_update(gone, ["status_hash"])

    def _open(self) -> None:
        """Our columns are made where they are missing: new ones, right of the last name. Whether
        an answer that was lost made them is seen by looking again."""
        for left in range(ROUNDS - 1, -1, -1):
            header = self.wire.open()
            missing = header.missing(status=self.sheet.status_on)
            if not missing:
                return
            try:
                self.wire.client.add_columns(
                    self.sheet.file_id, self.wire.tab, header.width, header.row, missing
                )
            except SheetError as error:
                if error.stop or not left:
                    raise
                sheet_access.wait(min(error.retry_after, 30.0))
        if self.wire.open().missing(status=self.sheet.status_on):
            text = "Our columns could not be made in the sheet. Look at it and try again."
            raise SheetError(text, stop=True)

    def _part(self, first: int, last: int, lines: list[Line]) -> bool:
        """True when all of it stands where it belongs."""
        for _ in range(ROUNDS):
            plan = self._plan(lines)
            if not plan.cells:
                self._confirm(plan)
                self.seen.update(row.row_id for row in plan.here.values())
                return True
            self._write(plan)
            lines = self._take_back(plan, self.wire.lines(first, last))
        return False

    def _plan(self, lines: Sequence[Line]) -> Plan:
        plan = Plan(here=self._rows_of(lines))
        plan.said = statuses(list(plan.here.values()), self.sheet.status_on)
        header = self.wire.header
        for line in lines:
            row, own = plan.here.get(line.number), line.own or {}
            wanted: dict[str, Cell] = {}
            if row is not None:
                wanted = dict(zip(STATUS, plan.said[row.pk], strict=False))
                if own.get(ID) != row.row_id:
                    wanted[ID] = row.row_id
                    plan.new[line.number] = row
            elif not own.get(ID) and self.sheet.status_on:
                wanted = dict(zip(STATUS, NOTHING, strict=True))
            for name, cell in wanted.items():
                if own.get(name, "") != " ".join(str(cell).split()):
                    plan.cells[line.number, header.ours[name]] = cell
        return plan

    def _rows_of(self, lines: Sequence[Line]) -> dict[int, SheetRow]:
        """Known rows by their id; those whose id is not written yet by what stands in them."""
        ids = [one.row_id for one in lines if one.row_id]
        by_id = {row.row_id: row for row in _known(self.sheet, "row_id", ids)}
        first = claims([(one, self._digest(one)) for one in lines], by_id)
        here = {n: by_id[mark] for mark, n in first.items() if mark not in self.seen}
        taken = self.seen | {row.row_id for row in here.values()}
        self._waiting([one for one in lines if one.number not in here], here, taken)
        return here

    def _waiting(self, lines: Sequence[Line], here: dict[int, SheetRow], taken: set[str]) -> None:
        digests = {one.number: self._digest(one) for one in lines if any(one.cells)}
        waiting: dict[str, list[SheetRow]] = {}
        for row in _known(self.sheet, "read_hash", sorted(set(digests.values()))):
            if not row.status_hash and row.row_id not in taken:
                waiting.setdefault(row.read_hash, []).append(row)
        for number, digest in digests.items():
            rows = waiting.get(digest, [])
            same = [one for one in rows if one.number == number] or rows
            if same:
                here[number] = same[0]
                rows.remove(same[0])

    def _digest(self, line: Line) -> str:
        return content_hash(self.wire.header.columns, line.cells, self.sheet.mapping)

    def _write(self, plan: Plan) -> None:
        data = [
            (self.wire.tab.range(first, first + len(rows) - 1, left, left + len(rows[0]) - 1), rows)
            for first, left, rows in blocks(plan.cells)
        ]
        self.wire.ask(lambda: self.wire.client.write(self.sheet.file_id, data))
        self.written += len(plan.here)

    def _take_back(self, plan: Plan, lines: list[Line]) -> list[Line]:
        """A new id that came to stand in another row than was meant is wiped out at once."""
        at = self.wire.header.ours[ID]
        wrong = [line for line in lines if self._is_wrong(plan, line)]
        if wrong:
            empty: list[list[Cell]] = [[""]]
            data = [
                (self.wire.tab.range(n, n, at, at), empty) for n in (one.number for one in wrong)
            ]
            self.wire.ask(lambda: self.wire.client.write(self.sheet.file_id, data))
        numbers = {one.number for one in wrong}
        return [_without_id(line) if line.number in numbers else line for line in lines]

    def _is_wrong(self, plan: Plan, line: Line) -> bool:
        row = plan.new.get(line.number)
        return bool(row and line.row_id == row.row_id and self._digest(line) != row.read_hash)

    def _confirm(self, plan: Plan) -> None:
        changed = []
        for number, row in plan.here.items():
            digest = digest_of(plan.said[row.pk])
            if (row.status_hash, row.number) != (digest, number):
                row.status_hash, row.number = digest, number
                changed.append(row)
        SheetRow.objects.bulk_update(changed, ["status_hash", "number"], batch_size=BATCH)


def _without_id(line: Line) -> Line:
    return Line(line.number, line.cells, own={**(line.own or {}), ID: ""})


def blocks(cells: dict[tuple[int, int], Cell]) -> Iterator[tuple[int, int, list[list[Cell]]]]:
    """Cells as few rectangles: first row, left column, rows. Runs in a row, then equal runs below
    each other."""
    runs: dict[tuple[int, int], list[tuple[int, list[Cell]]]] = {}
    for number, left, values in _runs(cells):
        runs.setdefault((left, len(values)), []).append((number, values))
    for (left, _), rows in runs.items():
        first, block = rows[0][0], [rows[0][1]]
        for number, values in rows[1:]:
            if number == first + len(block):
                block.append(values)
                continue
            yield first, left, block
            first, block = number, [values]
        yield first, left, block


def _runs(cells: dict[tuple[int, int], Cell]) -> Iterator[tuple[int, int, list[Cell]]]:
    current: tuple[int, int, list[Cell]] | None = None
    for (number, at), cell in sorted(cells.items(), key=lambda item: item[0]):
        if current and current[0] == number and at == current[1] + len(current[2]):
            current[2].append(cell)
            continue
        if current:
            yield current
        current = (number, at, [cell])
    if current:
        yield current


def _known(sheet: Sheet, name: str, values: Sequence[str]) -> Iterator[SheetRow]:
    for start in range(0, len(values), BATCH):
        part = values[start : start + BATCH]
        rows = SheetRow.objects.filter(sheet=sheet, **{f"{name}__in": part})
        yield from rows.select_related("lead").order_by("number")


def _parts(rows: "QuerySet[SheetRow]") -> Iterable[list[SheetRow]]:
    last = 0
    while part := list(rows.filter(pk__gt=last)[:BATCH]):
        yield part
        last = part[-1].pk

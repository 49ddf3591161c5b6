"""Rows of a Google sheet on their way through the import: each keeps its id and its lead."""

from collections.abc import Mapping, Sequence

from leads.intake.base import Row
from leads.intake.rows import LeadRow
from leads.intake.sheet_grid import Line, content_hash
from leads.models import ImportBatch, Lead, Sheet, SheetRow, Suppression
from leads.services.import_rows import Desk, Ready
from leads.services.suppression import normals

KIND = "sheet"
ERASED = "Erased here, and not brought back"
OTHER = "The {} is not the lead's any more. Change it on the lead's page, or make a new row"


def desk_for(batch: ImportBatch) -> Desk:
    return SheetDesk(batch) if batch.kind == KIND else Desk(batch)


def names_of(batch: ImportBatch) -> dict[str, str]:
    """Column name -> field code, as the sheet keeps it."""
    return {name: batch.mapping.get(str(i), "") for i, name in enumerate(batch.columns)}


def claims(lines: Sequence[tuple[Line, str]], rows: Mapping[str, SheetRow]) -> dict[str, int]:
    """Which row number has which id, where somebody copied a row with its id: the one that was not
    changed, else the first. `lines` with the digests of what they hold."""
    found: dict[str, int] = {}
    unchanged: set[str] = set()
    for line, digest in lines:
        row = rows.get(line.row_id)
        if row is None:
            continue
        same = row.read_hash == digest
        if row.row_id not in found or (same and row.row_id not in unchanged):
            found[row.row_id] = line.number
        if same:
            unchanged.add(row.row_id)
    return found


class SheetDesk(Desk):
    """Judges rows as for a file; and a row that was here before stays the row of its lead."""

    def __init__(self, batch: ImportBatch) -> None:
        super().__init__(batch)
        self.sheet = Sheet.objects.filter(pk=batch.dialect.get("sheet_pk") or 0).first()
        self.names = names_of(batch)
        erased = Suppression.objects.filter(reason=Suppression.Reason.ERASED)
        self.erased = set(erased.values_list("address_hash", flat=True))
        self._leads: dict[str, Lead] = {}

    @property
    def source(self) -> str:
        return f"Google Sheet {self.sheet.title if self.sheet else ''}".strip()

    def look_at(self, rows: Sequence[Row]) -> None:
        """The leads of rows that were here before, in one query."""
        ids = [row.row_id for row in rows if isinstance(row, Line) and row.known]
        found = SheetRow.objects.filter(sheet=self.sheet, row_id__in=ids, lead__isnull=False)
        self._leads = {one.row_id: one.lead for one in found.select_related("lead") if one.lead}

    def ready(self, row: Row) -> Ready:
        item = super().ready(row)
        known = self._leads.get(row.row_id) if isinstance(row, Line) else None
        if item.lead is None:
            return item
        if (known and known.erased_at) or self._is_erased(item.lead):
            return Ready(row, None, ERASED)
        if known and (problem := _somebody_else(known, item.lead)):
            return Ready(row, None, problem)
        return item

    def raw(self, row: Row) -> LeadRow:
        """A row that was here before and lost its address keeps the lead's."""
        found = super().raw(row)
        known = self._leads.get(row.row_id) if isinstance(row, Line) else None
        if known and known.email and not found.email:
            found.email = known.email
        return found

    def _is_erased(self, row: LeadRow) -> bool:
        if not self.erased:
            return False
        lead = Lead(email=row.email or None, phone=row.phone, linkedin_url=row.linkedin_url)
        return any(one.hash in self.erased for one in normals(lead) if one.kind != "domain")

    def keep(self, placed: Sequence[tuple[Lead, Ready]], bad: Sequence[tuple[Row, str]]) -> None:
        """In the transaction that writes the leads. A row that was turned down keeps its lead."""
        found = {
            item.row.row_id: self._row(item.row, lead.pk, "")
            for lead, item in placed
            if isinstance(item.row, Line)
        }
        lines = [(row, why) for row, why in bad if isinstance(row, Line) and row.row_id]
        ids = [row.row_id for row, _ in lines]
        before = SheetRow.objects.filter(sheet=self.sheet, row_id__in=ids)
        leads = dict(before.values_list("row_id", "lead_id"))
        for row, why in lines:
            found[row.row_id] = self._row(row, leads.get(row.row_id), why)
        if self.sheet is not None:
            SheetRow.objects.bulk_create(
                found.values(),
                update_conflicts=True,
                unique_fields=["sheet", "row_id"],
                update_fields=["lead", "number", "read_hash", "problem"],
            )

    def _row(self, row: Line, lead_id: int | None, problem: str) -> SheetRow:
        digest = content_hash(self.batch.columns, row.cells, self.names)
        return SheetRow(
            sheet=self.sheet,
            row_id=row.row_id,
            lead_id=lead_id,
            number=row.number,
            read_hash=digest,
            problem=problem[:200],
        )


def _somebody_else(lead: Lead, row: LeadRow) -> str:
    """A row whose address is another one now describes another person, or a mistake was mended:
    that is for a person to say."""
    if lead.email:
        return "" if row.email == lead.email else OTHER.format("email")
    same_link = bool(row.linkedin_url) and row.linkedin_url == lead.linkedin_url
    same_phone = bool(row.phone) and row.phone == lead.phone
    return "" if same_link or same_phone else OTHER.format("phone number")

"""Rows of an import, cleaned, in parts; what the check and the run have in common."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

from leads.intake.base import IntakeError, Row
from leads.intake.clean import normalise
from leads.intake.rows import LeadRow, row_of
from leads.models import BadRow, ImportBatch, Lead, Suppression
from leads.services.suppression import lead_hashes
from salesagent.accounts.access import visible_user_ids
from salesagent.accounts.models import User, Workspace

PART = 500


@dataclass(frozen=True)
class Ready:
    """A row of the file with the lead it describes, or with what is wrong with it."""

    row: Row
    lead: LeadRow | None
    problem: str = ""


class Desk:
    """What one import needs to know to judge rows; made once for a check or a run."""

    def __init__(self, batch: ImportBatch) -> None:
        self.batch = batch
        self.hint = Workspace.current().country
        user: User = batch.user
        self.seen_ids = visible_user_ids(user)
        self.sees_unowned = user.is_manager

    @property
    def source(self) -> str:
        return f"File {self.batch.file_name}"

    def look_at(self, rows: Sequence[Row]) -> None:
        """Before the rows of a part are judged one by one."""

    def keep(self, placed: Sequence[tuple[Lead, Ready]], bad: Sequence[tuple[Row, str]]) -> None:
        """After a part was written, in its transaction: rows with their leads, and the others."""

    def ready(self, row: Row) -> Ready:
        if row.problem:
            return Ready(row, None, row.problem)
        try:
            return Ready(row, normalise(self.raw(row), country_hint=self.hint))
        except IntakeError as error:
            return Ready(row, None, error.message)

    def raw(self, row: Row) -> LeadRow:
        return row_of(row.cells, self.batch.mapping, self.batch.columns)

    def may_change(self, lead: Lead) -> bool:
        """Not a colleague's whom this user does not see: a file must not write over their work."""
        if lead.owner_id is None:
            return self.sees_unowned or self.seen_ids is None
        return self.seen_ids is None or lead.owner_id in self.seen_ids


def parts(rows: Iterable[Row], size: int = PART) -> Iterator[list[Row]]:
    stream = iter(rows)
    while part := list(islice(stream, size)):
        yield part


def suppressed_rows(ready: list[Ready]) -> set[int]:
    """Numbers of the rows whose address, number, domain or profile may not be written to."""
    if not Suppression.objects.exists():
        return set()
    hashes: dict[str, list[int]] = {}
    for item in ready:
        row = item.lead
        if row is None:
            continue
        lead = Lead(email=row.email or None, phone=row.phone, linkedin_url=row.linkedin_url)
        for value in lead_hashes(lead):
            hashes.setdefault(value, []).append(item.row.number)
    hits = Suppression.objects.filter(address_hash__in=list(hashes), channel__in=["all", "email"])
    return {n for h in hits.values_list("address_hash", flat=True) for n in hashes[h]}


def keep_bad(batch: ImportBatch, bad: list[tuple[Row, str]]) -> None:
    """Store rows that do not come in; the same row twice is stored once."""
    rows = [BadRow(batch=batch, row=r.number, reason=why[:200], cells=r.cells) for r, why in bad]
    BadRow.objects.bulk_create(rows, ignore_conflicts=True)


def who(row: LeadRow) -> str:
    """A short name for examples."""
    name = f"{row.first_name} {row.last_name}".strip()
    return (name or row.email or row.phone or row.linkedin_url)[:80]

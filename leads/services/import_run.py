"""The run of an import: rows become leads, 500 in one transaction that also moves the resume point.

A killed run loses at most the part it was in; the next one starts after the last part kept.
"""

from collections import Counter
from contextlib import suppress
from itertools import islice

from django.db import IntegrityError, transaction
from django.utils import timezone

from leads import thread
from leads.intake.base import Row
from leads.intake.rows import LeadRow
from leads.models import BadRow, ImportBatch, ImportChange, Lead, Pain
from leads.services import (
    anew,
    assignment,
    imports,
    score_models,
    scoring,
    sheets,
    suppression_carry,
)
from leads.services.import_rows import Ready, keep_bad, parts, suppressed_rows
from leads.services.intake import WRITTEN, Origin, add_pain, apply, build, taken_over
from leads.services.intake_match import Known
from leads.services.sheet_rows import desk_for
from salesagent.accounts.models import User
from salesagent.lib import bulk, hands
from salesagent.lib.jobs import Reporter, Stopped

State = ImportBatch.State
TRIES = 3


class Superseded(Exception):
    """Another job goes on with this import; this one must not write any more."""


def run(job_id: int) -> None:
    """The job of the last step. Ends in DONE, STOPPED or FAILED; each can be undone."""
    with Reporter(job_id) as report:
        batch = ImportBatch.objects.filter(job_id=job_id, state=State.RUNNING).first()
        if not report.mine or batch is None:
            return
        state = State.FAILED
        try:
            with bulk.roomy():
                Run(batch, job_id, report).work()
            if batch.kind == sheets.KIND:
                sheets.came_in(batch)
            state = State.DONE
        except Stopped:
            state = State.STOPPED
            raise
        finally:
            imports.finish(batch, job_id, state)
        imports.forget_file(batch)


class Run:
    def __init__(self, batch: ImportBatch, job_id: int, report: Reporter) -> None:
        self.batch, self.job_id, self.report = batch, job_id, report
        self.desk = desk_for(batch)
        self.scores = score_models.in_use()
        self.origin = Origin(
            source=self.desk.source[:80],
            basis=batch.lawful_basis,
            basis_source=batch.basis_source,
            tag=batch.tag,
        )
        self.owners = _owners(batch)
        self.counts: Counter[str] = Counter(batch.counts)

    def work(self) -> None:
        if not self.batch.rows_done:
            BadRow.objects.filter(batch=self.batch).delete()
        self._tell(force=True)
        rows = imports.source_of(self.batch).rows()
        for part in parts(islice(rows, self.batch.rows_done, None)):
            self.desk.look_at(part)
            self._take([self.desk.ready(row) for row in part])
            self._tell()
        with suppress(Stopped):  # all rows are in: too late to stop
            self._tell(force=True)

    def _tell(self, *, force: bool = False) -> None:
        shown = {k: self.counts[k] for k in ("new", "filled", "repeated") if self.counts[k]}
        if bad := self.counts["invalid"] + self.counts["colleague"]:
            shown["not_usable"] = bad
        self.report(done=self.batch.rows_done, force=force, **shown)  # type: ignore[arg-type]

    def _take(self, part: list[Ready]) -> None:
        """One part, again when somebody else brought in the same address at the same moment."""
        for attempt in range(1, TRIES + 1):
            try:
                with transaction.atomic():
                    counts = Part(self, part).write()
                    self._advance(len(part), counts)
                return
            except IntegrityError:
                if attempt == TRIES:
                    raise

    def _advance(self, rows: int, counts: Counter[str]) -> None:
        done, total = self.batch.rows_done, self.counts + counts
        hit = ImportBatch.objects.filter(
            pk=self.batch.pk, job_id=self.job_id, state=State.RUNNING, rows_done=done
        ).update(rows_done=done + rows, counts=dict(total))
        if hit != 1:
            raise Superseded(f"import {self.batch.pk} is worked on by another job")
        self.counts = total
        self.batch.rows_done = done + rows


class Part:
    """Up to 500 rows: sorted into new, found, repeated and bad, then written."""

    def __init__(self, run: Run, part: list[Ready]) -> None:
        self.run, self.part = run, part
        self.known = Known([item.lead for item in part if item.lead])
        self.counts: Counter[str] = Counter(rows=len(part))
        self.flagged = suppressed_rows(part)
        self.new: list[tuple[Lead, Ready]] = []
        self.changed: list[tuple[Lead, Ready, dict[str, list[object]]]] = []
        self.placed: list[tuple[Lead, Ready]] = []  # every row that has a lead
        self.bad: list[tuple[Row, str]] = []
        self._fresh: set[int] = set()  # id() of leads that are not saved yet
        self.former: dict[int, int | None] = {}  # whose a lead was that comes in again
        self.given: dict[int, assignment.Given] = {}  # id() of a new lead -> by which rule

    def write(self) -> Counter[str]:
        self.known.make_companies(self._rows_of_new())
        for item in self.part:
            self._sort(item)
        self.given = assignment.give_new([lead for lead, _ in self.new if lead.owner is None])
        fresh = [lead for lead, _ in self.new if lead.pk is None]
        back = [lead for lead, _ in self.new if lead.pk is not None]
        scoring.score_batch(fresh, self.run.scores)
        bulk.insert_many(fresh)
        for lead in back:
            lead.save()
            anew.begin(lead, self.former[lead.pk])
        scoring.score_batch(back, self.run.scores)
        self._write_changes()
        self._write_pains()
        self._write_events()
        assignment.log([(one, self.given[id(one)]) for one, _ in self.new if id(one) in self.given])
        keep_bad(self.run.batch, self.bad)
        self.run.desk.keep(self.placed, self.bad)
        return self.counts

    def _rows_of_new(self) -> list[LeadRow]:
        rows = [item.lead for item in self.part if item.lead]
        return [row for row in rows if self._is_new(self.known.lead_for(row))]

    def _is_new(self, lead: Lead | None) -> bool:
        return lead is None or self.known.withdrawn(lead)

    def _sort(self, item: Ready) -> None:
        row = item.lead
        if row is None:
            self._refuse(item, "invalid", item.problem)
            return
        lead = self.known.lead_for(row)
        if lead is None or self.known.withdrawn(lead):
            self._make(lead, row, item)
        elif id(lead) in self._fresh or lead.import_batch_id == self.run.batch.pk:
            self._again(lead, row, item)
        elif not self.run.desk.may_change(lead):
            self._refuse(item, "colleague", "Already a lead of a colleague")
        else:
            self._meet(lead, row, item)

    def _refuse(self, item: Ready, outcome: str, why: str) -> None:
        self.counts[outcome] += 1
        self.bad.append((item.row, why))

    def _make(self, lead: Lead | None, row: LeadRow, item: Ready) -> None:
        owners = self.run.owners
        number = self.run.counts["new"] + self.counts["new"]
        owner = owners[number % len(owners)] if owners else None
        if lead is not None:
            self.former[lead.pk] = lead.owner_id
        made = build(row, self.known.find_company(row), self.run.origin, owner, lead)
        made.import_batch = self.run.batch
        if lead is None:
            self._fresh.add(id(made))
        self.known.add(made)
        self.new.append((made, item))
        self.placed.append((made, item))
        self.counts["new"] += 1
        self.counts["suppressed"] += item.row.number in self.flagged

    def _again(self, lead: Lead, row: LeadRow, item: Ready) -> None:
        """The same person further down: the duplicates rule holds; nothing of it needs an undo."""
        self.counts["repeated"] += 1
        self.placed.append((lead, item))
        changed = apply(lead, row, self.known, self.run.batch.duplicates)
        if changed and lead.pk:
            lead.save(update_fields=WRITTEN)
            before = {name: pair[0] for name, pair in changed.items()}
            suppression_carry.carry(lead, before, self.run.batch.user.actor)

    def _meet(self, lead: Lead, row: LeadRow, item: Ready) -> None:
        self.placed.append((lead, item))
        rule = self.run.batch.duplicates
        tags = [self.run.batch.tag] if self.run.batch.tag else []
        changed = apply(lead, row, self.known, rule, tags)
        if (
            rule != ImportBatch.Duplicates.SKIP
            and row.pain
            and add_pain(lead, row, self._pain_of())
        ):
            changed["pain"] = ["", row.pain]
        self.counts["filled" if changed else "kept"] += 1
        self.counts["suppressed"] += item.row.number in self.flagged
        if changed:
            self.changed.append((lead, item, changed))

    def _pain_of(self) -> str:
        return self.run.origin.basis_source or self.run.origin.source

    def _write_changes(self) -> None:
        for lead in {id(lead): lead for lead, _, _ in self.changed}.values():
            lead.save(update_fields=WRITTEN)
        ImportChange.objects.bulk_create(
            ImportChange(
                batch=self.run.batch,
                lead=lead,
                row=item.row.number,
                before={name: pair[0] for name, pair in changed.items()},
                after={name: pair[1] for name, pair in changed.items()},
            )
            for lead, item, changed in self.changed
        )
        for lead, _, changed in self.changed:
            before = {name: pair[0] for name, pair in changed.items()}
            suppression_carry.carry(lead, before, self.run.batch.user.actor)

    def _write_pains(self) -> None:
        today, source = timezone.localdate(), self._pain_of()
        Pain.objects.bulk_create(
            Pain(lead=lead, text=item.lead.pain, source=source, noted_at=today)
            for lead, item in self.new
            if item.lead and item.lead.pain
        )

    def _write_events(self) -> None:
        batch = self.run.batch
        actor = batch.user.actor
        base: dict[str, object] = {"file": batch.file_name, "batch": batch.pk}
        if batch.dialect.get(hands.ALONE):
            base[hands.ALONE] = True
        thread.record_many(
            kind="lead.imported",
            actor=actor,
            rows=[
                (lead, self._event_data(lead, item, base) | assignment.told(self.given, lead))
                for lead, item in self.new
            ],
        )
        thread.record_many(
            kind="lead.changed",
            actor=actor,
            rows=[
                (lead, {**base, "row": item.row.number, "changes": _shown(changed)})
                for lead, item, changed in self.changed
            ],
        )
        for lead, item in [*self.new, *((lead, item) for lead, item, _ in self.changed)]:
            if item.lead and item.lead.note:
                self._write_note(lead, item.lead.note, actor, item.row.number)

    def _event_data(self, lead: Lead, item: Ready, base: dict[str, object]) -> dict[str, object]:
        data = {
            **base,
            "row": item.row.number,
            **(taken_over(lead, item.lead) if item.lead else {}),
        }
        return {**data, "suppressed": True} if item.row.number in self.flagged else data

    def _write_note(self, lead: Lead, note: str, actor: str, number: int) -> None:
        thread.record(
            lead=lead,
            kind="note.added",
            actor=actor,
            body=note,
            channel="note",
            data={"batch": self.run.batch.pk},
            dedupe_key=f"import:{self.run.batch.pk}:{number}:note",
        )


def _shown(changed: dict[str, list[object]]) -> dict[str, list[object]]:
    return {name: pair for name, pair in changed.items() if name not in ("company", "custom")}


def _owners(batch: ImportBatch) -> list[User]:
    """Who gets the new leads, in turn; empty: nobody, managers see them."""
    if batch.round_team_id:
        people = User.objects.filter(team=batch.round_team_id, is_active=True)
        reps = list(people.filter(role=User.Role.REP).order_by("pk"))
        return reps or list(people.order_by("pk"))
    return [batch.owner] if batch.owner else []

"""The dry run of an import: what each row would do, counted, with examples. Nothing is changed."""

from collections import Counter
from collections.abc import Iterator
from typing import Any

from leads.intake.base import IntakeError
from leads.intake.places import fold
from leads.intake.rows import LeadRow
from leads.models import BadRow, ImportBatch, Lead
from leads.services import imports
from leads.services.import_rows import Desk, Ready, keep_bad, parts, suppressed_rows, who
from leads.services.intake import PLAIN
from leads.services.intake_match import Known
from leads.services.sheet_rows import desk_for
from salesagent.lib.jobs import Reporter

EXAMPLES = 6
State = ImportBatch.State


def check(job_id: int) -> None:
    """The job behind the third step. Ends in CHECKED, or back in UPLOADED with the reason."""
    with Reporter(job_id) as report:
        batch = ImportBatch.objects.filter(job_id=job_id, state=State.CHECKING).first()
        if not report.mine or batch is None:
            return
        done = False
        try:
            _work(batch, report)
            done = True
        except IntakeError as error:
            batch.report = {"error": error.message}
            raise
        finally:
            state = State.CHECKED if done else State.UPLOADED
            imports.finish(batch, job_id, state, report=batch.report)


def _work(batch: ImportBatch, report: Reporter) -> None:
    BadRow.objects.filter(batch=batch).delete()
    found = Findings(desk_for(batch))
    for part in parts(imports.source_of(batch).rows()):
        found.desk.look_at(part)
        found.take([found.desk.ready(row) for row in part])
        counts = found.counts
        report(
            done=counts["rows"],
            new=counts["new"],
            repeated=counts["repeated"],
            not_usable=counts["invalid"],
        )
    batch.report = {"counts": dict(found.counts), "examples": found.examples}
    report(done=found.counts["rows"], total=found.counts["rows"], force=True)


class Findings:
    """Counts by outcome and the first examples of each."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self.counts: Counter[str] = Counter()
        self.examples: dict[str, list[dict[str, Any]]] = {}
        self._seen: set[str] = set()

    def take(self, part: list[Ready]) -> None:
        known = Known([item.lead for item in part if item.lead])
        flagged = suppressed_rows(part)
        bad = []
        for item in part:
            self.counts["rows"] += 1
            outcome, text = self._judge(item, known)
            self._note(outcome, item, text)
            if item.row.number in flagged and outcome != "invalid":
                self._note("suppressed", item, "Comes in, is never contacted")
            if outcome in ("invalid", "colleague"):
                bad.append((item.row, text))
        keep_bad(self.desk.batch, bad)

    def _judge(self, item: Ready, known: Known) -> tuple[str, str]:
        if item.lead is None:
            return "invalid", item.problem
        again = [key for key in identities(item.lead) if key in self._seen]
        self._seen.update(identities(item.lead))
        if again:
            return "repeated", "The same person stands further up in the file"
        lead = known.lead_for(item.lead)
        if lead is None or known.withdrawn(lead):
            return "new", _facts(item.lead)
        if not self.desk.may_change(lead):
            return "colleague", "Already a lead of a colleague"
        return self._judge_known(lead, item.lead)

    def _judge_known(self, lead: Lead, row: LeadRow) -> tuple[str, str]:
        fills, differs = compare(lead, row)
        self.counts["here"] += 1
        self.counts["differs"] += bool(differs)
        if fills:
            return "fill", "Gets " + ", ".join(fills)
        if differs:
            return "same", "The file says otherwise: " + "; ".join(differs[:3])
        return "same", "Nothing new"

    def _note(self, outcome: str, item: Ready, text: str) -> None:
        self.counts[outcome] += 1
        shown = self.examples.setdefault(outcome, [])
        if len(shown) < EXAMPLES:
            name = who(item.lead) if item.lead else " · ".join(filter(None, item.row.cells))[:80]
            shown.append({"row": item.row.number, "who": name, "text": text[:200]})


def identities(row: LeadRow) -> Iterator[str]:
    """What makes two rows of a file one person; the same order as Known uses."""
    if row.email:
        yield row.email
    elif row.linkedin_url:
        yield row.linkedin_url
    elif row.phone:
        yield f"{row.phone} {fold(row.first_name)} {fold(row.last_name)}"


def compare(lead: Lead, row: LeadRow) -> tuple[list[str], list[str]]:
    """What the row would fill in, and where it says something else than we have."""
    fills, differs = [], []
    for name in (*PLAIN, "company_name"):
        old = getattr(lead, name) or ""
        new = row.company if name == "company_name" else getattr(row, name)
        label = (
            name.removesuffix("_name").replace("_", " ")
            if name == "company_name"
            else (name.replace("_", " ").removesuffix(" url"))
        )
        if new and not old:
            fills.append(label)
        elif new and new != old and name != "email":
            differs.append(f"{label} “{str(new)[:40]}”, here “{str(old)[:40]}”")
    fills += [key for key in row.custom if key not in lead.custom]
    fills += [f"tag {tag}" for tag in row.tags if tag not in lead.tags]
    return fills, differs


def _facts(row: LeadRow) -> str:
    return ", ".join(filter(None, (row.title, row.company, row.email or row.phone)))

"""Taking an import back. What people did since stays, and the report says what and why.

New leads that nobody worked on are archived and marked as withdrawn (archived_at is the batch's
undone_at), so that the same file brings them back. On leads that were here before, a value is put
back only where it is still the one the import wrote.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from typing import Any

from django.db import transaction
from django.utils import timezone

from leads import thread
from leads.models import ImportBatch, ImportChange, Lead, Pain, ThreadEvent
from leads.search import text_for
from leads.services import imports, suppression_carry
from leads.services.intake import WRITTEN
from salesagent.lib.jobs import Reporter

PART = 500
EXAMPLES = 20
State = ImportBatch.State
# What machines do by themselves; anything else in the thread is somebody's work.
BY_ITSELF = frozenset(
    {
        *("lead.imported", "lead.scored", "lead.suppressed", "touch.drafted", "touch.cancelled"),
        *("enrollment.started", "enrollment.paused", "enrollment.resumed", "enrollment.stopped"),
    }
)
WHY = {
    "touch.sent": "a message was sent",
    "touch.approved": "a message was approved",
    "touch.unknown": "a message may have been sent",
    "touch.failed": "a message was tried",
    "reply.received": "they answered",
    "autoreply.received": "they answered",
    "call.logged": "there was a call",
    "linkedin.done": "somebody wrote on LinkedIn",
    "touch.done": "somebody wrote by hand",
    "task.done": "a task was done",
    "note.added": "somebody wrote a note",
    "lead.inquired": "they wrote by the web form",
    "lead.assigned": "the owner was changed",
    "lead.stage_changed": "the stage was changed",
    "lead.changed": "details were changed",
    "lead.archived": "archived by hand",
    "consent.given": "they gave a consent",
    "deal.opened": "there is a deal",
}
REACHED_OUT = frozenset({"touch.sent", "touch.unknown", "reply.received", "call.logged"})


def undo(job_id: int) -> None:
    """The job; ends in UNDONE, or FAILED from where it can be started again."""
    with Reporter(job_id) as report:
        batch = ImportBatch.objects.filter(job_id=job_id, state=State.UNDOING).first()
        if not report.mine or batch is None:
            return
        done = False
        try:
            Undo(batch, report).work()
            done = True
        finally:
            imports.finish(batch, job_id, State.UNDONE if done else State.FAILED)
        imports.forget_file(batch)


class Undo:
    """Works in parts of 500, each its own transaction; a second run goes on with what is left."""

    def __init__(self, batch: ImportBatch, report: Reporter) -> None:
        self.batch, self.report = batch, report
        found = batch.report.get("undo", {})
        self.counts: Counter[str] = Counter(found.get("counts", {}))
        self.kept: Counter[str] = Counter(found.get("kept", {}))
        self.examples: list[dict[str, Any]] = list(found.get("examples", []))
        self.replaced: dict[int, dict[str, object]] = defaultdict(dict)  # lead -> values before
        self.last = int(found.get("last", 0))
        self.at = batch.undone_at or timezone.now()

    def work(self) -> None:
        leads = Lead.objects.filter(import_batch=self.batch)
        total = leads.count() + self.batch.changes.count()
        done = leads.filter(pk__lte=self.last).count()
        while part := list(leads.filter(pk__gt=self.last).order_by("pk")[:PART]):
            self.last, done = part[-1].pk, done + len(part)
            self._save(self._withdraw, part)
            self.report(done=done, total=total, taken_back=self.counts["withdrawn"])
        while changes := list(self.batch.changes.select_related("lead").order_by("-pk")[:PART]):
            done += len(changes)
            self._save(self._restore, changes)
            self.report(done=done, total=total, put_back=self.counts["restored"])
        self.report(done=total, total=total, force=True)

    @transaction.atomic
    def _save(self, step: Callable[[Any], None], part: list[Any]) -> None:
        step(part)
        found = {
            "counts": self.counts,
            "kept": self.kept,
            "examples": self.examples,
            "last": self.last,
        }
        self.batch.report = {**self.batch.report, "undo": found}
        ImportBatch.objects.filter(pk=self.batch.pk).update(report=self.batch.report)

    def _withdraw(self, part: Sequence[Lead]) -> None:
        open_ones = [lead for lead in part if lead.archived_at != self.at and not lead.erased_at]
        why = self._reasons([lead.pk for lead in open_ones])
        free = [lead for lead in open_ones if lead.pk not in why]
        for lead in open_ones:
            if lead.pk in why:
                self._keep(lead, why[lead.pk])
        rows = Lead.objects.filter(pk__in=[lead.pk for lead in free], archived_at=None)
        self.counts["withdrawn"] += rows.update(
            archived_at=self.at, updated_at=self.at, next_step="", next_at=None
        )
        self._tell(free)

    def _tell(self, leads: Sequence[Lead]) -> None:
        """Events; those in a sequence one by one, because their reaction has something to stop."""
        data = {"why": "import undone", "batch": self.batch.pk, "file": self.batch.file_name}
        actor = self.batch.user.actor
        enrolled = set(
            ThreadEvent.objects.filter(
                lead__in=[lead.pk for lead in leads], kind="enrollment.started"
            ).values_list("lead_id", flat=True)
        )
        for lead in leads:
            if lead.pk in enrolled:
                thread.record(lead=lead, kind="lead.archived", actor=actor, data=data)
        quiet = [(lead, data) for lead in leads if lead.pk not in enrolled]
        thread.record_many(kind="lead.archived", actor=actor, rows=quiet)

    def _reasons(self, ids: Sequence[int]) -> dict[int, str]:
        """Why each lead has to stay; leads that may go are not in it."""
        events = ThreadEvent.objects.filter(lead__in=ids).exclude(kind__in=BY_ITSELF)
        why: dict[int, str] = {}
        for lead_id, kind, data in events.order_by("pk").values_list("lead_id", "kind", "data"):
            if data.get("batch") == self.batch.pk:
                continue  # of the import itself
            if lead_id not in why or kind == "touch.sent":
                why[lead_id] = WHY.get(kind, "somebody worked on it")
        return why

    def _restore(self, changes: Sequence[ImportChange]) -> None:
        """Newest first, so that two rows of one lead come off in order."""
        reached = self._reached([change.lead_id for change in changes])
        leads: dict[int, Lead] = {}
        for change in changes:
            lead = leads.setdefault(change.lead_id, change.lead)
            self._put_back(lead, change, reached)
        for lead in leads.values():
            lead.search_text = text_for(lead)
            lead.updated_at = self.at
            lead.save(update_fields=WRITTEN)
            suppression_carry.carry(lead, self.replaced[lead.pk], self.batch.user.actor)
        ImportChange.objects.filter(pk__in=[change.pk for change in changes]).delete()

    def _reached(self, ids: Sequence[int]) -> set[int]:
        events = ThreadEvent.objects.filter(
            lead__in=ids, kind__in=REACHED_OUT, recorded_at__gte=self.batch.created_at
        )
        return set(events.values_list("lead_id", flat=True))

    def _put_back(self, lead: Lead, change: ImportChange, reached: set[int]) -> None:
        undone: dict[str, list[object]] = {}
        reasons: dict[str, list[str]] = defaultdict(list)
        for name, before in change.before.items():
            after = change.after.get(name)
            if lead.erased_at:
                reasons["the person was erased"].append(name)
            elif name in ("email", "phone") and lead.pk in reached:
                reasons["they were contacted there"].append(name)
            elif put_back(lead, name, before, after):
                undone[name] = [after, before]
            else:
                reasons["changed since"].append(name)
        self.counts["restored"] += bool(undone)
        for why, names in reasons.items():
            self._keep(lead, f"{', '.join(n.replace('_', ' ') for n in names)}: {why}", why)
        if undone:
            for name, pair in undone.items():
                self.replaced[lead.pk].setdefault(name, pair[0])
            shown = {k: v for k, v in undone.items() if k not in ("company", "custom")}
            data = {"changes": shown, "batch": self.batch.pk, "why": "import undone"}
            actor = self.batch.user.actor
            thread.record(lead=lead, kind="lead.changed", actor=actor, data=data)

    def _keep(self, lead: Lead, text: str, group: str = "") -> None:
        self.kept[group or text] += 1
        if len(self.examples) < EXAMPLES:
            self.examples.append({"lead": lead.pk, "who": lead.name[:80], "text": text[:200]})


def put_back(lead: Lead, name: str, before: Any, after: Any) -> bool:
    """Set one value back if it is still what the import wrote; parts of lists one by one."""
    if name == "pain":
        return bool(Pain.objects.filter(lead=lead, text=after).delete()[0])
    if name == "tags":
        added = set(after) - set(before)
        if not added & set(lead.tags):
            return False
        lead.tags = [tag for tag in lead.tags if tag not in added]
        return True
    if name == "custom":
        return _put_back_custom(lead, before, after)
    field = "company_id" if name == "company" else name
    if (getattr(lead, field) or "") != (after or ""):
        return False
    setattr(lead, field, None if name == "email" and not before else before)
    return True


def _put_back_custom(lead: Lead, before: dict[str, str], after: dict[str, str]) -> bool:
    hit = False
    own = dict(lead.custom)
    for key in [k for k in after if after[k] != before.get(k) and own.get(k) == after[k]]:
        hit = True
        if key in before:
            own[key] = before[key]
        else:
            del own[key]
    lead.custom = own
    return hit

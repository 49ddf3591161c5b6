"""Taking back what the last sync changed here. What people changed since stays, and is listed.

New leads that nobody worked on are archived, as the undo of an import does, and are not brought
in again. A value put back is not sent to the other side by itself: it becomes a question.
"""

from collections import Counter
from collections.abc import Sequence
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone

from leads import thread
from leads.crm.base import FIELDS
from leads.crm.names import label_of
from leads.models import (
    Company,
    Deal,
    Lead,
    RemoteLink,
    SyncChange,
    SyncConflict,
    SyncRun,
    ThreadEvent,
)
from leads.services.crm_accounts import CUSTOM, SyncError
from leads.services.crm_apply import change_lead, change_row
from leads.services.crm_values import Here, People
from leads.services.import_undo import WHY
from salesagent.accounts.models import User
from salesagent.lib import jobs
from salesagent.lib.models import Job
from salesagent.lib.text import one_line

PART = 200
State = SyncRun.State
Action = SyncChange.Action
Line = SyncChange.State
TASK = "leads.crm_tasks.undo_sync"
TAKEN_BACK = (Action.CREATE_HERE, Action.UPDATE_HERE, Action.SUPPRESS, Action.LINK, Action.UNLINK)
BY_ITSELF = frozenset(
    {
        *("lead.pulled", "lead.scored", "lead.suppressed", "touch.drafted", "touch.cancelled"),
        *("enrollment.started", "enrollment.paused", "enrollment.resumed", "enrollment.stopped"),
    }
)
SINCE = "Changed since, so it stayed"
# what a deal has where they say nothing
DEAL_AS_MADE = {
    **{"title": "Deal", "value": "0.00", "currency": "EUR", "stage": "open"},
    **{"expected_close": "", "reason": ""},
}
STAYS = {
    Action.SUPPRESS: "An opt-out stays",
    Action.LINK: "The two stay joined",
    Action.UNLINK: "It is still deleted there",
}


def can(run: SyncRun) -> str:
    """Why this run cannot be taken back; "" when it can."""
    if run.preview or run.undone_at:
        return "There is nothing to take back."
    if run.state not in (State.DONE, State.STOPPED, State.FAILED):
        return "Wait until it has ended."
    newer = SyncRun.objects.filter(provider=run.provider, pk__gt=run.pk, preview=False)
    here = [Action.CREATE_HERE, Action.UPDATE_HERE]
    if newer.filter(changes__action__in=here, changes__state=Line.DONE).exists():
        return "A later sync changed something here. Take that one back first."
    if not run.changes.filter(action__in=here, state=Line.DONE).exists():
        return "It changed nothing here."
    return ""


def start(run: SyncRun, user: User) -> Job:
    """Queue the undo. Raises SyncError with why it cannot be."""
    if why := can(run):
        raise SyncError(why)
    try:
        with transaction.atomic():
            rows = SyncRun.objects.filter(pk=run.pk, state=run.state, undone_at=None)
            if rows.update(state=State.UNDOING, undone_at=timezone.now()) != 1:
                raise SyncError("Somebody takes it back already.")
            run.refresh_from_db()
            return queue(run, user)
    except IntegrityError as error:
        raise SyncError("A sync runs. Wait for its end, or pause it.") from error


def queue(run: SyncRun, user: User | None) -> Job:
    job = jobs.start(
        kind="sync-undo",
        title=f"Taking back what came from {label_of(run.provider)}",
        task=TASK,
        owner=user,
        total=run.changes.filter(action__in=TAKEN_BACK, state=Line.DONE).count(),
        data={"sync": run.pk, "unit": "changes", "by": user.pk if user else 0},
        can_stop=False,
    )
    SyncRun.objects.filter(pk=run.pk).update(job=job)
    run.job = job
    return job


def work(job_id: int) -> None:
    """The task. A second run of it goes on with what is left."""
    with jobs.Reporter(job_id) as report:
        run = SyncRun.objects.filter(job=job_id, state=State.UNDOING).first()
        if not report.mine or run is None:
            return
        user = User.objects.filter(pk=report.job.data.get("by") or 0).first()
        Undo(run, user, report).work()
        now = timezone.now()
        SyncRun.objects.filter(pk=run.pk, job=job_id).update(state=State.UNDONE, ended_at=now)


class Undo:
    def __init__(self, run: SyncRun, user: User | None, report: jobs.Reporter) -> None:
        self.run, self.report = run, report
        self.by = user.get_short_name() if user else ""
        self.actor = user.actor if user else "system"
        self.at = run.undone_at or timezone.now()
        self.people = People.read()
        self.here = Here(self.people)
        self.counts: Counter[str] = Counter()

    def work(self) -> None:
        rows = self.run.changes.filter(action__in=TAKEN_BACK, state=Line.DONE).order_by("-pk")
        done = 0
        while part := list(rows.select_related("lead", "company", "deal__lead")[:PART]):
            with transaction.atomic():
                self._part(part)
            done += len(part)
            self.report(done=done, total=max(self.report.job.total, done), **dict(self.counts))  # type: ignore[arg-type]

    def _part(self, part: Sequence[SyncChange]) -> None:
        """Newest first, so that two changes of one row come off in order."""
        made = [line for line in part if line.action == Action.CREATE_HERE]
        why = self._worked_on([line.lead_id for line in made if line.lead_id])
        tied = {
            (link.kind, link.remote_id): link
            for link in RemoteLink.objects.filter(
                provider=self.run.provider,
                account=self.run.account,
                remote_id__in=[line.remote_id for line in part],
            )
        }
        for line in part:
            link = tied.get((line.kind, line.remote_id))
            if line.action == Action.CREATE_HERE:
                self._withdraw(line, link, why)
            elif line.action == Action.UPDATE_HERE:
                self._put_back(line, link)
            else:
                line.state, line.reason = Line.KEPT, STAYS[Action(line.action)]
            self.counts["kept" if line.state == Line.KEPT else "taken_back"] += 1
        fields = ["state", "reason", "company", "deal"]
        SyncChange.objects.bulk_update(part, fields, batch_size=100)

    def _worked_on(self, ids: Sequence[int]) -> dict[int, str]:
        """Why a new lead has to stay: what people did with it since."""
        events = ThreadEvent.objects.filter(lead__in=ids).exclude(kind__in=BY_ITSELF)
        why: dict[int, str] = {}
        for lead_id, kind, data in events.order_by("pk").values_list("lead_id", "kind", "data"):
            if data.get("run") != self.run.pk and lead_id not in why:
                why[lead_id] = WHY.get(kind, "somebody worked on it")
        return why

    def _withdraw(self, line: SyncChange, link: RemoteLink | None, why: dict[int, str]) -> None:
        row = line.lead or line.company or line.deal
        reason = self._why_stays(row, why) or self._differs(line, row)
        if row is None or reason:
            line.state, line.reason = Line.KEPT, reason or "It is not here any more"
            return
        if link is not None:
            link.state = RemoteLink.State.CUT
            link.company = link.deal = None
            link.save(update_fields=["state", "company", "deal"])
        if isinstance(row, Lead):
            self._archive(row)
        else:
            line.company = line.deal = None
            SyncChange.objects.filter(company=row if isinstance(row, Company) else None).exclude(
                company=None
            ).update(company=None)
            if isinstance(row, Deal):
                SyncChange.objects.filter(deal=row).update(deal=None)
            row.delete()
        line.state = Line.UNDONE

    @staticmethod
    def _why_stays(row: Any, why: dict[int, str]) -> str:
        if isinstance(row, Lead):
            if row.erased_at is not None or row.archived_at is not None:
                return "It is not in the list any more"
            return why.get(row.pk, "").capitalize()
        if isinstance(row, Company):
            used = Lead.objects.filter(company=row, archived_at=None, erased_at=None).exists()
            return "It has people here" if used else ""
        return ""

    def _differs(self, line: SyncChange, row: Any) -> str:
        """A company or a deal keeps no history: it goes only as it came in."""
        if row is None or isinstance(row, Lead):
            return ""
        came: dict[str, str] = {code: pair[1] for code, pair in line.changes.items()}
        if isinstance(row, Deal):
            came = {**DEAL_AS_MADE, "owner": self.people.email(row.lead.owner_id), **came}
            now = self.here.deal(row, [*came, *DEAL_AS_MADE])
        else:
            came = {"name": came.get("domain", ""), **came}
            now = self.here.company(
                row, [*FIELDS["company"], *(f"{CUSTOM}{c}" for c in row.custom)]
            )
        return SINCE if any(value != came.get(code, "") for code, value in now.items()) else ""

    def _archive(self, lead: Lead) -> None:
        rows = Lead.objects.filter(pk=lead.pk, archived_at=None)
        rows.update(archived_at=self.at, updated_at=self.at, next_step="", next_at=None)
        data = {"why": "sync undone", "run": self.run.pk}
        thread.record(lead=lead, kind="lead.archived", actor=self.actor, data=data)

    def _put_back(self, line: SyncChange, link: RemoteLink | None) -> None:
        row: Any = line.lead or line.company or line.deal
        if row is None or (isinstance(row, Lead) and row.erased_at is not None):
            line.state, line.reason = Line.KEPT, "It is not here any more"
            return
        row.refresh_from_db()
        now = self.here.rows(line.kind, [row], list(line.changes))[row.pk]  # type: ignore[arg-type]
        back = {c: (p[1], p[0]) for c, p in line.changes.items() if now.get(c) == p[1]}
        kept = [code.replace("_", " ") for code in line.changes if code not in back]
        if back and not self._write(row, back):
            back, kept = {}, list(line.changes)
        if back and link is not None:
            self._ask(link, back)
        line.state = Line.UNDONE if back else Line.KEPT
        line.reason = f"{', '.join(kept)}: {SINCE.lower()}"[:300] if kept else ""

    def _write(self, row: Any, back: dict[str, tuple[str, str]]) -> bool:
        label = label_of(self.run.provider)
        by = {"actor": self.actor, "source": label, "run": self.run.pk}
        try:
            with transaction.atomic():
                if isinstance(row, Lead):
                    change_lead(row, back, self.people, by)
                else:
                    change_row(row, back, self.people)
        except IntegrityError:  # somebody else has the old address now
            return False
        return True

    def _ask(self, link: RemoteLink, back: dict[str, tuple[str, str]]) -> None:
        for code, (theirs, ours) in back.items():
            SyncConflict.objects.update_or_create(
                link=link,
                field=code,
                state=SyncConflict.State.OPEN,
                defaults={
                    "base": ours,
                    "here": ours,
                    "here_by": one_line(f"{self.by}, taken back".strip(", "), 120),
                    "here_at": self.at,
                    "there": theirs,
                    "there_by": label_of(link.provider),
                    "there_at": link.remote_at,
                },
            )

"""The sync at work: step by step, each part in one transaction together with the place reached.

Killed at any point, the next process goes on at the last part kept. Calls are made outside of
transactions. What a step still has to do follows from the tables and the cursor, never from memory.
"""

import time
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any, TypeVar

from django.db import transaction

from leads.crm.base import Crm, CrmError, Kind, Record, Said
from leads.crm.places import Places
from leads.models import Lead, SyncChange, SyncRun
from leads.services import crm_activities as activities
from leads.services import crm_counts, crm_failed, crm_gone, crm_odd, crm_push
from leads.services import crm_links as links
from leads.services.crm_accounts import Terms
from leads.services.crm_apply import Applier
from leads.services.crm_compare import Comparer
from leads.services.crm_odd import Superseded
from leads.services.crm_plan import Action, Planner
from leads.services.crm_push import Pusher
from leads.services.crm_steps import ONLY, PREVIEW, STEPS, WHOLE
from salesagent.lib.jobs import Reporter

Answer = TypeVar("Answer")
NAMES = {"company": "companies", "contact": "contacts", "deal": "deals"}
SHORT = 60.0  # seconds that are waited out; longer, and the run pauses by itself
BACKOFF = (1.0, 5.0, 15.0, 30.0)
TRIES = 30  # in a row
READ = 100
LINKS = 1000
SKEW = timedelta(days=1)
END = "end"  # of a step: nothing of it is left
STAY = "stay"  # where it is
wait: Callable[[float], None] = time.sleep  # tests put their own here


class Engine:
    def __init__(
        self, run: SyncRun, report: Reporter, adapter: Crm, terms: Terms, since: dict[str, Any]
    ) -> None:
        self.run, self.report, self.adapter, self.terms = run, report, adapter, terms
        self.job_id = report.job.pk
        self.cursor: dict[str, Any] = {"step": "", "at": None, "since": since, **run.cursor}
        self.cursor.setdefault("seen", dict(self.cursor["since"]))
        self.counts: Counter[str] = Counter(run.counts)
        self.before = self.counts["requests"]
        self.done = self.total = 0
        self.planner = Planner(terms, run.pk)
        self.comparer = Comparer(run, terms, self.planner.people)

    def work(self) -> None:
        steps = ONLY if "only" in self.cursor else PREVIEW if self.run.preview else WHOLE
        at = self.cursor["step"] or steps[0]
        for step in steps[steps.index(at) :]:
            if self.cursor["step"] != step:
                self._move(step)
            elif self.cursor["at"] == END:
                continue
            name, _, kind = step.partition(":")
            self.total, self.done = 0, 0
            self._tell(force=True)
            getattr(self, f"_{name}")(kind)

    # where we are
    def _move(self, step: str) -> None:
        with transaction.atomic():
            self._keep(None, step=step)

    def _keep(self, at: Any, counts: Counter[str] | None = None, step: str = "") -> None:
        """The place reached, inside the transaction of the part that was done. None: the end."""
        place = END if at is None and not step else self.cursor["at"] if at == STAY else at
        self.cursor = {**self.cursor, "step": step or self.cursor["step"], "at": place}
        self.counts += counts or Counter()
        self.counts["requests"] = self.before + self.adapter.requests
        active = [SyncRun.State.PLANNING, SyncRun.State.RUNNING]
        rows = SyncRun.objects.filter(pk=self.run.pk, job=self.job_id, state__in=active)
        if rows.update(cursor=self.cursor, counts=dict(self.counts)) != 1:
            raise Superseded(f"sync {self.run.pk} is worked on by another process")

    def _tell(self, *, force: bool = False) -> None:
        name, _, kind = str(self.cursor["step"]).partition(":")
        number, what = STEPS[name]
        of = NAMES.get(kind, "activities" if kind else "")
        names = {"in": "came_in", "out": "went_out", "same": "same", "decide": "you_decide"}
        shown = {word: self.counts[code] for code, word in (*names.items(), ("failed", "failed"))}
        self.report(
            done=self.done,
            total=max(self.total, self.done),
            step=f"Step {number} of 4, {what} {of}".strip(),
            force=force,
            **shown,
        )

    def call(self, act: Callable[[], Answer]) -> Answer:
        """Do it again after a short wait where it was only busy. Raises CrmError."""
        tries = 0
        while True:
            try:
                return act()
            except CrmError as error:
                seconds = error.wait if error.wait is not None else BACKOFF[min(tries, 3)]
                given_up = tries >= (TRIES if error.wait is not None else len(BACKOFF))
                if error.permanent or seconds > SHORT or given_up:
                    raise
                tries += 1
                self._pause(seconds)

    def _pause(self, seconds: float) -> None:
        """In slices, so that Stop is seen and the job counts as alive."""
        while seconds > 0:
            part = min(seconds, 1.0)
            wait(part)
            seconds -= part
            self._tell(force=True)

    # reading
    def _account(self, _: str) -> None:
        found = self.call(self.adapter.account)
        if self.terms.account and found.id and found.id != self.terms.account:
            text = f"The sign-in belongs to another account ({found.name}). Connect it again."
            raise CrmError(text, permanent=True)
        self.cursor["account"] = found.name
        if not self.cursor["since"] and not self.run.preview:
            self.call(self.adapter.prepare)  # the first time, and whenever all is looked at

    def _pull(self, name: str) -> None:
        kind: Kind = name  # type: ignore[assignment]
        since, places = _moment(self.cursor["since"].get(kind)), Places(self.terms.label)
        while True:
            place = self.cursor["at"]
            places.check(place)
            page = self.call(lambda p=place: self.adapter.changed(kind, since, p))  # type: ignore[misc]
            self.total = max(self.total, page.total)
            self.take(kind, page.records, page.cursor)
            self.done += len(page.records)
            self._tell()
            if page.cursor is None:
                return

    def _only(self, name: str) -> None:
        """Just these records, because the other side told us that something happened."""
        kind: Kind = name  # type: ignore[assignment]
        ids = [str(one) for one in self.cursor["only"].get(kind, [])]
        for start in range(int(self.cursor["at"] or 0), len(ids), READ):
            part = ids[start : start + READ]
            found = self.call(lambda p=part: self.adapter.read(kind, p))  # type: ignore[misc]
            there = {one for record in found for one in (record.id, *record.merged)}
            self.take(kind, found, start + READ, gone=[one for one in part if one not in there])

    def _retry(self, name: str) -> None:
        """What was wrong there the last time is looked at again, changed or not."""
        kind: Kind = name  # type: ignore[assignment]
        if self.cursor["since"].get(kind) is None:
            return  # everything was read just now
        ids = crm_failed.ids_before(self.run, kind)
        for start in range(int(self.cursor["at"] or 0), len(ids), READ):
            part = ids[start : start + READ]
            done = crm_failed.told(self.run, kind, part)
            left = [one for one in part if one not in done]
            found = self.call(lambda p=left: self.adapter.read(kind, p)) if left else []  # type: ignore[misc]
            self.take(kind, [one for one in found if one.id in left], start + READ, seen=False)

    def take(
        self,
        kind: Kind,
        records: Sequence[Record],
        at: Any,
        gone: Sequence[str] = (),
        *,
        seen: bool = True,
    ) -> None:
        """A page put into effect; a record that makes it fail is left out, and the rest is not."""
        before = self.cursor, Counter(self.counts)
        try:
            self._take(kind, records, at, gone, seen)
        except crm_odd.OTHERS:
            raise
        except Exception as fault:  # noqa: BLE001  it is looked for record by record
            self.cursor, self.counts = before
            left = crm_odd.left_out(records, lambda one: self._take(kind, [one], STAY), fault)
            with transaction.atomic():
                self._note_times(kind, records if seen else ())
                counts = crm_odd.say(self.run, kind, left)
                self._keep(at, counts + crm_gone.cut(self.run, self.terms, kind, gone))

    def _take(
        self,
        kind: Kind,
        records: Sequence[Record],
        at: Any,
        gone: Sequence[str] = (),
        seen: bool = False,
    ) -> None:
        """Plan a page and put it into effect, once it is known what has to be known for it."""
        said: dict[tuple[str, str], Said] = {}
        while True:
            with transaction.atomic():
                if not self.run.preview:
                    self._lock(kind, records)
                    moved = bool(links.follow_merges(self.terms, kind, records))
                    if moved + links.follow_our_merges(self.terms, [one.id for one in records]):
                        self._lock(kind, records)
                plan = self.planner.page(kind, records, said)
                if not plan.asks:
                    people = self.planner.people
                    counts = Applier(self.run, kind, plan, people, self.terms).apply()
                    if self.run.preview:
                        self.cursor = crm_counts.with_agreed(self.cursor, kind, plan)
                    if seen:
                        self._note_times(kind, records)
                    counts += crm_gone.cut(self.run, self.terms, kind, gone)
                    self._keep(at, counts)
                    return
            asks = plan.asks
            told = self.call(lambda a=asks: self.adapter.said(kind, a))  # type: ignore[misc]
            said |= {ask: told.get(ask, Said()) for ask in asks}

    def _lock(self, kind: Kind, records: Sequence[Record]) -> None:
        """Nobody changes these leads between the comparison and the write."""
        if kind == "contact":
            ids = links.of(self.terms, kind).filter(remote_id__in=[one.id for one in records])
            rows = Lead.objects.select_for_update().filter(pk__in=ids.values("lead_id"))
            list(rows.values_list("pk", flat=True))

    def _note_times(self, kind: Kind, records: Sequence[Record]) -> None:
        times = [one.modified_at for one in records if one.modified_at]
        before = _moment(self.cursor["seen"].get(kind))
        if times and "only" not in self.cursor:
            newest = max([*times, *([before] if before else [])])
            self.cursor["seen"] = {**self.cursor["seen"], kind: newest.isoformat()}

    # deleted there
    def _gone(self, name: str) -> None:
        kind: Kind = name  # type: ignore[assignment]
        since = _moment(self.cursor["since"].get(kind))
        early = since - SKEW if since else None
        before = links.live(self.terms, kind).filter(created_at__lt=self.run.started_at)
        if not before.exists():
            return
        places = Places(self.terms.label)
        while True:
            place = self.cursor["at"]
            places.check(place)
            page = self.call(lambda p=place: self.adapter.gone(kind, early, p))  # type: ignore[misc]
            with transaction.atomic():
                counts = crm_gone.cut(
                    self.run, self.terms, kind, [record.id for record in page.records]
                )
                self._keep(page.cursor, counts)
            self._tell()
            if page.cursor is None:
                return

    # comparing
    def _merged(self, _: str) -> None:
        with transaction.atomic():
            if not self.run.preview:
                links.follow_our_merges(self.terms)
            self._keep(None, crm_gone.tell_doubles(self.run, self.terms))

    def _known(self, name: str) -> None:
        kind: Kind = name  # type: ignore[assignment]
        self.comparer.agreed = set(self.cursor.get("agreed", {}).get(kind, []))
        self.total = links.live(self.terms, kind).count()
        while True:
            with transaction.atomic():
                following, counts = self.comparer.known(kind, int(self.cursor["at"] or 0))
                self._keep(following, counts)
            self.done = min(self.done + 500, self.total)
            self._tell()
            if following is None:
                return

    def _fresh(self, name: str) -> None:
        kind: Kind = name  # type: ignore[assignment]
        while True:
            following, rows = self.comparer.fresh(kind, int(self.cursor["at"] or 0))
            rows = self._look_there(kind, rows)
            with transaction.atomic():
                counts = self.comparer.plan_new(kind, rows)
                self._keep(following, counts)
            self.done += len(rows)
            self._tell()
            if following is None:
                return

    def _look_there(self, kind: Kind, rows: Sequence[Any]) -> list[Any]:
        """Those that are not there either. Not needed when everything was read just before."""
        code = {"contact": "email", "company": "domain"}.get(kind)
        if code is None or self.cursor["since"].get(kind) is None:
            return list(rows)
        values = [value for row in rows if (value := getattr(row, code))]
        if not values:
            return list(rows)
        found = self.call(lambda: self.adapter.find(kind, code, values))
        if not found:
            return list(rows)
        self.take(kind, found, self.cursor["at"] or 0)
        tied = links.by_row(self.terms, kind, [row.pk for row in rows])
        name = f"{links.row_name(kind)}_id"
        lines = self.run.changes.filter(kind=kind, remote_id__in=[one.id for one in found])
        planned = set(lines.values_list(name, flat=True))
        return [row for row in rows if row.pk not in tied and row.pk not in planned]

    # writing
    def _write(self, name: str) -> None:
        self._send(name, last=False)

    def _again(self, name: str) -> None:
        """What may work when it is tried once more."""
        self._send(name, last=True)

    def _send(self, name: str, *, last: bool) -> None:
        kind: Kind = name  # type: ignore[assignment]
        pusher = Pusher(self.run, self.terms, self.planner.people)
        self.total = self.run.changes.filter(kind=kind, state=SyncChange.State.PLANNED).count()
        while True:
            after = int(self.cursor["at"] or 0)
            lines = crm_push.waiting(self.run, kind, after, self.adapter.BATCH)
            if not lines:
                return
            erasing = [line for line in lines if line.action == Action.SUPPRESS]
            if erasing:
                self._erase(kind, erasing, pusher)
                continue
            self._batch(kind, pusher, lines, last)
            self.done += len(lines)
            self._tell()

    def _batch(self, kind: Kind, pusher: Pusher, lines: Sequence[SyncChange], last: bool) -> None:
        ready = pusher.prepare(kind, lines)
        writes = [one.write for one in ready if one.write]
        answers = self.call(lambda: self.adapter.write(kind, writes)) if writes else []
        with transaction.atomic():
            counts, existing = pusher.note(ready, answers, last=last)
            self._keep(lines[-1].pk, counts)
        if existing:
            found = self.call(lambda: self.adapter.read(kind, existing))
            self.take(kind, found, self.cursor["at"] or 0)

    def _erase(self, kind: Kind, lines: Sequence[SyncChange], pusher: Pusher) -> None:
        ids = [line.remote_id for line in lines]
        errors = self.call(lambda: self.adapter.erase(kind, ids))
        with transaction.atomic():
            self._keep(self.cursor["at"] or 0, pusher.note_erased(lines, errors))

    def _events(self, _: str) -> None:
        failed = activities.failed_before(self.run)
        after = int(self.cursor["seen"].get("event") or 0)
        while True:
            with transaction.atomic():
                following, last = activities.plan(self.run, self.terms, after, failed)
                self.cursor["seen"] = {**self.cursor["seen"], "event": max(last, after)}
                self._keep(following)
            if following is None:
                return
            after = following

    def _moved(self, _: str) -> None:
        pusher = Pusher(self.run, self.terms, self.planner.people)
        while True:
            following, found = pusher.moved(int(self.cursor["at"] or 0), LINKS // 2)
            if found:
                self._join(pusher, found)
            with transaction.atomic():
                self._keep(following)
            if following is None:
                return

    def _join(self, pusher: Pusher, found: Sequence[tuple[Any, ...]]) -> None:
        pairs: list[tuple[Kind, str, Kind, str]] = [
            ("contact", link.remote_id, "company", end) for link, end in found
        ]
        errors = self.call(lambda: self.adapter.link(pairs))
        with transaction.atomic():
            pusher.note_moved(found, errors)


def _moment(text: Any) -> datetime | None:
    return datetime.fromisoformat(text) if isinstance(text, str) and text else None

"""Planned lines sent to the other side, one batch at a time, with an outcome for each row.

A call is never made in a transaction. A process that dies between the call and the note of its
outcome repeats the batch: each row carries a key of ours, so it is stored once.
"""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Q
from django.utils import timezone

from leads.crm.base import Kind, RowError, Write, Written
from leads.crm.merge import OPT_OUT, written
from leads.models import Deal, Lead, RemoteLink, SyncChange, SyncConflict, SyncRun
from leads.services import crm_activities as activities
from leads.services import crm_gone, crm_local, crm_stops
from leads.services import crm_links as links
from leads.services.crm_accounts import Terms
from leads.services.crm_failed import THERE
from leads.services.crm_plan import ERASE, Action
from leads.services.crm_values import Here, People
from salesagent.lib.text import one_line

State = SyncChange.State
NO_LONGER = "Nothing is left to tell"
GONE_AGAIN = "It was there already"
NO_CONTACT = "Its contact is not there. See why the contact was left out."


@dataclass
class Ready:
    """A line with what is written for it; without `write` it only ends, for `reason`."""

    line: SyncChange
    row: Any = None
    link: RemoteLink | None = None
    write: Write | None = None
    values: dict[str, str] = field(default_factory=dict)
    reason: str = ""


def waiting(run: SyncRun, kind: Kind, after: int, size: int) -> list[SyncChange]:
    """The next planned lines of a kind."""
    mine = Q(action__in=[*THERE, Action.LOG_THERE]) | Q(action=Action.SUPPRESS, reason=ERASE)
    rows = run.changes.filter(mine, kind=kind, state=State.PLANNED, pk__gt=after)
    related = ("lead", "company", "deal__lead", "event__lead")
    return list(rows.select_related(*related).order_by("pk")[:size])


class Pusher:
    def __init__(self, run: SyncRun, terms: Terms, people: People) -> None:
        self.run, self.terms = run, terms
        self.here = Here(people)
        self.now = timezone.now()

    def prepare(self, kind: Kind, lines: Sequence[SyncChange]) -> list[Ready]:
        """Values are looked at again: what changed since the plan goes out as it is now."""
        if kind not in links.ROW:
            return self._events(kind, lines)
        name = links.row_name(kind)
        rows = [row for line in lines if (row := getattr(line, name)) is not None]
        values = self.here.rows(kind, rows, self.terms.codes(kind))
        stay = crm_local.stays(kind, rows)
        tied = links.by_row(self.terms, kind, [row.pk for row in rows])
        cut = self._cut(kind, lines, tied)
        ends = self._ends(kind, rows)
        found = []
        for line in lines:
            row = getattr(line, name)
            one = Ready(line, row, tied.get(row.pk) if row is not None else None)
            one.link = cut.get(line.pk, one.link)
            if row is None:
                one.reason = NO_LONGER
            elif line.action == Action.CREATE_THERE:
                self._create(one, values[row.pk], stay.get(row.pk, ""), ends)
            elif line.action == Action.UPDATE_THERE:
                self._update(one, values[row.pk], stay.get(row.pk, ""))
            found.append(one)
        return found

    def _cut(
        self, kind: Kind, lines: Sequence[SyncChange], tied: Mapping[int, RemoteLink]
    ) -> dict[int, RemoteLink]:
        """Lines about records that are not synced any more, by the line's id."""
        mine = [line for line in lines if line.action == Action.UPDATE_THERE and line.lead_id]
        if kind != "contact" or not mine:
            return {}
        rows = links.of(self.terms, kind).filter(state=RemoteLink.State.CUT)
        found: dict[tuple[int | None, str], RemoteLink] = {}
        for one in rows.filter(lead__in=[line.lead_id for line in mine]):
            found[one.lead_id, one.remote_id] = one
            found.setdefault((one.lead_id, str(one.base.get(links.INTO))), one)
        names = {pk: link.remote_id for pk, link in tied.items()}
        return {
            line.pk: link
            for line in mine
            if names.get(line.lead_id or 0) != line.remote_id
            and (link := found.get((line.lead_id, line.remote_id)))
        }

    def _ends(self, kind: Kind, rows: Sequence[Any]) -> dict[tuple[Kind, int], str]:
        """Records that new ones refer to: (kind, our id) -> their id."""
        found: dict[tuple[Kind, int], str] = {}
        if kind == "company":
            return found
        leads = rows if kind == "contact" else [deal.lead for deal in rows]
        wanted: list[tuple[Kind, list[int | None]]] = [
            ("company", [lead.company_id for lead in leads])
        ]
        if kind == "deal":
            wanted.append(("contact", [lead.pk for lead in leads]))
        for to, ids in wanted:
            for pk, remote in links.remote_ids(self.terms, to, ids).items():
                found[to, pk] = remote
        return found

    def _create(
        self, one: Ready, values: dict[str, str], stay: str, ends: dict[tuple[Kind, int], str]
    ) -> None:
        if one.link is not None:
            one.reason = GONE_AGAIN
            return
        if stay:
            one.reason = stay
            return
        lead = one.row if isinstance(one.row, Lead) else getattr(one.row, "lead", None)
        refs: list[tuple[Kind, str]] = []
        if lead is not None and (company := ends.get(("company", lead.company_id or 0))):
            refs.append(("company", company))
        if isinstance(one.row, Deal):
            contact = ends.get(("contact", one.row.lead_id))
            if contact is None:
                one.reason = NO_CONTACT
                return
            refs.insert(0, ("contact", contact))
        one.values = dict(values)
        told = {code: value for code, value in values.items() if value}
        one.write = Write(self._key(one), self._kind(one), told, links=tuple(refs))

    def _update(self, one: Ready, values: dict[str, str], stay: str) -> None:
        if one.link is not None and one.link.state == RemoteLink.State.CUT:
            self._tell_cut(one, one.link)
            return
        if one.link is None or one.link.state != RemoteLink.State.LINKED:
            one.reason = NO_LONGER
            return
        waiting_for = set(
            SyncConflict.objects.filter(
                link=one.link, state=SyncConflict.State.OPEN, field__in=list(one.line.changes)
            ).values_list("field", flat=True)
        )
        codes = [c for c in one.line.changes if c in values and c not in waiting_for]
        if stay:
            codes = [code for code in codes if code == "opt_out"]
        if not codes:
            one.reason = stay or NO_LONGER
            return
        one.values = {code: values[code] for code in codes}
        told = dict(one.values)
        if "reason" in told and "stage" in values:
            told["stage"] = values["stage"]  # why it ended is told with how
        if "opt_out" in told and values.get("email") and "email" not in told:
            told["email"] = values["email"]  # by which it is told
        one.write = Write(self._key(one), self._kind(one), told, id=one.link.remote_id)

    @staticmethod
    def _tell_cut(one: Ready, link: RemoteLink) -> None:
        if crm_stops.stopped([link]).get(link.lead_id or 0) != OPT_OUT:
            one.reason = NO_LONGER
            return
        one.values = {OPT_OUT: "yes"}
        one.write = Write(f"cut:{link.pk}", "contact", one.values, id=one.line.remote_id)

    def _events(self, kind: Kind, lines: Sequence[SyncChange]) -> list[Ready]:
        found = []
        for line, (write, why) in zip(
            lines, activities.writes(self.terms, kind, lines, self.here.people), strict=True
        ):
            found.append(Ready(line, line.event, write=write, reason=why))
        return found

    @staticmethod
    def _kind(one: Ready) -> Kind:
        kind: Kind = one.line.kind  # type: ignore[assignment]
        return kind

    @staticmethod
    def _key(one: Ready) -> str:
        return f"{links.row_name(one.line.kind)}:{one.row.pk}"

    def note(
        self, ready: Sequence[Ready], answers: Sequence[Written], *, last: bool
    ) -> tuple[Counter[str], list[str]]:
        """Store the outcomes, in the caller's transaction; (counts, ids of records that were
        there already). `last`: what could be tried again is given up for this run."""
        by_key = {answer.key: answer for answer in answers}
        erased = self._as_they_are_now(ready)
        counts: Counter[str] = Counter()
        saved: list[RemoteLink] = []
        existing: list[str] = []
        for one in ready:
            answer = by_key.get(one.write.key) if one.write else None
            if answer is None:
                self._end(one)
                continue
            error = answer.error
            if answer.id and (error is None or not error.existing_id):
                saved.append(self._stored(one, answer, erased))
                counts["out"] += 1
            if error is not None:
                existing += [error.existing_id] if error.existing_id else []
                counts["failed"] += self._refused(one, error, last)
            else:
                one.line.state, one.line.done_at = State.DONE, self.now
                one.line.remote_id = answer.id[:64]
                one.line.reason = ""
        links.save(saved)
        for one in ready:
            if _person(one.row) in erased:
                one.line.reason = ""  # it may name them
            one.line.save(update_fields=["state", "done_at", "reason", "remote_id", "action"])
        return counts, existing

    @staticmethod
    def _as_they_are_now(ready: Sequence[Ready]) -> set[int]:
        """Lock the people and what was agreed on: they may have changed while the batch was on
        the wire. Returns the ids of those who were erased."""
        ids = {pk for one in ready if (pk := _person(one.row))}
        leads = Lead.objects.select_for_update(of=("self",)).filter(pk__in=ids).order_by("pk")
        erased = {pk for pk, at in leads.values_list("pk", "erased_at") if at is not None}
        mine = [one.link.pk for one in ready if one.link is not None and one.link.pk]
        rows = RemoteLink.objects.select_for_update(of=("self",)).filter(pk__in=mine)
        known = {link.pk: link for link in rows.order_by("pk")}
        for one in ready:
            if one.link is not None:
                one.link = known.get(one.link.pk, one.link)
        return erased

    def _end(self, one: Ready) -> None:
        """Nothing was sent."""
        failed = one.reason == NO_CONTACT
        one.line.state = State.FAILED if failed else State.DONE
        one.line.action = one.line.action if failed else Action.SKIP
        one.line.reason, one.line.done_at = one_line(one.reason or NO_LONGER, 300), self.now

    def _refused(self, one: Ready, error: RowError, last: bool) -> int:
        one.line.reason = one_line(error.message, 300)
        tied = one.link is not None and one.link.state == RemoteLink.State.LINKED
        if one.link is not None and tied and error.code in crm_gone.CODES:
            crm_gone.leave([one.link.pk])
            one.line.action, one.line.state, one.line.done_at = Action.UNLINK, State.DONE, self.now
            one.line.reason = crm_gone.WHY.format(there=self.terms.label)
            return 0
        if one.link is not None:
            links.fail([one.link], {one.link.pk: error.message}, self.now)
        if error.existing_id:
            one.line.state, one.line.action = State.DONE, Action.SKIP
            one.line.reason, one.line.done_at = GONE_AGAIN, self.now
            return 0
        if error.again and not last:
            return 0  # stays planned, for the second round of this run
        one.line.state = State.FAILED
        one.line.done_at = None if error.again else self.now
        return 1

    def _stored(self, one: Ready, answer: Written, erased: Collection[int]) -> RemoteLink:
        link = one.link
        if _person(one.row) in erased:  # the tie stays, so that they are erased there too
            link = link or links.new(self.terms, self._kind(one), answer.id, one.row)
            link.base, link.pushed_hash, link.error = {}, "", ""
            return link
        if link is None:
            link = links.new(self.terms, self._kind(one), answer.id, one.row)
            base = dict(one.values)
            for kind, end in one.write.links if one.write else ():
                if kind == "company":
                    base[links.COMPANY] = end
        else:
            base = dict(link.base)
            for code, value in one.values.items():
                written(base, code, str((one.line.changes.get(code) or [""])[0]), value)
        link.base = base
        link.remote_at = answer.modified_at or link.remote_at
        told = (
            {code: base.get(code) for code in self.terms.codes(self._kind(one))}
            if (one.line.kind in links.ROW)
            else {}
        )
        link.pushed_hash = links.digest(told)
        link.error, link.error_at = "", None
        self._settled(link, one.values)
        return link

    def _settled(self, link: RemoteLink, values: dict[str, str]) -> None:
        """A choice for our value stands on both sides now."""
        if link.pk:
            SyncConflict.objects.filter(
                link=link, field__in=list(values), state=SyncConflict.State.HERE, written_at=None
            ).update(written_at=self.now)

    def note_erased(
        self, lines: Sequence[SyncChange], errors: Sequence[RowError | None]
    ) -> Counter[str]:
        counts: Counter[str] = Counter()
        for line, error in zip(lines, errors, strict=True):
            if error is not None:
                line.state, line.reason = State.FAILED, one_line(error.message, 300)
                counts["failed"] += 1
                continue
            line.state, line.done_at = State.DONE, self.now
            counts["out"] += 1
            rows = links.of(self.terms, line.kind).filter(remote_id=line.remote_id)
            rows.update(base={links.ERASED: "yes"}, pushed_hash="")
            rows.exclude(state=RemoteLink.State.CUT).update(state=RemoteLink.State.GONE)
        for line in lines:
            line.save(update_fields=["state", "reason", "done_at"])
        return counts

    # who belongs where
    def moved(self, after: int, size: int = 500) -> tuple[int | None, list[tuple[Any, ...]]]:
        """Contacts whose company here is another one than we told; (where to go on, pairs)."""
        rows = links.live(self.terms, "contact").filter(pk__gt=after).order_by("pk")
        part = list(rows.select_related("lead")[:size])
        leads = [link.lead for link in part if link.lead]
        ends = links.remote_ids(self.terms, "company", [lead.company_id for lead in leads])
        stay = crm_local.stays("contact", leads)
        found: list[tuple[Any, ...]] = []
        for link in part:
            end = ends.get(link.lead.company_id or 0) if link.lead else None
            if end and link.base.get(links.COMPANY) != end and link.lead_id not in stay:
                found.append((link, end))
        return (part[-1].pk if len(part) == size else None), found

    def note_moved(
        self, found: Sequence[tuple[Any, ...]], errors: Sequence[RowError | None]
    ) -> None:
        """As the links are now: a person may have been erased while the call was on the wire."""
        rows = RemoteLink.objects.select_for_update(of=("self",)).select_related("lead")
        known = rows.in_bulk([link.pk for link, _ in found])
        told = []
        for (old, end), error in zip(found, errors, strict=True):
            link = known.get(old.pk)
            if link is None or link.lead is None or link.lead.erased_at is not None:
                continue
            if error is None:
                link.base = {**link.base, links.COMPANY: end}
                told.append(link)
            else:
                links.fail([link], {link.pk: error.message}, self.now)
        links.save(told)


def _person(row: Any) -> int:
    """The id of the lead whom a row is about; 0 for a company."""
    if isinstance(row, Lead):
        return row.pk
    return getattr(row, "lead_id", 0) or 0

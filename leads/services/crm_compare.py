"""What changed here since both sides agreed, and what they do not have yet: planned, not sent.

Our rows are compared with the values both sides agreed on last, so this needs no call.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from django.db.models import Q, QuerySet
from django.utils import timezone

from leads.crm.base import Kind
from leads.crm.merge import OPT_OUT, Merged, as_last_seen, merge_record
from leads.models import Company, Deal, Lead, RemoteLink, SyncChange, SyncConflict, SyncRun
from leads.services import crm_counts, crm_eligible, crm_failed, crm_local, crm_stops
from leads.services import crm_links as links
from leads.services.crm_accounts import LINKED, Terms
from leads.services.crm_apply import change_lead, change_row
from leads.services.crm_plan import ASKED, ERASE, Action, taken
from leads.services.crm_values import Here, People, label_of
from salesagent.lib import bulk

PART = 500
State = SyncChange.State


class Comparer:
    """Works in parts; the caller keeps the place in a transaction with what was planned."""

    def __init__(self, run: SyncRun, terms: Terms, people: People) -> None:
        self.run, self.terms, self.people = run, terms, people
        self.here = Here(people)
        self.now = timezone.now()
        self.agreed: set[str] = set()  # records that a dry run found equal by now

    def known(self, kind: Kind, after: int) -> tuple[int | None, Counter[str]]:
        """Plan the changes of linked rows; (where to go on or None at the end, counts)."""
        name = links.row_name(kind)
        rows = links.live(self.terms, kind)
        if kind == "contact":
            rows = rows | crm_stops.others(self.terms)
        related = {"deal": ["deal__lead"], "contact": ["lead__merged_into"]}.get(kind, [name])
        part = list(rows.filter(pk__gt=after).order_by("pk").select_related(*related)[:PART])
        looked = self._looked_at(kind, [link.remote_id for link in part])
        left = [one for one in part if one.remote_id not in looked and links.row_of(one)]
        tied = [one for one in left if one.state == RemoteLink.State.LINKED]
        counts = self._compare(kind, tied) if tied else Counter()
        counts += self._stopped([one for one in left if one.state != RemoteLink.State.LINKED])
        live = [one for one in part if one.state == RemoteLink.State.LINKED]
        counts += self._still_open(kind, live)
        return (part[-1].pk if len(part) == PART else None), counts

    def _stopped(self, found: Sequence[RemoteLink]) -> Counter[str]:
        """What still has to be told of records that are not synced any more."""
        stopped = crm_stops.stopped(found)
        lines = []
        for link in found:
            what = stopped.get(link.lead_id or 0)
            if what == links.ERASED:
                lines.append(self._erase(link))
            elif what == OPT_OUT and crm_stops.can_tell(link):
                pair = {OPT_OUT: ("", "yes")}
                lines.append(self._line(link, link.lead, Action.UPDATE_THERE, pair))
                lines[-1].remote_id = str(link.base.get(links.INTO) or link.remote_id)
        lines = crm_failed.mark(self.run, "contact", lines, self.now)
        bulk.insert_many(lines)
        return crm_counts.add_up(lines, preview=self.run.preview)

    def _looked_at(self, kind: Kind, ids: Sequence[str]) -> set[str]:
        """Records of which this run said already what happens."""
        lines = SyncChange.objects.filter(run=self.run, kind=kind, remote_id__in=ids)
        return self.agreed | set(lines.values_list("remote_id", flat=True))

    def _compare(self, kind: Kind, part: Sequence[RemoteLink]) -> Counter[str]:
        rows: list[Any] = [links.row_of(link) for link in part]
        codes = self.terms.codes(kind)
        values = self.here.rows(kind, rows, codes)
        stay = crm_local.stays(kind, rows)
        undecided = crm_local.undecided(part)
        rules = self.terms.rules.get(kind, {})
        lines: list[SyncChange] = []
        moved: list[RemoteLink] = []
        for link, row in zip(part, rows, strict=True):
            if stay.get(row.pk) == crm_eligible.ERASED:
                lines += [self._erase(link)] if kind == "contact" else []
                continue
            base = dict(link.base)
            seen = as_last_seen(base, codes)
            merged = merge_record(kind, rules, base, values[row.pk], seen)
            self._restrict(merged, undecided.get(link.pk, set()), stay.get(row.pk, ""))
            lines += self._leave_taken(link, row, merged)
            lines += self._stop(link, row, merged)
            if merged.there:
                lines.append(self._line(link, row, Action.UPDATE_THERE, merged.there))
            if merged.here:
                lines.append(self._line(link, row, Action.UPDATE_HERE, merged.here))
                if not self.run.preview:
                    self._put_back(link, row, merged, moved)
        lines = crm_failed.mark(self.run, kind, lines, self.now)
        bulk.insert_many(lines)
        links.save(moved)
        return crm_counts.add_up(lines, preview=self.run.preview)

    @staticmethod
    def _restrict(merged: Merged, undecided: set[str], stay: str) -> None:
        for code in undecided:
            merged.there.pop(code, None)
            merged.here.pop(code, None)
        if stay:
            told = merged.there.get("opt_out")
            merged.there = {"opt_out": told} if told else {}

    def _leave_taken(self, link: RemoteLink, row: Any, merged: Merged) -> list[SyncChange]:
        """An address that somebody else has by now cannot be put back; the rest can."""
        code = crm_local.UNIQUE.get(link.kind, ("",))[0]
        value = merged.here.get(code, ("", ""))[1]
        holder = crm_local.holders(link.kind, [value]).get(value)
        if holder is None or holder.pk == row.pk:
            return []
        line = self._line(link, row, Action.SKIP, {code: merged.here.pop(code)})
        line.state, line.reason, line.done_at = State.FAILED, taken(link.kind), self.now
        return [line]

    def _stop(self, link: RemoteLink, row: Any, merged: Merged) -> list[SyncChange]:
        """They opted out there, and here nothing says so any more."""
        if merged.here.pop(OPT_OUT, None) is None:
            return []
        found = crm_stops.of_lead(row)
        if not found:
            line = self._line(link, row, Action.SKIP, {})
            line.state, line.reason, line.done_at = State.FAILED, crm_stops.NOTHING, self.now
        else:
            line = self._line(link, row, Action.SUPPRESS, {OPT_OUT: ("", "yes")})
            if not self.run.preview:
                crm_stops.stop(found, row, self.terms.label, self.terms.actor)
        return [line]

    def _put_back(
        self, link: RemoteLink, row: Any, merged: Merged, moved: list[RemoteLink]
    ) -> None:
        """A field that is theirs was changed here: it gets their value again."""
        by = {"actor": self.terms.actor, "source": self.terms.label, "run": self.run.pk}
        if isinstance(row, Lead):
            change_lead(row, merged.here, self.people, by)
        else:
            change_row(row, merged.here, self.people)
        link.base = merged.base
        moved.append(link)

    def _still_open(self, kind: Kind, part: Sequence[RemoteLink]) -> Counter[str]:
        """What was asked before and nobody has decided is asked again; how many fields."""
        mine = {link.pk: link for link in part if links.row_of(link)}
        waits = SyncConflict.objects.filter(link__in=mine, state=SyncConflict.State.OPEN)
        pairs: dict[int, dict[str, tuple[str, str]]] = {}
        for one in waits.order_by("pk"):
            pairs.setdefault(one.link_id, {})[one.field] = (one.here, one.there)
        if not pairs:
            return Counter()
        told = self._asked(kind, [mine[pk].remote_id for pk in pairs])
        gone = self._gone(kind, [mine[pk].remote_id for pk in pairs])
        pairs = {pk: one for pk, one in pairs.items() if mine[pk].remote_id not in gone}
        rows = [links.row_of(mine[pk]) for pk in pairs]
        values = self.here.rows(kind, rows, self.terms.codes(kind))
        lines = []
        for pk, fields in pairs.items():
            link, row = mine[pk], links.row_of(mine[pk])
            now = values[row.pk] if row else {}
            left = {
                code: (now[code], there)
                for code, (_, there) in fields.items()
                if code in now and now[code] != there and (link.remote_id, code) not in told
            }
            for code, pair in left.items():
                lines.append(self._line(link, row, Action.SKIP, {code: pair}))
                lines[-1].reason = ASKED
        bulk.insert_many(lines)
        return crm_counts.add_up(lines, preview=self.run.preview)

    def _asked(self, kind: Kind, ids: Sequence[str]) -> set[tuple[str, str]]:
        """(record, field) of what this run asks already."""
        found = SyncChange.objects.filter(run=self.run, kind=kind, reason=ASKED)
        rows = found.filter(remote_id__in=ids)
        return {(one.remote_id, code) for one in rows for code in one.changes}

    def _gone(self, kind: Kind, ids: Sequence[str]) -> set[str]:
        """Records that this run found deleted."""
        lines = SyncChange.objects.filter(run=self.run, kind=kind, remote_id__in=ids)
        return set(lines.filter(action=Action.UNLINK).values_list("remote_id", flat=True))

    def _line(
        self,
        link: RemoteLink,
        row: Any,
        action: str,
        changes: Mapping[str, tuple[str, str]],
    ) -> SyncChange:
        done = action != Action.UPDATE_THERE and not self.run.preview
        return SyncChange(
            run=self.run,
            action=action,
            kind=link.kind,
            remote_id=link.remote_id,
            label=label_of(row),
            state=State.DONE if done else State.PLANNED,
            done_at=self.now if done else None,
            changes={code: list(pair) for code, pair in changes.items()},
            **{links.row_name(link.kind): row},
        )

    def _erase(self, link: RemoteLink) -> SyncChange:
        return SyncChange(
            run=self.run,
            action=Action.SUPPRESS,
            kind=link.kind,
            remote_id=link.remote_id,
            label="Erased",
            reason=ERASE,
            lead_id=link.lead_id,
        )

    # what they do not have
    def fresh(self, kind: Kind, after: int) -> tuple[int | None, list[Any]]:
        """Rows that may leave and are not there; (where to go on or None, rows)."""
        rows = links.unlinked(self.terms, kind, self._candidates(kind))
        part = list(rows.filter(pk__gt=after).order_by("pk")[:PART])
        following = part[-1].pk if len(part) == PART else None
        stay = crm_local.stays(kind, part)
        name = links.row_name(kind)
        lines = SyncChange.objects.filter(run=self.run, kind=kind)
        planned = set(
            lines.filter(**{f"{name}__in": [row.pk for row in part]}).values_list(
                f"{name}_id", flat=True
            )
        )
        return following, [row for row in part if row.pk not in stay and row.pk not in planned]

    def _candidates(self, kind: Kind) -> QuerySet[Any]:
        leads = crm_eligible.new_ones(Lead.objects.all(), self.terms.push)
        if kind == "contact":
            return leads
        linked = Lead.objects.filter(
            pk__in=links.live(self.terms, "contact").values("lead_id"),
            erased_at=None,
            archived_at=None,
        )
        if kind == "company":
            # one that this sync made out of a name that came in goes out with the next one
            known = Company.objects.filter(created_at__lt=self.run.started_at)
            return known.filter(pk__in=leads.exclude(company=None).values("company_id"))
        if self.terms.push == LINKED:
            return Deal.objects.none()
        either = Q(lead__in=linked) | Q(lead__in=leads)
        return Deal.objects.filter(either).select_related("lead")

    def plan_new(self, kind: Kind, rows: Sequence[Any]) -> Counter[str]:
        values = self.here.rows(kind, rows, self.terms.codes(kind))
        lines = [
            SyncChange(
                run=self.run,
                action=Action.CREATE_THERE,
                kind=kind,
                label=label_of(row),
                changes={code: ["", value] for code, value in values[row.pk].items() if value},
                **{links.row_name(kind): row},
            )
            for row in rows
        ]
        lines = crm_failed.mark(self.run, kind, lines, self.now)
        bulk.insert_many(lines)
        return crm_counts.add_up(lines, preview=self.run.preview)

"""A planned page put into effect here: rows, links, conflicts and the lines of the diff.

Runs inside the caller's transaction, which also moves the run's cursor: a killed sync repeats a
page as a whole or not at all. In a dry run only the lines of the diff are written.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.utils import timezone

from leads import thread
from leads.crm.base import Kind, Record
from leads.crm.merge import OPT_OUT, spell
from leads.intake.clean import company_domain
from leads.intake.rows import LeadRow
from leads.models import Deal, Lead, RemoteLink, SyncChange, SyncConflict, SyncRun
from leads.services import (
    assignment,
    crm_counts,
    crm_failed,
    crm_owners,
    crm_stops,
    score_models,
    scoring,
    suppression_carry,
)
from leads.services import crm_links as links
from leads.services.crm_accounts import Terms
from leads.services.crm_plan import ASKED, Action, Item, Plan, when_told
from leads.services.crm_values import Here, People, Row, columns, label_of, put, refresh_derived
from leads.services.intake_match import Known
from salesagent.lib import bulk, hands
from salesagent.lib.text import one_line

State = SyncChange.State
OPEN = SyncConflict.State.OPEN
Pairs = Mapping[str, tuple[str, str]]


class Applier:
    """One page of one kind."""

    def __init__(self, run: SyncRun, kind: Kind, plan: Plan, people: People, terms: Terms) -> None:
        self.run, self.kind, self.plan = run, kind, plan
        self.people, self.terms = people, terms
        self.now: datetime = timezone.now()
        self.counts: Counter[str] = Counter()
        self.lines: list[SyncChange] = []
        self.unheard: dict[str, list[crm_stops.Address]] = {}

    def apply(self) -> Counter[str]:
        """What came of the page, counted: in, same, decide, failed, left."""
        for item in self.plan.items:
            self._restrict(item)
        if not self.run.preview:
            self._make([item for item in self.plan.items if item.action == Action.CREATE_HERE])
            self._change([item for item in self.plan.items if item.merged.here])
            self._tie()
            self._ask()
        self.unheard = crm_stops.unheard(self.terms, self.plan.items)
        for item in self.plan.items:
            self._tell(item)
            self._heed(item)
        crm_failed.mark(self.run, self.kind, self.lines, self.now, always=True)
        bulk.insert_many(self.lines)
        return self.counts + crm_counts.add_up(self.lines, preview=self.run.preview)

    @staticmethod
    def _restrict(item: Item) -> None:
        """Of somebody who may not leave only the opt-out is told; one that comes in counts."""
        if item.stay or "opt_out" in item.merged.here:
            told = item.merged.there.get("opt_out")
            item.merged.there = {"opt_out": told} if told else {}

    # rows
    def _make(self, items: Sequence[Item]) -> None:
        rows = [item.row for item in items if item.row is not None]
        if self.kind == "contact":
            self._make_leads(items, [row for row in rows if isinstance(row, Lead)])
        elif self.kind == "company":
            bulk.insert_many(rows)
        else:
            self._make_deals([row for row in rows if isinstance(row, Deal)])

    def _make_leads(self, items: Sequence[Item], leads: Sequence[Lead]) -> None:
        ids = [one for item in items for one in item.record.links.get("company", ())[:1]]
        tied, copied = links.by_remote(self.terms, "company", ids), set()
        for item, lead in zip(items, leads, strict=True):
            company = next(iter(item.record.links.get("company", ())), "")
            link = tied.get(company)
            lead.company = link.company if link else None
            if lead.company and not lead.company_name:
                lead.company_name = lead.company.name
                copied.add(id(lead))
        self._find_companies([lead for lead in leads if lead.company is None])
        for lead in leads:
            refresh_derived(lead, ())
        if leads:
            scoring.score_batch(leads, score_models.in_use())
        given = assignment.give_new([lead for lead in leads if lead.owner is None])
        bulk.insert_many(leads)
        data = {"source": self.terms.label, "run": self.run.pk}
        off = {one: {hands.COPIED: True} for one in copied}  # the company's name stands there only
        rows = [(m, data | assignment.told(given, m) | off.get(id(m), {})) for m in leads]
        thread.record_many(kind="lead.pulled", actor=self.terms.actor, rows=rows)
        assignment.log([(lead, given[id(lead)]) for lead in leads if id(lead) in given])

    @staticmethod
    def _find_companies(leads: Sequence[Lead]) -> None:
        rows = {
            lead.pk or id(lead): LeadRow(
                company=lead.company_name, domain=company_domain(lead.email or "")
            )
            for lead in leads
            if lead.company_name
        }
        if not rows:
            return
        known = Known(list(rows.values()))
        known.make_companies(list(rows.values()))
        for lead in leads:
            if row := rows.get(lead.pk or id(lead)):
                lead.company = known.company_for(row)

    def _make_deals(self, deals: Sequence[Deal]) -> None:
        for deal in deals:
            if deal.stage in (Deal.Stage.WON, Deal.Stage.LOST):
                deal.closed_at = self.now
        bulk.insert_many(deals)
        rows = [(deal.lead, self._deal_data(deal)) for deal in deals]
        thread.record_many(kind="deal.opened", actor=self.terms.actor, rows=rows)
        for deal in deals:
            self._deal_ended(deal)

    def _deal_data(self, deal: Deal) -> dict[str, object]:
        return {
            "deal": deal.pk,
            "title": deal.title,
            "value": str(deal.value),
            "currency": deal.currency,
            "stage": deal.stage,
            "run": self.run.pk,
        }

    def _deal_ended(self, deal: Deal) -> None:
        kind = {"won": "deal.won", "lost": "deal.lost"}.get(deal.stage)
        if kind:
            data = {**self._deal_data(deal), "reason": deal.reason}
            thread.record(lead=deal.lead, kind=kind, actor=self.terms.actor, data=data)

    def _deal_moved(self, deal: Deal, before: str) -> None:
        kind = "deal.reopened" if before in (Deal.Stage.WON, Deal.Stage.LOST) else "deal.moved"
        data = {**self._deal_data(deal), "from": before, "to": deal.stage}
        thread.record(lead=deal.lead, kind=kind, actor=self.terms.actor, data=data)

    def _change(self, items: Sequence[Item]) -> None:
        changed = []
        for item in items:
            if item.row is None:
                continue
            if isinstance(item.row, Lead):
                change_lead(item.row, item.merged.here, self.people, self._by())
                changed.append(item.row)
            elif isinstance(item.row, Deal):
                self._change_deal(item.row, item.merged.here)
            else:
                change_row(item.row, item.merged.here, self.people)
        if changed:
            scoring.score_batch(changed, score_models.in_use())

    def _by(self) -> dict[str, Any]:
        return {"actor": self.terms.actor, "source": self.terms.label, "run": self.run.pk}

    def _change_deal(self, deal: Deal, pairs: Pairs) -> None:
        before = deal.stage
        change_row(deal, pairs, self.people)
        if deal.stage == before:
            return
        ended = deal.stage in (Deal.Stage.WON, Deal.Stage.LOST)
        deal.closed_at = self.now if ended else None
        deal.save(update_fields=["closed_at"])
        if ended:
            self._deal_ended(deal)
        else:
            self._deal_moved(deal, before)

    # links
    def _tie(self) -> None:
        saved = []
        self._agree_on_new([i for i in self.plan.items if i.action == Action.CREATE_HERE])
        for item in self.plan.items:
            if item.action == Action.SKIP or item.row is None:
                continue
            if item.link is not None and item.link.state == RemoteLink.State.CUT:
                saved += [item.link] if item.heard else []
                continue
            if isinstance(item.row, Lead) and item.row.erased_at is not None:
                continue
            if item.link is None:
                item.link = links.new(self.terms, self.kind, item.record.id, item.row)
            before = [getattr(item.link, name) for name in links.KNOWN]
            self._bring_up_to_date(item, item.link)
            if item.link.pk is None or before != [getattr(item.link, n) for n in links.KNOWN]:
                saved.append(item.link)
        links.save(saved)

    def _agree_on_new(self, items: Sequence[Item]) -> None:
        """What we filled in ourselves (owner, first stage) is ours only; it is not sent."""
        rows = [item.row for item in items if item.row is not None]
        if not rows:
            return
        values = Here(self.people).rows(self.kind, rows, self.terms.codes(self.kind))
        for item, row in zip(items, rows, strict=True):
            base: dict[str, Any] = dict(values[row.pk])
            for code, theirs in item.there.items():
                if code == OPT_OUT:
                    base[code] = theirs or ""
                elif theirs is not None and theirs != base.get(code):
                    spell(base, code, theirs)
            item.merged.base = base

    def _bring_up_to_date(self, item: Item, link: RemoteLink) -> None:
        tied = next(iter(item.record.links.get("company", ())), "")
        if self.kind == "contact" and tied:
            self._follow_company(item, tied)
        newer = item.record.modified_at and (
            link.remote_at is None or item.record.modified_at > link.remote_at
        )
        if newer and (item.problems or not item.merged.quiet):
            link.pushed_hash = ""
        link.base = item.merged.base
        link.remote_at = item.record.modified_at if newer else link.remote_at
        link.state = RemoteLink.State.LINKED

    def _follow_company(self, item: Item, tied: str) -> None:
        """They moved the person to another company that we know as well. At the first meeting
        what either side has stays as it is."""
        before, lead = item.merged.base.get(links.COMPANY), item.row
        if not isinstance(lead, Lead) or before == tied:
            return
        if before is None and lead.company_id is not None:
            ours = links.remote_ids(self.terms, "company", [lead.company_id])
            item.merged.base[links.COMPANY] = ours.get(lead.company_id, tied)
            return
        item.merged.base[links.COMPANY] = tied
        link = links.by_remote(self.terms, "company", [tied]).get(tied)
        if link and link.company and item.action != Action.CREATE_HERE:
            lead.company = link.company
            Lead.objects.filter(pk=lead.pk).update(company=link.company)

    # conflicts
    def _ask(self) -> None:
        """New conflicts are opened, known ones brought up to date, equal ones closed."""
        items = [item for item in self.plan.items if item.link is not None and item.link.pk]
        ids = [item.link.pk for item in items if item.link]
        known = {
            (one.link_id, one.field): one
            for one in SyncConflict.objects.filter(link__in=ids, state=OPEN)
        }
        fresh = []
        for item in items:
            for code in item.merged.settled:
                self._close(known, item, code)
            for code, (here, there) in item.merged.conflicts.items():
                one = self._conflict(known, item, code)
                one.here, one.there = here, there
                if item.told.get(code):
                    one.here_at, one.here_by, one.there_at, one.there_by = when_told(item, code)
                if one.pk:
                    one.save()
                else:
                    fresh.append(one)
        bulk.insert_many(fresh)

    @staticmethod
    def _conflict(known: Mapping[tuple[int, str], SyncConflict], item: Item, code: str) -> Any:
        pk = item.link.pk if item.link else 0
        base = item.link.base.get(code) if item.link else None
        new = SyncConflict(link=item.link, field=code, base=base or "", created_at=timezone.now())
        return known.get((pk, code)) or new

    def _close(self, known: Mapping[tuple[int, str], SyncConflict], item: Item, code: str) -> None:
        one = known.get((item.link.pk if item.link else 0, code))
        if one is not None:
            SyncConflict.objects.filter(pk=one.pk, state=OPEN).update(
                state=SyncConflict.State.MOOT, settled_at=self.now, written_at=self.now
            )

    # the diff
    def _tell(self, item: Item) -> None:
        merged = item.merged
        if item.action == Action.SKIP:
            self._line(item, Action.SKIP, {}, item.reason)
            self.counts["left"] += 1
            return
        told = bool(item.action) or bool(merged.here)
        if item.action == Action.CREATE_HERE:
            values = {code: ("", value) for code, value in item.there.items() if value}
            self._line(item, Action.CREATE_HERE, values)
        elif item.action == Action.LINK:
            self._line(item, Action.LINK, {})
        self._tell_changes(item)
        if not told and merged.quiet and not item.problems:
            self.counts["same"] += 1

    def _tell_changes(self, item: Item) -> None:
        merged = item.merged
        if here := {code: pair for code, pair in merged.here.items() if code != "opt_out"}:
            self._line(item, Action.UPDATE_HERE, here)
        if merged.there:
            self._line(item, Action.UPDATE_THERE, merged.there)
        for code, pair in merged.conflicts.items():
            self._line(item, Action.SKIP, {code: pair}, ASKED)
        for code, why in item.problems.items():
            if item.action != Action.SKIP:
                text = one_line(str(item.record.values.get(code) or "")[:400])
                line = self._line(item, Action.SKIP, {code: ("", text)}, why)
                line.state = State.FAILED

    def _heed(self, item: Item) -> None:
        """Who opted out there is not written to here, whatever else becomes of the record."""
        lead = item.row if isinstance(item.row, Lead) else item.same
        found = self.unheard.get(item.record.id, [])
        if OPT_OUT in item.merged.here and lead is not None:
            found = list(dict.fromkeys([*found, *crm_stops.of_lead(lead)]))
            if not found:
                line = self._line(item, Action.SKIP, {}, crm_stops.NOTHING)
                line.state = State.FAILED
        if found:
            self._line(item, Action.SUPPRESS, {OPT_OUT: ("", "yes")})
            if not self.run.preview:
                crm_stops.stop(found, lead, self.terms.label, self.terms.actor)

    def _line(self, item: Item, action: str, changes: Pairs, reason: str = "") -> SyncChange:
        done = not self.run.preview and action != Action.UPDATE_THERE
        row = item.row if item.row is not None and item.row.pk else None
        line = SyncChange(
            run=self.run,
            action=action,
            kind=self.kind,
            remote_id=one_line(item.record.id, links.MAX_ID),
            state=State.DONE if done else State.PLANNED,
            done_at=self.now if done else None,
            label=label_of(item.row) if item.row is not None else name_there(item.record),
            changes={code: list(pair) for code, pair in changes.items()},
            reason=one_line(reason, 300),
            **({links.row_name(self.kind): row} if row else {}),
        )
        self.lines.append(line)
        return line


def name_there(record: Record) -> str:
    get = record.values.get
    name = f"{get('first_name') or ''} {get('last_name') or ''}".strip()
    found = name or get("name") or get("title") or get("email") or record.id
    return one_line(str(found), 200)


def change_row(row: Row, pairs: Pairs, people: People) -> None:
    """Write the fields of a company or a deal."""
    for code, (_, new) in pairs.items():
        put(row, code, new, people)
    row.save(update_fields=sorted(columns(pairs) | refresh_derived(row, pairs)))


def change_lead(lead: Lead, pairs: Pairs, people: People, by: Mapping[str, Any]) -> None:
    """Write a lead's fields with a line in its thread; sequences react to a new stage."""
    about = {"source": by["source"], "run": by["run"]}
    before_owner = lead.owner_id
    replaced = {code: old for code, (old, _) in pairs.items()}
    for code, (_, new) in pairs.items():
        put(lead, code, new, people)
    if "company_name" in pairs:
        lead.company = None
        Applier._find_companies([lead])
    fields = columns(pairs) | refresh_derived(lead, pairs)
    if "company_name" in pairs:
        fields.add("company")
    lead.save(update_fields=sorted(fields))
    if "stage" in pairs:
        old, new = pairs["stage"]
        data = {"from": old, "to": new, **about}
        thread.record(lead=lead, kind="lead.stage_changed", actor=by["actor"], data=data)
    if "owner" in pairs:
        data = {"from": before_owner, "to": lead.owner_id, **about}
        thread.record(lead=lead, kind="lead.assigned", actor=by["actor"], data=data)
        crm_owners.moved(lead, before_owner, by)
    plain = {c: list(p) for c, p in pairs.items() if c not in ("stage", "owner", "opt_out")}
    if plain:
        data = {"changes": plain, **about}
        thread.record(lead=lead, kind="lead.changed", actor=by["actor"], data=data)
    suppression_carry.carry(lead, replaced, by["actor"])

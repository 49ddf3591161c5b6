"""What a page of records from the other side means for us, before anything is changed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from leads.crm.base import Kind, Record, Said
from leads.crm.merge import Merged, Times, as_last_seen, merge_record, spell
from leads.intake.clean import name_key
from leads.intake.rows import LeadRow
from leads.models import Company, Deal, Lead, RemoteLink, Suppression, SyncChange
from leads.services import crm_links as links
from leads.services import crm_local, crm_stops, suppression
from leads.services.crm_accounts import Terms
from leads.services.crm_values import Here, People, Row, Theirs, put
from leads.services.intake_match import Known
from salesagent.lib.text import one_line

Action = SyncChange.Action
Asks = list[tuple[str, str]]
SAME = ""
LONG_ID = "Its id is longer than we can keep"
ASKED = "Changed on both sides: you decide"
ERASE = "Erased here: deleted there for good"
TAKEN = "Another {what} has this {field}. Join the two, here or there."


@dataclass
class Item:
    """One record and what follows from it. `action` "" means that nothing changes here."""

    record: Record
    action: str = SAME
    row: Row | None = None
    link: RemoteLink | None = None
    there: dict[str, str | None] = field(default_factory=dict)
    merged: Merged = field(default_factory=Merged)
    reason: str = ""
    problems: dict[str, str] = field(default_factory=dict)
    asked: set[str] = field(default_factory=set)
    told: dict[str, tuple[Times, str, str]] = field(default_factory=dict)
    stay: str = ""  # why nothing of it may leave
    same: Lead | None = None  # of a record that is left out: who it is all the same
    stale: bool = False  # known before, or older than what is known
    heard: bool = False  # of a link that is cut: it was opted out there


@dataclass
class Plan:
    items: list[Item]
    asks: Asks

    def with_action(self, *actions: str) -> list[Item]:
        return [item for item in self.items if item.action in actions]


class Planner:
    """Knows one account's terms. Reads tables, writes none."""

    def __init__(self, terms: Terms, run_id: int) -> None:
        self.terms, self.run_id = terms, run_id
        self.people = People.read()
        self.here = Here(self.people)
        self.theirs = Theirs(self.people)

    def page(
        self, kind: Kind, records: Sequence[Record], said: Mapping[tuple[str, str], Said]
    ) -> Plan:
        """`asks` of the result: what must be known of their history to decide; then plan again."""
        records = list({record.id: record for record in records if not record.deleted}.values())
        known = links.by_remote(self.terms, kind, [record.id for record in records])
        codes = self.terms.codes(kind)
        items = []
        for record in records:
            item = Item(record, link=known.get(record.id))
            item.there, item.problems = self.theirs.values(kind, record.values, codes)
            if len(record.id) > links.MAX_ID:
                item.action, item.reason = Action.SKIP, LONG_ID
            items.append(item)
        self._meet(kind, [item for item in items if item.link is None and not item.action])
        for item in items:
            if item.link is not None:
                item.row = links.row_of(item.link)
        self._follow(items)
        self._merge(kind, items, said)
        self._tell_cut(items)
        self._keep_unique(kind, items)
        return Plan(items, self._asks(items, said))

    # who is who
    def _meet(self, kind: Kind, items: Sequence[Item]) -> None:
        """Find the rows of records that are not tied yet, or say that they are new or left out."""
        meet = {"contact": self._contacts, "company": self._companies, "deal": self._deals}[kind]
        meet(items)
        found = [item for item in items if item.row is not None and item.row.pk]
        taken = links.by_row(self.terms, kind, [item.row.pk for item in found if item.row])
        seen: set[int] = set()
        for item in found:
            pk = item.row.pk if item.row else 0
            if pk in taken or pk in seen:
                name = self.terms.label
                why = f"It is tied to another record of {name}. Merge the two in {name}."
                item.same = item.row if isinstance(item.row, Lead) else None
                item.action, item.reason, item.row = Action.SKIP, why, None
            else:
                seen.add(pk)
                item.action = Action.LINK

    def _contacts(self, items: Sequence[Item]) -> None:
        rows = [self._person(item) for item in items]
        known = Known(rows)
        erased = self._erased(rows)
        for item, row in zip(items, rows, strict=True):
            lead = known.lead_for(row)
            if lead is not None and lead._state.adding:
                why = "The same person stands there twice. Merge the two there."
                item.action, item.reason = Action.SKIP, why
            elif lead is not None:
                item.row = lead
            elif "email" in item.problems and not (row.phone or row.linkedin_url):
                item.action, item.reason = Action.SKIP, item.problems["email"]
            elif not (row.email or row.phone or row.linkedin_url):
                item.action, item.reason = Action.SKIP, "No email, phone or LinkedIn address"
            elif id(row) in erased:
                item.action, item.reason = Action.SKIP, "Erased here, and not brought back"
            else:
                item.row, item.action = self._new_lead(item), Action.CREATE_HERE
                known.add(item.row)

    @staticmethod
    def _person(item: Item) -> LeadRow:
        row = LeadRow()
        for name in ("first_name", "last_name", "email", "phone", "linkedin_url"):
            setattr(row, name, item.there.get(name) or "")
        return row

    @staticmethod
    def _erased(rows: Sequence[LeadRow]) -> set[int]:
        hashes: dict[str, list[int]] = {}
        for row in rows:
            lead = Lead(email=row.email or None, phone=row.phone, linkedin_url=row.linkedin_url)
            for one in suppression.normals(lead):
                if one.kind != "domain":
                    hashes.setdefault(one.hash, []).append(id(row))
        hits = Suppression.objects.filter(
            address_hash__in=list(hashes), reason=Suppression.Reason.ERASED
        )
        return {key for one in hits.values_list("address_hash", flat=True) for key in hashes[one]}

    def _new_lead(self, item: Item) -> Lead:
        lead = Lead(owner=self.terms.owner, source=self.terms.label)
        lead.lawful_basis, lead.basis_source = self.terms.basis, self.terms.basis_source
        self._fill(lead, item)
        return lead

    def _fill(self, row: Row, item: Item) -> None:
        for code, value in item.there.items():
            if value:
                put(row, code, value, self.people)

    def _companies(self, items: Sequence[Item]) -> None:
        rows = [
            LeadRow(company=item.there.get("name") or "", domain=item.there.get("domain") or "")
            for item in items
        ]
        known = Known(rows)
        for item, row in zip(items, rows, strict=True):
            if not (row.company or row.domain):
                item.action, item.reason = Action.SKIP, "No name and no website"
                continue
            company = known.find_company(row)
            if company is not None and company._state.adding:
                why = "The same company stands there twice. Merge the two there."
                item.action, item.reason = Action.SKIP, why
            elif company is not None:
                item.row = company
            else:
                new = Company()
                self._fill(new, item)
                new.name = new.name or row.domain
                new.name_key = name_key(new.name)
                item.row, item.action = new, Action.CREATE_HERE
                known.add_company(new)

    def _deals(self, items: Sequence[Item]) -> None:
        leads = self._leads_of(items)
        found = Deal.objects.filter(lead__in=[lead.pk for lead in leads.values() if lead])
        mine = {(deal.lead_id, deal.title.casefold()): deal for deal in found.order_by("-pk")}
        for item in items:
            contact = next((one for one in self._contact_ids(item) if one in leads), "")
            title = item.there.get("title") or ""
            if not contact:
                item.action, item.reason = Action.SKIP, "None of its contacts is here"
                continue
            lead = leads[contact]
            deal = mine.get((lead.pk, title.casefold())) if lead else None
            if deal is not None:
                item.row = deal
                continue
            new = Deal(lead=lead, owner=lead.owner if lead else None)
            self._fill(new, item)
            new.title = new.title or "Deal"
            item.row, item.action = new, Action.CREATE_HERE

    @staticmethod
    def _contact_ids(item: Item) -> tuple[str, ...]:
        return tuple(item.record.links.get("contact") or ())

    def _leads_of(self, items: Sequence[Item]) -> dict[str, Lead | None]:
        """Leads by their id there; None for one that this dry run would only make."""
        ids = [one for item in items for one in self._contact_ids(item)]
        if not ids:
            return {}
        planned = SyncChange.objects.filter(
            run=self.run_id, kind="contact", remote_id__in=ids, state=SyncChange.State.PLANNED
        ).filter(action__in=[Action.CREATE_HERE, Action.LINK])
        found: dict[str, Lead | None] = {c.remote_id: c.lead for c in planned}
        for one, link in links.by_remote(self.terms, "contact", ids).items():
            if link.lead and link.lead.erased_at is None and link.state != RemoteLink.State.CUT:
                found[one] = link.lead
        return found

    # who is not synced any more
    def _follow(self, items: Sequence[Item]) -> None:
        """Of a lead that was merged here its keeper is meant; where that one is tied, nobody."""
        hidden = [
            (item, item.row, item.link)
            for item in items
            if isinstance(item.row, Lead) and item.row.merged_into_id and item.link
        ]
        if not hidden:
            return
        ids = [row.merged_into_id for _, row, _ in hidden if row.merged_into_id]
        taken = links.by_row(self.terms, "contact", ids)
        for item, row, link in hidden:
            if row.merged_into_id in taken:
                link.state = RemoteLink.State.CUT
            elif link.state != RemoteLink.State.CUT:
                item.row = row.merged_into

    @staticmethod
    def _tell_cut(items: Sequence[Item]) -> None:
        cut = [item for item in items if item.link and item.link.state == RemoteLink.State.CUT]
        if cut:
            stopped = crm_stops.stopped([item.link for item in cut if item.link])
            for item in cut:
                item.heard = crm_stops.tell_cut(item, stopped)

    # what differs
    def _merge(
        self, kind: Kind, items: Sequence[Item], said: Mapping[tuple[str, str], Said]
    ) -> None:
        mine = [(item, item.row) for item in items if item.row is not None and self._live(item)]
        rows = [row for _, row in mine]
        values = self.here.rows(kind, rows, self.terms.codes(kind))
        stay = crm_local.stays(kind, rows)
        undecided = crm_local.undecided([item.link for item in items if item.link])
        rules = self.terms.rules.get(kind, {})
        for item, row in mine:
            item.stay = stay.get(row.pk, "")
            if item.link is not None:
                item.merged = Merged(base=dict(item.link.base))
            asked = undecided.get(item.link.pk, set()) if item.link else set()
            there: Mapping[str, str | None] = item.there
            if item.link is not None and self._nothing_new(item):
                there = as_last_seen(item.merged.base, set(item.there) - asked)
                item.stale = True
            base = item.merged.base if item.link else {}
            item.merged = merge_record(kind, rules, base, values[row.pk], there, undecided=asked)
            item.asked = asked
            self._ask_teams(kind, item, base)
        self._decide(kind, mine, values, said)

    @staticmethod
    def _live(item: Item) -> bool:
        """False for records that are new here, or that we have nothing to do with any more."""
        if item.row is None or item.row.pk is None:
            return False
        if item.link is not None and item.link.state == RemoteLink.State.CUT:
            return False
        return not (isinstance(item.row, Lead) and item.row.erased_at is not None)

    @staticmethod
    def _nothing_new(item: Item) -> bool:
        link = item.link
        if link is None or link.state != RemoteLink.State.LINKED:
            return False
        if links.is_answer(link, item.record):
            base = item.merged.base
            for code, value in item.there.items():
                if value is not None and code in base and base[code] != value:
                    spell(base, code, value)
            return True
        return links.is_echo(link, item.record, item.there)

    def _decide(
        self,
        kind: Kind,
        items: Sequence[tuple[Item, Row]],
        values: Mapping[int, Mapping[str, str]],
        said: Mapping[tuple[str, str], Said],
    ) -> None:
        """Where both sides differ: who changed it when, as far as it is known."""
        contested = [(item, row) for item, row in items if set(item.merged.conflicts) - item.asked]
        if not contested:
            return
        when = crm_local.changes(kind, [row for _, row in contested], self.people)
        for item, row in contested:
            base = item.link.base if item.link else {}
            for code in item.merged.conflicts:
                at, by = when.get((row.pk, code), (None, ""))
                if at is None and base.get(code) is None:
                    at, by = crm_local.since_made(row)
                their = said.get((item.record.id, code), Said())
                times = Times(at, their.at, item.record.modified_at)
                item.told[code] = (times, by, their.by)
            item.merged = merge_record(
                kind,
                self.terms.rules.get(kind, {}),
                base,
                values[row.pk],
                item.there,
                times={code: told[0] for code, told in item.told.items()},
                undecided=item.asked,
            )
            self._ask_teams(kind, item, base)

    def _ask_teams(self, kind: Kind, item: Item, base: Mapping[str, Any]) -> None:
        """A lead that would go to another team is asked about, whoever changed the owner."""
        pair = item.merged.here.get("owner")
        if kind != "contact" or pair is None or self.terms.rule(kind, "owner") != "ask":
            return
        here, there = (self.people.by_email.get(email) for email in pair)
        if here is None or there is None or here.team_id == there.team_id:
            return
        item.merged.conflicts["owner"] = item.merged.here.pop("owner")
        item.merged.base.pop("owner", None)
        if "owner" in base:
            item.merged.base["owner"] = base["owner"]

    def _asks(self, items: Sequence[Item], said: Mapping[tuple[str, str], Said]) -> Asks:
        """A time that would not change anything need not be asked for."""
        return [
            (item.record.id, code)
            for item in items
            for code in item.told
            if (item.record.id, code) not in said
        ]

    def _keep_unique(self, kind: Kind, items: Sequence[Item]) -> None:
        """An address that another row of ours has cannot be taken over."""
        code = {"contact": "email", "company": "domain"}.get(kind)
        if code is None:
            return
        wanted = {item.merged.here[code][1]: item for item in items if code in item.merged.here}
        model: Any = Lead if kind == "contact" else Company
        rows = model.objects.filter(**{f"{code}__in": [v for v in wanted if v]})
        owners = dict(rows.values_list(code, "pk"))
        twice: set[str] = set()
        for item in items:
            pair = item.merged.here.get(code)
            if not pair or not pair[1]:
                continue
            mine = item.row.pk if item.row else None
            if owners.get(pair[1], mine) != mine or pair[1] in twice:
                self._leave(item, kind, code)
            twice.add(pair[1])

    @staticmethod
    def _leave(item: Item, kind: Kind, code: str) -> None:
        del item.merged.here[code]
        before = item.link.base.get(code) if item.link else None
        item.merged.base.pop(code, None)
        if before is not None:
            item.merged.base[code] = before
        item.problems[code] = taken(kind)


def taken(kind: str) -> str:
    what, name = ("lead", "address") if kind == "contact" else ("company", "website")
    return TAKEN.format(what=what, field=name)


def when_told(item: Item, code: str) -> tuple[datetime | None, str, datetime | None, str]:
    """(here at, here by, there at, there by) of a conflict."""
    times, here_by, there_by = item.told.get(code, (Times(), "", ""))
    return times.here, one_line(here_by, 120), times.there, one_line(there_by, 120)

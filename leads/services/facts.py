"""What is known about people and companies: the one place that writes Fact.

Each source keeps its own value of a field. When two of them, or one and our own record, do not say
the same, the values are flagged until a person says which holds. Empty columns are filled by the
likeliest value; what somebody wrote is never replaced by itself.
"""

from collections.abc import Collection, Iterable, Sequence
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from leads.enrichment.base import FIELDS, Field, Found, agree
from leads.models import Company, Fact, Lead, Lookup
from leads.services import editing, scoring
from leads.services.facts_fit import Target, fit
from leads.services.lifecycle import ChangeError

State = Fact.State
SURE_ENOUGH = 0.6  # to fill an empty column, or to rest a sentence on
# where a fact of ours was read off, when not off the address
READ_OFF = {
    "country": "Read off their number",
    "time_zone": "Read off their number",
    "phone_kind": "Read off their number",
    "mail_host": "Their mail servers",
}
FRESH = timedelta(days=1)  # a fact seen again is not written again before
RESCORED = 50  # leads of a company whose data changed
SOURCES = {
    "offline": "Read off their address",
    "website": "Their website",
    "pdl": "People Data Labs",
    "clearbit": "Clearbit",
    "user": "Told by a colleague",
    "crm": "The other system",
    "fake": "Fake provider",
}


@transaction.atomic
def note(
    found: Iterable[Found],
    *,
    source: str,
    lead: Lead | None = None,
    company: Company | None = None,
    covered: Collection[str] = (),
) -> int:
    """Keep what a source says of a lead and its company; returns how many values are new.

    `covered`: codes this look would have told, so that those it did not tell hold no longer. A
    value that a person called wrong, or decided against, is not taken from that source again.
    """
    told = {one.field: one for one in found if one.field in FIELDS}
    new = 0
    for about, target in (("lead", lead), ("company", company)):
        if target is None:
            continue
        mine = {code: one for code, one in told.items() if FIELDS[code].about == about}
        gone = {code for code in covered if FIELDS[code].about == about} - set(mine)
        new += _note(target, source, list(mine.values()), gone)
    return new


def _note(target: Target, source: str, found: Sequence[Found], gone: Collection[str]) -> int:
    type(target).objects.select_for_update().filter(pk=target.pk).first()  # one writer at a time
    rows = list(of(target).filter(source=source))
    refused = {
        (row.field, row.value)
        for row in rows
        if row.state == State.WRONG or (row.state == State.PAST and row.settled_by)
    }
    current = {row.field: row for row in rows if row.state == State.CURRENT}
    touched = {code for code in gone if code in current}
    of(target).filter(source=source, field__in=touched, state=State.CURRENT).update(
        state=State.PAST, disputed=False
    )
    new = 0
    for one in found:
        if (one.field, one.value) not in refused and _keep(target, source, one, current):
            touched.add(one.field)
            new += 1
    flag(target, touched)
    return new


def _keep(target: Target, source: str, one: Found, current: dict[str, Fact]) -> bool:
    """Whether it is new; the same value again is only seen later."""
    now, before = timezone.now(), current.get(one.field)
    expires = now + timedelta(days=FIELDS[one.field].days)
    if before is not None and before.value == one.value:
        if before.observed_at <= now - FRESH:
            Fact.objects.filter(pk=before.pk).update(
                observed_at=now, expires_at=expires, confidence=one.confidence
            )
        return False
    if before is not None:
        Fact.objects.filter(pk=before.pk).update(state=State.PAST, disputed=False)
    Fact.objects.create(
        **_owner(target),
        field=one.field,
        value=one.value[:500],
        source=source,
        source_url=one.url if one.url.startswith(("https://", "http://")) else "",
        confidence=min(max(one.confidence, 0.0), 1.0),
        observed_at=now,
        expires_at=expires,
    )
    return True


def _owner(target: Target) -> dict[str, Any]:
    return {"lead": target} if isinstance(target, Lead) else {"company": target}


def of(target: Target) -> QuerySet[Fact]:
    """Every fact of a lead or a company, whatever its state."""
    return Fact.objects.filter(**_owner(target))


def known(target: Target) -> QuerySet[Fact]:
    """The same, with what stayed with the leads that were merged into this one."""
    return of(target) if isinstance(target, Company) else Fact.objects.filter(_of_family(target))


def _of_family(lead: Lead) -> Q:
    mine = Q(lead=lead)
    if lead.__dict__.get("has_merged") is not False:
        mine |= Q(lead__in=Lead.objects.filter(merged_into=lead).values("pk"))
    return mine


def flag(target: Target, codes: Iterable[str]) -> None:
    """Mark the fields on which the sources, or our own record, do not say the same."""
    compared = [code for code in codes if FIELDS[code].same]
    if not compared:
        return
    found = list(known(target).filter(field__in=compared, state=State.CURRENT))
    for code in compared:
        rows = [row for row in found if row.field == code]
        differ = _differ(target, code, rows)
        if stale := [row.pk for row in rows if row.disputed != differ]:
            Fact.objects.filter(pk__in=stale).update(disputed=differ)


def _differ(target: Target, code: str, rows: Sequence[Fact]) -> bool:
    values = [row.value for row in rows]
    settled = any(row.settled_by for row in rows)  # our record took it, or has no room for it
    if not settled and (own := own_value(target, FIELDS[code])):
        values.append(own)
    return any(not agree(code, one, other) for one in values for other in values)


def own_value(target: Target, field: Field) -> str:
    """What our own record says; "" when it says nothing of this field."""
    if field.code == "name":
        return str(getattr(target, "name", ""))
    value = getattr(target, field.fills, None) if field.fills else None
    return str(value) if value else ""


def fill(lead: Lead) -> dict[str, str]:
    """Write the likeliest values into the lead's empty fields, with a line in its thread."""
    with transaction.atomic():
        fresh = Lead.objects.select_for_update().filter(pk=lead.pk, erased_at=None).first()
        values = _values(fresh) if fresh is not None else {}
        if fresh is None or not values:
            return {}
        try:
            editing.write(fresh, values, actor="system")
        except ChangeError:
            return {}
    for name in values:
        setattr(lead, name, getattr(fresh, name))
    lead.company = fresh.company
    return values


def fill_company(company: Company) -> dict[str, Any]:
    """The same for a company; its leads are scored anew."""
    values = _values(company)
    done = {}
    for name, value in values.items():
        written: Any = int(value) if name == "size" else value
        empty = Q(**{name: ""}) if name != "size" else Q(size=None)
        if Company.objects.filter(empty, pk=company.pk).update(**{name: written}):
            setattr(company, name, written)
            done[name] = written
    if done:
        for lead in company.leads.filter(archived_at=None, erased_at=None)[:RESCORED]:
            scoring.score_lead(lead, actor="system")
    return done


def _values(target: Target) -> dict[str, str]:
    """column -> value for those that are empty and about which nobody disagrees."""
    rows = of(target).filter(state=State.CURRENT, disputed=False, confidence__gte=SURE_ENOUGH)
    values: dict[str, str] = {}
    for row in rows.order_by("-confidence", "-observed_at"):
        field = FIELDS.get(row.field)
        if field is None or not field.fills or field.fills in values:
            continue
        if own_value(target, field):
            continue
        if value := fit(target, field.fills, row.value):
            values[field.fills] = value
    return values


def source_of(row: Fact) -> str:
    """In words: "Their website"."""
    known = READ_OFF.get(row.field) if row.source == "offline" else None
    return known or SOURCES.get(row.source, row.source)


def for_lead(lead: Lead) -> QuerySet[Fact]:
    """What holds about a lead and its company, and about leads merged into it; one query."""
    mine = _of_family(lead)
    if lead.company_id:
        mine |= Q(company=lead.company_id)
    return Fact.objects.filter(mine, state=State.CURRENT).order_by("id")


def trusted(lead: Lead) -> list[Fact]:
    """Those on which a sentence may rest: not old, sure enough, and nobody says otherwise."""
    now = timezone.now()
    rows = for_lead(lead).filter(disputed=False, confidence__gte=SURE_ENOUGH)
    return [row for row in rows if row.expires_at is None or row.expires_at > now]


def erase(lead_id: int) -> None:
    """Nothing about the person is kept; the bill is, without whom it was about."""
    Fact.objects.filter(lead=lead_id).delete()
    Lookup.objects.filter(about=f"lead:{lead_id}").update(about="")


def export(lead_id: int) -> dict[str, object]:
    """What was found out about a person, from where and when."""
    rows = Fact.objects.filter(lead=lead_id).values(
        "field", "value", "source", "source_url", "confidence", "observed_at", "state"
    )
    return {"facts": [{**row, "observed_at": row["observed_at"].isoformat()} for row in rows]}

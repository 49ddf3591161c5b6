"""What a person says about facts: not right, right is another value, this holds, ours holds."""

from typing import Any

from django.db import transaction

from leads.enrichment.base import FIELDS, Field, Found, agree
from leads.models import Company, Correction, Fact, Lead
from leads.services import corrections, editing, facts_fit
from leads.services.facts import State, flag, known, of, own_value
from leads.services.facts import note as keep
from leads.services.facts_fit import Target, fit
from leads.services.lifecycle import ChangeError
from salesagent.accounts.models import User
from salesagent.lib.text import one_line

PERSON = "user"  # the source under which a person's own word is kept
# what is no matter of room: a range of people does not fit either, and yet may hold
FORMED = ("linkedin_url", "country", "time_zone", "phone")


class FactError(Exception):
    """Why a fact cannot be changed, in words for the person who tried."""


@transaction.atomic
def wrong(fact: Fact, lead: Lead, user: User, note: str = "", right: str = "") -> None:
    """A person says "not right". What it had filled in, and nobody changed since, goes again.

    `lead`: on whose page it was said. `right`: what is right, if that is known. Raises FactError
    when the fact does not hold any more.
    """
    rows = Fact.objects.filter(pk=fact.pk, state=State.CURRENT)
    if not rows.update(state=State.WRONG, disputed=False, settled_by=user.actor):
        raise FactError("This fact is not there any more.")
    field = FIELDS.get(fact.field)
    corrections.correct(
        kind=Correction.Kind.FACT,
        lead=lead,
        subject=f"{fact.field} from {fact.source}",
        before=fact.value,
        after=right or "not right",
        user=user,
        note=note,
    )
    target: Target | None = lead if fact.lead_id else fact.company
    if field is None or target is None:
        return
    if field.fills and _filled_by(target, field, fact):
        _empty(target, field, user)
    flag(target, [fact.field])


@transaction.atomic
def correct(fact: Fact, lead: Lead, value: str, user: User, note: str = "") -> None:
    """Not right, and what is: our record takes it, and it stands as a colleague's word.

    Raises FactError for what does not fit, or when the fact does not hold any more.
    """
    target: Target | None = lead if fact.lead_id else fact.company
    field, given = FIELDS[fact.field], one_line(value, 300)
    if target is None or given == fact.value:
        raise FactError("That is what stands there already.")
    text = facts_fit.said(target, fact.field, field.fills, given)
    if not text:
        raise _unfit(target, field, given)
    if text == fact.value:
        raise FactError("That is what stands there already.")
    wrong(fact, lead, user, note, right=text)
    told = [Found(fact.field, text, 1.0)]
    if isinstance(target, Lead):
        keep(told, source=PERSON, lead=target)
    else:
        keep(told, source=PERSON, company=target)
    rows = of(target).filter(field=fact.field, source=PERSON, value=text, state=State.CURRENT)
    if (mine := rows.last()) is not None:
        holds(mine, lead, user)


def _unfit(target: Target, field: Field, given: str) -> FactError:
    why = facts_fit.why(target, field.fills or field.code, given)
    return FactError(f"“{one_line(given, 60)}” does not fit there. Nothing was changed. {why}")


@transaction.atomic
def ours(fact: Fact, lead: Lead, user: User) -> None:
    """What our own record says is right: whatever differs is put aside, and not taken again.

    Raises FactError when our record says nothing of it.
    """
    target: Target | None = lead if fact.lead_id else fact.company
    own = own_value(target, FIELDS[fact.field]) if target is not None else ""
    if target is None or not own:
        raise FactError("Our own record says nothing of this.")
    rows = known(target).filter(field=fact.field, state=State.CURRENT)
    differ = [row.pk for row in rows if not agree(fact.field, own, row.value)]
    Fact.objects.filter(pk__in=differ).update(
        state=State.PAST, disputed=False, settled_by=user.actor
    )
    flag(target, [fact.field])


@corrections.taken_back(Correction.Kind.FACT)
def _right_after_all(correction: Correction, user: User) -> None:
    """The fact holds again, unless that source says something else by now."""
    code, _, source = correction.subject.partition(" from ")
    lead = correction.lead
    if lead is None or code not in FIELDS:
        return
    target: Target | None = lead if FIELDS[code].about == "lead" else lead.company
    if target is None:
        return
    rows = of(target).filter(field=code, source=source)
    wrong = rows.filter(state=State.WRONG, value__startswith=correction.before).last()
    if wrong is not None and not rows.filter(state=State.CURRENT).exists():
        rows.filter(pk=wrong.pk).update(state=State.CURRENT, settled_by="")
        flag(target, [code])


def _filled_by(target: Target, field: Field, fact: Fact) -> bool:
    """Whether the column holds this value because of the fact: an event or nothing else says so."""
    own = own_value(target, field)
    if not own or own != fit(target, field.fills, fact.value):
        return False
    if isinstance(target, Company):
        return not of(target).filter(field=fact.field, state=State.CURRENT).exists()
    events = target.events.filter(kind="lead.changed", actor="system").order_by("-id")[:50]
    changes = (event.data.get("changes") for event in events)
    return any(
        isinstance(one, dict) and field.fills in one and one[field.fills][-1:] == [own]
        for one in changes
    )


def _empty(target: Target, field: Field, user: User) -> None:
    if isinstance(target, Lead):
        editing.edit_lead(target, {field.fills: ""}, user)
        return
    none = None if field.fills == "size" else ""
    Company.objects.filter(pk=target.pk).update(**{field.fills: none})


@transaction.atomic
def holds(fact: Fact, lead: Lead, user: User) -> None:
    """A person says that this value is right: our record takes it, the others are put aside.

    Raises FactError when it does not hold any more, or is nothing that the record may hold.
    """
    rows = Fact.objects.filter(pk=fact.pk, state=State.CURRENT)
    if not rows.update(disputed=False, settled_by=user.actor, confidence=1.0):
        raise FactError("This fact is not there any more.")
    field = FIELDS[fact.field]
    target: Target | None = lead if fact.lead_id else fact.company
    if target is None:
        return
    for other in known(target).filter(field=fact.field, state=State.CURRENT).exclude(pk=fact.pk):
        if not agree(fact.field, fact.value, other.value):
            Fact.objects.filter(pk=other.pk).update(
                state=State.PAST, disputed=False, settled_by=user.actor
            )
    _take(target, field, fact.value, user)
    flag(target, [fact.field])


def _take(target: Target, field: Field, value: str, user: User) -> None:
    text = fit(target, field.fills, value) if field.fills else ""
    if not text and field.fills in FORMED:
        raise _unfit(target, field, value)
    if not text or own_value(target, field) == text:
        return
    if isinstance(target, Lead):
        try:
            editing.edit_lead(target, {field.fills: text}, user)
        except ChangeError as error:
            raise FactError(error.message) from error
        return
    written: Any = int(text) if field.fills == "size" else text
    Company.objects.filter(pk=target.pk).update(**{field.fills: written})

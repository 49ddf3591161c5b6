"""Facts for those nobody reacted to: imported leads, companies without a look, answers due.

Where the sweep stands is kept in Lookup rows of the provider "sweep": the highest id it has seen.
Each round is short and does what it can.
"""

import time
from collections.abc import Callable

from django.db import IntegrityError
from django.utils import timezone

from leads import family
from leads.models import Company, Lead, Lookup
from leads.services import enrichment
from leads.services.enrichment import LATER, LOCAL, NotAsked

SWEEP = "sweep"
LEADS = 1000  # a round
COMPANIES = 20  # a round, each of them up to some seconds
DUE = 20
SECONDS = 60.0  # after which a round takes no further lead, and then no further homepage
clock: Callable[[], float] = time.monotonic  # tests put their own here


def run() -> None:
    """One round."""
    _leads()
    _companies()
    _answers()


def _mark(name: str) -> Lookup:
    """The row that says how far the sweep of `name` came."""
    rows = Lookup.objects.filter(provider=SWEEP, key_hash=name)
    if row := rows.first():
        return row
    try:
        return Lookup.objects.create(
            provider=SWEEP, key_hash=name, about="0", again_at=timezone.now()
        )
    except IntegrityError:  # another process was first
        return rows.get()


def _leads() -> None:
    """The local facts of leads with higher ids; each counts once it is through."""
    mark, until = _mark("leads"), clock() + SECONDS
    rows = Lead.objects.filter(pk__gt=int(mark.about)).select_related("company").order_by("pk")
    for lead in rows[:LEADS]:
        if clock() > until:
            return
        if not lead.facts.filter(source=LOCAL).exists():
            enrichment.note_local(lead)
        Lookup.objects.filter(pk=mark.pk).update(about=str(lead.pk))


def _companies() -> None:
    """The homepages of companies never looked at, then of those due again."""
    if not enrichment.homepages():
        return
    until = clock() + SECONDS
    mark, asked = _mark("companies"), 0
    rows = Company.objects.filter(pk__gt=int(mark.about), domain__isnull=False).order_by("pk")
    for company in rows[:LEADS]:
        if asked >= COMPANIES or clock() > until:
            return
        asked += enrichment.look_at(company)
        Lookup.objects.filter(pk=mark.pk).update(about=str(company.pk))
    due = Lookup.objects.filter(provider=LOCAL, again_at__lte=timezone.now()).order_by("again_at")
    for row in due[: COMPANIES - asked]:
        known = Company.objects.filter(pk=_id(row.about)).first()
        looked = known is not None and clock() <= until and enrichment.look_at(known)
        if not looked and clock() <= until:  # gone, or nobody left who may be looked up
            again = timezone.now() + enrichment.AGAIN_NONE
            Lookup.objects.filter(pk=row.pk).update(again_at=again)


def _answers() -> None:
    """What a provider was still looking for when it was asked."""
    due = Lookup.objects.filter(error=LATER, again_at__lte=timezone.now()).order_by("again_at")
    for row in due[:DUE]:
        lead = Lead.objects.filter(pk=_id(row.about)).select_related("company").first()
        try:
            if lead is None:
                raise NotAsked("The lead is gone.")
            lead = family.keeper(lead)
            if not enrichment.is_about(row, lead):
                raise NotAsked("They have another address by now.")
            enrichment.ask(row.provider, lead)
        except NotAsked as error:
            Lookup.objects.filter(pk=row.pk, error=LATER).update(error=str(error)[:200])


def _id(about: str) -> int:
    number = about.rpartition(":")[2]
    return int(number) if number.isdecimal() else 0

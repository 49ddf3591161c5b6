"""Rows whose record was deleted there: made anew there by a person, or left here only."""

from collections.abc import Sequence
from typing import Any

from django.db import transaction
from django.db.models import Q, QuerySet

from leads.crm.base import OBJECTS, Kind
from leads.models import RemoteLink
from leads.services import crm_accounts as accounts
from leads.services import crm_links as links
from leads.services import crm_local, crm_sync
from leads.services.crm_accounts import SyncError
from leads.services.crm_compare import Comparer
from leads.services.crm_gone import LEFT
from leads.services.crm_values import People
from salesagent.accounts.models import Connection, User

RELATED = ("lead", "company", "deal__lead")


def waiting(connection: Connection) -> QuerySet[RemoteLink]:
    """Those of this account that nobody has decided about, oldest first."""
    rows = RemoteLink.objects.filter(provider=connection.service, account=connection.account)
    here = Q(company__isnull=False)
    for name in ("lead", "deal__lead"):
        here |= Q(
            **{f"{name}__isnull": False, f"{name}__erased_at": None},
            **{f"{name}__archived_at": None, f"{name}__merged_into": None},
        )
    rows = rows.filter(here, state=RemoteLink.State.GONE, kind__in=OBJECTS)
    return rows.exclude(base__has_key=LEFT).select_related(*RELATED).order_by("pk")


@transaction.atomic
def leave(found: QuerySet[RemoteLink]) -> int:
    """They stay here only, and are not asked about again."""
    rows = list(found.select_for_update(of=("self",)))
    for link in rows:
        RemoteLink.objects.filter(pk=link.pk).update(base={**link.base, LEFT: "yes"})
    return len(rows)


@transaction.atomic
def make(connection: Connection, found: QuerySet[RemoteLink], user: User) -> int:
    """Write them there once more; how many. Raises SyncError with why none can be."""
    crm_sync.ready(connection.service)
    terms, people = accounts.terms_of(connection), People.read()
    free, why = _may_leave(list(found.select_for_update(of=("self",))))
    if not free:
        raise SyncError(why or "This was decided before.")
    RemoteLink.objects.filter(pk__in=[link.pk for link in free]).delete()
    cursor: dict[str, Any] = {"only": {}, "since": {}}
    cursor["why"] = [f"{user.get_short_name()}, who had it made anew"]
    try:
        run = crm_sync.begin(connection, user, preview=False, cursor=cursor)
    except SyncError:
        run = crm_sync.keep_for_later(connection, cursor, user=user)
    comparer = Comparer(run, terms, people)
    for kind in OBJECTS:
        if rows := [links.row_of(link) for link in free if link.kind == kind]:
            comparer.plan_new(kind, rows)
    return len(free)


def _may_leave(found: Sequence[RemoteLink]) -> tuple[list[RemoteLink], str]:
    """Those that may, and why one of the others may not."""
    free, reason = [], ""
    for link in found:
        kind: Kind = link.kind  # type: ignore[assignment]
        row: Any = links.row_of(link)
        if why := crm_local.stays(kind, [row]).get(row.pk, ""):
            reason = f"{row}: {why}."
        else:
            free.append(link)
    return free, reason

"""The list's filter by what may be wrong with a lead; what each means is said by other modules."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

from django.conf import settings
from django.db.models import QuerySet
from django.utils.module_loading import import_string

from leads.models import Lead


@dataclass(frozen=True)
class Look:
    """`narrow`: the leads of a queryset that have it. Archived ones are not asked about."""

    code: str
    name: str
    narrow: Callable[[QuerySet[Lead]], QuerySet[Lead]]


@cache
def looks() -> dict[str, Look]:
    """Code -> look, of all apps."""
    return {one.code: one for path in settings.LEAD_LOOKS for one in import_string(path)}


def names() -> dict[str, str]:
    return {code: one.name for code, one in looks().items()}


def narrow(leads: QuerySet[Lead], codes: tuple[str, ...]) -> QuerySet[Lead]:
    """Leads that have all of these."""
    for code in codes:
        leads = looks()[code].narrow(leads)
    return leads

"""A sequence's dry run: who gets what and when in the next 30 days. Reads only."""

from collections import Counter
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET

from leads.access import leads_for
from leads.selectors import filters
from outreach import selectors_sequences as read
from outreach.access_sequences import may_edit, sequence_for
from outreach.models import Enrollment
from outreach.services import enrollment, simulation
from salesagent.accounts.access import current
from salesagent.accounts.models import User

MOST = 2000  # people who are added for the dry run


@require_GET
def simulate(request: HttpRequest, pk: int) -> HttpResponse:
    """With `add=1` also those who match the list's filters, as if they were added now."""
    user = current(request)
    sequence = sequence_for(user, pk)
    chosen = filters.read(request.GET)
    adding = request.GET.get("add") == "1"
    leads = _addable(user, chosen) if adding else []
    found = simulation.simulate(sequence, leads, user=user, now=timezone.now())
    context = {
        "page": "sequences",
        "tab": "simulate",
        "sequence": sequence,
        "counts": read.counts_for(sequence),
        "may_edit": may_edit(user, sequence),
        "adding": adding,
        "query": filters.clean_query(request.GET),
        "most": MOST,
        "capped": len(leads) == MOST,
        "found": found,
        "channels": found.per_channel.most_common(),
        "days": _bars(found.per_day, sorted(found.per_day)),
        "hours": _bars(found.per_hour, range(24)),
        "most_a_day": max(found.per_day.values(), default=1),
        "most_an_hour": max(found.per_hour.values(), default=1),
        "rows": _rows(user, found),
        "left_out": [
            (number, enrollment.REFUSED_WORDS.get(code, code))
            for code, number in found.left_out.most_common()
        ],
    }
    return render(request, "outreach/sequence_simulate.html", context)


def _addable(user: User, chosen: filters.Filters) -> list[Any]:
    """Leads that match and are in no sequence now, best first."""
    open_states = [Enrollment.State.ACTIVE, Enrollment.State.PAUSED]
    leads = filters.narrow(user, chosen).filter(archived_at=None)
    leads = leads.exclude(enrollments__state__in=open_states).order_by("-score", "-pk")
    return list(leads.select_related("owner").defer("search_text", "score_reasons")[:MOST])


def _bars(counts: Counter[Any], keys: Any) -> list[tuple[Any, int]]:
    return [(key, counts[key]) for key in keys if counts[key]]


def _rows(user: User, found: simulation.Simulation) -> list[dict[str, Any]]:
    """The first touches; a colleague's lead keeps its name to itself."""
    ids = {row.lead.pk for row in found.rows}
    seen = set(leads_for(user).filter(pk__in=ids).values_list("pk", flat=True))
    return [{"planned": row, "seen": row.lead.pk in seen} for row in found.rows]

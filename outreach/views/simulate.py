"""A sequence's dry run: who gets what and when in the next 30 days. Reads only."""

import csv
import io
from collections import Counter
from collections.abc import Iterable
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET

from leads.access import leads_for
from leads.models import Lead
from leads.selectors import filters
from outreach import selectors_sequences as read
from outreach.access_sequences import may_edit, sequence_for
from outreach.models import Enrollment, Sequence
from outreach.services import cadence, enrollment, reach, simulation
from salesagent.accounts.access import current
from salesagent.accounts.models import User
from salesagent.lib.text import formula_safe

MOST = 10_000  # people who are added for the dry run
CHUNK = 2000
HEAD = ("Person", "Touch", "Name of the touch", "Channel", "UTC", "Their time", "Their zone")
HELD_WORDS = {
    "lead_cap": "the limit for one person in seven days",
    "company_cap": "the limit for one company in seven days",
    "mailbox_cap": "the day’s limit of a mailbox",
    "window": "the sending hours where they are",
}


@require_GET
def simulate(request: HttpRequest, pk: int) -> HttpResponse:
    """With `add=1` also those who match the list's filters, as if they were added now; `csv=1` is
    every touch as a file."""
    user = current(request)
    sequence = sequence_for(user, pk)
    chosen = filters.read(request.GET)
    adding = request.GET.get("add") == "1"
    leads = _addable(user, chosen) if adding else []
    if request.GET.get("csv") == "1":
        return _csv(user, sequence, leads)
    found = simulation.simulate(sequence, leads, user=user, now=timezone.now())
    query = filters.clean_query(request.GET)
    context = {
        "page": "sequences",
        "tab": "simulate",
        "sequence": sequence,
        "counts": read.counts_for(sequence),
        "may_edit": may_edit(user, sequence),
        "adding": adding,
        "query": query,
        "csv_query": "&".join(part for part in (query, "add=1" if adding else "", "csv=1") if part),
        "most": MOST,
        "capped": len(leads) == MOST,
        **_numbers(found),
        "rows": _rows(user, found),
    }
    return render(request, "outreach/sequence_simulate.html", context)


def _numbers(found: simulation.Simulation) -> dict[str, Any]:
    paced = [(cadence.LABELS[code], found.paced[code]) for code in cadence.LABELS]
    return {
        "found": found,
        "channels": found.per_channel.most_common(),
        "days": _bars(found.per_day, sorted(found.per_day)),
        "hours": _bars(found.per_hour, range(24)),
        "most_a_day": max(found.per_day.values(), default=1),
        "most_an_hour": max(found.per_hour.values(), default=1),
        "held": [(number, HELD_WORDS[code]) for code, number in found.held.most_common()],
        "paced": [(label, number) for label, number in paced if number],
        "left_out": [
            (number, enrollment.REFUSED_WORDS.get(code, code))
            for code, number in found.left_out.most_common()
        ],
    }


def _addable(user: User, chosen: filters.Filters) -> list[Lead]:
    """Leads that match and are in no sequence now, best first."""
    open_states = [Enrollment.State.ACTIVE, Enrollment.State.PAUSED]
    leads = filters.narrow(user, chosen).filter(archived_at=None)
    leads = leads.exclude(enrollments__state__in=open_states).order_by("-score", "-pk")
    return list(simulation.narrowed(leads)[:MOST])


def _bars(counts: Counter[Any], keys: Any) -> list[tuple[Any, int]]:
    return [(key, counts[key]) for key in keys if counts[key]]


def _rows(user: User, found: simulation.Simulation) -> list[dict[str, Any]]:
    """The first touches; a colleague's lead keeps its name to itself."""
    seen = _seen(user, {row.lead.pk for row in found.rows})
    return [{"planned": row, "seen": row.lead.pk in seen} for row in found.rows]


def _seen(user: User, ids: Iterable[int]) -> set[int]:
    wanted, seen = sorted(ids), set[int]()
    for start in range(0, len(wanted), CHUNK):
        mine = leads_for(user).filter(pk__in=wanted[start : start + CHUNK])
        seen |= set(mine.values_list("pk", flat=True))
    return seen


def _csv(user: User, sequence: Sequence, leads: list[Lead]) -> HttpResponse:
    """Every touch of the dry run in order, for a spreadsheet."""
    rows: list[simulation.Planned] = []
    simulation.simulate(sequence, leads, user=user, now=timezone.now(), each=rows.append)
    seen, text = _seen(user, {row.lead.pk for row in rows}), io.StringIO()
    writer = csv.writer(text)
    writer.writerow(HEAD)
    for row in rows:
        name = row.lead.name if row.lead.pk in seen else "A colleague's lead"
        cells = (name, row.step.position, row.step.name, reach.label(row.channel))
        times = (f"{row.at:%Y-%m-%d %H:%M}", f"{row.local:%Y-%m-%d %H:%M}", str(row.local.tzinfo))
        writer.writerow([formula_safe(cell) for cell in (*cells, *times)])
    response = HttpResponse(text.getvalue(), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="dry-run-{sequence.pk}.csv"'
    return response

"""The do-not-contact list as CSV, for other tools that must not write either.

The list keeps fingerprints only. Where a lead still has the address it stands in full, so that the
file can come in elsewhere; where nobody has it any more, or only a lead of another team, what one
may recognise it by.
"""

import csv
from collections.abc import Iterator

from django.db.models import Q

from leads.models import Lead, Suppression, ThreadEvent
from leads.services.suppression import normals
from salesagent.accounts import audit
from salesagent.accounts.access import visible_user_ids
from salesagent.accounts.models import User
from salesagent.lib.text import formula_safe

BATCH = 500
HEADER = ("Address", "In full", "Stops", "Reason", "Source", "Since")


class _Echo:
    def write(self, line: str) -> str:
        return line


def export_rows(user: User) -> Iterator[str]:
    """CSV lines, header first. The export is noted when it is asked for, before the first line."""
    audit.note(user, "suppression.exported", rows=Suppression.objects.count())
    return _lines(user)


def _lines(user: User) -> Iterator[str]:
    writer = csv.writer(_Echo(), lineterminator="\r\n")
    yield "\ufeff"  # spreadsheets read UTF-8 only with it
    yield writer.writerow(HEADER)
    known, before = _in_full(user), None
    while True:
        rows = Suppression.objects.order_by("-id")
        part = list((rows.filter(pk__lt=before) if before else rows)[:BATCH])
        for row in part:
            full = known.get(row.address_hash, "")
            yield writer.writerow([formula_safe(cell) for cell in _cells(row, full)])
        if len(part) < BATCH:
            return
        before = part[-1].pk


def _cells(row: Suppression, full: str) -> tuple[str, ...]:
    return (
        full or row.masked,
        "yes" if full else "no",
        row.channel,
        row.get_reason_display(),
        "An answer" if row.source.startswith("Answer ") else row.source,
        row.created_at.isoformat(timespec="seconds"),
    )


def _in_full(user: User) -> dict[str, str]:
    """fingerprint -> address of the user's leads who were ever told to be on the list."""
    told = ThreadEvent.objects.filter(kind="lead.suppressed").values("lead")
    leads = Lead.objects.filter(pk__in=told, erased_at=None)
    ids = visible_user_ids(user)
    if ids is not None:
        leads = leads.filter(Q(owner=None) | Q(owner__in=ids))
    fields = ("email", "phone", "linkedin_url")
    return {
        normal.hash: normal.text
        for lead in leads.only(*fields).iterator(BATCH)
        for normal in normals(lead)
    }

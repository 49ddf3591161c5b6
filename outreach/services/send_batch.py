"""The touches of one run, read at once, and the proof at claim time that they still hold.

Reading a touch with all that belongs to it costs more than sending it. So the run reads its
touches together, and each claim compares the columns that a rule may look at with what they were
(the do-not-contact list is asked anew). Whatever differs is read in full again.
"""

from collections.abc import Sequence

from django.db import connection

from leads.services.suppression import lead_hashes
from outreach.models import Attachment, Enrollment, Mailbox, Touch

HASHES = 4  # at most: e-mail, its domain, phone, profile
COLUMNS = """
    t.state, t.subject, t.body, t.to_address, t.approved_hash, t.due_at, t.not_before, t.attempts,
    t.mailbox_id, l.email, l.phone, l.linkedin_url, l.archived_at, l.erased_at, l.stage,
    l.lawful_basis, l.basis_source, l.basis_expires_at, l.time_zone, l.country, l.company_id,
    e.state, e.resume_at, s.state, s.window_start, s.window_end, m.state, m.address, m.from_name,
    m.next_free_at, m.daily_cap, m.min_gap, u.is_active
"""
TABLES = """
    FROM outreach_touch t JOIN leads_lead l ON l.id = t.lead_id
    LEFT JOIN outreach_enrollment e ON e.id = t.enrollment_id
    LEFT JOIN outreach_sequence s ON s.id = e.sequence_id
    LEFT JOIN outreach_mailbox m ON m.id = t.mailbox_id
    LEFT JOIN accounts_user u ON u.id = m.user_id
"""
BLOCKED = """
    EXISTS (SELECT 1 FROM leads_suppression WHERE address_hash IN (%s, %s, %s, %s)
            AND channel IN ('all', %s))
"""
ONE = f"SELECT {COLUMNS}, {BLOCKED} {TABLES} WHERE t.id = %s"  # noqa: S608  constants only
MANY = f"SELECT t.id, {COLUMNS} {TABLES} WHERE t.id IN "  # noqa: S608
LEAVE_OUT = ("checks", "lead__search_text", "lead__score_reasons", "lead__custom", "lead__tags")


class Batch:
    """Touches by id, the columns they were read with, and their files."""

    def __init__(self, ids: Sequence[int]) -> None:
        self.ids = ids
        self.seen = _columns(ids)  # first: a change in between makes them differ, never agree
        self.touches: dict[int, Touch] = {}
        self.files: dict[int, list[Attachment]] = {}

    def read(self, mailbox: Mailbox | None) -> None:
        rows = Touch.objects.select_related("lead", "enrollment__sequence").defer(*LEAVE_OUT)
        self.touches = {touch.pk: touch for touch in rows.filter(pk__in=self.ids)}
        for touch in self.touches.values():
            touch.mailbox = mailbox
        for file in Attachment.objects.filter(touch_id__in=self.ids):
            self.files.setdefault(file.touch_id, []).append(file)

    def locked(self, pk: int) -> tuple[Touch, bool] | None:
        """The approved touch as it stands now and whether its lead is on the do-not-contact list.

        Locked until the transaction ends; None when it is no longer approved, or when somebody else
        is at it: waiting here while holding the touch before could end in a deadlock.
        """
        touch = self.touches.get(pk)
        if touch is None:
            return None
        if not _lock_enrollment(touch.enrollment_id):
            return None
        now = _now(touch)
        if now is None or now[0] != Touch.State.APPROVED:
            return None
        if now[:-1] != self.seen.get(pk):
            touch = _read_again(pk)
            now = _now(touch) or now
        return touch, bool(now[-1])


def _columns(ids: Sequence[int]) -> dict[int, tuple[object, ...]]:
    if not ids:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(f"{MANY} ({', '.join(['%s'] * len(ids))})", list(ids))
        return {row[0]: tuple(row[1:]) for row in cursor.fetchall()}


def _now(touch: Touch) -> tuple[object, ...] | None:
    """The same columns inside the claiming transaction, and the do-not-contact list."""
    hashes = lead_hashes(touch.lead)
    hashes += [""] * (HASHES - len(hashes))
    lock = " FOR UPDATE OF t SKIP LOCKED" if connection.features.has_select_for_update else ""
    with connection.cursor() as cursor:
        cursor.execute(ONE + lock, [*hashes, touch.channel, touch.pk])
        row = cursor.fetchone()
    return tuple(row) if row else None


def _read_again(pk: int) -> Touch:
    rows = Touch.objects.select_related("lead", "enrollment__sequence", "mailbox__user")
    return rows.defer("mailbox__password").get(pk=pk)


def _lock_enrollment(pk: int | None) -> bool:
    """Locked before its touch, as whoever pauses one does: a reply that is being recorded comes
    before or after a claim, not into it. SQLite locks the whole file (IMMEDIATE) instead.

    False when somebody is changing it at this moment; the next tick sees what came of it.
    """
    if not pk or not connection.features.has_select_for_update:
        return True
    rows = Enrollment.objects.select_for_update(skip_locked=True).filter(pk=pk)
    return bool(list(rows.values_list("pk")))

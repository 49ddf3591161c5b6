"""Numbers beside the navigation, and what each page says of the mailboxes: one statement."""

from datetime import datetime, time, timedelta
from typing import Any

from django.db import connection
from django.utils import timezone

from salesagent.accounts.models import User

_BOXES = {
    "own": "m.user_id = %(me)s",
    "team": "m.user_id IN (SELECT id FROM accounts_user WHERE id = %(me)s OR team_id = %(team)s)",
    "all": "1 = 1",
}
# what was passed on, as escalation.passed_on has it, out of an index that holds nothing else
_MINE = "(SELECT id FROM accounts_user WHERE id = %(me)s OR team_id = %(team)s)"
_PASSED = """(SELECT COUNT(*) FROM outreach_task p JOIN leads_lead q ON q.id = p.lead_id
   WHERE p.state = 'open' AND p.escalated_at IS NOT NULL AND p.escalated_to_id IS NOT NULL
   AND q.erased_at IS NULL AND (p.owner_id IS NULL OR p.owner_id <> %(me)s) AND {whose})"""
_WHOSE = {
    User.Role.REP: "",
    User.Role.MANAGER: f"(p.escalated_to_id = %(me)s OR p.owner_id IN {_MINE})"
    f" AND (q.owner_id IS NULL OR q.owner_id IN {_MINE})",
    User.Role.OWNER: "p.escalated_to_id = %(me)s",
}
# of a lead that its owner sees, as leads.access.lead_seen has it
_SEEN = """ AND (lead_id IS NULL OR EXISTS (SELECT 1 FROM leads_lead s
    WHERE s.id = outreach_task.lead_id AND {whose}))"""
_SEES = {
    "own": "s.owner_id = %(me)s",
    "team": "s.owner_id IN (SELECT u.id FROM accounts_user u LEFT JOIN accounts_team w"
    " ON w.id = u.team_id WHERE u.id = %(me)s OR (w.id = %(team)s AND w.team_view))",
    "manager": f"(s.owner_id IS NULL OR s.owner_id IN {_MINE})",
}
# drafts first, then each one's lead: CROSS JOIN keeps SQLite from reading all leads of the user
_NAV = """
SELECT
 (SELECT COUNT(*) FROM outreach_task WHERE owner_id = %(me)s AND state = 'open'
   AND due_at < %(tomorrow)s AND (snoozed_until IS NULL OR snoozed_until <= %(now)s)
   AND NOT (kind = 'touch' AND EXISTS (SELECT 1 FROM outreach_touch h
    JOIN outreach_enrollment r ON r.id = h.enrollment_id WHERE h.id = outreach_task.touch_id
    AND r.state = 'paused' AND r.reason <> 'mailbox'))
   AND NOT (kind IN ('moment', 'follow_up', 'touch') AND EXISTS (SELECT 1 FROM leads_lead g
    WHERE g.id = outreach_task.lead_id AND g.archived_at IS NOT NULL)){seen}) + {passed},
 (SELECT COUNT(*) FROM outreach_touch t CROSS JOIN leads_lead l
   LEFT JOIN outreach_enrollment e ON e.id = t.enrollment_id
   WHERE l.id = t.lead_id AND t.state = 'draft' AND l.owner_id = %(me)s AND l.erased_at IS NULL
   AND l.archived_at IS NULL
   AND (t.enrollment_id IS NULL OR e.state = 'active')),
 EXISTS (SELECT 1 FROM outreach_mailbox m WHERE m.state = 'paused' AND {boxes}),
 (SELECT COUNT(*) FROM outreach_touch t JOIN outreach_mailbox m ON m.id = t.mailbox_id
   WHERE m.user_id = %(me)s AND t.sent_at >= %(midnight)s),
 (SELECT SUM(COALESCE(m.daily_cap, (SELECT mailbox_daily_cap FROM accounts_workspace WHERE id = 1),
   40)) FROM outreach_mailbox m WHERE m.user_id = %(me)s AND m.state = 'active'),
 (SELECT COUNT(*) FROM accounts_notification n WHERE n.user_id = %(me)s AND n.read_at IS NULL)
"""


def nav_counts(user: User) -> dict[str, Any]:
    """Today with what was passed on, approvals, paused mailboxes, sent today, limit, notices.

    Written out, because every page runs it and the ORM would put it together anew each time.
    Mailboxes whose trouble concerns the user: own ones, the team's, all.
    """
    now = timezone.now()
    midnight = datetime.combine(now.astimezone(user.tz).date(), time.min, tzinfo=user.tz)
    moments = {"now": now, "midnight": midnight, "tomorrow": midnight + timedelta(days=1)}
    seen = "all" if user.is_owner else "team" if user.is_manager and user.team_id else "own"
    whose = _WHOSE[User.Role(user.role)]
    passed = _PASSED.format(whose=whose) if whose else "0"
    sees = "manager" if user.is_manager else "team" if user.team_id else "own"
    lines = "" if user.is_owner else _SEEN.format(whose=_SEES[sees])
    with connection.cursor() as cursor:
        adapt = connection.ops.adapt_datetimefield_value
        params = {"me": user.pk, "team": user.team_id} | {k: adapt(v) for k, v in moments.items()}
        cursor.execute(_NAV.format(boxes=_BOXES[seen], passed=passed, seen=lines), params)
        today, approvals, attention, sent, cap, unread = cursor.fetchone()
    return {
        "today": today,
        "approvals": approvals,
        "attention": bool(attention),
        "sent_today": sent,
        "cap": cap or 0,
        "notices": unread,
    }

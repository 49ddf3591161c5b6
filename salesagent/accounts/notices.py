"""What people should know: one row for each thing and person, however often it is told.

`tell` is the only door into Notification; reading, forgetting and erasing are here too. A notice
says that something happened and where to look. It never is the work itself: that is a Task.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.module_loading import import_string

from salesagent.accounts.models import Notification, User
from salesagent.lib.text import one_line

KEPT = timedelta(days=90)
GONE = "Erased"
PAGE = 30


@dataclass(frozen=True, slots=True)
class Kind:
    """`group`: what a person chooses for the daily mail, several kinds together."""

    label: str
    icon: str
    group: str


KINDS = {
    "reply": Kind("A hot reply waits", "message", "replies"),
    "escalated": Kind("Passed on to you", "alert-circle", "replies"),
    "reassigned": Kind("Given to you", "user-check", "leads"),
    "moved": Kind("With a colleague", "users", "leads"),
    "rebalance": Kind("Leads to move", "users", "leads"),
    "mailbox": Kind("Mailbox", "mail", "trouble"),
    "connection": Kind("Connection", "link", "trouble"),
    "sync": Kind("Sync", "refresh", "trouble"),
    "job": Kind("Finished", "circle-check", "jobs"),
    "alert": Kind("Alert", "activity", "alerts"),
    "advice": Kind("Advice", "message-2-star", "advice"),
    "report": Kind("Report", "chart-histogram", "reports"),
    "digest": Kind("Daily mail", "mail", ""),
    "webhook": Kind("Webhook", "world", "trouble"),
}
GROUPS = {
    "replies": "Replies that wait too long",
    "leads": "Leads given to you",
    "trouble": "What stopped: mailboxes, connections, syncs",
    "alerts": "Alerts",
    "advice": "Advice from your manager",
    "reports": "Reports that are ready",
    "jobs": "Long work that finished",
}


def tell(
    user: User,
    *,
    kind: str,
    key: str,
    title: str,
    text: str = "",
    link: str = "",
    lead_id: int | None = None,
    urgent: bool = False,
) -> Notification | None:
    """Let somebody know. None when `key` was told to them before, or their account is closed.

    `kind` is one of KINDS, `link` a path in the product. Name `lead_id` where words are about a
    person: they go when that person is erased.
    """
    if kind not in KINDS:
        raise ValueError(f"{kind!r} is not in notices.KINDS")
    if not user.is_active or user.notices.filter(key=key).exists():
        return None
    row = Notification(
        user=user,
        kind=kind,
        key=key,
        title=one_line(title, 160),
        text=one_line(text, 300),
        link=link if _ours(link) else "",
        lead_id=lead_id,
        urgent=urgent,
    )
    try:
        with transaction.atomic():
            row.save(force_insert=True)
    except IntegrityError:
        if user.notices.filter(key=key).exists():
            return None  # a second teller was faster
        raise
    return row


def _ours(link: str) -> bool:
    """A path of ours: no scheme, no host, none that a browser would make up from slashes."""
    parts = urlsplit(link)
    plain = link.startswith("/") and "\\" not in link and link.isprintable() and len(link) <= 300
    return plain and not parts.scheme and not parts.netloc


def tell_all(users: Iterable[User], **what: object) -> int:
    """The same to several people; how many did not know yet."""
    return sum(tell(user, **what) is not None for user in users)  # type: ignore[arg-type]


def retell(key: str, text: str) -> int:
    """The same still holds with other numbers: who has not read it reads those of now."""
    rows = Notification.objects.filter(key=key, read_at=None, lead_id=None)
    return rows.update(text=one_line(text, 300))


def over(key: str, user: User | None = None) -> int:
    """What was told under this key has ended: it counts as read. For one person or for all."""
    rows = Notification.objects.filter(key=key, read_at=None)
    return (rows.filter(user=user) if user else rows).update(read_at=timezone.now())


# --- the list -------------------------------------------------------------------------------------


def unread(user: User) -> int:
    """How many wait. Pages have the number from their one count of everything (NAV_COUNTS)."""
    return user.notices.filter(read_at=None).count()


def of(user: User, *, new_only: bool = False, before: int = 0) -> QuerySet[Notification]:
    """Newest first, one more than a page; `before` is the last id of the page above."""
    rows = user.notices.order_by("-pk")
    rows = rows.filter(read_at=None) if new_only else rows
    return (rows.filter(pk__lt=before) if before else rows)[: PAGE + 1]


def without_names(user: User, rows: Sequence[Notification]) -> None:
    """Of a lead that its reader no longer sees only the kind of news is told. That it went to a
    colleague ("moved") is that news itself, and stays."""
    about = {row.lead_id for row in rows if row.lead_id and row.kind != "moved"}
    if not about or user.is_owner:
        return
    hidden = about - import_string(settings.NOTICE_LEADS)(user, about)
    for row in rows:
        if row.lead_id in hidden and row.kind != "moved" and row.title != GONE:
            kind = KINDS.get(row.kind)
            row.title = f"{kind.label if kind else 'Notice'}: a lead that is with somebody else now"
            row.text = row.link = ""


def read(user: User, pk: int) -> bool:
    return bool(user.notices.filter(pk=pk, read_at=None).update(read_at=timezone.now()))


def unread_again(user: User, pk: int) -> bool:
    return bool(user.notices.filter(pk=pk).update(read_at=None))


def read_all(user: User, upto: int) -> int:
    """Those up to the newest that was on the page: what came meanwhile stays new."""
    return user.notices.filter(read_at=None, pk__lte=upto).update(read_at=timezone.now())


def forget_old(now: datetime) -> int:
    """Remove what is older than three months, a piece at a time."""
    old = Notification.objects.filter(created_at__lt=now - KEPT).order_by("pk")
    return Notification.objects.filter(
        pk__in=list(old.values_list("pk", flat=True)[:1000])
    ).delete()[0]


# --- a person is erased ---------------------------------------------------------------------------


def erase(lead_id: int) -> None:
    """Words about a person go; that something was told stays."""
    Notification.objects.filter(lead_id=lead_id).update(title=GONE, text="", link="")


def export(lead_id: int) -> dict[str, object]:
    rows = Notification.objects.filter(lead_id=lead_id).order_by("pk")
    return {"notices": [{"at": r.created_at, "title": r.title, "text": r.text} for r in rows]}

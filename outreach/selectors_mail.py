"""Mailboxes and received mail as a user may see them."""

from django.db.models import Count, Exists, OuterRef, Q, QuerySet

from outreach.models import InboundMessage, Mailbox, Task
from salesagent.accounts.access import visible_user_ids
from salesagent.accounts.models import User

PAGE = 40
TABS = {
    "open": (InboundMessage.State.UNMATCHED,),
    "unreadable": (InboundMessage.State.QUARANTINED,),
    "ignored": (InboundMessage.State.IGNORED,),
}


def mailboxes_visible(user: User) -> QuerySet[Mailbox]:
    """Own ones; a manager also the team's, the owner all. The secret column is left out."""
    rows = Mailbox.objects.select_related("user").defer("password")
    if not user.is_manager:
        return rows.filter(user=user)
    ids = visible_user_ids(user)
    return rows if ids is None else rows.filter(user_id__in=ids)


def inbound_visible(user: User) -> QuerySet[InboundMessage]:
    """Mail of visible mailboxes, and texts. What was ignored may be private: mail of that kind only
    the mailbox's own user sees, texts the managers do. Texts came to everybody's number: managers
    see those of nobody yet and of their teams' leads, a rep those about which they were asked and
    those of their leads."""
    boxes = mailboxes_visible(user).values("pk")
    ignored = Q(state=InboundMessage.State.IGNORED)
    mail = Q(mailbox__in=boxes) & (~ignored | Q(mailbox__user=user))
    texts = Q(mailbox=None)
    if not user.is_manager:
        asked = Exists(Task.objects.filter(inbound=OuterRef("pk"), owner=user))
        texts &= ~ignored & (asked | Q(lead__owner=user))
    elif (ids := visible_user_ids(user)) is not None:
        texts &= Q(lead__owner=None) | Q(lead__owner__in=ids)
    return InboundMessage.objects.filter(mail | texts).select_related("mailbox", "lead")


def inbound_page(user: User, tab: str, before: int | None) -> list[InboundMessage]:
    """One page by key, newest first, and one row more when there is an older one."""
    rows = inbound_visible(user).filter(state__in=TABS[tab]).defer("full_text", "headers")
    if before:
        rows = rows.filter(pk__lt=before)
    return list(rows.order_by("-pk")[: PAGE + 1])


def inbound_counts(user: User) -> dict[str, int]:
    """How many wait under each tab that asks for somebody."""
    states = [*TABS["open"], *TABS["unreadable"]]
    rows = inbound_visible(user).filter(state__in=states).values("state")
    found = {row["state"]: row["n"] for row in rows.annotate(n=Count("pk")).order_by()}
    return {tab: sum(found.get(state, 0) for state in TABS[tab]) for tab in ("open", "unreadable")}

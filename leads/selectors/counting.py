"""Counts that stay cheap on a large table: they stop at a cap."""

from dataclasses import dataclass

from django.db import connection
from django.db.models import QuerySet

from salesagent.accounts.access import visible_user_ids
from salesagent.accounts.models import User

COUNT_CAP = 1000


@dataclass(frozen=True)
class Count:
    """A number, or "more than the cap"."""

    value: int
    cap: int = COUNT_CAP

    @property
    def more(self) -> bool:
        return self.value > self.cap

    def __str__(self) -> str:
        return f"{self.cap:,}+" if self.more else f"{self.value:,}"


def capped_count(rows: QuerySet, cap: int = COUNT_CAP) -> int:  # type: ignore[type-arg]
    """How many rows, at most `cap` + 1: the database stops there."""
    return rows.order_by().values("pk")[: cap + 1].count()


def leads_in_list(user: User, cap: int = COUNT_CAP) -> int:
    """Leads that `user` may see and that are not archived, at most `cap` + 1.

    What access.leads_for says, written out, because every page asks for it.
    """
    ids = visible_user_ids(user)
    marks = ", ".join(["%s"] * len(ids or ()))
    seen = f"AND owner_id IN ({marks})" if ids is not None else ""
    if ids is not None and user.is_manager:
        seen = f"AND (owner_id IN ({marks}) OR owner_id IS NULL)"
    # nothing but placeholders goes into the text
    inner = f"SELECT 1 FROM leads_lead WHERE archived_at IS NULL AND erased_at IS NULL {seen}"  # noqa: S608
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT COUNT(*) FROM ({inner} LIMIT %s) AS found",  # noqa: S608
            [*(ids or ()), cap + 1],
        )
        return int(cursor.fetchone()[0])

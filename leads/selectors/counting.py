"""Counts that stay cheap on a large table: they stop at a cap."""

from dataclasses import dataclass

from django.db.models import QuerySet

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

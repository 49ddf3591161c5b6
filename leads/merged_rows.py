"""Rows that belong to a lead and go with it when two leads become one; each app says which.

An app's module `merges` registers them. Thread events are not among them: they never move, the
keeper's thread shows both.
"""

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Model


@dataclass(frozen=True)
class Kind:
    """Rows of `model`; `one` and `many` say what they are in words.

    `then` is called with the ids of both leads once they are as they shall be.
    """

    model: type[Model]
    one: str
    many: str
    field: str = "lead"
    then: Callable[[Collection[int]], None] | None = None

    @property
    def code(self) -> str:
        return self.model._meta.label_lower

    def move(self, here: int, there: int, ids: Iterable[int] | None = None) -> list[int]:
        """Rows of the lead `here` (only `ids`, when given) to `there`; returns those that went.

        One that its table does not allow twice, such as a link to the same system, stays.
        """
        rows: Any = self.model._base_manager.filter(**{self.field: here})
        rows = rows if ids is None else rows.filter(pk__in=list(ids))
        found = list(rows.order_by("pk").values_list("pk", flat=True))
        return [pk for pk in found if self._move_one(pk, there)]

    def _move_one(self, pk: int, there: int) -> bool:
        rows: Any = self.model._base_manager.filter(pk=pk)
        try:
            with transaction.atomic():
                return bool(rows.update(**{f"{self.field}_id": there}))
        except IntegrityError:
            return False


KINDS: dict[str, Kind] = {}


def register(*kinds: Kind) -> None:
    for kind in kinds:
        KINDS[kind.code] = kind


def settle(leads: Collection[int]) -> None:
    """What follows for the rows once leads became one, or two again."""
    for kind in KINDS.values():
        if kind.then is not None:
            kind.then(leads)

"""How fresh the numbers are."""

from dataclasses import dataclass, field
from datetime import datetime

from analytics.models import StatRun
from salesagent.lib.sql import Rows

_RUN = Rows(lambda pk: StatRun.objects.filter(pk=pk))


@dataclass(frozen=True)
class Counted:
    """`at`: when everything was counted; None: never. `working`: a longer count goes on.

    `stamp`: another one whenever sums were written.
    """

    at: datetime | None
    working: bool
    stamp: str = field(default="", compare=False)


def counted_at() -> Counted:
    row = _RUN.first(1)
    if row is None:
        return Counted(None, working=True)
    return Counted(row.ran_at, working=bool(row.days) or row.sweep is not None, stamp=row.stamp)

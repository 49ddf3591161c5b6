"""What nobody foresaw: a record that makes its page fail is left out and listed."""

import logging
from collections import Counter
from collections.abc import Callable, Sequence

from django.db import InterfaceError, OperationalError
from django.utils import timezone

from leads.crm.base import CrmError, Kind, Record
from leads.models import SyncChange, SyncRun
from leads.services import crm_counts
from leads.services import crm_links as links
from leads.services.crm_apply import name_there
from salesagent.lib import bulk
from salesagent.lib.jobs import Stopped
from salesagent.lib.text import one_line

WHY = "It could not be taken in: a value of it is broken. Mend it there."
FEW = 3  # more than these, and all of them: then it is not the records
logger = logging.getLogger(__name__)


class Superseded(Exception):
    """Another process goes on with this run; this one must not write any more."""


OTHERS = (CrmError, Stopped, Superseded, OperationalError, InterfaceError)  # no record is to blame


def left_out(
    records: Sequence[Record], take: Callable[[Record], None], fault: Exception
) -> list[Record]:
    """A page that failed, taken in one by one: those that fail again. Raises what `take` raises
    when no record is to blame, and `fault` when all are."""
    left = []
    for record in records:
        try:
            take(record)
        except OTHERS:
            raise
        except Exception as error:  # noqa: BLE001  whatever it is, the others come in
            logger.warning("A record of a CRM is left out: %s", type(error).__name__)
            left.append(record)
    if len(left) == len(records) and len(left) > FEW:
        raise fault
    return left


def say(run: SyncRun, kind: Kind, left: Sequence[Record]) -> Counter[str]:
    """A line for each."""
    now = timezone.now()
    lines = [
        SyncChange(
            run=run,
            action=SyncChange.Action.SKIP,
            state=SyncChange.State.FAILED,
            kind=kind,
            remote_id=one_line(record.id, links.MAX_ID),
            label=name_there(record),
            reason=WHY,
            done_at=None if run.preview else now,
        )
        for record in left
    ]
    bulk.insert_many(lines)
    return crm_counts.add_up(lines, preview=run.preview)

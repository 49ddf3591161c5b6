"""What could not be done: it is looked at again by each sync, and listed until it is right."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from leads.crm.base import Kind
from leads.models import SyncChange, SyncRun
from leads.services import crm_links as links

State = SyncChange.State
Action = SyncChange.Action
THERE = (Action.CREATE_THERE, Action.UPDATE_THERE)
AGAIN_AFTER = timedelta(days=1)
MOST = 5000


def run_before(run: SyncRun) -> SyncRun | None:
    """The whole sync of this account that came to its end last."""
    rows = SyncRun.objects.filter(provider=run.provider, account=run.account, preview=False)
    ended = rows.filter(pk__lt=run.pk, state__in=[SyncRun.State.DONE, SyncRun.State.UNDONE])
    return ended.exclude(cursor__has_key="only").order_by("-pk").first()


def ids_before(run: SyncRun, kind: Kind) -> list[str]:
    """Records there that had something wrong in the sync before; they need not have changed."""
    before = run_before(run)
    if before is None:
        return []
    rows = before.changes.filter(kind=kind, state=State.FAILED, action=Action.SKIP)
    found = rows.exclude(remote_id="").order_by("pk").values_list("remote_id", flat=True)
    return list(dict.fromkeys(found[:MOST]))


def told(run: SyncRun, kind: Kind, ids: Sequence[str]) -> set[str]:
    """Those of which this run says already what is wrong."""
    rows = run.changes.filter(kind=kind, remote_id__in=ids, state=State.FAILED)
    return set(rows.values_list("remote_id", flat=True))


def mark(
    run: SyncRun, kind: Kind, lines: list[SyncChange], now: datetime, *, always: bool = False
) -> list[SyncChange]:
    """What was refused as it is now. The schedule tries it again after a day, a person at once;
    a dry run says that it was refused. `always`: only then."""
    if (run.user_id is not None or always) and not run.preview:
        return lines
    mine = [one for one in lines if one.action in THERE and one.state == State.PLANNED]
    if not mine:
        return lines
    name = f"{links.row_name(kind)}_id"
    past = SyncChange.objects.filter(
        run__provider=run.provider,
        run__account=run.account,
        run__preview=False,
        kind=kind,
        state=State.FAILED,
        action__in=THERE,
        done_at__isnull=False,
        **{f"{name}__in": [getattr(one, name) for one in mine]},
    )
    if not run.preview:
        past = past.filter(done_at__gte=now - AGAIN_AFTER)
    refused = {(getattr(one, name), _new(one)): one for one in past.order_by("pk")}
    for line in mine:
        if before := refused.get((getattr(line, name), _new(line))):
            line.state, line.reason = State.FAILED, before.reason
            line.done_at = before.done_at
    return lines


def _new(line: Any) -> str:
    return links.digest({code: pair[1] for code, pair in line.changes.items()})

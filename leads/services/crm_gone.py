"""Records that were deleted there: the rows stay here, and a person may have them made anew."""

from collections import Counter
from collections.abc import Sequence

from django.utils import timezone

from leads.crm.base import Kind
from leads.models import RemoteLink, SyncChange, SyncConflict, SyncRun
from leads.services import crm_links as links
from leads.services.crm_accounts import Terms
from leads.services.crm_values import label_of

Action = SyncChange.Action
State = SyncChange.State
WHY = "Deleted in {there}. It stays here."


def cut(run: SyncRun, terms: Terms, kind: Kind, ids: Sequence[str]) -> Counter[str]:
    """The rows stay here and are not pushed again; each is a line of the diff."""
    name = links.row_name(kind)
    now = timezone.now()
    lines = []
    for start in range(0, len(ids), 500):
        part = links.live(terms, kind).filter(remote_id__in=ids[start : start + 500])
        found = list(part.select_related(name))
        for link in found:
            row = links.row_of(link)
            line = SyncChange(
                run=run,
                action=Action.UNLINK,
                kind=kind,
                remote_id=link.remote_id,
                label=label_of(row) if row else "",
                reason=WHY.format(there=terms.label),
                state=State.PLANNED if run.preview else State.DONE,
                done_at=None if run.preview else now,
                **{name: row},
            )
            lines.append(line)
        if not run.preview:
            leave([link.pk for link in found])
    SyncChange.objects.bulk_create(lines, batch_size=100)
    return Counter({"in": len(lines)})


def leave(ids: Sequence[int]) -> None:
    """These records are not there any more: nobody has to decide about their fields."""
    RemoteLink.objects.filter(pk__in=ids).update(state=RemoteLink.State.GONE)
    waits = SyncConflict.objects.filter(link__in=ids, state=SyncConflict.State.OPEN)
    waits.update(state=SyncConflict.State.MOOT, settled_at=timezone.now())

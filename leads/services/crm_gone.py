"""Records that were deleted there: the rows stay here, and a person may have them made anew."""

from collections import Counter
from collections.abc import Sequence

from django.db.models import QuerySet
from django.utils import timezone

from leads import family
from leads.crm.base import Kind
from leads.models import RemoteLink, SyncChange, SyncConflict, SyncRun
from leads.services import crm_links as links
from leads.services.crm_accounts import Terms
from leads.services.crm_values import label_of

Action = SyncChange.Action
State = SyncChange.State
LEFT = "~left"  # in the base of a record that is gone there, of which nobody has to decide
CODES = ("gone", "ENTITY_IS_DELETED")  # how the other side says so when we write
TWO = (
    "Two contacts in {there} are one lead here by now. This one stays there as it is: nothing "
    "goes to it or comes from it. Merge the two in {there}."
)
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
            _forget_cut(terms, kind, ids[start : start + 500])
    SyncChange.objects.bulk_create(lines, batch_size=100)
    return Counter({"in": len(lines)})


def leave(ids: Sequence[int]) -> None:
    """These records are not there any more: nobody has to decide about their fields."""
    RemoteLink.objects.filter(pk__in=ids).update(state=RemoteLink.State.GONE)
    waits = SyncConflict.objects.filter(link__in=ids, state=SyncConflict.State.OPEN)
    waits.update(state=SyncConflict.State.MOOT, settled_at=timezone.now())


def _forget_cut(terms: Terms, kind: Kind, ids: Sequence[str]) -> None:
    """Of leads that were merged here: their second record is gone too, so there is one only."""
    rows = links.of(terms, kind).filter(remote_id__in=ids, state=RemoteLink.State.CUT)
    for link in rows.filter(lead__merged_into__isnull=False):
        RemoteLink.objects.filter(pk=link.pk).update(base={**link.base, LEFT: "yes"})


# two records there, one lead here
def doubles(rows: QuerySet[RemoteLink]) -> QuerySet[RemoteLink]:
    """Records of leads that were merged into another one, and that stand there beside its own."""
    states = [RemoteLink.State.CUT, RemoteLink.State.LINKED]
    found = rows.filter(kind="contact", lead__merged_into__isnull=False, state__in=states)
    found = found.filter(lead__erased_at=None)
    found = found.exclude(base__has_key=links.INTO).exclude(base__has_key=LEFT)
    return found.select_related("lead").order_by("pk")


def tell_doubles(run: SyncRun, terms: Terms) -> Counter[str]:
    """Each sync says of whom two records are left there, until they are one there as well."""
    rows = doubles(links.of(terms, "contact"))
    found = [(link, family.keeper(link.lead)) for link in rows if link.lead]
    keepers = {lead.pk for _, lead in found}
    tied = links.remote_ids(terms, "contact", keepers)
    lines = []
    for link, keeper in found:
        if tied.setdefault(keeper.pk, link.remote_id) == link.remote_id:
            continue  # its record goes along to the keeper
        lines.append(
            SyncChange(
                run=run,
                action=Action.SKIP,
                kind="contact",
                lead=keeper,  # without the record's id: what it is told of opt-outs comes later
                label=label_of(keeper),
                reason=TWO.format(there=terms.label),
                state=State.PLANNED if run.preview else State.DONE,
                done_at=None if run.preview else timezone.now(),
            )
        )
    SyncChange.objects.bulk_create(lines, batch_size=100)
    return Counter(left=len(lines))

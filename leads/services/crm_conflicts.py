"""Fields that both sides changed: shown side by side, settled by a person, then equal on both."""

from collections.abc import Sequence
from datetime import datetime

from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.utils import timezone

from leads.crm.merge import agree
from leads.crm.names import label_of
from leads.models import Company, Lead, RemoteLink, SyncConflict
from leads.services import crm_links as links
from leads.services import crm_local, crm_sync
from leads.services.crm_accounts import SyncError, connected
from leads.services.crm_apply import change_lead, change_row
from leads.services.crm_values import Here, People, Row
from salesagent.accounts.models import User

State = SyncConflict.State
HERE, THERE = "here", "there"
RELATED = ("link__lead", "link__company", "link__deal__lead")
TAKEN = "{who} has {value} here. Join the two first, or keep ours."
HIDDEN = "{who} has {value} and was merged into this lead. Keep ours, or take the merge back first."


class Taken(SyncError):
    """Another lead or company here has the value of the other side. Nothing was settled."""


def open(provider: str, after: int | None = None, size: int = 50) -> list[SyncConflict]:  # noqa: A001
    """What waits for a decision, oldest first; one more than `size` when there is a next page."""
    rows = open_ones(provider).filter(pk__gt=after or 0).order_by("pk")
    return list(rows.select_related(*RELATED)[: size + 1])


def count(provider: str) -> int:
    return open_ones(provider).count()


def settled(provider: str, size: int = 20) -> list[SyncConflict]:
    """The last ones that were decided, newest first."""
    rows = SyncConflict.objects.filter(link__provider=provider).exclude(state=State.OPEN)
    return list(rows.select_related(*RELATED, "settled_by").order_by("-settled_at", "-pk")[:size])


def open_ones(provider: str) -> QuerySet[SyncConflict]:
    """Of the account that is connected; those of another one cannot be put right there."""
    row = connected(provider)
    return SyncConflict.objects.filter(
        link__provider=provider,
        link__account=row.account if row else "",
        state=State.OPEN,
        link__state=RemoteLink.State.LINKED,
    )


def settle(conflict: SyncConflict, choice: str, user: User) -> bool:
    """Keep our value or theirs. Theirs is here at once; ours goes out with a sync of this record.

    False when it was settled before. Raises SyncError when our value has changed meanwhile; the
    row then shows the new one. Raises Taken, and changes nothing, when somebody else has it.
    """
    if choice not in (HERE, THERE):
        raise SyncError("Choose one of the two values.", "choice")
    try:
        with transaction.atomic():
            one = _locked(conflict.pk)
            if one is None:
                return False
            changed = _settle(one, choice, user)
    except IntegrityError as error:  # somebody got it between our look and our write
        raise _taken(conflict) from error
    if changed:
        raise SyncError("The value here has changed since. Look at it again.", "choice")
    if choice == HERE:
        link = one.link
        why = f"a choice of {user.get_short_name()}"
        crm_sync.touch(link.provider, link.account, link.kind, [link.remote_id], why)
    conflict.refresh_from_db()
    return True


def _locked(pk: int) -> SyncConflict | None:
    """With what it is about, in the order in which a sync locks them: another field of the same
    record may be settled at the same moment, and both change what was agreed on."""
    leads = Lead.objects.select_for_update(of=("self",))
    list(leads.filter(remote_links__conflicts=pk).values_list("pk", flat=True))
    list(RemoteLink.objects.select_for_update(of=("self",)).filter(conflicts=pk))
    rows = SyncConflict.objects.select_for_update(of=("self",)).filter(pk=pk, state=State.OPEN)
    return rows.select_related(*RELATED).first()


def _taken(one: SyncConflict) -> Taken:
    rival = crm_local.rivals([one]).get(one.pk)
    return Taken(taken_words(one, rival.name if rival else "Somebody else", rival))


def taken_words(one: SyncConflict, who: str, rival: Lead | Company | None) -> str:
    inside = isinstance(rival, Lead) and rival.merged_into_id == one.link.lead_id
    words = HIDDEN if inside and one.link.lead_id else TAKEN
    return words.format(who=who, value=one.there)


def settle_all(provider: str, choice: str, user: User) -> int:
    """The same choice for everything that is open. Those whose value changed meanwhile stay, and
    those whose value somebody else has; one may become free by another one being settled."""
    done, left = 0, list(open_ones(provider).order_by("pk"))
    while left:
        settled, taken = _settle_each(left, choice, user)
        done += settled
        left = taken if len(taken) < len(left) else []
    return done


def _settle_each(
    rows: Sequence[SyncConflict], choice: str, user: User
) -> tuple[int, list[SyncConflict]]:
    """How many were settled, and those whose value somebody else has."""
    done, taken = 0, []
    for one in rows:
        try:
            done += settle(one, choice, user)
        except Taken:
            taken.append(one)
        except SyncError:
            continue
    return done, taken


def _settle(one: SyncConflict, choice: str, user: User) -> bool:
    """True when nothing was settled because our side looks different now."""
    link, people = one.link, People.read()
    row = links.row_of(link)
    if row is None:
        raise SyncError("The record is not here any more.")
    now = timezone.now()
    here = Here(people).rows(link.kind, [row], [one.field])[row.pk].get(one.field, "")  # type: ignore[arg-type]
    if here != one.here:
        if here == one.there:
            _close(one, State.MOOT, user, now, written=True)
            return False
        one.here, one.here_at, one.here_by = here, now, ""
        one.save(update_fields=["here", "here_at", "here_by"])
        return True
    if choice == THERE:
        if crm_local.rivals([one]):
            raise _taken(one)
        _take(one, row, people, user)
    base = dict(link.base)
    agree(base, one.field, one.there)  # so that what differs from now on is our change
    RemoteLink.objects.filter(pk=link.pk).update(base=base, pushed_hash="")
    _close(one, State(choice), user, now, written=choice == THERE)
    return False


def _take(one: SyncConflict, row: Row, people: People, user: User) -> None:
    pairs = {one.field: (one.here, one.there)}
    label = label_of(one.link.provider)
    if isinstance(row, Lead):
        change_lead(row, pairs, people, {"actor": user.actor, "source": label, "run": 0})
    else:
        change_row(row, pairs, people)


def _close(
    one: SyncConflict, state: SyncConflict.State, user: User, now: datetime, *, written: bool
) -> None:
    SyncConflict.objects.filter(pk=one.pk, state=State.OPEN).update(
        state=state, settled_by=user, settled_at=now, written_at=now if written else None
    )

"""What people do to leads: stage, owner, tags, archive, follow-up. Each change is a thread line.

The functions for many leads take a queryset, work in batches of one transaction each and return how
many leads they changed. Reactions run for stage and archive only: nothing reacts to the others.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet
from django.urls import reverse
from django.utils import timezone
from django.utils.module_loading import import_string

from leads import search, thread
from leads.models import Lead
from salesagent.accounts import notices
from salesagent.accounts.models import User
from salesagent.lib.text import one_line, plural

BATCH = 500
MAX_TAGS = 20
TAG_LENGTH = 40


class ChangeError(ValueError):
    """A change that cannot be made; `message` says why in plain words, `field` where."""

    def __init__(self, message: str, field: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.field = field


def clean_tag(text: str) -> str:
    """One short tag in lower case; commas separate tags elsewhere, so none is left in it."""
    return one_line(text.replace(",", " "), TAG_LENGTH).lower()


@transaction.atomic
def change_stage(lead: Lead, stage: str, user: User) -> bool:
    """Put the lead into `stage`; False when it is there already. Sequences react to it."""
    if stage not in Lead.Stage.values:
        raise ChangeError("Choose one of the stages.", "stage")
    rows = Lead.objects.filter(pk=lead.pk, erased_at=None).exclude(stage=stage)
    before = rows.values_list("stage", flat=True).first()
    if (
        before is None
        or rows.filter(stage=before).update(stage=stage, updated_at=timezone.now()) != 1
    ):
        return False
    lead.stage = stage
    _record(lead, "lead.stage_changed", user, {"from": before, "to": stage})
    return True


@transaction.atomic
def assign(lead: Lead, owner: User | None, user: User) -> bool:
    """Hand the lead over; False when it is that owner's already."""
    row = Lead.objects.filter(pk=lead.pk).select_related("owner").first()
    if assign_many(Lead.objects.filter(pk=lead.pk), owner, user) != 1:
        return False
    link = reverse("leads:detail", args=[lead.pk])
    _tell_owner(owner, user, f"gave you {lead.name}", link, lead.pk)
    if row is not None and row.owner is not None and row.owner.pk != user.pk:
        _tell_former(row.owner, owner, user, lead)
    return True


def _tell_former(former: User, owner: User | None, by: User, lead: Lead) -> None:
    """Without a link: it is seldom theirs to see any more."""
    whose = f"{owner.get_short_name()}'s" if owner else "nobody's"
    notices.tell(
        former,
        kind="moved",
        key=f"gone:{lead.pk}:{by.pk}:{timezone.now():%Y%m%d%H%M%S}",
        title=f"{lead.name} is {whose} now",
        text=f"{by.get_short_name()} moved it. Nothing for you to do.",
        lead_id=lead.pk,
    )


def _tell_owner(
    owner: User | None, by: User, what: str, link: str, lead_id: int | None = None
) -> None:
    if owner is None or owner.pk == by.pk:
        return
    notices.tell(
        owner,
        kind="reassigned",
        key=f"given:{lead_id or 0}:{by.pk}:{timezone.now():%Y%m%d%H%M%S}",
        title=f"{by.get_short_name()} {what}",
        link=link,
        lead_id=lead_id,
    )


@transaction.atomic
def archive(lead: Lead, user: User) -> bool:
    """Take the lead out of the lists; its thread stays and its sequence stops."""
    now = timezone.now()
    if (
        Lead.objects.filter(pk=lead.pk, archived_at=None).update(archived_at=now, updated_at=now)
        != 1
    ):
        return False
    lead.archived_at = now
    _record(lead, "lead.archived", user, {})
    return True


@transaction.atomic
def restore(lead: Lead, user: User) -> bool:
    """Bring an archived lead back. Sequences do not start again by themselves."""
    rows = Lead.objects.filter(
        pk=lead.pk, archived_at__isnull=False, erased_at=None, merged_into=None
    )
    if rows.update(archived_at=None, updated_at=timezone.now()) != 1:
        return False
    lead.archived_at = None
    _record(lead, "lead.restored", user, {})
    return True


@transaction.atomic
def follow_up(lead: Lead, day: date | None, user: User) -> bool:
    """Set or clear the person's own reminder; False when it is so already."""
    before = lead.follow_up_at
    rows = Lead.objects.filter(pk=lead.pk).exclude(follow_up_at=day)
    if before == day or rows.update(follow_up_at=day, updated_at=timezone.now()) != 1:
        return False
    lead.follow_up_at = day
    changes = {"follow_up_at": [before and str(before), day and str(day)]}
    _record(lead, "lead.changed", user, {"changes": changes})
    return True


def add_tag(leads: QuerySet[Lead], tag: str, user: User) -> int:
    return _retag(leads, clean_tag(tag), user, adding=True)


def remove_tag(leads: QuerySet[Lead], tag: str, user: User) -> int:
    return _retag(leads, clean_tag(tag), user, adding=False)


def _retag(leads: QuerySet[Lead], tag: str, user: User, *, adding: bool) -> int:
    if not tag:
        raise ChangeError("Write a tag.", "tag")

    def work(part: list[Lead]) -> int:
        changed = []
        for lead in part:
            if (tag in lead.tags) == adding or (adding and len(lead.tags) >= MAX_TAGS):
                continue
            lead.tags = [*lead.tags, tag] if adding else [t for t in lead.tags if t != tag]
            lead.search_text = search.text_for(lead)
            changed.append(lead)
        Lead.objects.bulk_update(changed, ["tags", "search_text"], batch_size=200)
        what = {"tag_added" if adding else "tag_removed": tag}
        _record_all(changed, "lead.changed", user, {"changes": what})
        return len(changed)

    return _in_batches(leads, work)


def assign_many(
    leads: QuerySet[Lead],
    owner: User | None,
    user: User,
    gave: Counter[int | None] | None = None,
) -> int:
    """Hand leads over to `owner` (None: nobody's). `gave` counts whose they were."""

    def work(part: list[Lead]) -> int:
        changed = [lead for lead in part if lead.owner_id != (owner and owner.pk)]
        before = {lead.pk: lead.owner_id for lead in changed}
        Lead.objects.filter(pk__in=before).update(owner=owner, updated_at=timezone.now())
        thread.record_many(
            kind="lead.assigned",
            actor=user.actor,
            rows=((lead, {"from": before[lead.pk], "to": owner and owner.pk}) for lead in changed),
        )
        follow(before, owner)
        if gave is not None:
            gave.update(before.values())
        return len(changed)

    return _in_batches(leads, work)


def follow(before: Mapping[int, int | None], owner: User | None) -> None:
    """Leads got another owner: what goes with them moves along. `before`: lead -> former owner."""
    for path in settings.LEADS_ASSIGNED:
        import_string(path)(before, owner)


def change_stage_many(leads: QuerySet[Lead], stage: str, user: User) -> int:
    return _in_batches(leads, lambda part: sum(change_stage(lead, stage, user) for lead in part))


def archive_many(leads: QuerySet[Lead], user: User) -> int:
    return _in_batches(leads, lambda part: sum(archive(lead, user) for lead in part))


def restore_many(leads: QuerySet[Lead], user: User) -> int:
    return _in_batches(leads, lambda part: sum(restore(lead, user) for lead in part))


def _write_many(leads: QuerySet[Lead], values: dict[str, str], user: User) -> int:
    """Put the same data right on many leads; each keeps a line of what it was."""
    from leads.services import editing  # it needs ChangeError from here

    return _in_batches(
        leads, lambda part: sum(editing.edit_lead(lead, values, user) for lead in part)
    )


def apply_many(
    leads: QuerySet[Lead], action: str, value: Any, user: User, report: Callable[[int], None]
) -> int:
    """One bulk action by name, batch by batch; `report(done)` after each. Returns how many changed.

    `value`: a User or None for owner, else a text.
    """
    gave: Counter[int | None] = Counter()
    actions: dict[str, Callable[[QuerySet[Lead]], int]] = {
        "owner": lambda part: assign_many(part, value, user, gave),
        "tag": lambda part: add_tag(part, value, user),
        "untag": lambda part: remove_tag(part, value, user),
        "stage": lambda part: change_stage_many(part, value, user),
        "archive": lambda part: archive_many(part, user),
        "restore": lambda part: restore_many(part, user),
        "trade": lambda part: _write_many(part, {"trade": value}, user),
        "zone": lambda part: _write_many(part, {"time_zone": ""}, user),
    }
    act = actions[action]
    changed = done = 0
    try:
        for ids in _batches(leads):
            changed += act(Lead.objects.filter(pk__in=ids))
            done += len(ids)
            report(done)
    finally:  # a job that is stopped has moved some
        _tell_of_many(gave, value, user)
    return changed


def _tell_of_many(gave: Counter[int | None], owner: User | None, by: User) -> None:
    """One notice for whoever has them now, and one for each of those who had them."""
    if not gave:
        return
    link = f"{reverse('leads:list')}?owner=me"
    _tell_owner(owner, by, f"gave you {plural(gave.total(), 'lead')}", link)
    to = f"To {owner.get_short_name()}." if owner else "They are nobody's now."
    for former in User.objects.filter(pk__in=[pk for pk in gave if pk]).exclude(pk=by.pk):
        notices.tell(
            former,
            kind="moved",
            key=f"gone:0:{by.pk}:{timezone.now():%Y%m%d%H%M%S%f}",
            title=f"{by.get_short_name()} moved {plural(gave[former.pk], 'lead')} of yours",
            text=f"{to} Nothing for you to do.",
        )


def _batches(leads: QuerySet[Lead]) -> Iterator[list[int]]:
    """Ids of the leads as they were at the start: a change may take a lead out of the filter."""
    ids = list(leads.order_by("pk").values_list("pk", flat=True))
    for start in range(0, len(ids), BATCH):
        yield ids[start : start + BATCH]


def _in_batches(leads: QuerySet[Lead], work: Callable[[list[Lead]], int]) -> int:
    changed = 0
    for ids in _batches(leads):
        with transaction.atomic():
            rows = Lead.objects.select_for_update().filter(pk__in=ids, erased_at=None)
            changed += work(list(rows.order_by("pk")))
    return changed


def _record(lead: Lead, kind: str, user: User, data: dict[str, object]) -> None:
    thread.record(lead=lead, kind=kind, actor=user.actor, data=data)


def _record_all(leads: Iterable[Lead], kind: str, user: User, data: dict[str, object]) -> None:
    thread.record_many(kind=kind, actor=user.actor, rows=((lead, data) for lead in leads))

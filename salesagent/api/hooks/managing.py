"""What the owner does with addresses that are told of events. The audit trail has all of it."""

from collections.abc import Sequence

from django.db import transaction
from django.db.models import Max, QuerySet
from django.utils import timezone

from salesagent.accounts import audit
from salesagent.accounts.models import User
from salesagent.api.hooks import queue, sending, signing
from salesagent.api.hooks.kinds import PING
from salesagent.api.models import Hook, HookDelivery
from salesagent.lib import budget

State = HookDelivery.State


@transaction.atomic
def add(user: User, *, name: str, url: str, kinds: Sequence[str]) -> Hook:
    """It is told of what happens from now on. The secret is shown once, by the caller."""
    hook = Hook.objects.create(
        user=user,
        name=name,
        url=url,
        kinds=list(kinds),
        secret=signing.new_secret(),
        cursor=queue.newest_event(),
    )
    audit.note(user, "webhook.added", f"hook:{hook.pk}")
    return hook


@transaction.atomic
def change(hook: Hook, user: User, *, name: str, url: str, kinds: Sequence[str]) -> None:
    if url != hook.url:
        budget.forget(sending.SERVICE, sending.account(hook))
    Hook.objects.filter(pk=hook.pk).update(name=name, url=url, kinds=list(kinds))
    audit.note(user, "webhook.changed", f"hook:{hook.pk}")


@transaction.atomic
def pause(hook: Hook, user: User) -> bool:
    """Nothing goes there; what happens meanwhile waits, up to seven days."""
    if not Hook.objects.filter(pk=hook.pk, active=True).update(active=False, stopped_why=""):
        return False
    audit.note(user, "webhook.paused", f"hook:{hook.pk}")
    return True


@transaction.atomic
def start(hook: Hook, user: User) -> bool:
    """Go on, with everything that waits; also for what stopped by itself."""
    values = {"active": True, "stopped_why": "", "failing_since": None}
    if not Hook.objects.filter(pk=hook.pk, active=False).update(**values):
        return False
    _now(HookDelivery.objects.filter(hook=hook, state=State.WAITING).exclude(error=""))
    budget.forget(sending.SERVICE, sending.account(hook))
    audit.note(user, "webhook.started", f"hook:{hook.pk}")
    return True


def _now(rows: QuerySet[HookDelivery]) -> None:
    rows.update(next_at=timezone.now(), attempts=0)


@transaction.atomic
def rotate(hook: Hook, user: User) -> str:
    """A second secret; both sign until `finish`. Returns it, to be shown once."""
    secret = signing.new_secret()
    Hook.objects.filter(pk=hook.pk).update(next_secret=secret)
    audit.note(user, "webhook.secret_made", f"hook:{hook.pk}")
    return secret


@transaction.atomic
def finish(hook: Hook, user: User) -> bool:
    """The new secret alone signs from now on; False when there is none."""
    row = Hook.objects.select_for_update().get(pk=hook.pk)
    if not row.next_secret:
        return False
    row.secret, row.next_secret = row.next_secret, ""
    row.save(update_fields=["secret", "next_secret"])
    audit.note(user, "webhook.secret_used", f"hook:{hook.pk}")
    return True


@transaction.atomic
def remove(hook: Hook, user: User) -> None:
    audit.note(user, "webhook.removed", f"hook:{hook.pk}")
    budget.forget(sending.SERVICE, sending.account(hook))
    Hook.objects.filter(pk=hook.pk).delete()


def test(hook: Hook, user: User) -> str:
    """Send a test at once, also while it is off; returns what went wrong in words, or ""."""
    budget.forget(sending.SERVICE, sending.account(hook))
    row = _again(hook, 0, PING)
    audit.note(user, "webhook.tested", f"hook:{hook.pk}")
    result = sending.send(row)
    return result.error if result and not result.ok else ""


def replay(row: HookDelivery, user: User) -> HookDelivery | None:
    """Send what is over once more, as a new delivery with an id of its own; None: it waits."""
    if row.state == State.WAITING or row.kind == PING:
        return None
    audit.note(user, "webhook.replayed", f"hook:{row.hook_id}", delivery=row.pk)
    return _again(row.hook, row.event_id, row.kind)


@transaction.atomic
def replay_failed(hook: Hook, user: User) -> int:
    """Everything that was given up waits again, under its own id; returns how many."""
    rows = HookDelivery.objects.filter(hook=hook, state=State.FAILED).exclude(kind=PING)
    now = timezone.now()
    count = rows.update(state=State.WAITING, attempts=0, next_at=now, done_at=None, error="")
    if count:
        budget.forget(sending.SERVICE, sending.account(hook))
        audit.note(user, "webhook.replayed", f"hook:{hook.pk}", rows=count)
    return count


@transaction.atomic
def _again(hook: Hook, event_id: int, kind: str) -> HookDelivery:
    Hook.objects.select_for_update().get(pk=hook.pk)  # one at a time counts
    rows = HookDelivery.objects.filter(hook=hook, event_id=event_id)
    last = rows.aggregate(last=Max("replay"))["last"]
    number = 0 if last is None else last + 1
    now = timezone.now()
    return HookDelivery.objects.create(
        hook=hook, event_id=event_id, replay=number, kind=kind, next_at=now
    )

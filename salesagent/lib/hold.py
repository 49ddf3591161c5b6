"""After a restore nothing leaves by itself: what was sent since the backup is not known any more.

Each app says in a module of wiring.HOLDS how its ways out are held and let go: `hold(reason)`
returns lines for people, `release(user)` lets go what it held. The job row is the switch: while it
runs, periodic work marked with `paused` does nothing.
"""

from collections.abc import Callable
from datetime import datetime, tzinfo
from functools import wraps
from importlib import import_module
from typing import Any

from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser
from django.db import transaction
from django.utils import timezone

from salesagent.lib import since
from salesagent.lib.models import Job

KIND = "restored"


def _running() -> Any:
    return Job.objects.filter(kind=KIND, state=Job.State.RUNNING)


def is_on() -> bool:
    return bool(_running().exists())


def reason() -> str:
    """Why everything stands still, in words for people; empty when it does not."""
    return str(_running().values_list("title", flat=True).first() or "")


def words(made_at: datetime, zone: tzinfo | None = None) -> str:
    from django.utils.formats import date_format

    at = timezone.localtime(made_at, zone)
    return (
        f"Restored from the backup of {date_format(at, 'j M Y, H:i')}. "
        "Check what went out since, then start again."
    )


@transaction.atomic
def begin(made_at: datetime, zone: tzinfo | None = None) -> list[str]:
    """Hold every way out; returns what stands still now, in lines for people.

    `zone`: of the people who read the reason.
    """
    why = words(made_at, zone)
    _running().update(state=Job.State.DONE, finished_at=timezone.now())
    now = timezone.now()
    data = {"made_at": made_at.isoformat()}
    Job.objects.create(
        kind=KIND, title=why, state=Job.State.RUNNING, can_stop=False, data=data, started_at=now
    )
    lines = since.again()  # before the ways out are held: what it sets going is held as well
    return lines + [line for path in settings.HOLDS for line in import_module(path).hold(why)]


@transaction.atomic
def release(user: AbstractBaseUser) -> bool:
    """The owner has looked: start again what was held. False when nothing was."""
    if not _running().update(
        state=Job.State.DONE, owner=user, finished_at=timezone.now(), updated_at=timezone.now()
    ):
        return False
    for path in settings.HOLDS:
        import_module(path).release(user)
    return True


def paused(work: Callable[..., None]) -> Callable[..., None]:
    """Periodic work that must not happen before the owner starts again."""

    @wraps(work)
    def inner(*args: Any) -> None:
        if not is_on():
            work(*args)

    return inner

"""After a restore no event is told until the owner starts again (lib.hold, api.hook_tasks)."""

from django.contrib.auth.models import AbstractBaseUser

from salesagent.api.models import Hook
from salesagent.lib.text import plural


def hold(reason: str) -> list[str]:
    """The minute's round does nothing while it is on; only the line for people is ours."""
    count = Hook.objects.filter(active=True).count()
    return [f"{plural(count, 'webhook')} told of nothing"] if count else []


def release(user: AbstractBaseUser) -> None:
    """The next round goes on. What may have been told before the restore has its old id."""

"""A backup of the demo, made by the product itself. Its recovery key is thrown away at once."""

from datetime import timedelta

from django.utils import timezone

from salesagent.accounts import backups
from salesagent.accounts.models import BackupCopy, User
from salesagent.lib import backup, tasks

AGE = timedelta(hours=9)


def write(users: dict[str, User]) -> None:
    _, public = backup.new_key()
    backups.keep_key(public, users["owner"])
    backups.start(users["owner"])
    tasks.run_waiting()
    BackupCopy.objects.update(created_at=timezone.now() - AGE)

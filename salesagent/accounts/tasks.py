"""Queue entry points of accounts: ids in, one service call each. Every task may run twice."""

from django.utils import timezone

from salesagent.accounts import ai_page, notice_watch
from salesagent.lib import once


def test_model(job_id: int) -> None:
    ai_page.run_test(job_id)


def make_backup(job_id: int) -> None:
    """Make a copy, or go on sending one."""
    from salesagent.accounts import backups

    backups.run(job_id)


def fetch_backup(job_id: int) -> None:
    from salesagent.accounts import backups

    backups.run_fetch(job_id)


def look_after_backups() -> None:
    from salesagent.accounts import backups

    backups.look_after()


def check_drive(user_id: int) -> None:
    """Check all: does Google Drive answer? It is the owner's."""
    from salesagent.accounts import backup_drive
    from salesagent.accounts.models import User

    if User.objects.filter(pk=user_id, role=User.Role.OWNER).exists():
        backup_drive.check()


@once.alone
def look_around() -> None:
    notice_watch.look(timezone.now())

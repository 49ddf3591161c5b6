"""Backups: who may open them, when they are made, how many are kept, and what is said of them."""

import errno
import hashlib
import json
import os
import time
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
import time_machine
from django.utils import timezone

from salesagent.accounts import backup_page, backup_rows, backups
from salesagent.accounts.forms_backup import OptionsForm
from salesagent.accounts.models import AuditEntry, BackupCopy, Connection
from salesagent.accounts.tests.drive_kit import account, content, kept, last, make, send
from salesagent.accounts.tests.drive_kit import google as google
from salesagent.accounts.tests.drive_kit import key as key
from salesagent.accounts.tests.drive_kit import maker as maker
from salesagent.accounts.tests.drive_kit import waited as waited
from salesagent.accounts.tests.drive_server import World
from salesagent.lib import backup, hold, jobs
from salesagent.lib.models import Job

pytestmark = pytest.mark.django_db
Maker = SimpleNamespace
NOON = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)


# --- making --------------------------------------------------------------------------------------


def test_without_a_key_nothing_is_made(maker: Maker) -> None:
    with pytest.raises(backup.BackupError, match="recovery key first"):
        backups.start(None)
    backups.look_after()
    assert not BackupCopy.objects.exists()
    assert backups.recipient() == ""


def test_a_copy_is_kept_here_without_google(key: str, maker: Maker, owner: Any) -> None:
    copy = make(owner)
    assert (copy.state, copy.error, copy.upload["key"]) == (
        "kept",
        "",
        backup_rows.fingerprint(key),
    )
    assert backup_rows.path(copy).read_bytes() == b"age " + content(2_000)
    assert copy.size == 2_004
    assert maker.to == key
    assert copy.job.state == "done"
    assert copy.job.done == 100
    assert copy.upload["key"].replace(" ", "").lower() in copy.name
    assert AuditEntry.objects.filter(action="backup.started", user=owner).count() == 1


def test_one_at_a_time(key: str, maker: Maker, owner: Any) -> None:
    assert backups.start(owner) == backups.start(None)
    assert BackupCopy.objects.count() == 1


def test_two_of_one_second_have_two_names(key: str, maker: Maker) -> None:
    with time_machine.travel(NOON, tick=False):
        assert make().name != make().name


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (backup.BackupError("There is not enough room on the disk."), "not enough room"),
        (OSError(errno.ENOSPC, "No space left on device"), "disk of this server is full"),
        (PermissionError(errno.EACCES, "Permission denied"), "Permission denied"),
    ],
)
def test_what_went_wrong_stands_at_the_copy(
    key: str, maker: Maker, error: Exception, words: str
) -> None:
    maker.error = error
    copy = make()
    assert (copy.state, copy.job.state) == ("failed", "failed")
    assert words in copy.error
    assert words in copy.job.error
    assert not backup_rows.is_here(copy)


def test_an_error_of_ours_is_raised_and_told(key: str, maker: Maker) -> None:
    maker.error = KeyError("x")
    with pytest.raises(KeyError):
        make()
    assert BackupCopy.objects.get().state == "failed"


def test_stopped_by_a_person(key: str, maker: Maker) -> None:
    maker.error = jobs.Stopped()
    copy = make()
    assert (copy.state, copy.job.state) == ("failed", "stopped")
    assert "Stopped" in copy.error


def test_the_last_few_are_kept_here(key: str, maker: Maker) -> None:
    backup_rows.choose(keep=3)
    foreign = backup_rows.folder() / "notes.txt"
    foreign.write_text("mine")
    copies = [make() for _ in range(5)]
    left = [copy for copy in copies if backup_rows.path(copy).exists()]
    assert left == copies[2:]
    assert BackupCopy.objects.filter(state="gone").count() == 2
    assert foreign.exists()


def test_a_copy_that_is_in_drive_as_well_stays_in_the_list(
    google: World, key: str, maker: Maker
) -> None:
    account()
    backup_rows.choose(keep=3)
    copies = [make() for _ in range(3)]
    backup_rows.path(copies[0]).unlink()
    make()
    copies[0].refresh_from_db()
    assert copies[0].state == "gone"  # the fourth one: it is gone there too
    assert len(google.ours()) == 3


def test_a_new_key_leaves_old_copies_with_the_old_one(key: str, maker: Maker, owner: Any) -> None:
    first = make()
    backups.keep_key(public := backup.new_key()[1], owner)
    assert maker.to == key
    second = make()
    assert maker.to == public
    assert first.upload["key"] != second.upload["key"]
    shown = {line.copy.pk: line.old_key for line in backup_page.lines()}
    assert shown == {first.pk: True, second.pk: False}
    with pytest.raises(backup.BackupError):
        backups.keep_key("age1nonsense", owner)
    noted = AuditEntry.objects.get(action="backup.key_changed")
    assert public not in json.dumps(noted.data)


def test_the_server_never_keeps_the_key(key: str, owner: Any) -> None:
    secret, public = backup.new_key()
    backups.keep_key(public, owner)
    stored = json.dumps(list(Connection.objects.values("secret", "settings")))
    assert public in stored
    assert secret not in stored
    assert secret[16:40].lower() not in stored.lower()


# --- the schedule --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("hour", "age", "state", "due"),
    [
        (12, 12, "kept", False),
        (12, 25, "kept", False),
        (12, 27, "kept", True),
        (3, 21, "kept", True),
        (3, 19, "kept", False),
        (12, 2, "failed", False),
        (12, 4, "failed", True),
    ],
)
def test_when_one_is_due(
    key: str, workspace: Any, hour: int, age: float, state: str, due: bool
) -> None:
    with time_machine.travel(NOON.replace(hour=hour), tick=False):
        last(age, state)
        backups.look_after()
    assert Job.objects.filter(kind="backup").exists() is due


def test_the_night_is_that_of_the_workspace(key: str, workspace: Any) -> None:
    workspace.time_zone = "America/New_York"
    workspace.save()
    with time_machine.travel(NOON.replace(hour=8), tick=False):  # 3 in the morning there
        last(21)
        backups.look_after()
    assert Job.objects.filter(kind="backup").exists()


def test_the_first_one_comes_at_once_and_nightly_can_be_off(key: str, owner: Any) -> None:
    backups.set_options(owner, keep=7, nightly=False)
    backups.look_after()
    assert not Job.objects.exists()
    backups.set_options(owner, keep=7, nightly=True)
    backups.look_after()
    assert Job.objects.get().owner == owner


def test_killed_while_it_was_made_it_is_made_again(key: str, maker: Maker) -> None:
    job = backups.start(None)
    token = BackupCopy.objects.get().upload["token"]
    for tries in range(3):
        copy = BackupCopy.objects.get()
        assert copy.state == "making"
        long_ago = timezone.now() - timedelta(hours=1)
        Job.objects.filter(pk=copy.job_id).update(state="running", updated_at=long_ago)
        backups.look_after()
        assert Job.objects.get(pk=copy.job_id).state == "failed", tries
    copy = BackupCopy.objects.get()
    assert copy.state == "failed"
    assert copy.upload["token"] != token  # what is in Drive under that one is not ours to replace
    assert "several times" in copy.error
    backups.run(job.pk)  # the first worker wakes up again: it lost its job
    assert maker.calls == 0


def test_a_job_that_still_works_is_left_alone(key: str) -> None:
    job = backups.start(None)
    Job.objects.filter(pk=job.pk).update(state="running", updated_at=timezone.now())
    backups.look_after()
    job.refresh_from_db()
    assert job.state == "running"
    assert Job.objects.count() == 1


def test_after_a_restore_nothing_goes_to_drive(google: World, key: str, maker: Maker) -> None:
    """It may be a trial on another machine, and the Drive is that of the real one."""
    account()
    hold.begin(timezone.now())
    backups.look_after()
    assert not BackupCopy.objects.exists()
    copy = make()
    assert copy.state == "kept"
    assert google.calls == []


def test_after_a_restore_the_list_is_what_is_here(key: str, owner: Any) -> None:
    """The backup that was restored stands in its own tables as being made; older ones lie on the
    machine that was lost."""
    kept(days_ago=1)
    lost = kept(days_ago=2)
    backup_rows.path(lost).unlink()
    job = backups.start(owner)
    long_ago = timezone.now() - timedelta(hours=1)
    Job.objects.filter(pk=job.pk).update(state="running", updated_at=long_ago)
    hold.begin(timezone.now())
    backups.look_after()
    assert [(line.word, line.here) for line in backup_page.lines()] == [("Kept here", True)]
    assert backup_rows.working() is None


def test_what_waits_is_sent_by_the_schedule(google: World, key: str, run_queue: Any) -> None:
    copy = kept()
    backups.look_after()
    assert not Job.objects.exists()
    account()
    backups.look_after()
    run_queue()
    copy.refresh_from_db()
    assert copy.remote_id


def test_files_made_by_hand_come_into_the_list(google: World, key: str) -> None:
    """`manage.py backup`, or a file that was brought from elsewhere."""
    by_hand = backup_rows.folder() / "salesagent-20261101-120000.backup"
    by_hand.write_bytes(content(2_500))
    (backup_rows.folder() / "notes.txt").write_text("mine")
    backups.look_after()
    assert not BackupCopy.objects.filter(name=by_hand.name).exists()  # it may still be written
    Job.objects.all().delete()
    BackupCopy.objects.all().delete()
    os.utime(by_hand, (time.time() - 3600,) * 2)
    backups.look_after()
    backups.look_after()
    copy = BackupCopy.objects.get()
    assert (copy.size, copy.sha256) == (2_500, hashlib.sha256(content(2_500)).hexdigest())
    assert not Job.objects.exists()  # it counts as the last one
    account()
    send(copy)
    copy.refresh_from_db()
    assert google.ours()[0]["body"] == content(2_500)


def test_fewer_than_the_choices_by_the_environment(settings: Any, key: str) -> None:
    settings.BACKUPS_KEPT = 5
    form = OptionsForm(initial={"keep": backup_rows.options().keep})
    assert (5, "The last 5") in form.fields["keep"].choices  # type: ignore[attr-defined]
    assert OptionsForm({"keep": "5"}, initial={"keep": 5}).is_valid()

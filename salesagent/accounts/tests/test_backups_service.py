"""Backups: who may open them, when they are made, how many are kept, and what is said of them."""

import errno
import json
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
import time_machine
from django.db import connection as database
from django.utils import timezone

from salesagent.accounts import backup_drive, backup_page, backup_rows, backups, connections
from salesagent.accounts.drive import DriveError
from salesagent.accounts.models import AuditEntry, BackupCopy, Connection
from salesagent.accounts.tests.drive_kit import account, content, kept, send
from salesagent.accounts.tests.drive_kit import google as google
from salesagent.accounts.tests.drive_kit import key as key
from salesagent.accounts.tests.drive_kit import maker as maker
from salesagent.accounts.tests.drive_kit import waited as waited
from salesagent.accounts.tests.drive_server import Fault, World
from salesagent.lib import backup, hold, jobs
from salesagent.lib.models import Job

pytestmark = pytest.mark.django_db
Maker = SimpleNamespace
NOON = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)


def make(user: Any = None) -> BackupCopy:
    job = backups.start(user)
    backups.run(job.pk)
    return BackupCopy.objects.get(job=job)


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


def last(hours: float, state: str = "kept") -> BackupCopy:
    copy = kept(days_ago=hours / 24)
    BackupCopy.objects.filter(pk=copy.pk).update(state=state)
    return copy


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


def test_what_waits_is_sent_by_the_schedule(google: World, key: str, run_queue: Any) -> None:
    copy = kept()
    backups.look_after()
    assert not Job.objects.exists()
    account()
    backups.look_after()
    run_queue()
    copy.refresh_from_db()
    assert copy.remote_id


# --- back ----------------------------------------------------------------------------------------


def gone_here(size: int = 3_000) -> BackupCopy:
    send(copy := kept(size))
    backup_rows.path(copy).unlink()
    return copy


def fetch(copy: BackupCopy) -> Job:
    job = backups.start_fetch(copy, None)
    backups.run_fetch(job.pk)
    copy.refresh_from_db()
    job.refresh_from_db()
    return job


@pytest.mark.parametrize("ranges", [True, False])
def test_fetched_byte_for_byte(
    google: World, key: str, monkeypatch: pytest.MonkeyPatch, ranges: bool
) -> None:
    account()
    monkeypatch.setattr(backup_drive, "PART", 1_000)
    google.ranges = ranges
    copy = gone_here()
    google.faults += [Fault("media", 503), Fault("media", cut=True)]
    assert fetch(copy).state == "done"
    assert backup_rows.path(copy).read_bytes() == content(3_000)
    assert google.count("media") == 5


def test_a_download_that_was_changed_is_refused(google: World, key: str) -> None:
    account()
    copy = gone_here()
    google.files[copy.remote_id]["body"] = b"x" + content(3_000)[1:]
    assert fetch(copy).state == "failed"
    assert "not what was sent" in copy.error
    assert list(backup_rows.folder().iterdir()) == []


def test_a_download_that_is_short_or_gone_is_refused(google: World, key: str) -> None:
    account()
    copy = gone_here()
    google.files[copy.remote_id]["body"] = content(2_000)
    assert fetch(copy).state == "failed"
    del google.files[copy.remote_id]
    assert fetch(copy).state == "failed"
    assert "does not have this file" in copy.error
    assert list(backup_rows.folder().iterdir()) == []


def test_from_another_account_is_not_asked_for(google: World, key: str) -> None:
    row = account()
    copy = gone_here()
    connections.switch_off(row)
    account("other@halden.example")
    asked = len(google.calls)
    assert fetch(copy).state == "failed"
    assert len(google.calls) == asked
    assert next(iter(backup_page.lines())).word == "In another Drive"


def test_a_new_server_finds_its_copies_in_drive(google: World, key: str, owner: Any) -> None:
    row = account()
    send(copy := kept(days_ago=2))
    made_at = BackupCopy.objects.get().created_at
    BackupCopy.objects.all().delete()
    backup_rows.path(copy).unlink()
    google.put(b"holiday", {"name": "photo.jpg"})
    backup_rows.choose(installation="a-new-one")
    assert backup_drive.adopt(row, owner) == 1
    assert backup_drive.adopt(row, owner) == 0
    (found,) = BackupCopy.objects.all()
    assert (found.name, found.sha256, found.created_at) == (copy.name, copy.sha256, made_at)
    (line,) = backup_page.lines()
    assert (line.there, line.can_fetch, line.key) == (True, True, "4F2A 91C0")
    assert fetch(found).state == "done"
    assert backup_rows.path(found).read_bytes() == content(3_000)


@pytest.mark.parametrize("name", ["../../etc/passwd", "a b", "", "x" * 300, ".hidden", "ü"])
def test_odd_names_in_drive_stay_in_the_folder(
    google: World, key: str, owner: Any, name: str
) -> None:
    row = account()
    body = content(500)
    google.put(body, {"name": name, "appProperties": {"salesagent": "backup", "made_at": "x"}})
    backup_drive.adopt(row, owner)
    found = BackupCopy.objects.get()
    assert backup_rows.path(found).parent == backup_rows.folder()
    assert fetch(found).state == "done"
    assert backup_rows.path(found).read_bytes() == body


# --- what is said --------------------------------------------------------------------------------


def test_overdue_after_two_days(key: str, workspace: Any, owner: Any, rep: Any) -> None:
    last(47)
    assert not backups.overdue()
    assert backups.health() == {"ok": True, "age_hours": 47.0}
    BackupCopy.objects.update(created_at=timezone.now() - timedelta(hours=50))
    assert backups.overdue()
    assert backups.health()["ok"] is False
    (card,) = backup_page.cards(owner)
    assert (card.state, card.alert) == ("stopped", "Backups need you.")
    assert "more than two days" in card.detail
    (seen,) = backup_page.cards(rep)
    assert seen.url == ""
    assert key not in repr(seen)
    backups.set_options(owner, keep=7, nightly=False)
    assert not backups.overdue()
    assert backups.health()["ok"] is True


def test_health_before_the_first_one(django_assert_num_queries: Any, db: None) -> None:
    with django_assert_num_queries(1):
        assert backups.health() == {"ok": True, "age_hours": None}


def test_cards_say_each_state(google: World, key: str, owner: Any, maker: Maker) -> None:
    def state() -> tuple[str, str]:
        (card,) = backup_page.cards(owner)
        return card.state, card.text

    assert state()[0] == "new"
    make()
    assert state() == ("works", f"Newest copy just now, on this server. {CONNECT}")
    row = account()
    assert state()[0] == "waiting"
    make()
    assert state() == ("works", "Newest copy just now, on this server and in Google Drive")
    google.faults += [Fault("small", 403, "storageQuotaExceeded")]
    make()
    assert state()[0] == "stopped"
    assert "full" in state()[1]
    connections.failed(row.pk, "Connect it again.", broken=True)
    assert state()[0] == "stopped"


CONNECT = "Connect Google Drive, so that one lies elsewhere too"


def test_check_says_how_it_is(google: World, db: None) -> None:
    assert backup_drive.check() is False
    row = account()
    assert backup_drive.check() is True
    google.faults += [Fault("list", 403, "accessNotConfigured")]
    assert backup_drive.check() is False
    row.refresh_from_db()
    assert (row.state, "switched off" in row.error) == ("waiting", True)


def test_connecting_needs_the_right(owner: Any, db: None) -> None:
    grant = SimpleNamespace(account="a@x.example", scopes=["openid"], secret={}, ends_in=None)
    with pytest.raises(DriveError, match="unticked"):
        backup_drive.connect(grant, owner)  # type: ignore[arg-type]
    assert backup_drive.active() is None


def test_the_list_asks_few_questions(
    google: World, key: str, django_assert_max_num_queries: Any
) -> None:
    account()
    for number in range(12):
        kept(days_ago=number)
    with django_assert_max_num_queries(16):
        assert len(backup_page.lines()) == 12
    assert database.vendor

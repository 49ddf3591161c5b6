"""What lies in the folder of backups and is none, and what a Drive says that no Drive would."""

import os
from types import SimpleNamespace
from typing import Any

import pytest

from salesagent.accounts import backup_drive, backup_rows, backups
from salesagent.accounts.drive import Drive, DriveError
from salesagent.accounts.models import BackupCopy
from salesagent.accounts.tests.drive_kit import account
from salesagent.accounts.tests.drive_kit import google as google
from salesagent.accounts.tests.drive_kit import key as key
from salesagent.accounts.tests.drive_kit import maker as maker
from salesagent.accounts.tests.drive_kit import waited as waited
from salesagent.accounts.tests.drive_server import World

pytestmark = pytest.mark.django_db


def odd_entries() -> None:
    folder = backup_rows.folder()
    (folder / "a folder.backup").mkdir()
    (folder / "dangling.backup").symlink_to("/nowhere")
    (folder / "link.backup").symlink_to("/etc/hostname")
    os.mkfifo(folder / "pipe.backup")
    (folder / "closed.backup").write_bytes(b"x")
    (folder / os.fsdecode(b"caf\xe9.backup")).write_bytes(b"x")
    (folder / "good.backup").write_bytes(b"age")
    for path in folder.iterdir():
        if not path.is_symlink():
            os.utime(path, (1_000_000, 1_000_000))


def test_odd_entries_do_not_end_the_schedule(
    key: str, maker: SimpleNamespace, monkeypatch: pytest.MonkeyPatch, as_user: Any, owner: Any
) -> None:
    odd_entries()
    may = os.access
    monkeypatch.setattr(
        os, "access", lambda path, mode: "closed" not in str(path) and may(path, mode)
    )
    backups.look_after()
    good, begun = BackupCopy.objects.order_by("pk")
    assert (good.name, good.size) == ("good.backup", 3)
    assert begun.state == "making"
    found = backup_rows.odd_ones()
    assert "closed.backup" in found and "good.backup" not in found
    assert len(found) == 6
    page = as_user(owner).get("/settings/backups/").content.decode()
    assert "Passed over in the folder of backups" in page
    assert "dangling.backup" in page


def test_one_that_fails_while_it_is_read_does_not_end_the_schedule(
    key: str, maker: SimpleNamespace, monkeypatch: pytest.MonkeyPatch, caplog: Any
) -> None:
    odd_entries()

    def fail(path: object) -> None:
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(backup_rows, "_take_in", fail)
    backups.look_after()
    assert BackupCopy.objects.get().state == "making"
    assert "good.backup cannot be read: Input/output error" in caplog.text


def say(google: World, monkeypatch: pytest.MonkeyPatch, *files: Any) -> None:
    monkeypatch.setattr("salesagent.accounts.drive._body", lambda answer: {"files": list(files)})


MARKS = {"salesagent": "backup"}
GOOD = {"id": "good", "name": "a.backup", "size": "12", "appProperties": MARKS}


@pytest.mark.parametrize(
    "more",
    [
        {"id": "x" * 121},
        {"id": ""},
        {"id": ["a"] * 90},
        {"id": "a\0b"},
        {"id": None},
    ],
)
def test_a_file_that_cannot_be_one_is_passed_over(
    google: World, owner: Any, monkeypatch: pytest.MonkeyPatch, more: dict[str, Any]
) -> None:
    row = account()
    say(google, monkeypatch, {**GOOD, **more}, GOOD)
    assert backup_drive.adopt(row, owner) == 1
    assert BackupCopy.objects.get().remote_id == "good"


@pytest.mark.parametrize(
    "more",
    [
        {"size": "9" * 30},
        {"size": "9" * 5000},
        {"size": "²"},
        {"size": -5},
        {"size": {"a": 1}},
        {"name": "b" * 100_000},
        {"name": "a\0.backup", "md5Checksum": "\0" * 32, "createdTime": "\0"},
        {"createdTime": "9999-99-99T99:99:99Z"},
        {"appProperties": {**MARKS, "sha256": "\0" * 300, "copy": "\0" * 10, "key": "k" * 5000}},
        {"appProperties": {**MARKS, "made_at": "0001-01-01T00:00:00+23:59"}},
    ],
)
def test_odd_values_are_taken_as_none(
    google: World,
    owner: Any,
    as_user: Any,
    monkeypatch: pytest.MonkeyPatch,
    more: dict[str, Any],
) -> None:
    account()
    say(google, monkeypatch, {**GOOD, **more})
    client = as_user(owner)
    assert client.post("/settings/backups/drive/look/").status_code == 302
    assert client.get("/settings/backups/").status_code == 200
    copy = BackupCopy.objects.get()
    assert 0 <= copy.size < 10**15
    assert len(str(copy.upload)) < 1500


def test_an_upload_without_a_file_is_an_error_and_no_crash(
    google: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("salesagent.accounts.drive._body", lambda answer: {"id": "x" * 500})
    drive: Drive = backup_drive.client(account())
    with pytest.raises(DriveError, match="which file"):
        drive.small("a", b"x", MARKS)

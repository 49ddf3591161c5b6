"""Backups where others work in the same folder, names are odd, and the disk is nearly full."""

import os
from pathlib import Path
from types import SimpleNamespace

import pytest
from django.core.management import call_command

from salesagent.lib import backup, backup_base, backup_make
from salesagent.lib.tests.backup_kit import KEY, RECIPIENT

pytestmark = pytest.mark.django_db
NAME = "salesagent-20261121-020000.backup"


@pytest.fixture(autouse=True)
def sqlite(db):
    from django.db import connection

    if connection.vendor != "sqlite":
        pytest.skip("a test's transaction is not seen by pg_dump")


def mark(data: Path) -> str:
    with backup_base.work_folder(data) as work:
        return backup_make.installation(work)


def test_a_draft_of_another_installation_is_left_alone(settings, tmp_path):
    theirs = tmp_path / ".salesagent-20261121-015959.backup.0123456789ab.77"
    own = tmp_path / f".salesagent-20261101-020000.backup.{mark(settings.DATA_DIR)}.77"
    for path in (theirs, own):
        path.write_text("half")
    backup.make(tmp_path / NAME, RECIPIENT)
    assert theirs.exists(), "its process may be at work"
    assert not own.exists(), "of a process that was killed"


def test_an_installation_is_known_again_and_its_copy_is_another(settings, tmp_path):
    first = mark(settings.DATA_DIR)
    assert mark(settings.DATA_DIR) == first
    copy = tmp_path / "copy"
    copy.mkdir()
    with backup_base.work_folder(settings.DATA_DIR) as work:
        lock = (work / "lock").read_text()
    with backup_base.work_folder(copy) as work:
        (work / "lock").write_text(lock)
        assert backup_make.installation(work) != first


def test_a_name_that_is_no_text_is_left_out_and_named(settings, tmp_path, caplog, capsys):
    folder = settings.DATA_DIR / "attachments"
    folder.mkdir()
    (folder / "café.pdf").write_bytes(b"x")
    Path(os.fsdecode(os.fsencode(folder) + b"/caf\xe9.pdf")).write_bytes(b"y")
    made = backup.make(tmp_path / "a.backup", RECIPIENT)
    assert made.odd == ("attachments/caf\ufffd.pdf",)
    names = {part.name for part in backup.open_backup(made.path, KEY).parts}
    assert "files/attachments/café.pdf" in names
    assert "caf\ufffd.pdf" in caplog.text
    call_command("backup", "--recipient", RECIPIENT, "--to", str(tmp_path / "b.backup"))
    assert "Left out, as its name is no UTF-8: attachments/caf" in capsys.readouterr().out


def test_the_room_for_files_is_counted(settings, tmp_path, monkeypatch):
    (settings.DATA_DIR / "big").write_bytes(os.urandom(3_000_000))
    free = SimpleNamespace(f_bavail=2_500, f_frsize=1024)
    monkeypatch.setattr(os, "statvfs", lambda path: free)
    with pytest.raises(backup.BackupError, match="not enough room .* about 3 MB"):
        backup.make(tmp_path / "a.backup", RECIPIENT)
    assert not list(tmp_path.glob("*.backup*"))
    free.f_bavail = 3_500
    assert backup.make(tmp_path / "a.backup", RECIPIENT).path.exists()


def test_the_command_keeps_as_many_as_the_owner_chose(settings, owner, capsys):
    from salesagent.accounts import backups

    settings.BACKUPS_KEPT = 3
    backups.set_options(owner, keep=30, nightly=True)
    folder = settings.DATA_DIR / "backups"
    folder.mkdir()
    for day in range(1, 21):
        (folder / f"salesagent-202601{day:02}-020000.backup").write_text("x")
    (folder / "salesagent-20250101-020000.backup").mkdir()
    call_command("backup", "--recipient", RECIPIENT)
    assert len(list(folder.iterdir())) == 22
    backups.set_options(owner, keep=5, nightly=True)
    call_command("backup", "--recipient", RECIPIENT)
    assert "5 are kept" in capsys.readouterr().out
    assert len([path for path in folder.iterdir() if path.is_file()]) == 5

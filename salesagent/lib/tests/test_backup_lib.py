"""Making and opening backups: keys, contents, and every way in which a file can be wrong."""

import os
import resource
import subprocess
import sys
import tarfile
from datetime import UTC, datetime
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from salesagent.lib import backup, backup_age, backup_base, backup_keys, backup_make, backup_tar
from salesagent.lib.tests.backup_kit import KEY, RECIPIENT

pytestmark = pytest.mark.django_db
KEYS = {"secret_keys": ["s" * 50], "data_keys": [], "hash_key": "h" * 50}


@pytest.fixture
def data(settings):
    """Files in DATA_DIR, none of them in a backup that should not be."""
    root = settings.DATA_DIR
    for name, size in {"attachments/a.pdf": 2_500_000, "mail/b.eml": 0, "c.txt": 513}.items():
        (root / name).parent.mkdir(exist_ok=True)
        (root / name).write_bytes(os.urandom(size))
    for name in ("backups/old.backup", "former-20261101-100000/x", "running.lock", "x.backup"):
        (root / name).parent.mkdir(exist_ok=True)
        (root / name).write_text("not in a backup")
    (root / "link").symlink_to("/etc/passwd")
    return root


@pytest.fixture
def sqlite(db):
    from django.db import connection

    if connection.vendor != "sqlite":
        pytest.skip("a test's transaction is not seen by pg_dump")


def test_a_key_and_its_recipient_belong_together():
    key, recipient = backup.new_key()
    assert backup.is_key(f" # kept in the safe\n{key.lower()} \n".replace(" #", "#"))
    assert backup.recipient_of(f"\n{key}\n") == recipient
    assert backup.is_recipient(recipient) and not backup.is_recipient(key)
    assert backup.new_key() != (key, recipient)


@pytest.mark.parametrize("what", ["empty", "short", "public", "strange", "mistyped"])
def test_what_is_no_key_is_none(what):
    last = "Q" if KEY[-1] != "Q" else "P"
    text = {
        "empty": "",
        "short": "AGE-SECRET-KEY-1QQ",
        "public": RECIPIENT,
        "strange": "ß" * 70,
        "mistyped": KEY[:-1] + last,
    }[what]
    assert not backup.is_key(text)
    with pytest.raises(backup.WrongKey, match="AGE-SECRET-KEY-1"):
        backup.recipient_of(text)


def test_a_file_is_called_by_its_moment():
    at = datetime(2026, 11, 21, 14, 2, tzinfo=UTC)
    assert backup.file_name(at) == "salesagent-20261121-140200.backup"


def test_it_holds_everything_and_nothing_else(data, sqlite, tmp_path, settings):
    told: list[tuple[float, str]] = []
    made = backup.make(tmp_path / "to" / "a.backup", RECIPIENT, lambda *one: told.append(one))
    names = {part.name for part in made.manifest.parts}
    assert names == {
        *("about.json", "database", "keys.json"),
        *("files/attachments/a.pdf", "files/mail/b.eml", "files/c.txt"),
    }
    assert backup.open_backup(made.path, KEY) == made.manifest
    assert made.manifest.database == "sqlite" and "accounts" in made.manifest.migrations
    assert made.manifest.rows["accounts_user"] == 0
    shares = [share for share, _ in told]
    assert shares == sorted(shares) and shares[0] == 0.0 and shares[-1] == 1.0
    assert oct(made.path.stat().st_mode)[-3:] == "600"
    assert oct(made.path.parent.stat().st_mode)[-3:] == "700"


def test_size_and_sums_are_of_the_file_as_it_lies_there(data, sqlite, tmp_path):
    import hashlib

    made = backup.make(tmp_path / "a.backup", RECIPIENT)
    content = made.path.read_bytes()
    assert made.size == len(content)
    assert made.sha256 == hashlib.sha256(content).hexdigest()
    assert made.md5 == hashlib.md5(content, usedforsecurity=False).hexdigest()


def test_nothing_in_it_can_be_read_without_the_key(data, sqlite, tmp_path, settings):
    (data / "plain.txt").write_text("canary" * 1000)
    content = backup.make(tmp_path / "a.backup", RECIPIENT).path.read_bytes()
    for plain in (b"canary", settings.SECRET_KEY.encode(), b"plain.txt", b"accounts_user"):
        assert plain not in content


def test_no_plain_text_stays_behind(data, sqlite, tmp_path):
    backup.make(tmp_path / "a.backup", RECIPIENT)
    work = data / backup_base.WORK
    assert [path.name for path in work.iterdir()] == ["lock"]
    assert oct(work.stat().st_mode)[-3:] == "700"


def test_what_a_killed_process_left_is_swept(data, sqlite, tmp_path):
    work = data / backup_base.WORK
    with backup_base.work_folder(data) as folder:
        own = backup_make.installation(folder)
    (work / "deep").mkdir()
    (work / "database").write_text("plain")
    left = tmp_path / f".salesagent-20261101-020000.backup.{own}.77"
    left.write_text("half")
    backup.make(tmp_path / "salesagent-20261121-020000.backup", RECIPIENT)
    assert [path.name for path in work.iterdir()] == ["lock"]
    assert not left.exists()


def test_two_at_once_are_refused(data, tmp_path):
    with backup_base.work_folder(data), pytest.raises(backup.BackupError, match="at work"):
        backup.make(tmp_path / "a.backup", RECIPIENT)


class Stop(Exception):
    pass


@pytest.mark.parametrize("at", [0.0, 0.2, 0.5])
def test_stopping_leaves_nothing_and_the_older_file_alone(data, sqlite, tmp_path, at):
    target = tmp_path / "to" / "a.backup"
    target.parent.mkdir()
    target.write_text("older")

    def say(share: float, what: str) -> None:
        if share >= at:
            raise Stop

    with pytest.raises(Stop):
        backup.make(target, RECIPIENT, say)
    assert target.read_text() == "older"
    assert [path.name for path in target.parent.iterdir()] == ["a.backup"]
    assert [path.name for path in (data / backup_base.WORK).iterdir()] == ["lock"]


@pytest.fixture(scope="module")
def sample(tmp_path_factory) -> Path:
    """A small genuine backup, made without Django."""
    folder = tmp_path_factory.mktemp("sample")
    manifest = backup.Manifest(datetime.now(UTC), "0", "sqlite", {"x": "0001"}, {"t": 1}, ())
    writer = backup_tar.Writer(0.0, lambda count: None)

    def listed() -> bytes:
        return backup.Manifest(**{**vars(manifest), "parts": tuple(writer.parts)}).to_json()

    entries = [
        backup_tar.Entry("database", os.urandom(400_000)),
        backup_tar.Entry("keys.json", backup_keys.to_json(KEYS)),
        backup_tar.Entry("files/a", b"a"),
    ]
    backup_age.encrypt(writer.stream(entries, listed), folder / "a", RECIPIENT)
    return folder / "a"


def test_the_sample_opens(sample):
    assert backup.open_backup(sample, KEY).rows == {"t": 1}


def test_another_key_is_told(sample):
    with pytest.raises(backup.WrongKey, match="does not open this backup"):
        backup.open_backup(sample, backup.new_key()[0])


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 zip", b"age-encryption.org/v1\n", b"\0" * 9])
def test_what_is_no_backup_is_told(tmp_path, content):
    (tmp_path / "a").write_bytes(content)
    with pytest.raises(backup.Damaged):
        backup.open_backup(tmp_path / "a", KEY)


def test_a_missing_file_is_told(tmp_path):
    with pytest.raises(backup.BackupError, match="No such file"):
        backup.open_backup(tmp_path / "none", KEY)


def test_a_cut_file_is_never_whole(sample, tmp_path):
    content = sample.read_bytes()
    cuts = [1, 17, 65_552, 65_553, len(content) // 2, len(content) - 100, len(content) - 30]
    for gone in cuts:
        (tmp_path / "a").write_bytes(content[:-gone])
        with pytest.raises(backup.Damaged):
            backup.open_backup(tmp_path / "a", KEY)


def test_more_at_the_end_is_told(sample, tmp_path):
    (tmp_path / "a").write_bytes(sample.read_bytes() + b"x")
    with pytest.raises(backup.Damaged):
        backup.open_backup(tmp_path / "a", KEY)


def test_an_altered_byte_anywhere_is_told(sample, tmp_path):
    content = bytearray(sample.read_bytes())
    places = [*range(0, 400, 7), *range(400, len(content), 9973), len(content) - 1]
    for place in places:
        content[place] ^= 1
        (tmp_path / "a").write_bytes(content)
        with pytest.raises((backup.Damaged, backup.WrongKey)):
            backup.open_backup(tmp_path / "a", KEY)
        content[place] ^= 1


def test_blocks_of_two_backups_cannot_be_mixed(sample, tmp_path):
    one = sample.read_bytes()
    writer = backup_tar.Writer(0.0, lambda count: None)
    stream = writer.stream([backup_tar.Entry("database", os.urandom(400_000))], lambda: b"{}")
    backup_age.encrypt(stream, tmp_path / "b", RECIPIENT)
    two = (tmp_path / "b").read_bytes()
    (tmp_path / "a").write_bytes(one[:100_000] + two[100_000:])
    with pytest.raises(backup.Damaged):
        backup.open_backup(tmp_path / "a", KEY)


def forged(folder: Path, *infos: tarfile.TarInfo) -> Path:
    """Encrypted for the right key, with names of somebody's choice."""
    import io

    held = io.BytesIO()
    with tarfile.open(fileobj=held, mode="w:gz") as tar:
        for info in infos:
            info.size = 1 if info.isreg() else 0
            tar.addfile(info, io.BytesIO(b"x"))
    backup_age.encrypt(iter([held.getvalue()]), folder / "forged", RECIPIENT)
    return folder / "forged"


def odd(name: str, kind: bytes = tarfile.REGTYPE) -> tarfile.TarInfo:
    info = tarfile.TarInfo(name)
    info.type, info.linkname = kind, "/etc/passwd"
    return info


@pytest.mark.parametrize(
    "info",
    [
        *(odd("files/../../x"), odd("/etc/x"), odd("elsewhere"), odd("files/..")),
        *(odd("files/a", tarfile.SYMTYPE), odd("files/a", tarfile.LNKTYPE)),
        *(odd("files/a", tarfile.FIFOTYPE), odd("files/a", tarfile.DIRTYPE)),
    ],
)
def test_a_forged_name_stays_out(tmp_path, info):
    with pytest.raises(backup.Damaged, match="impossible name"):
        backup.open_backup(forged(tmp_path, info), KEY)


def test_a_newer_format_is_told(tmp_path):
    writer = backup_tar.Writer(0.0, lambda count: None)
    later = b'{"format": 2, "parts": [], "made_at": "2026-11-21T14:02:00+00:00"}'
    stream = writer.stream([backup_tar.Entry("database", b"")], lambda: later)
    backup_age.encrypt(stream, tmp_path / "a", RECIPIENT)
    with pytest.raises(backup.TooNew, match="Update the program"):
        backup.open_backup(tmp_path / "a", KEY)


FULL = """
import resource, sys
from pathlib import Path
from salesagent.lib import backup
import django; django.setup()
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[2]), resource.RLIM_INFINITY))
try:
    backup.make(Path(sys.argv[1]), sys.argv[3])
except backup.BackupError as error:
    print(error)
"""


@pytest.mark.parametrize("room", [50_000, 1_500_000])
def test_a_full_disk_is_told_and_nothing_half_stays(tmp_path, room):
    """First the copy of the database does not fit, then the encrypted file."""
    from salesagent.lib.tests.backup_kit import Site

    site = Site(tmp_path / "site")
    site.folder.mkdir()
    (site.folder / "big").write_bytes(os.urandom(3_000_000))
    env = site.env(DJANGO_SETTINGS_MODULE="salesagent.settings")
    base = Path(backup.__file__).parents[2]
    (site.folder / "salesagent.sqlite3").write_bytes(_database(200_000))
    done = subprocess.run(  # noqa: S603
        [sys.executable, "-c", FULL, str(tmp_path / "to" / "a.backup"), str(room), RECIPIENT],
        env=env,
        cwd=base,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout.startswith("The disk is full."), done.stderr
    assert list((tmp_path / "to").iterdir()) == []
    assert [path.name for path in (site.folder / backup_base.WORK).iterdir()] == ["lock"]
    assert resource.getrlimit(resource.RLIMIT_FSIZE)[0] == resource.RLIM_INFINITY


def _database(size: int) -> bytes:
    import sqlite3

    own = sqlite3.connect(":memory:")
    own.execute("CREATE TABLE t (x)")
    own.execute("INSERT INTO t VALUES (randomblob(?))", [size])
    own.commit()
    return own.serialize()


def test_the_command_keeps_the_newest(data, sqlite, settings, capsys):
    settings.BACKUPS_KEPT = 3
    folder = data / "backups"
    for day in range(1, 5):
        (folder / f"salesagent-2026010{day}-020000.backup").write_text("x")
    call_command("backup", "--recipient", RECIPIENT)
    names = sorted(path.name for path in folder.iterdir())
    assert names[0] == "old.backup", "not ours by name: left alone"
    assert names[1:3] == ["salesagent-20260103-020000.backup", "salesagent-20260104-020000.backup"]
    assert len(names) == 4


def test_the_command_says_what_is_missing(settings, monkeypatch):
    from salesagent.management.commands import backup as command

    monkeypatch.setattr(command, "stored_recipient", lambda: "")
    with pytest.raises(CommandError, match="no recovery key yet"):
        call_command("backup")
    with pytest.raises(CommandError, match="Make one in Settings"):
        call_command("backup", "--recipient", "age1nonsense")


def test_a_new_key_is_shown_once(capsys):
    call_command("backup", "--new-key")
    lines = capsys.readouterr().out.splitlines()
    assert backup.recipient_of(lines[1]) == lines[3]

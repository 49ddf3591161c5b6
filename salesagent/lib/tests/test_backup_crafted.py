"""Backups made by strangers: whoever knows the recipient can encrypt a file of any content."""

import hashlib
import io
import json
import os
import tarfile
from datetime import UTC, datetime
from pathlib import Path

import pytest

from salesagent.lib import backup, backup_age, backup_base, backup_keys, backup_members, backup_tar
from salesagent.lib.tests.backup_kit import KEY, RECIPIENT, Site

GOOD = {
    "about.json": b'{"format": 1}',
    "database": b"no database",
    "keys.json": backup_keys.to_json(
        {"secret_keys": ["s" * 50], "data_keys": [], "hash_key": "h" * 50}
    ),
    "files/mail/a.eml": b"mail",
}
LISTED = {"made_at": "2026-11-21T14:02:00+00:00", "product": "1", "database": "sqlite"}


def listed(parts: dict[str, bytes], /, **changes: object) -> bytes:
    sums = [
        {"name": name, "size": len(one), "sha256": hashlib.sha256(one).hexdigest()}
        for name, one in parts.items()
    ]
    more = {"format": 1, "migrations": {}, "rows": {}, "parts": sums}
    return json.dumps({**LISTED, **more, **changes}).encode()


def member(name: str, content: bytes = b"", **fields: object) -> tuple[tarfile.TarInfo, bytes]:
    info = tarfile.TarInfo(name)
    info.size = len(content)
    for field, value in fields.items():
        setattr(info, field, value)
    return info, content


def crafted(to: Path, members: list[tuple[tarfile.TarInfo, bytes]]) -> Path:
    held = io.BytesIO()
    with tarfile.open(fileobj=held, mode="w:gz", format=tarfile.PAX_FORMAT) as tar:
        for info, content in members:
            tar.addfile(info, None if info.size != len(content) else io.BytesIO(content))
    backup_age.encrypt(iter([held.getvalue()]), to, RECIPIENT)
    return to


def of(to: Path, parts: dict[str, bytes], /, **changes: object) -> Path:
    """Whole and genuine in everything but what the caller chose."""
    all_parts = {**parts, "manifest.json": listed(parts, **changes)}
    return crafted(to, [member(name, one) for name, one in all_parts.items()])


def test_without_a_trick_it_opens(tmp_path):
    assert len(backup.open_backup(of(tmp_path / "a", GOOD), KEY).parts) == 4


@pytest.mark.parametrize(
    "name",
    [
        *("files//tmp/x", "files/", "files/./x", "files/a//b", "files/a/../b", "files/a/", "./x"),
        *("files/a\\..\\..\\x", "files/C:/x", "files/c:x", "files/\\x", "/files/x", "x"),
        *("files/.restore/plan.json", "files/.Restore/x", "files/.restore", "files/.restore./x"),
        *("files/backups/x.backup", "files/BACKUPS/x", "files/backups", "files/.backup-work/x"),
        *("files/former-20261101-100000/x", "files/running.lock", "files/x.LOCK"),
        *("files/restored-keys.json", "files/since.jsonl", "files/salesagent.sqlite3-wal"),
        *("files/\N{FULLWIDTH LATIN SMALL LETTER B}ackups/x", "files/" + "a/" * 1_500 + "x"),
    ],
)
def test_a_name_that_is_not_plain_or_the_programs_own_is_refused(tmp_path, name):
    with pytest.raises(backup.Damaged, match="impossible name"):
        backup.open_backup(of(tmp_path / "a", {**GOOD, name: b"x"}), KEY)


def test_what_is_written_is_what_is_read(tmp_path):
    """Whatever lies in DATA_DIR: the reader refuses none of it."""
    root, made = tmp_path / "root", datetime.now(UTC).timestamp()
    names = [
        "mail/Größe ü.eml",
        "a/" + "n" * 180,
        "deep/.restore/x",
        "12:30 x",
        "x.sqlite3",
        "ö" * 90,
    ]
    left_out = ["Backups/x", ".restore/new/x", "restored-keys.json", "a\\b", "C:x", "run.lock"]
    for name in names + left_out:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(name.encode())
    writer = backup_tar.Writer(made, lambda count: None)
    given = [backup_tar.Entry(name, one) for name, one in list(GOOD.items())[1:3]]

    def contents() -> bytes:
        return listed({}, parts=[vars(part) for part in writer.parts])

    stream = writer.stream([*given, *backup_tar.data_files(root, [])], contents)
    backup_age.encrypt(stream, tmp_path / "a", RECIPIENT)
    found = backup.open_backup(tmp_path / "a", KEY)
    assert {one.name for one in found.parts[3:]} == {f"files/{name}" for name in names}


SPARSE = {"GNU.sparse.major": "0", "GNU.sparse.minor": "1", "GNU.sparse.name": "files/x"}
SPARSE |= {"GNU.sparse.size": "3000000000", "GNU.sparse.map": "3000000000,0"}
SPARSE |= {"GNU.sparse.numblocks": "1"}


@pytest.mark.parametrize(
    "fields",
    [
        *({"pax_headers": SPARSE}, {"pax_headers": {"GNU.sparse.major": "1"}}),
        *({"type": tarfile.GNUTYPE_SPARSE}, {"type": tarfile.CONTTYPE}, {"type": tarfile.CHRTYPE}),
        *({"type": tarfile.XGLTYPE}, {"type": tarfile.GNUTYPE_LONGNAME}, {"type": b"Z"}),
        *({"pax_headers": {"comment": "x" * 30_000}}, {"pax_headers": {"linkpath": "/etc"}}),
        {"pax_headers": {"size": "-5"}},
    ],
)
def test_only_plain_members_are_let_in(tmp_path, fields):
    file = crafted(tmp_path / "a", [member("files/x", **fields)])
    with pytest.raises(backup.Damaged, match="impossible name"):
        backup.open_backup(file, KEY)


@pytest.mark.parametrize(
    "raw",
    [
        *(b"", b"5", b"99 path=x\n", b"0 path=x\n", b"9 path=xyz", b"12 path=x\n" * 2),
        *(b"x" * 40, b"11 size=1e3\n", b"7 path\n"),
    ],
)
def test_an_extended_header_of_another_shape_is_refused(raw):
    if raw:
        with pytest.raises(backup.Damaged):
            backup_members._records(raw)
    assert backup_members._records(b"10 path=x\n12 size=123\n") == {"path": "x", "size": "123"}


@pytest.mark.parametrize(
    "name", ["about.json", "keys.json", "manifest.json", "files/erasures.jsonl"]
)
def test_what_is_held_in_memory_has_a_size(tmp_path, name):
    """By its header: not a byte of it is taken."""
    file = crafted(tmp_path / "a", [member(name, size=3_000_000_000)])
    with pytest.raises(backup.Damaged, match="longer than it can be"):
        backup.open_backup(file, KEY)


def test_the_number_of_files_is_bounded(tmp_path, monkeypatch):
    monkeypatch.setattr(backup_tar, "MANY", 3)
    with pytest.raises(backup.Damaged):
        backup.open_backup(of(tmp_path / "a", GOOD), KEY)


def test_the_disk_is_asked_before_anything_is_written(tmp_path):
    size = os.statvfs(tmp_path).f_bavail * os.statvfs(tmp_path).f_frsize
    file = crafted(tmp_path / "a", [member("files/x", size=size)])
    out = tmp_path / "out"
    with (
        backup_age.decrypted(file, KEY) as stream,
        pytest.raises(backup.BackupError, match="not enough room on the disk"),
    ):
        backup_tar.Reader(stream, lambda name: out / name).read()
    assert not [path for path in out.rglob("*") if path.is_file()]


KEYS = {"secret_keys": ["s" * 50], "data_keys": [], "hash_key": "h"}


@pytest.mark.parametrize(
    ("name", "content"),
    [
        *(("about.json", one) for one in (b"[]", b"{}", b"5", b"", b"\xff", b'{"format": "1"}')),
        *(("about.json", one) for one in (b'{"format": true}', b"[" * 9_000, b'{"format": 1e999}')),
        *(("keys.json", one) for one in (b"[]", b"{}", b'"x"', b"[" * 90_000)),
        *(
            ("keys.json", json.dumps({**KEYS, **change}).encode())
            for change in (
                *({"secret_keys": "abc"}, {"secret_keys": []}, {"secret_keys": [5]}),
                *({"secret_keys": [""]}, {"secret_keys": ["x" * 2_000]}, {"secret_keys": ["a\n"]}),
                *({"secret_keys": ["a" * 40] * 200}, {"secret_keys": ["\ud800" * 40]}),
                *({"data_keys": "x"}, {"data_keys": ["no key"]}, {"data_keys": [["x"]]}),
                *({"hash_key": 5}, {"hash_key": None}, {"hash_key": {}}),
            )
        ),
    ],
)
def test_json_of_another_shape_is_damage(tmp_path, name, content):
    with pytest.raises(backup.Damaged, match="cannot be read"):
        backup.open_backup(of(tmp_path / "a", {**GOOD, name: content}), KEY)


@pytest.mark.parametrize(
    "change",
    [
        *({"rows": []}, {"rows": {"t": "1"}}, {"rows": {"t\x1b[2J": 1}}, {"migrations": ["x"]}),
        *({"migrations": {"leads": 5}}, {"product": "\x1b]0;x"}, {"product": 5}, {"database": []}),
        *(
            {"made_at": "2026-11-21T14:02:00"},
            {"made_at": 5},
            {"made_at": "0001-01-01T00:00+00:00"},
        ),
        *({"parts": {}}, {"parts": [5]}, {"parts": [{"name": [], "size": 1, "sha256": ""}]}),
        *({"format": None}, {"format": "1"}, {"more": 1}),
    ],
)
def test_a_list_of_contents_of_another_shape_is_damage(tmp_path, change):
    with pytest.raises(backup.Damaged, match="cannot be read|is missing"):
        backup.open_backup(of(tmp_path / "a", GOOD, **change), KEY)
    with pytest.raises(backup.Damaged):
        backup_base.Manifest.from_json(b"[" * 90_000)


RESTORE = """
import sys, traceback
from pathlib import Path
from salesagent.lib import backup
for path in sorted(Path(FOLDER).iterdir()):
    try:
        backup.restore(path, KEY)
    except backup.BackupError as error:
        print(path.name, error)
"""


def test_a_restore_writes_nothing_outside_and_moves_nothing(tmp_path):
    """The same files against the real command's work, in a process of its own."""
    site, out, folder = Site(tmp_path / "site"), tmp_path / "out", tmp_path / "files"
    for one in (site.folder / "backups", out, folder):
        one.mkdir(parents=True)
    kept = site.folder / "backups" / "salesagent-20261101-010101.backup"
    kept.write_bytes(b"our only copy")
    (out / "victim.py").write_text("true")
    stage = site.folder / ".restore" / "new"
    moves = [[str(stage / "payload"), str(out / "victim.py"), str(out / "old.py")]]
    plan = json.dumps({"databases": None, "moves": moves}).encode()
    of(folder / "absolute", {**GOOD, f"files/{out}/pwned.py": b"x"})
    of(folder / "backups", {**GOOD, "files/backups/salesagent-20991101-010101.backup": b"x"})
    of(folder / "plan", {**GOOD, "files/.restore/plan.json": plan, "files/payload": b"x"})
    of(folder / "plain", GOOD)
    code = f"FOLDER, KEY = {str(folder)!r}, {KEY!r}" + RESTORE
    said = dict(line.split(" ", 1) for line in site.python(code).splitlines())
    assert set(said) == {"absolute", "backups", "plan", "plain"}
    assert "database in this backup is damaged" in said.pop("plain"), "all names were let in"
    assert all("impossible name" in words for words in said.values())
    assert [path.name for path in out.iterdir()] == ["victim.py"]
    assert (out / "victim.py").read_text() == "true" and kept.read_bytes() == b"our only copy"
    assert not list(site.folder.glob("former-*")) and not (site.folder / ".restore").exists()

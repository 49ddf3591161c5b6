"""Backups: the way back from Drive, and what the pages and /readyz say."""

from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from django.utils import timezone

from salesagent.accounts import backup_drive, backup_page, backup_rows, backups, connections
from salesagent.accounts.drive import DriveError
from salesagent.accounts.models import BackupCopy
from salesagent.accounts.tests.drive_kit import account, content, kept, last, make, send
from salesagent.accounts.tests.drive_kit import google as google
from salesagent.accounts.tests.drive_kit import key as key
from salesagent.accounts.tests.drive_kit import maker as maker
from salesagent.accounts.tests.drive_kit import waited as waited
from salesagent.accounts.tests.drive_server import Fault, World
from salesagent.lib.models import Job

pytestmark = pytest.mark.django_db
Maker = SimpleNamespace


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

"""A backup on its way to a Drive that misbehaves: it comes there once, whole, or says why not."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from salesagent.accounts import backup_drive, backup_rows, backup_sending, backups
from salesagent.accounts.drive import CHUNK, SMALL, DriveError
from salesagent.accounts.models import BackupCopy, Connection
from salesagent.accounts.tests.drive_kit import ACCOUNT, account, content, kept, send
from salesagent.accounts.tests.drive_kit import google as google
from salesagent.accounts.tests.drive_kit import waited as waited
from salesagent.accounts.tests.drive_server import ACCESS, Fault, World
from salesagent.lib import jobs
from salesagent.lib.crypto import decrypt
from salesagent.lib.models import Job

BIG = 3 * CHUNK + 700
Google = World


@pytest.fixture(autouse=True)
def _parts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Everything above a part goes in parts, so that tests need no 5 MB."""
    monkeypatch.setattr(backup_sending, "SMALL", CHUNK)
    assert SMALL > CHUNK


@pytest.fixture
def row(google: Google) -> Connection:
    return account()


def arrived(google: Google, copy: BackupCopy) -> None:
    """Once, whole, compared, and known here."""
    (one,) = google.ours()
    assert one["body"] == content(copy.size)
    assert one["name"] == copy.name
    assert one["appProperties"]["copy"] == copy.upload["token"]
    assert copy.remote_id == one["id"]
    assert (copy.upload["drive"], copy.upload["account"], copy.error) == ("sent", ACCOUNT, "")
    assert copy.upload.get("session", "") == ""
    assert backup_drive.is_there(copy, backup_drive.active())


def test_a_small_one_goes_in_one_call(google: Google, row: Connection) -> None:
    job = send(copy := kept(3_000))
    arrived(google, copy)
    assert google.count("small") == 1
    assert google.count("begin") == 0
    assert (job.state, job.done) == (Job.State.DONE, 100)
    assert Connection.objects.get(pk=row.pk).last_ok_at


def test_a_large_one_goes_in_parts(google: Google, row: Connection) -> None:
    send(copy := kept(BIG))
    arrived(google, copy)
    assert (google.count("begin"), google.count("chunk"), google.count("where")) == (1, 4, 0)


def test_marks_are_short_enough_for_google(google: Google, row: Connection) -> None:
    send(kept())
    marks = google.ours()[0]["appProperties"]
    assert all(len(key.encode()) + len(value.encode()) <= 124 for key, value in marks.items())
    assert len(marks) <= 30


def test_less_received_than_sent(google: Google, row: Connection) -> None:
    google.faults += [Fault("chunk", takes=256 * 1024), Fault("chunk", takes=0)]
    send(copy := kept(BIG))
    arrived(google, copy)


@pytest.mark.parametrize("after", [False, True])
def test_the_connection_is_cut_in_the_middle(google: Google, row: Connection, after: bool) -> None:
    google.faults += [Fault("chunk", takes=512 * 1024, cut=after)]
    send(copy := kept(BIG))
    arrived(google, copy)
    assert google.count("where") == 1
    assert google.count("begin") == 1


def test_the_answer_to_the_last_part_is_lost(google: Google, row: Connection) -> None:
    google.faults += [Fault("chunk", takes=CHUNK)] * 3 + [Fault("chunk", cut=True)]
    send(copy := kept(BIG))
    arrived(google, copy)
    assert google.count("chunk") == 4


def test_all_has_come_and_is_not_put_together_yet(google: Google, row: Connection) -> None:
    """308 with the whole range: it is asked for again, nothing is sent twice."""
    google.late = 2
    send(copy := kept(BIG))
    arrived(google, copy)
    assert google.count("chunk") == 4
    assert google.count("where") == 2


@pytest.mark.parametrize("status", [404, 410])
def test_the_session_is_gone(google: Google, row: Connection, status: int) -> None:
    google.gone = status
    google.faults += [Fault("chunk"), Fault("chunk", act=google.sessions.clear)]
    send(copy := kept(BIG))
    arrived(google, copy)
    assert google.count("begin") == 2


def test_sessions_that_never_live_end(google: Google, row: Connection) -> None:
    google.faults += [Fault("chunk", act=google.sessions.clear) for _ in range(9)]
    job = send(copy := kept(BIG))
    assert google.count("begin") == 3
    assert (job.state, copy.upload["drive"]) == (Job.State.FAILED, "waiting")
    assert google.ours() == []


@pytest.mark.parametrize("status", [500, 502, 503, 429])
def test_a_busy_drive_is_waited_for(
    google: Google, row: Connection, status: int, waited: list[float]
) -> None:
    google.faults += [Fault(kind, status) for kind in ("list", "begin", "chunk", "get")]
    send(copy := kept(BIG))
    arrived(google, copy)
    assert sum(waited) >= 0.5


@pytest.mark.parametrize("kind", ["begin", "chunk"])
def test_403_that_means_slower_is_waited_for(
    google: Google, row: Connection, kind: str, waited: list[float]
) -> None:
    google.faults += [Fault(kind, 403, "userRateLimitExceeded")]
    send(copy := kept(BIG))
    arrived(google, copy)
    assert max(waited) >= 30


def test_a_drive_that_stays_down_is_left_to_later(google: Google, row: Connection) -> None:
    google.faults += [Fault("chunk", 503) for _ in range(40)]
    job = send(copy := kept(BIG))
    assert (job.state, copy.upload["drive"]) == (Job.State.FAILED, "waiting")
    assert "busy" in copy.error or "again" in copy.error
    assert backup_rows.is_here(copy)
    assert backup_drive.waiting(row) is None  # its time has not come
    google.faults.clear()
    again(copy)
    backups.run(backups.start_send(copy, None).pk)
    copy.refresh_from_db()
    arrived(google, copy)
    assert google.count("begin") == 1  # it went on with the same upload


def again(copy: BackupCopy) -> None:
    from salesagent.lib.models import ProviderState

    ProviderState.objects.all().delete()  # the breaker's time is over
    backup_rows.note(copy, next_at=(timezone.now() - timedelta(minutes=1)).isoformat())


def test_a_full_drive_is_told_and_the_copy_here_stays(google: Google, row: Connection) -> None:
    google.faults += [Fault("chunk", 403, "storageQuotaExceeded")]
    job = send(copy := kept(BIG))
    assert (job.state, copy.state, copy.upload["drive"]) == ("failed", "kept", "failed")
    assert "full" in copy.error
    assert "Make room" in copy.error
    assert backup_rows.is_here(copy)
    assert Connection.objects.get(pk=row.pk).state == "waiting"  # the sign-in is well
    assert backup_drive.waiting(row) is None  # a person has to make room first
    send(copy)
    arrived(google, copy)


def test_a_wrong_checksum_is_sent_once_more(google: Google, row: Connection) -> None:
    google.spoil = 1
    send(copy := kept(BIG))
    arrived(google, copy)
    assert google.count("begin") == 2
    assert google.count("delete") == 1


def test_a_wrong_checksum_twice_is_loud(google: Google, row: Connection) -> None:
    google.spoil = 9
    job = send(copy := kept(BIG))
    assert (job.state, copy.upload["drive"], copy.remote_id) == ("failed", "failed", "")
    assert "not what was sent" in copy.error
    assert google.ours() == []
    assert backup_rows.is_here(copy)


def test_a_drive_without_checksums_is_read_back(google: Google, row: Connection) -> None:
    google.sums = False
    send(copy := kept(3_000))
    assert google.count("media") == 1
    google.sums = True
    arrived(google, copy)
    google.sums, google.spoil = False, 9
    assert send(kept(3_000)).state == "failed"


def test_a_lost_answer_to_a_small_one_is_looked_for(google: Google, row: Connection) -> None:
    google.faults += [Fault("small", cut=True)]
    send(copy := kept(3_000))
    arrived(google, copy)
    assert google.count("small") == 1


def test_a_token_that_dies_in_the_middle_is_renewed_once(google: Google, row: Connection) -> None:
    google.faults += [Fault("chunk"), Fault("chunk", act=google.tokens.clear)]
    send(copy := kept(BIG))
    arrived(google, copy)
    assert google.count("token") == 1


def test_a_sign_in_that_was_taken_back_says_so(google: Google, row: Connection) -> None:
    google.refreshes = False
    google.faults += [Fault("chunk"), Fault("chunk", act=google.tokens.clear)]
    job = send(copy := kept(BIG))
    row.refresh_from_db()
    assert (job.state, row.state, copy.upload["drive"]) == ("failed", "broken", "waiting")
    assert "onnect" in row.error
    assert ACCESS not in f"{row.error}{copy.error}{job.error}"
    assert backup_drive.usable() is None
    assert backup_rows.is_here(copy)


def test_401_for_a_fresh_token_too_breaks_the_connection(google: Google, row: Connection) -> None:
    google.faults += [Fault("list", 401), Fault("list", 401)]
    send(kept())
    row.refresh_from_db()
    assert row.state == "broken"


class Killed(BaseException):
    """No handler of the program sees it."""


@pytest.mark.parametrize("place", range(1, 12))
@pytest.mark.parametrize("size", [3_000, BIG])
def test_killed_anywhere_it_goes_on_and_is_there_once(
    google: Google, row: Connection, monkeypatch: pytest.MonkeyPatch, place: int, size: int
) -> None:
    """Dies behind the n-th answer of Drive, before anything of it is kept."""
    copy, calls, real = kept(size), [0], backup_drive.Drive._call

    def call(self: Any, *args: Any, **more: Any) -> Any:
        found = real(self, *args, **more)
        calls[0] += 1
        if calls[0] == place:
            raise Killed
        return found

    monkeypatch.setattr(backup_drive.Drive, "_call", call)
    job = backups.start_send(copy, None)
    try:
        backups.run(job.pk)
    except Killed:
        long_ago = timezone.now() - timedelta(hours=1)
        Job.objects.filter(pk=job.pk).update(state="running", updated_at=long_ago)
        monkeypatch.setattr(backup_drive.Drive, "_call", real)
        backups.look_after()
        copy.refresh_from_db()
        assert (
            copy.job_id != job.pk
        ) or copy.remote_id  # killed when only old ones were looked for
        backups.run(copy.job_id)
    copy.refresh_from_db()
    arrived(google, copy)
    assert google.count("begin") <= 2


def test_the_session_is_a_secret(google: Google, row: Connection) -> None:
    google.faults += [Fault("chunk", 403, "storageQuotaExceeded")]
    send(copy := kept(BIG))
    stored = copy.upload["session"]
    assert "upload_id" not in stored
    assert "upload_id=" in decrypt(stored)


def test_a_session_elsewhere_is_never_called(google: Google, row: Connection) -> None:
    def elsewhere() -> None:
        google.base = "http://169.254.169.254"

    base = google.base
    google.faults += [Fault("begin", act=elsewhere)]
    job = send(copy := kept(BIG))
    google.base = base
    assert (job.state, copy.upload["drive"]) == ("failed", "waiting")
    assert google.count("chunk") == 0


def test_stopped_by_a_person_waits_for_the_person(
    google: Google, row: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    copy = kept(BIG)
    job = backups.start_send(copy, None)
    real = backup_drive.Drive.send

    def stop(self: Any, *args: Any) -> Any:
        jobs.ask_stop(job)
        return real(self, *args)

    with monkeypatch.context() as patched:
        patched.setattr(backup_drive.Drive, "send", stop)
        backups.run(job.pk)
    copy.refresh_from_db()
    job.refresh_from_db()
    assert (job.state, copy.upload["drive"]) == ("stopped", "failed")
    assert backup_drive.waiting(row) is None
    send(copy)
    arrived(google, copy)
    assert google.count("begin") == 1


def test_another_account_gets_an_upload_of_its_own(google: Google, row: Connection) -> None:
    google.faults += [Fault("chunk"), Fault("chunk", 403, "storageQuotaExceeded")]
    send(copy := kept(BIG))
    backup_drive.connections.switch_off(row)
    account("other@halden.example")
    send(copy)
    assert copy.upload["account"] == "other@halden.example"
    assert google.count("begin") == 2


def test_a_file_that_was_changed_here_is_not_sent(google: Google, row: Connection) -> None:
    copy = kept(3_000)
    backup_rows.path(copy).write_bytes(b"less")
    send(copy)
    assert "changed" in copy.error
    assert google.ours() == []


def test_old_ones_go_and_nothing_else_does(google: Google, row: Connection) -> None:
    backup_rows.choose(keep=3)
    theirs = google.put(b"holiday", {"name": "salesagent-20200101-000000.backup"})
    other = {"salesagent": "backup", "installation": "another", "copy": "x"}
    elsewhere = google.put(b"another", {"name": "n", "appProperties": other})
    copies = [kept(3_000 + n, days_ago=9 - n) for n in range(5)]
    for copy in copies:
        send(copy)
    left = [copy for copy in BackupCopy.objects.order_by("created_at") if copy.remote_id]
    assert [copy.pk for copy in left] == [copy.pk for copy in copies[2:]]
    assert {theirs, elsewhere} <= set(google.files)
    assert len(google.files) == 5


def test_a_drive_that_removes_nothing_is_told_of(google: Google, row: Connection) -> None:
    backup_rows.choose(keep=1)
    google.removes = False
    send(kept(3_000, days_ago=1))
    send(copy := kept(4_000))
    assert copy.upload["drive"] == "sent"
    assert copy.upload["left"] == 1
    assert len(google.ours()) == 2


def test_errors_never_repeat_what_google_says(google: Google, row: Connection) -> None:
    for status, reason in [(403, "accessNotConfigured"), (403, "domainPolicy"), (400, "x")]:
        google.faults += [Fault("list", status, reason)]
        with pytest.raises(DriveError) as caught:
            backup_drive.client(row).listed({"salesagent": "backup"})
        assert caught.value.stop
        assert ACCESS not in caught.value.message

"""The whole way against a Google that we did not write: sign in, send, fetch, read back, withdrawn.

That Google knows neither checksums nor marks nor DELETE, and only uploads in one call.
"""

from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client

from salesagent.accounts import backup_drive, backup_rows, backups, connections
from salesagent.accounts.drive import DriveError
from salesagent.accounts.models import BackupCopy, Connection
from salesagent.accounts.tests.drive_kit import content, kept, send
from salesagent.tests.peers.emulate import Google

pytestmark = [pytest.mark.peer, pytest.mark.django_db]
SITE = "https://sales.example"
CALLBACK = f"{SITE}/settings/backups/drive/back/"


@pytest.fixture
def google(emulate_google: Google, settings: Any) -> Iterator[Google]:
    emulate_google.allow_redirect(CALLBACK)
    settings.SITE_URL = SITE
    settings.GOOGLE_CLIENT_ID = emulate_google.client_id
    settings.GOOGLE_CLIENT_SECRET = emulate_google.client_secret
    settings.SERVICE_URLS = {
        **settings.SERVICE_URLS,
        "google_drive": emulate_google.base,
        "google_auth": emulate_google.authorize_url,
        "google_token": emulate_google.token_url,
        "google_revoke": emulate_google.revoke_url,
    }
    yield emulate_google


@pytest.fixture
def row(google: Google, owner: Any) -> Connection:
    """The owner's way: our page, Google's page, back to us."""
    browser = Client()
    browser.force_login(owner)
    there = browser.get("/settings/backups/drive/go/")["Location"]
    back = google.consent(there)
    browser.get(back.removeprefix(SITE))
    found = backup_drive.active()
    assert found is not None
    return found


def test_there_and_back_byte_for_byte(google: Google, row: Connection) -> None:
    assert row.account == google.user
    assert send(copy := kept(300_000)).state == "done"
    (file,) = google.files()
    assert (file["name"], file["size"]) == (copy.name, "300000")
    assert copy.remote_id == file["id"]
    backup_rows.path(copy).unlink()
    backups.run_fetch(backups.start_fetch(copy, None).pk)
    assert backup_rows.path(copy).read_bytes() == content(300_000)
    assert backup_drive.check()


def test_a_file_that_cannot_be_removed_is_told(google: Google, row: Connection) -> None:
    send(copy := kept())
    drive = backup_drive.client(row)
    with pytest.raises(DriveError, match="did not remove"):
        drive.remove(copy.remote_id)
    drive.remove("no-such-file")  # gone is gone


def test_files_without_our_marks_are_never_taken_for_ours(google: Google, row: Connection) -> None:
    send(kept())
    BackupCopy.objects.all().delete()
    assert backup_drive.client(row).listed({"salesagent": "backup"}) == []
    assert backup_drive.forget_old(row, 0) == 0
    assert len(google.files()) == 1


def test_a_withdrawn_sign_in_is_told(google: Google, row: Connection) -> None:
    had = connections.secret_of(row)
    google.revoke(had["refresh_token"])
    connections.renew(row, {**had, "expires_at": "0"})
    job = send(copy := kept())
    row.refresh_from_db()
    assert (job.state, row.state) == ("failed", "broken")
    assert backup_rows.is_here(copy)
    assert backup_drive.usable() is None
    assert google.files() == []

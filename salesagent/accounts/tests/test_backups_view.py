"""Settings, Backups: the owner's page, the key that is shown once, the way to Google."""

import re
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from outreach.tests.gmail import id_token
from salesagent.accounts import backup_rows, backups
from salesagent.accounts.google_files import SCOPE
from salesagent.accounts.models import AuditEntry, BackupCopy, Connection
from salesagent.accounts.tests.drive_kit import account, content, kept, send
from salesagent.accounts.tests.drive_kit import google as google
from salesagent.accounts.tests.drive_kit import key as key
from salesagent.accounts.tests.drive_kit import maker as maker
from salesagent.accounts.tests.drive_kit import waited as waited
from salesagent.accounts.tests.drive_server import Fault, World
from salesagent.lib import backup, hold
from salesagent.tests.peers import faults

pytestmark = pytest.mark.django_db
PAGE = "/settings/backups/"


@pytest.fixture
def page(as_user: Any, owner: Any) -> Client:
    client: Client = as_user(owner)
    return client


def text(client: Client) -> str:
    answer = client.get(PAGE)
    assert answer.status_code == 200
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.content.decode()))


def shown_key(answer: Any) -> str:
    found = re.search(
        r"<textarea[^>]*>(AGE-SECRET-KEY-1[A-Z0-9]+)</textarea>", answer.content.decode()
    )
    assert found
    return found[1]


def test_empty_it_asks_for_a_key_first(page: Client) -> None:
    said = text(page)
    assert "No backup yet. Make a recovery key first." in said
    assert "Back up now" not in said
    assert "Connect Google Drive" in said


def test_the_key_is_shown_once_and_used_when_it_is_kept(page: Client, owner: Any) -> None:
    answer = page.post(f"{PAGE}key/")
    secret = shown_key(answer)
    assert "no-store" in answer["Cache-Control"]
    assert backups.recipient() == ""  # not before the owner says so
    file = page.post(f"{PAGE}key/file/", {"key": secret})
    assert file["Content-Type"].startswith("text/plain")
    assert "attachment" in file["Content-Disposition"]
    assert backup.recipient_of(file.content.decode()) == backup.recipient_of(secret)
    assert "kept" in page.post(f"{PAGE}key/kept/", follow=True).content.decode()
    assert backups.recipient() == ""
    page.post(f"{PAGE}key/kept/", {"kept": "on"})
    assert backups.recipient() == backup.recipient_of(secret)
    mark = backup_rows.fingerprint(backups.recipient())
    assert mark in text(page)
    assert mark in file.content.decode()
    assert secret not in page.get(PAGE).content.decode()
    assert secret not in str(dict(page.session))
    page.post(f"{PAGE}key/kept/", {"kept": "on"})  # pressed twice
    assert AuditEntry.objects.filter(action="backup.key_changed").count() == 1


def test_a_key_that_was_thrown_away_changes_nothing(page: Client, key: str) -> None:
    answer = page.post(f"{PAGE}key/")
    assert "keep that one too" in answer.content.decode()
    assert backups.recipient() == key


def test_only_a_key_comes_back_as_a_file(page: Client) -> None:
    assert page.post(f"{PAGE}key/file/", {"key": "<script>alert(1)</script>"}).status_code == 404


def test_back_up_now_runs_as_a_job(page: Client, key: str, maker: Any, run_queue: Any) -> None:
    assert page.post(f"{PAGE}start/").status_code == 302
    said = page.get(PAGE).content.decode()
    assert "Being made" in said
    assert 'hx-get="/jobs/' in said or "data-job" in said
    run_queue()
    said = text(page)
    assert "Kept here" in said
    assert "Send to Drive" not in said


def test_download_is_the_file_and_is_noted(page: Client, key: str, owner: Any) -> None:
    copy = kept(3_000)
    answer = page.get(f"{PAGE}{copy.pk}/file/")
    assert b"".join(answer.streaming_content) == content(3_000)  # type: ignore[attr-defined]
    assert copy.name in answer["Content-Disposition"]
    assert "no-store" in answer["Cache-Control"]
    assert AuditEntry.objects.get(action="backup.downloaded").target == f"backup:{copy.pk}"
    backup_rows.path(copy).unlink()
    assert page.get(f"{PAGE}{copy.pk}/file/").status_code == 404
    assert AuditEntry.objects.filter(action="backup.downloaded").count() == 1


def test_failed_ones_are_seen_with_what_to_do(
    page: Client, google: World, key: str, maker: Any
) -> None:
    maker.error = backup.BackupError("There is not enough room on the disk: make some.")
    backups.run(backups.start(None).pk)
    said = text(page)
    assert "Backups need you. There is not enough room" in said
    assert "Failed" in said
    account()
    google.faults += [Fault("small", 403, "storageQuotaExceeded")]
    send(kept())
    said = text(page)
    assert "Not in Drive" in said
    assert "This Google Drive is full" in said
    assert "Send to Drive" in said


def test_send_and_fetch_from_the_list(
    page: Client, google: World, key: str, run_queue: Any
) -> None:
    account()
    copy = kept()
    page.post(f"{PAGE}{copy.pk}/send/")
    run_queue()
    assert "on this server and in Google Drive, checksum compared" in text(page)
    backup_rows.path(copy).unlink()
    assert "Fetch" in text(page)
    page.post(f"{PAGE}{copy.pk}/fetch/")
    run_queue()
    assert backup_rows.path(copy).read_bytes() == content(3_000)


def test_look_in_drive(page: Client, google: World, key: str) -> None:
    account()
    send(kept())
    BackupCopy.objects.all().delete()
    assert "1 copy found." in page.post(f"{PAGE}drive/look/", follow=True).content.decode()
    assert "Nothing new" in page.post(f"{PAGE}drive/look/", follow=True).content.decode()
    google.faults += [Fault("list", 403, "accessNotConfigured")]
    assert "switched off" in page.post(f"{PAGE}drive/look/", follow=True).content.decode()


def test_overdue_is_on_the_page_and_in_connections(page: Client, key: str) -> None:
    copy = kept()
    BackupCopy.objects.filter(pk=copy.pk).update(created_at=timezone.now() - timedelta(days=3))
    assert "No backup for more than two days." in text(page)
    assert "Backups need you." in page.get("/settings/connections/").content.decode()


def test_options(page: Client, key: str) -> None:
    assert page.post(f"{PAGE}options/", {"keep": "14"}).status_code == 302
    assert (backup_rows.options().keep, backup_rows.options().nightly) == (14, False)
    assert page.post(f"{PAGE}options/", {"keep": "9999"}).status_code == 422
    assert backups.recipient() == key


def test_after_a_restore_the_owner_starts_again(page: Client, key: str) -> None:
    hold.begin(timezone.now())
    assert "Everything that sends stands still." in text(page)
    page.post(f"{PAGE}start-again/")
    assert not hold.is_on()
    assert "Until then no backup is made" not in text(page)


def test_managers_and_reps_see_no_keys(as_user: Any, manager: Any, rep: Any, key: str) -> None:
    kept()
    for user in (manager, rep):
        client = as_user(user)
        assert client.get(PAGE).status_code == 404
        assert client.post(f"{PAGE}key/").status_code == 404
        said = client.get("/settings/connections/").content.decode()
        assert "Backups and Google Drive" in said
        assert PAGE not in said
        assert backup_rows.fingerprint(key) not in said


# --- the way to Google ---------------------------------------------------------------------------


@pytest.fixture
def sign_in(faults_server: Any, settings: Any) -> Any:
    base = faults_server.base
    settings.SERVICE_URLS = {
        **settings.SERVICE_URLS,
        "google_auth": f"{base}/auth",
        "google_token": f"{base}/token",
        "google_revoke": f"{base}/revoke",
        "google_drive": base,
    }
    settings.GOOGLE_CLIENT_ID = "client.apps.example"
    settings.GOOGLE_CLIENT_SECRET = "client-secret-never-shown"
    return faults_server


def there_and_back(page: Client, sign_in: Any, scope: str = SCOPE, **query: str) -> Any:
    there = page.get(f"{PAGE}drive/go/")["Location"]
    asked = parse_qs(urlsplit(there).query)
    assert SCOPE in asked["scope"][0].split()
    assert asked["redirect_uri"][0].endswith("/settings/backups/drive/back/")
    found = {
        "access_token": "ya29.new-token",
        "refresh_token": "1//new-refresh",
        "expires_in": 3600,
        "scope": f"openid email {scope}",
        "id_token": id_token("ingrid@halden.example", sign_in.base),
    }
    sign_in.script("/token", faults.ok(found))
    given = {"state": asked["state"][0], "code": "c0de", **query}
    return page.get(f"{PAGE}drive/back/", given, follow=True)


def test_connect_and_disconnect(page: Client, sign_in: Any) -> None:
    said = there_and_back(page, sign_in).content.decode()
    assert "ingrid@halden.example" in said
    row = Connection.objects.get(service="google_drive")
    assert (row.state, SCOPE in row.scopes, row.user) == ("on", True, None)
    assert "1//new-refresh" not in said
    sign_in.script("/revoke", faults.ok())
    page.post(f"{PAGE}drive/off/")
    row.refresh_from_db()
    assert (row.state, row.secret) == ("off", "")


def test_an_unticked_box_connects_nothing(page: Client, sign_in: Any) -> None:
    assert "left unticked" in there_and_back(page, sign_in, scope="").content.decode()
    assert not Connection.objects.filter(service="google_drive").exists()


def test_a_way_back_that_is_not_ours(page: Client, sign_in: Any) -> None:
    said = there_and_back(page, sign_in, state="guessed").content.decode()
    assert "not valid any more" in said
    assert not Connection.objects.filter(service="google_drive").exists()


def test_without_a_google_app_it_says_what_to_enter(page: Client, settings: Any) -> None:
    settings.GOOGLE_CLIENT_ID = ""
    said = page.get(f"{PAGE}drive/").content.decode()
    assert "not set up on this installation" in said
    assert "/settings/backups/drive/back/" in said
    assert page.get(f"{PAGE}drive/go/")["Location"] == f"{PAGE}drive/"


def test_the_test_button(page: Client, google: World) -> None:
    account()
    assert "answers" in page.post(f"{PAGE}drive/check/", follow=True).content.decode()
    google.faults += [Fault("list", 403, "domainPolicy")]
    assert "administrator" in page.post(f"{PAGE}drive/check/", follow=True).content.decode()


def test_the_page_asks_few_questions(
    page: Client, google: World, key: str, django_assert_max_num_queries: Any
) -> None:
    account()
    copies = [kept(days_ago=number) for number in range(12)]
    with django_assert_max_num_queries(40):
        answer = page.get(PAGE)
    shown = answer.content.decode()
    assert all(reverse("settings:backup_file", args=[copy.pk]) in shown for copy in copies)

"""Check all, of Google Sheets: it asks Google, and says at the right place what is wrong."""

from typing import Any

import pytest
from django.urls import reverse

from leads.models import Sheet
from leads.services import sheet_access, sheets
from leads.tests.sheets_kit import account, connected, google  # noqa: F401  fixture
from leads.tests.sheets_server import World
from salesagent.accounts import connections, oauth
from salesagent.accounts.models import Connection

DISABLED = {"error": {"code": 403, "details": [{"reason": "SERVICE_DISABLED"}]}}
SCOPES = {"error": {"code": 403, "status": "PERMISSION_DENIED", "message": "scopes"}}


@pytest.fixture
def sheet(google: World, owner: Any) -> Sheet:  # noqa: F811
    google.put(["First name", "Email"], ["Ada", "ada@polna.example"])
    return connected(google, owner)


def state(row: Any) -> tuple[str, str]:
    found = Connection.objects.get(pk=row.pk)
    return found.state, found.error


def test_check_all_asks_google(
    google: World,  # noqa: F811
    sheet: Sheet,
    owner: Any,
    as_user: Any,
    run_queue: Any,
) -> None:
    connections.failed(sheet.connection_id, "It was down.", broken=False)
    google.calls.clear()
    as_user(owner).post(reverse("settings:check_connections"))
    run_queue()
    asked = [path for _, path, _ in google.calls]
    assert asked == [f"/{'0' * 44}", f"/{sheet.file_id}"]
    assert state(sheet.connection) == ("on", "")
    page = as_user(owner).get(reverse("settings:connections")).content.decode()
    assert "1 sheet" in page


def test_without_a_sheet_it_asks_too(google: World) -> None:  # noqa: F811
    row = account()
    sheet_access.check()
    assert len(google.calls) == 1
    row.refresh_from_db()
    assert row.last_ok_at


def test_nothing_is_asked_when_nothing_is_connected(google: World) -> None:  # noqa: F811
    sheet_access.check()
    assert google.calls == []


@pytest.mark.parametrize(
    ("status", "body", "said", "words"),
    [
        (401, {}, "broken", "Connect the account again"),
        (403, SCOPES, "broken", "leave its box ticked"),
        (403, DISABLED, "waiting", "switched off in the Google project"),
        (503, {}, "waiting", "busy"),
    ],
    ids=["sign-in", "scope", "API off", "busy"],
)
def test_what_is_wrong_with_the_account(
    google: World,  # noqa: F811
    sheet: Sheet,
    monkeypatch: Any,
    status: int,
    body: Any,
    said: str,
    words: str,
) -> None:
    monkeypatch.setattr(oauth, "access_token", lambda *_: "token")
    google.faults.extend([(status, body, {})] * 4)
    sheet_access.check()
    found, error = state(sheet.connection)
    assert (found, words in error) == (said, True)
    sheet.refresh_from_db()
    assert sheet.state == "new"


def test_a_sheet_that_is_not_shown_to_us_any_more(
    google: World,  # noqa: F811
    sheet: Sheet,
) -> None:
    Sheet.objects.update(state=sheets.WORKS)
    google.files.clear()
    sheet_access.check()
    sheet.refresh_from_db()
    assert (sheet.state, "does not show us this sheet" in sheet.error) == ("stopped", True)
    assert state(sheet.connection)[0] == "on"


def test_a_tab_that_is_gone(google: World, sheet: Sheet) -> None:  # noqa: F811
    Sheet.objects.update(state=sheets.WORKS)
    tab = google.files[sheet.file_id][1][0]
    tab.gid, tab.title = 77, "Other"
    sheet_access.check()
    sheet.refresh_from_db()
    assert "no longer in the sheet" in sheet.error


def test_what_stopped_for_another_reason_stays_stopped(
    google: World,  # noqa: F811
    sheet: Sheet,
) -> None:
    Sheet.objects.update(state=sheets.STOPPED, error="A column is gone.")
    sheet_access.check()
    sheet.refresh_from_db()
    assert (sheet.state, sheet.error) == ("stopped", "A column is gone.")

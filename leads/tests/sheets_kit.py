"""A connected Google account with a sheet, for tests against the scripted Google."""

import time
from collections.abc import Iterator
from typing import Any

import pytest

from leads.intake.sheet_grid import ID
from leads.models import ImportBatch, Sheet
from leads.services import imports, sheet_access, sheets
from leads.tests.sheets_server import ACCESS, World, sheets_server
from salesagent.accounts import connections
from salesagent.accounts.google_files import SCOPE
from salesagent.accounts.models import Connection
from salesagent.lib import budget, http

ACCOUNT = "ingrid@halden.example"
HEADER = ["First name", "Last name", "Email", "Company", "Stand"]
ADA = ["Ada", "Berg", "ada@polna.example", "Polna", "A1"]
BEN = ["Ben", "Cole", "ben@fjord.example", "Fjord", "B2"]
CLEO = ["Cleo", "Dahl", "cleo@ravn.example", "Ravn", "C3"]


@pytest.fixture
def google(settings: Any, monkeypatch: pytest.MonkeyPatch, db: None) -> Iterator[World]:
    """The scripted Google. Waiting costs nothing, and the budget's clock goes on meanwhile."""
    gone = [0.0]

    def wait(seconds: float) -> None:
        gone[0] += max(seconds, 0.0) + 0.01

    monkeypatch.setattr(http, "sleep", wait)
    monkeypatch.setattr(sheet_access, "wait", wait)
    monkeypatch.setattr(budget, "clock", lambda: time.time() + gone[0])
    with sheets_server() as world:
        settings.SERVICE_URLS = {**settings.SERVICE_URLS, "google_sheets": world.base}
        yield world


def account(**values: Any) -> Connection:
    secret = {
        "refresh_token": "1//refresh-never-shown",
        "access_token": ACCESS,
        "expires_at": str(time.time() + 3600),
    }
    given = {"account": ACCOUNT, "secret": secret, "scopes": [SCOPE]}
    return connections.save(sheets.SERVICE, **(given | values))


def connected(world: World, user: Any, address: str = "") -> Sheet:
    """The first file of the world, connected; nothing is read yet."""
    row = connections.active(sheets.SERVICE) or account()
    file_id = next(iter(world.files))
    book = sheets.look_up(row, address or f"https://docs.google.com/spreadsheets/d/{file_id}/edit")
    return sheets.add(row, book, book.tabs[0], user)


def looked(sheet: Sheet, user: Any, run_queue: Any) -> ImportBatch:
    """Read for the wizard; the batch that it ends in."""
    assert sheets.start(sheet, sheets.LOOK, user)
    run_queue()
    return sheets.batches(sheet).latest("pk")


def ids(tab: Any) -> list[str]:
    """Our ids in a tab, from the top."""
    return [one for one in tab.column(ID) if one]


def brought_in(sheet: Sheet, user: Any, run_queue: Any, **options: Any) -> ImportBatch:
    """All the way through the wizard's services."""
    batch = looked(sheet, user, run_queue)
    assert imports.start_check(batch, user)
    run_queue()
    batch.refresh_from_db()
    given = {
        "duplicates": "update",
        "basis": "legitimate_interest",
        "basis_source": "Fair",
        "owner": user,
    }
    assert imports.start_run(batch, user, **(given | options))
    run_queue()
    batch.refresh_from_db()
    sheet.refresh_from_db()
    return batch


def again(sheet: Sheet, mode: str, user: Any, run_queue: Any) -> Any:
    job = sheets.start(sheet, mode, user)
    assert job is not None
    run_queue()
    job.refresh_from_db()
    sheet.refresh_from_db()
    return job

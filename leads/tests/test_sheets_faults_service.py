# ruff: noqa: F811
"""Google Sheets when something goes wrong, which sheet is meant, and how much it costs."""

from typing import Any

import pytest

from leads.intake.sheet_grid import ID, STATUS, header_of
from leads.intake.sheets import SheetError, address_of, letters
from leads.models import ImportBatch, Lead, Sheet
from leads.services import sheets
from leads.tests.sheets_kit import (  # noqa: F401  a fixture
    ADA,
    BEN,
    CLEO,
    HEADER,
    again,
    brought_in,
    connected,
    google,
    ids,
    looked,
)
from leads.tests.sheets_server import FILE, World
from salesagent.accounts import connections
from salesagent.lib.models import Job

# --- faults ---


def test_a_busy_google_is_waited_for(google: World, owner: Any, run_queue: Any) -> None:
    google.put(HEADER, ADA)
    sheet = connected(google, owner)
    busy = {"error": {"status": "RESOURCE_EXHAUSTED"}}
    google.faults = [(429, busy, {"Retry-After": "3"}), (503, "<html>", {}), (429, busy, {})]
    batch = looked(sheet, owner, run_queue)
    sheet.refresh_from_db()
    assert google.faults == []  # each of them was met, and waited for
    assert batch.state == ImportBatch.State.UPLOADED
    assert sheet.error == ""


@pytest.mark.parametrize(
    ("fault", "word", "state"),
    [
        ((404, {"error": {"status": "NOT_FOUND"}}), "made from here", "stopped"),
        ((403, {"error": {"status": "PERMISSION_DENIED"}}), "made from here", "stopped"),
        (
            (403, {"error": {"details": [{"reason": "SERVICE_DISABLED"}]}}),
            "switched off",
            "stopped",
        ),
        ((200, "[1, 2"), "no readable answer", "works"),
    ],
)
def test_what_goes_wrong_is_said(
    google: World, owner: Any, run_queue: Any, fault: Any, word: str, state: str
) -> None:
    google.put(HEADER, ADA)
    sheet = connected(google, owner)
    brought_in(sheet, owner, run_queue)
    google.faults = [(*fault, {})] * 20
    with pytest.raises(SheetError):
        again(sheet, sheets.REFRESH, owner, run_queue)
    sheet.refresh_from_db()
    assert word in sheet.error and sheet.state == state
    assert "never-shown" not in sheet.error + Job.objects.latest("pk").error


def test_a_lost_answer_makes_the_columns_once(google: World, owner: Any, run_queue: Any) -> None:
    tab = google.put(HEADER, ADA)
    sheet = connected(google, owner)

    def answer_is_lost() -> None:
        """Carried out, and then the next call (the look) meets a fault."""
        google.faults = [(502, "<html>", {})]

    google.before_write = answer_is_lost
    brought_in(sheet, owner, run_queue)
    assert tab.rows[0] == [*HEADER, ID, *STATUS]


def test_a_dead_job_is_taken_up(google: World, owner: Any, run_queue: Any) -> None:
    from datetime import timedelta

    from django.utils import timezone

    google.put(HEADER, ADA)
    sheet = connected(google, owner)
    job = sheets.start(sheet, sheets.LOOK, owner)
    assert job is not None and sheets.start(sheet, sheets.LOOK, owner) is None, "one at a time"
    Job.objects.filter(pk=job.pk).update(
        state="running", updated_at=timezone.now() - timedelta(minutes=5)
    )
    assert sheets.look_after() == 1
    run_queue()
    assert sheets.batches(sheet).count() == 1


def test_every_hour(google: World, owner: Any, run_queue: Any) -> None:
    from datetime import timedelta

    from django.utils import timezone

    tab = google.put(HEADER, ADA)
    sheet = connected(google, owner)
    brought_in(sheet, owner, run_queue)
    sheets.set_options(sheet, status_on=True, hourly=True, user=owner)
    tab.rows.append(list(BEN))
    assert sheets.look_after() == 0, "read just now"
    long_ago = timezone.now() - timedelta(minutes=61)
    Sheet.objects.update(read_at=long_ago)
    Job.objects.update(created_at=long_ago)
    assert sheets.look_after() == 1
    run_queue()
    assert Lead.objects.count() == 2 and len(ids(tab)) == 2


# --- which sheet ---


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (f"https://docs.google.com/spreadsheets/d/{FILE}/edit#gid=12", (FILE, 12)),
        (f"docs.google.com/spreadsheets/d/{FILE}/edit?gid=7#gid=7", (FILE, 7)),
        (f"https://docs.google.com/spreadsheets/u/1/d/{FILE}/edit", (FILE, None)),
        (FILE, (FILE, None)),
    ],
)
def test_addresses(text: str, found: Any) -> None:
    assert address_of(text) == found


@pytest.mark.parametrize(
    "text",
    [
        "",
        "hello",
        f"https://evil.example/spreadsheets/d/{FILE}/edit",
        f"https://docs.google.com.evil.example/spreadsheets/d/{FILE}/",
        "https://docs.google.com/document/d/abc/edit",
        "http://[broken/spreadsheets/d/" + FILE,
    ],
)
def test_other_addresses(text: str) -> None:
    with pytest.raises(SheetError):
        address_of(text)


def test_letters() -> None:
    assert [letters(n) for n in (0, 25, 26, 701, 702)] == ["A", "Z", "AA", "ZZ", "AAA"]


def test_a_new_sheet_is_made_with_names(google: World, owner: Any, run_queue: Any) -> None:
    from leads.tests.sheets_kit import account

    sheet = sheets.make(account(), "Fair 2027", owner)
    _, (tab,) = google.files[sheet.file_id]
    assert tab.rows[0][:3] == ["First name", "Last name", "Email"]
    with pytest.raises(SheetError, match="no row"):
        looked(sheet, owner, run_queue)
    tab.rows.append(["Ada", "Berg", "ada@polna.example"])
    brought_in(sheet, owner, run_queue)
    assert Lead.objects.get().email == "ada@polna.example"


def test_the_tab_is_known_by_its_number(google: World, owner: Any, run_queue: Any) -> None:
    tab = google.put(HEADER, ADA, title="It's", gid=77)
    sheet = connected(google, owner)
    brought_in(sheet, owner, run_queue)
    tab.title = "Renamed"
    tab.rows.append(list(BEN))
    again(sheet, sheets.REFRESH, owner, run_queue)
    assert (sheet.tab, Lead.objects.count()) == ("Renamed", 2)


def test_headers_that_cannot_be_worked_with() -> None:
    for top in ([], [[""]], [ADA, BEN]):
        with pytest.raises(SheetError):
            header_of(top)
    found = header_of([["Fair 2026"], [], HEADER, ADA])
    assert (found.row, found.columns) == (3, HEADER)
    twice = header_of([["Email", "Phone", "Phone", ""], ["a@x.example", "1", "2", "3"]])
    assert twice.columns == ["Email", "Phone", "Phone (2)"]


def test_letting_go(google: World, owner: Any, run_queue: Any) -> None:
    google.put(HEADER, ADA)
    sheet = connected(google, owner)
    brought_in(sheet, owner, run_queue)
    with pytest.raises(SheetError, match="already"):
        connected(google, owner)
    sheets.let_go(sheet, owner)
    assert sheets.start(sheet, sheets.REFRESH, owner) is None and sheets.look_after() == 0
    assert Lead.objects.count() == 1 and connected(google, owner).pk != sheet.pk
    assert connections.active(sheets.SERVICE) is not None


# --- size ---


def peopled(google: World, number: int) -> None:
    google.files.clear()
    google.calls.clear()
    rows = ([f"P{n}", "Berg", f"p{n}@x.example", f"Firm {n}", "A"] for n in range(number))
    google.put(HEADER, *rows, title=f"T{number}", gid=number)


@pytest.mark.slow
def test_fifty_thousand_rows_in_few_calls(google: World, owner: Any, run_queue: Any) -> None:
    peopled(google, 50_000)
    sheet = connected(google, owner)
    batch = looked(sheet, owner, run_queue)
    assert len(google.calls) <= 3 + 50_000 / 2000 + 1
    sheet.refresh_from_db()
    assert sheet.counts["rows"] == 50_000 and batch.report["counts"]["rows"] == 50_000


@pytest.mark.slow
def test_the_memory_of_one_part(google: World, owner: Any, run_queue: Any) -> None:
    """What is allocated at most does not grow with the rows, but for the ids that were seen."""
    import tracemalloc

    peaks = []
    for number in (4_000, 16_000):
        peopled(google, number)
        sheet = connected(google, owner)
        tracemalloc.start()
        looked(sheet, owner, run_queue)
        peaks.append(tracemalloc.get_traced_memory()[1] / 1e6)
        tracemalloc.stop()
    assert peaks[1] < peaks[0] + 4, peaks

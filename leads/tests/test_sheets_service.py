# ruff: noqa: F811
"""A sheet comes in by the import's door, and status goes back beside the right rows."""

from typing import Any

import pytest

from leads.intake.sheet_grid import ID, STATUS
from leads.intake.sheets import SheetError
from leads.models import ImportBatch, Lead, SheetRow
from leads.services import imports, sheets, suppression
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
from leads.tests.sheets_server import World
from salesagent.accounts import connections

STAGE, SCORE, SIGN, STEP = STATUS


def status(tab: Any, row: int) -> list[str]:
    """The four status cells of a row, counted from the first one under the header."""
    return [tab.cell(row, tab.rows[0].index(name)) for name in STATUS]


# --- in ---


def test_a_look_writes_nothing_and_shows_everything(
    google: World, owner: Any, run_queue: Any
) -> None:
    tab = google.put(HEADER, ADA, [], ["Ben"], CLEO)
    before = [list(row) for row in tab.rows]
    batch = looked(connected(google, owner), owner, run_queue)
    assert (batch.columns, batch.kind, batch.user) == (HEADER, "sheet", owner)
    assert batch.sample[0] == ADA and batch.mapping["2"] == "email"
    assert tab.rows == before and not google.writes() and not Lead.objects.exists()


def test_rows_come_in_and_get_ids_and_status(google: World, owner: Any, run_queue: Any) -> None:
    tab = google.put(HEADER, ADA, BEN, ["", "", "not an address", "Ravn"])
    sheet = connected(google, owner)
    batch = brought_in(sheet, owner, run_queue)
    assert (batch.state, Lead.objects.count(), sheet.state) == ("done", 2, "works")
    ada = Lead.objects.get(email="ada@polna.example")
    assert (ada.source, ada.lawful_basis) == ("Google Sheet Fair 2026", "legitimate_interest")
    assert tab.rows[0] == [*HEADER, ID, *STATUS] and len(set(ids(tab))) == 3
    assert status(tab, 1)[:2] == ["New", str(ada.score)]
    assert status(tab, 3)[0] == "Did not come in" and "ddress" in status(tab, 3)[3]
    assert [row[:5] for row in tab.rows[1:3]] == [ADA, BEN], "theirs is as it was"
    assert sheet.mapping["Email"] == "email" and sheet.options["lawful_basis"]
    assert not (imports.folder() / batch.path).is_file(), "the copy of the rows is gone"


def test_ten_times_without_a_change_write_nothing(
    google: World, owner: Any, run_queue: Any
) -> None:
    google.put(HEADER, ADA, BEN)
    sheet = connected(google, owner)
    brought_in(sheet, owner, run_queue)
    before, batches = len(google.writes()), ImportBatch.objects.count()
    for _ in range(10):
        again(sheet, sheets.REFRESH, owner, run_queue)
        again(sheet, sheets.WRITE, owner, run_queue)
    assert (len(google.writes()), ImportBatch.objects.count()) == (before, batches)
    calls = len(google.calls)
    again(sheet, sheets.WRITE, owner, run_queue)
    assert len(google.calls) == calls, "when nothing changed here Google is not even asked"


def test_new_and_changed_rows_come_in_with_the_same_answers(
    google: World, owner: Any, run_queue: Any
) -> None:
    tab = google.put(HEADER, ADA, BEN)
    sheet = connected(google, owner)
    brought_in(sheet, owner, run_queue, tag="fair")
    tab.put(1, 3, "Polna Group")
    tab.put(3, 2, "cleo@ravn.example")
    again(sheet, sheets.REFRESH, owner, run_queue)
    batch = sheets.batches(sheet).latest("pk")
    assert (batch.counts["rows"], batch.counts["new"], batch.counts["filled"]) == (2, 1, 1)
    cleo = Lead.objects.get(email="cleo@ravn.example")
    assert (cleo.tags, cleo.owner, cleo.lawful_basis) == (["fair"], owner, "legitimate_interest")
    assert Lead.objects.get(email="ada@polna.example").company_name == "Polna Group"
    assert len(set(ids(tab))) == 3 and status(tab, 3)[0] == "New"


def test_another_address_in_a_known_row_makes_no_second_person(
    google: World, owner: Any, run_queue: Any
) -> None:
    tab = google.put(HEADER, ADA, BEN)
    sheet = connected(google, owner)
    brought_in(sheet, owner, run_queue)
    tab.put(1, 2, "ada.berg@polna.example")
    again(sheet, sheets.REFRESH, owner, run_queue)
    assert Lead.objects.count() == 2
    row = sheet.rows.get(number=2)
    assert row.lead and row.lead.email == "ada@polna.example" and "email" in row.problem
    assert status(tab, 1)[0] == "New" and status(tab, 1)[3].startswith("Not taken over: The email")
    tab.put(1, 2, "")
    again(sheet, sheets.REFRESH, owner, run_queue)
    assert Lead.objects.count() == 2 and not sheet.rows.exclude(problem="").exists()
    assert Lead.objects.filter(email="ada@polna.example").exists(), "never emptied by a sheet"


def test_erased_people_do_not_come_back(google: World, owner: Any, run_queue: Any) -> None:
    suppression.suppress(
        address="ada@polna.example", channel="all", reason="erased", source="asked", actor="x"
    )
    tab = google.put(HEADER, ADA, BEN)
    sheet = connected(google, owner)
    brought_in(sheet, owner, run_queue)
    assert list(Lead.objects.values_list("email", flat=True)) == ["ben@fjord.example"]
    assert status(tab, 1)[::3] == ["Did not come in", "Erased here, and not brought back"]


def test_a_renamed_column_stops_and_says_so(google: World, owner: Any, run_queue: Any) -> None:
    tab = google.put(HEADER, ADA)
    sheet = connected(google, owner)
    brought_in(sheet, owner, run_queue)
    tab.put(0, 3, "Firm")
    tab.rows.append(list(BEN))
    with pytest.raises(SheetError):
        again(sheet, sheets.REFRESH, owner, run_queue)
    sheet.refresh_from_db()
    assert sheet.state == "stopped" and "“Company”" in sheet.error and "Match" in sheet.error
    batch = brought_in(sheet, owner, run_queue)
    assert (sheet.state, sheet.error, batch.counts["new"]) == ("works", "", 1)
    assert sheet.mapping["Firm"] == "", "as chosen before by name; new names are a person's to say"


def test_what_was_mended_in_the_sheet_goes_on(google: World, owner: Any, run_queue: Any) -> None:
    tab = google.put(HEADER, ADA)
    sheet = connected(google, owner)
    brought_in(sheet, owner, run_queue)
    tab.put(0, 3, "Firm")
    with pytest.raises(SheetError):
        again(sheet, sheets.REFRESH, owner, run_queue)
    tab.put(0, 3, "Company")
    again(sheet, sheets.REFRESH, owner, run_queue)
    assert (sheet.state, sheet.error) == ("works", "")


def test_another_account_takes_the_sheets_over(google: World, owner: Any, run_queue: Any) -> None:
    from salesagent.accounts.google_files import SCOPE
    from salesagent.accounts.oauth_google import Grant

    google.put(HEADER, ADA)
    connected(google, owner)
    row = sheets.connect(Grant("other@halden.example", [SCOPE], {"refresh_token": "x"}), owner)
    assert sheets.listed().get().connection == row and connections.active(sheets.SERVICE) == row


def test_columns_and_our_columns_in_another_order(
    google: World, owner: Any, run_queue: Any
) -> None:
    tab = google.put(HEADER, ADA, BEN)
    sheet = connected(google, owner)
    brought_in(sheet, owner, run_queue)
    batches = ImportBatch.objects.count()
    tab.rows = [list(reversed(row + [""] * (10 - len(row)))) for row in tab.rows]
    again(sheet, sheets.REFRESH, owner, run_queue)
    assert ImportBatch.objects.count() == batches, "another order is no change"
    Lead.objects.filter(email="ben@fjord.example").update(stage="meeting")
    again(sheet, sheets.WRITE, owner, run_queue)
    assert status(tab, 2)[0] == "Meeting" and tab.rows[0].count(STAGE) == 1


def test_our_id_column_is_known_by_what_stands_in_it(
    google: World, owner: Any, run_queue: Any
) -> None:
    tab = google.put(HEADER, ADA, BEN)
    sheet = connected(google, owner)
    brought_in(sheet, owner, run_queue)
    tab.put(0, tab.rows[0].index(ID), "Key, do not touch")
    Lead.objects.update(stage="engaged")
    batches = ImportBatch.objects.count()
    again(sheet, sheets.REFRESH, owner, run_queue)
    assert ImportBatch.objects.count() == batches and ID not in tab.rows[0]
    assert [status(tab, n)[0] for n in (1, 2)] == ["Engaged", "Engaged"]


def test_a_copied_row_gets_an_id_of_its_own(google: World, owner: Any, run_queue: Any) -> None:
    tab = google.put(HEADER, ADA, BEN)
    sheet = connected(google, owner)
    brought_in(sheet, owner, run_queue)
    first = ids(tab)[0]
    copy = list(tab.rows[1])
    copy[2] = "ann@polna.example"
    tab.rows.insert(1, copy)
    again(sheet, sheets.REFRESH, owner, run_queue)
    assert Lead.objects.count() == 3 and len(set(ids(tab))) == 3
    assert ids(tab)[1] == first, "the row that was not changed keeps it"


def test_rows_that_went_are_forgotten_and_their_leads_stay(
    google: World, owner: Any, run_queue: Any
) -> None:
    tab = google.put(HEADER, ADA, BEN)
    sheet = connected(google, owner)
    brought_in(sheet, owner, run_queue)
    del tab.rows[1]
    again(sheet, sheets.REFRESH, owner, run_queue)
    assert (sheet.rows.count(), Lead.objects.count()) == (1, 2)


def test_an_undo_is_not_taken_back_by_the_next_reading(
    google: World, owner: Any, run_queue: Any
) -> None:
    tab = google.put(HEADER, ADA, BEN)
    sheet = connected(google, owner)
    batch = brought_in(sheet, owner, run_queue)
    assert imports.start_undo(batch, owner)
    run_queue()
    again(sheet, sheets.REFRESH, owner, run_queue)
    assert Lead.objects.filter(archived_at=None).count() == 0
    assert status(tab, 1) == ["Archived", "", "", ""]
    brought_in(sheet, owner, run_queue)
    assert Lead.objects.filter(archived_at=None).count() == 2, "the wizard brings all of them"


def test_killed_in_the_middle_of_an_import(
    google: World, owner: Any, run_queue: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The rest comes in, nobody twice, every row has one id."""
    from leads.services import import_rows, import_run

    people = [["A", f"B{n}", f"p{n}@x.example", "X", ""] for n in range(12)]
    tab = google.put(HEADER, *people)
    sheet = connected(google, owner)
    batch = looked(sheet, owner, run_queue)
    imports.start_check(batch, owner)
    run_queue()
    batch.refresh_from_db()
    small = lambda rows: import_rows.parts(rows, 5)  # noqa: E731
    monkeypatch.setattr(import_run, "parts", small)
    real, calls = import_run.Part.write, []

    def dies(part: Any) -> Any:
        calls.append(1)
        if len(calls) == 2:
            raise KeyboardInterrupt
        return real(part)

    monkeypatch.setattr(import_run.Part, "write", dies)
    imports.start_run(batch, owner, duplicates="fill", basis="consent", basis_source="Fair")
    with pytest.raises(KeyboardInterrupt):
        run_queue()
    batch.refresh_from_db()
    assert (batch.state, batch.rows_done, SheetRow.objects.count()) == ("failed", 5, 5)
    imports.go_on(batch, owner)
    run_queue()
    assert (Lead.objects.count(), SheetRow.objects.count(), len(set(ids(tab)))) == (12, 12, 12)


# --- back ---


def test_only_what_changed_is_written(google: World, owner: Any, run_queue: Any) -> None:
    google.put(HEADER, ADA, BEN, CLEO)
    sheet = connected(google, owner)
    brought_in(sheet, owner, run_queue)
    before = len(google.writes())
    Lead.objects.filter(email="ben@fjord.example").update(stage="won", next_step="Call")
    again(sheet, sheets.WRITE, owner, run_queue)
    (body,) = google.writes()[before:]
    assert [(one["range"], one["values"]) for one in body["data"]] == [
        ("'Leads'!G3:G3", [["Won"]]),
        ("'Leads'!J3:J3", [["Call"]]),
    ]
    assert body["valueInputOption"] == "RAW"


def test_formulas_are_text_when_written_and_values_when_read(
    google: World, owner: Any, run_queue: Any
) -> None:
    tab = google.put(
        [*HEADER, "Job title"], ["'=cmd", "Berg", "ada@polna.example", "Polna", "", "#REF!"]
    )
    sheet = connected(google, owner)
    brought_in(sheet, owner, run_queue)
    lead = Lead.objects.get()
    assert (lead.first_name, lead.title) == ("=cmd", "")
    Lead.objects.update(next_step='=HYPERLINK("http://evil.example","x")')
    again(sheet, sheets.WRITE, owner, run_queue)
    assert status(tab, 1)[3].startswith("=HYPERLINK"), "RAW: Google keeps it as text"
    assert all(body.get("valueInputOption", "RAW") == "RAW" for body in google.writes())


def test_of_people_who_opted_out_only_that_is_told(
    google: World, owner: Any, run_queue: Any
) -> None:
    tab = google.put(HEADER, ADA, BEN)
    sheet = connected(google, owner)
    brought_in(sheet, owner, run_queue)
    Lead.objects.update(next_step="Call", last_sign="Replied")
    suppression.suppress(
        address="ada@polna.example", channel="email", reason="asked", source="mail", actor="x"
    )
    again(sheet, sheets.WRITE, owner, run_queue)
    assert status(tab, 1) == ["Do not contact", "", "", ""]
    assert status(tab, 2)[2:] == ["Replied", "Call"]


@pytest.mark.parametrize("to_the_end", [True, False])
def test_rows_moved_between_read_and_write(
    google: World, owner: Any, run_queue: Any, to_the_end: bool
) -> None:
    """A new row on top, or the first row put last, right before our cells arrive."""
    tab = google.put(HEADER, ADA, BEN, CLEO)
    sheet = connected(google, owner)
    brought_in(sheet, owner, run_queue)
    own = dict(zip([row[2] for row in tab.rows[1:]], ids(tab), strict=True))
    Lead.objects.filter(email="ada@polna.example").update(stage="won")
    Lead.objects.filter(email="cleo@ravn.example").update(stage="lost")

    def move() -> None:
        row = tab.rows.pop(1) if to_the_end else ["Eve", "Fox", "eve@x.example"]
        tab.rows.insert(3 if to_the_end else 1, row)

    google.before_write = move
    again(sheet, sheets.WRITE, owner, run_queue)
    at = {row[2]: n for n, row in enumerate(tab.rows) if n}
    said = {mail: status(tab, n)[0] for mail, n in at.items()}
    wanted = {"ada@polna.example": "Won", "ben@fjord.example": "New", "cleo@ravn.example": "Lost"}
    assert said == wanted | ({} if to_the_end else {"eve@x.example": ""})
    stand = {mail: tab.cell(n, tab.rows[0].index(ID)) for mail, n in at.items()}
    assert {mail: stand[mail] for mail in own} == own


def test_rows_moved_while_the_first_ids_are_written(
    google: World, owner: Any, run_queue: Any
) -> None:
    tab = google.put(HEADER, ADA, BEN, CLEO)
    sheet = connected(google, owner)
    columns: list[int] = []

    def first_call_makes_columns() -> None:
        columns.append(1)
        google.before_write = lambda: tab.rows.insert(1, tab.rows.pop(3))

    google.before_write = first_call_makes_columns
    brought_in(sheet, owner, run_queue)
    marks = dict(zip([row[2] for row in tab.rows[1:]], tab.column(ID), strict=True))
    assert columns and tab.rows[1][2] == "cleo@ravn.example"
    for row in SheetRow.objects.select_related("lead"):
        assert row.lead and marks[str(row.lead.email)] == row.row_id


def test_our_columns_push_aside_and_write_over_nothing(
    google: World, owner: Any, run_queue: Any
) -> None:
    """Cells right of the names move to the right; a status column that was deleted comes back."""
    tab = google.put(HEADER, [*ADA, "a remark far right"], BEN)
    sheet = connected(google, owner)
    brought_in(sheet, owner, run_queue)
    assert "a remark far right" in tab.rows[1] and tab.rows[1].index("a remark far right") == 10
    at = tab.rows[0].index(SCORE)
    for row in tab.rows:
        del row[at : at + 1]
    Lead.objects.update(stage="won")
    again(sheet, sheets.WRITE, owner, run_queue)
    assert sorted(name for name in tab.rows[0] if name) == sorted([*HEADER, ID, *STATUS])
    assert status(tab, 1)[:2] == ["Won", str(Lead.objects.get(email=ADA[2]).score)]


def test_without_status_only_ids_are_written(google: World, owner: Any, run_queue: Any) -> None:
    tab = google.put(HEADER, ADA)
    sheet = connected(google, owner)
    sheets.set_options(sheet, status_on=False, hourly=False, user=owner)
    brought_in(sheet, owner, run_queue)
    assert tab.rows[0] == [*HEADER, ID] and len(ids(tab)) == 1

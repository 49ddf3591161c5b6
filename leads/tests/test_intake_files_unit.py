"""Readers of CSV and XLSX: whatever a program wrote, and what is hostile."""

import io
import zipfile
from datetime import date, datetime
from pathlib import Path

import pytest

from leads.intake import base, xlsx
from leads.intake.base import Dialect, IntakeError, open_source
from leads.intake.kinds import kind_of

HEAD = "Vorname;Nachname;E-Mail;Firma"
TEXT = f'{HEAD}\r\nJürgen;Groß;j@x.example;"Müller\nSöhne"\r\n\r\nÉva;Noël;e@x.example\r\n'
CZECH = "Jméno;Příjmení;E-mail\nŽofie;Dvořáková;z@x.example\nTomáš;Říha;t@x.example\n"
POLISH = "Imię;Nazwisko;Miasto\nŁukasz;Żak;Kraków\nŚwiętosław;Gęś;Łódź\n"


def write(tmp_path: Path, data: bytes | str, name: str = "f.csv") -> Path:
    path = tmp_path / name
    path.write_bytes(data.encode() if isinstance(data, str) else data)
    return path


def read(path: Path, kind: str = "csv", dialect: Dialect | None = None) -> list[list[str]]:
    return [row.cells for row in open_source(path, kind, dialect).rows()]


@pytest.mark.parametrize(
    ("text", "written", "taken", "sure"),
    [
        (TEXT, "utf-8", "utf-8", True),
        (TEXT, "utf-8-sig", "utf-8-sig", True),
        (TEXT, "utf-16", "utf-16", True),
        (TEXT, "utf-16-le", "utf-16-le", True),
        (TEXT, "utf-16-be", "utf-16-be", True),
        (TEXT, "cp1252", "cp1252", False),
        (TEXT, "latin-1", "cp1252", False),  # the same bytes
        (TEXT, "mac_roman", "mac_roman", False),
        (CZECH, "cp1250", "cp1250", False),
        (POLISH, "cp1250", "cp1250", False),
        (POLISH, "iso8859_2", "iso8859_2", False),
        ("a;b\nPreis;– 5 € “netto”\n", "cp1252", "cp1252", False),
        ("a;b\nInês;São João\nSørensen;Århus\n", "cp1252", "cp1252", False),
        ("a,b\nplain,text\n", "ascii", "utf-8", True),
    ],
)
def test_encoding_is_found_and_told(
    tmp_path: Path, text: str, written: str, taken: str, sure: bool
) -> None:
    source = open_source(write(tmp_path, text.encode(written)), "csv")
    shape = source.shape()
    assert (shape.dialect.encoding, shape.dialect.sure) == (taken, sure)
    lines = [c for row in source.rows() for c in row.cells]
    assert "\ufffd" not in "".join(lines)
    assert all(part in text.replace("\r\n", "\n") for part in lines)


@pytest.mark.parametrize("mark", [",", ";", "\t", "|"])
def test_delimiter_is_found(tmp_path: Path, mark: str) -> None:
    text = "\n".join(mark.join(r) for r in (["Name", "Email"], ["Ann, Dr.", "a@b.example"]))
    text = text.replace("Ann, Dr.", '"Ann, Dr."')
    assert open_source(write(tmp_path, text), "csv").shape().columns == ["Name", "Email"]


def test_sep_line_of_excel_wins_and_is_no_row(tmp_path: Path) -> None:
    path = write(tmp_path, "sep=|\r\nName|Mail\r\nAnn|a@b.example\r\n")
    source = open_source(path, "csv")
    assert source.shape().columns == ["Name", "Mail"]
    assert [(row.number, row.cells) for row in source.rows()] == [(3, ["Ann", "a@b.example"])]


def test_quoted_newlines_empty_and_ragged_rows_keep_their_numbers(tmp_path: Path) -> None:
    text = 'Name;Mail;City\nAnn;a@b.example;"Long\nStreet"\n\n;;\nBo;b@b.example\n'
    text += "Cy;c@b.example;X;extra\n"
    rows = list(open_source(write(tmp_path, text), "csv").rows())
    assert [(row.number, row.cells) for row in rows] == [
        (2, ["Ann", "a@b.example", "Long\nStreet"]),
        (6, ["Bo", "b@b.example"]),
        (7, ["Cy", "c@b.example", "X", "extra"]),
    ]


def test_nul_bytes_and_mixed_newlines(tmp_path: Path) -> None:
    path = write(tmp_path, b"Name,Mail\rAn\0n,a@b.example\r\nBo,b@b.example\nCy,c@b.example")
    assert [row[0] for row in read(path)] == ["Ann", "Bo", "Cy"]


def test_notes_above_the_header_are_left_out(tmp_path: Path) -> None:
    text = 'Notes:\n"Some addresses are missing, because people hide them."\n\n'
    text += "First Name,Last Name,URL\nA,B,u\n"
    shape = open_source(write(tmp_path, text), "csv").shape()
    assert shape.columns == ["First Name", "Last Name", "URL"]
    assert shape.dialect.skip > 0
    assert shape.sample == [["A", "B", "u"]]


def test_file_without_header(tmp_path: Path) -> None:
    path = write(tmp_path, "Ann,a@b.example\nBo,b@b.example\n")
    shape = open_source(path, "csv").shape()
    assert shape.columns == ["Column 1", "Column 2"]
    assert len(read(path, dialect=shape.dialect)) == 2


def test_a_person_may_choose_otherwise(tmp_path: Path) -> None:
    path = write(tmp_path, "x;y\n1;2\n")
    chosen = Dialect(encoding="utf-8", delimiter=",", has_header=False)
    assert open_source(path, "csv", chosen).shape().columns == ["Column 1"]
    assert read(path, dialect=chosen) == [["x;y"], ["1;2"]]
    with pytest.raises(IntakeError, match="not known"):
        open_source(path, "csv", Dialect(encoding="klingon", delimiter=",")).shape()


def test_a_quote_that_never_closes_is_one_bad_row_not_the_end(tmp_path: Path) -> None:
    lost = "\n".join(f"P{i},p{i}@b.example" for i in range(9000))
    text = f'Name,Mail\nAnn,a@b.example\nBo,"b@b.example\n{lost}\n'
    rows = list(open_source(write(tmp_path, text), "csv").rows())
    bad = [row for row in rows if row.problem]
    assert rows[0].cells == ["Ann", "a@b.example"]
    assert bad and bad[0].number == 3
    assert "does not close" in bad[0].problem
    assert rows[-1].cells[0] == "P8999" or rows[-1].problem


def test_formula_guard_of_our_export_is_taken_off_and_nothing_else(tmp_path: Path) -> None:
    text = "Name,Note\n'=1+1,'+48 1\n'quoted','twas\n"
    assert read(write(tmp_path, text)) == [["=1+1", "+48 1"], ["'quoted'", "'twas"]]


def test_control_signs_and_direction_overrides_go(tmp_path: Path) -> None:
    path = write(tmp_path, "Name,Mail\nA\u202enn\x07,a@b.example\n")
    assert read(path) == [["Ann", "a@b.example"]]


def test_too_many_columns_is_a_bad_row(tmp_path: Path) -> None:
    wide = ",".join(["x"] * 1_000_000)
    rows = list(open_source(write(tmp_path, f"Name,Mail\n{wide}\nAnn,a@b.example\n"), "csv").rows())
    assert "columns" in rows[0].problem or rows[0].cells  # cut into pieces by the line limit
    assert rows[-1].cells == ["Ann", "a@b.example"]


def test_long_cells_are_cut(tmp_path: Path) -> None:
    rows = read(write(tmp_path, "Name,Mail\n" + "x" * 10_000 + ",a@b.example\n"))
    assert len(rows[0][0]) == base.MAX_CELL


def test_row_cap_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(base, "MAX_ROWS", 3)
    rows = list(open_source(write(tmp_path, "N,M\n" + "a,b\n" * 9), "csv").rows())
    assert [bool(row.problem) for row in rows] == [False, False, False, True]
    assert "second file" in rows[-1].problem


def test_reading_holds_one_row_not_the_file(tmp_path: Path) -> None:
    import tracemalloc

    path = write(tmp_path, "Name,Mail\n" + "Ann Example,a@b.example\n" * 200_000)
    source = open_source(path, "csv", Dialect(encoding="utf-8", delimiter=","))
    tracemalloc.start()
    count = sum(1 for _ in source.rows())
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert count == base.MAX_ROWS + 1
    assert peak < 2_000_000


def test_a_file_of_nothing_is_refused(tmp_path: Path) -> None:
    with pytest.raises(IntakeError, match="no rows"):
        open_source(write(tmp_path, "\n\n\n"), "csv").shape()


# --- xlsx ------------------------------------------------------------------------------------


def book(tmp_path: Path, sheets: dict[str, list[list[object]]], name: str = "b.xlsx") -> Path:
    from openpyxl import Workbook

    made = Workbook()
    made.remove(made.active)
    for title, rows in sheets.items():
        sheet = made.create_sheet(title)
        for row in rows:
            sheet.append(row)
    path = tmp_path / name
    made.save(path)
    return path


def test_workbook_values_become_the_text_a_person_sees(tmp_path: Path) -> None:
    moment = datetime(2026, 1, 2, 9, 30)  # noqa: DTZ001  Excel knows no zone
    row = ["Ann", 48615550127.0, date(2026, 10, 12), moment, True, 2.5, None]
    path = book(tmp_path, {"People": [["Name", "Tel", "D", "T", "B", "F", "N"], row]})
    source = open_source(path, "xlsx")
    assert source.shape().columns == ["Name", "Tel", "D", "T", "B", "F", "N"]
    expected = ["Ann", "48615550127", "2026-10-12", "2026-01-02 09:30", "yes", "2.5"]
    assert [r.cells for r in source.rows()] == [expected]


def test_sheet_can_be_chosen(tmp_path: Path) -> None:
    path = book(tmp_path, {"Cover": [["Report"]], "Data": [["Name", "Mail"], ["A", "a@b.example"]]})
    assert open_source(path, "xlsx").shape().dialect.sheets == ["Cover", "Data"]
    shape = open_source(path, "xlsx", Dialect(sheet="Data")).shape()
    assert shape.columns == ["Name", "Mail"]


def test_title_rows_above_the_table(tmp_path: Path) -> None:
    rows = [["Contacts 2026"], [], ["Name", "Mail"], ["A", "a@b.example"]]
    shape = open_source(book(tmp_path, {"S": rows}), "xlsx").shape()
    assert (shape.columns, shape.sample) == (["Name", "Mail"], [["A", "a@b.example"]])


def repack(path: Path, change: dict[str, bytes], extra: dict[str, bytes] | None = None) -> Path:
    target = path.with_name("re-" + path.name)
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as new:
        for item in old.infolist():
            new.writestr(item.filename, change.get(item.filename, old.read(item.filename)))
        for name, data in (extra or {}).items():
            new.writestr(name, data)
    return target


def test_bomb_is_refused_before_it_is_opened(tmp_path: Path) -> None:
    path = book(tmp_path, {"S": [["Name", "Mail"]]})
    bomb = repack(path, {"xl/worksheets/sheet1.xml": b"<a>" + b" " * 60_000_000})
    assert bomb.stat().st_size < 200_000
    with pytest.raises(IntakeError, match="far more"):
        open_source(bomb, "xlsx")


def test_many_small_parts_are_refused(tmp_path: Path) -> None:
    path = book(tmp_path, {"S": [["Name"]]})
    crowd = repack(path, {}, {f"x/{i}": b"" for i in range(xlsx.MAX_MEMBERS)})
    with pytest.raises(IntakeError, match="far more"):
        open_source(crowd, "xlsx")


def test_entities_in_the_xml_are_refused(tmp_path: Path) -> None:
    path = book(tmp_path, {"S": [["Name", "Mail"], ["A", "a@b.example"]]})
    evil = (
        b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]>'
        b'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">'
        b'<sheetData><row r="1"><c r="A1" t="inlineStr"><is><t>&b;</t></is></c></row></sheetData>'
        b"</worksheet>"
    )
    with pytest.raises(IntakeError):
        open_source(repack(path, {"xl/worksheets/sheet1.xml": evil}), "xlsx").shape()


def test_a_sheet_that_lies_about_its_size(tmp_path: Path) -> None:
    path = book(tmp_path, {"S": [["Name", "Mail"], ["A", "a@b.example"]]})
    with zipfile.ZipFile(path) as archive:
        xml = archive.read("xl/worksheets/sheet1.xml")
    xml = xml.replace(b'ref="A1:B2"', b'ref="A1:XFD1048576"')
    rows = list(open_source(repack(path, {"xl/worksheets/sheet1.xml": xml}), "xlsx").rows())
    assert [row.cells for row in rows] == [["A", "a@b.example"]]


def test_broken_workbook_says_what_to_do(tmp_path: Path) -> None:
    path = book(tmp_path, {"S": [["Name"]]})
    with pytest.raises(IntakeError, match="save it again"):
        open_source(repack(path, {"xl/workbook.xml": b"<oops"}), "xlsx").shape()


def test_macros_are_refused(tmp_path: Path) -> None:
    path = repack(book(tmp_path, {"S": [["Name"]]}), {}, {"xl/vbaProject.bin": b"x"})
    with pytest.raises(IntakeError, match="macros"):
        open_source(path, "xlsx")


def _zip(names: list[str]) -> bytes:
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as archive:
        for name in names:
            archive.writestr(name, b"x")
    return data.getvalue()


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "empty"),
        (b"\0\0\r\n  ", "empty"),
        (b"\xd0\xcf\x11\xe0" + b"\0" * 99, "xls"),
        (b"%PDF-1.7 ...", "not a table"),
        (b"\x1f\x8b\x08aaaa", "not a table"),
        (b"<!doctype html><html><table>", "web page"),
        (bytes(range(1, 32)) * 40, "not a text"),
        (_zip(["a.txt"]), "archive"),
        (_zip(["content.xml"]), "as .xlsx or as CSV"),
        (b"PK\x03\x04broken", "damaged"),
    ],
)
def test_other_files_are_refused_with_a_hint(tmp_path: Path, data: bytes, words: str) -> None:
    with pytest.raises(IntakeError, match=words):
        kind_of(write(tmp_path, data))


def test_kind_goes_by_content_not_by_name(tmp_path: Path) -> None:
    assert kind_of(book(tmp_path, {"S": [["N"]]}, "people.csv")) == "xlsx"
    assert kind_of(write(tmp_path, "a,b\n", "people.xlsx")) == "csv"
    assert kind_of(write(tmp_path, "a,b\n".encode("utf-16-le"), "wide.txt")) == "csv"

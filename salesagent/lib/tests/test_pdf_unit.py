"""PDFs: what is printed can be read back, no letter vanishes, charts are vectors."""

from typing import Any

import pypdfium2
import pytest

from salesagent.lib.pdf import charts, fonts
from salesagent.lib.pdf.sheet import MOST_ROWS, Sheet


def pages(pdf: bytes) -> list[str]:
    """The words of each page."""
    document = pypdfium2.PdfDocument(pdf)
    found = []
    for number in range(len(document)):
        page = document[number]
        words = page.get_textpage()
        found.append(words.get_text_bounded())
        words.close()
        page.close()
    document.close()
    return found


def made(fill: Any) -> list[str]:
    sheet = Sheet("Week 47", "Halden & Sons <Ltd>", "Everybody", "Made today")
    fill(sheet)
    return pages(sheet.pdf())


def test_names_of_all_alphabets_are_printed_as_written() -> None:
    names = ["Zażółć Gęślą", "Αθήνα", "Київ", "Đặng Thị", "Łódź", "Ångström", "Iași"]
    (page,) = made(lambda sheet: sheet.table(["Name"], [[name] for name in names]))
    for name in names:
        assert name in page


def test_a_letter_that_the_fonts_lack_is_a_box_and_markup_is_text() -> None:
    (page,) = made(lambda sheet: sheet.text("漢 & <b>bold</b> <para/> {x}"))
    assert "<b>bold</b> <para/> {x}" in page and "Halden & Sons <Ltd>" in page
    assert fonts.printable("a漢b\n") == "a□b\n"


def test_a_long_table_goes_on_with_its_head_and_says_what_is_left_out() -> None:
    rows = [[f"Row {n}", str(n)] for n in range(MOST_ROWS + 5)]
    found = made(lambda sheet: sheet.table(["What", "Number"], rows, numbers={1}))
    assert len(found) > 5 and all("What" in page for page in found[:-1])
    assert "5 more are not printed." in found[-1]
    assert f"Page {len(found)} of {len(found)}" in found[-1] and "Page 1 of" in found[0]


def test_an_empty_table_says_so_and_a_heading_is_not_left_alone() -> None:
    def fill(sheet: Sheet) -> None:
        sheet.table(["A"], [], empty="Nothing yet.")
        for _ in range(41):
            sheet.text("A line.")
        sheet.part("Its own page", "Because little room was left.")
        sheet.text("Below it.")

    first, second = made(fill)
    assert "Nothing yet." in first and "Its own page" not in first
    assert "Its own page" in second and "Below it." in second


@pytest.mark.parametrize("size", [1, 400, 100_000])
def test_a_word_without_end_stays_on_the_paper(size: int) -> None:
    found = made(lambda sheet: sheet.table(["A", "B"], [["x" * min(size, 3000), "1"]]))
    assert "1" in "".join(found)


@pytest.mark.parametrize(
    ("highest", "end", "step"),
    [(0, 1, 1), (1, 1, 1), (4, 4, 1), (6, 6, 2), (11, 15, 5), (26, 30, 10), (101, 150, 50)],
)
def test_the_axis_has_whole_steps(highest: float, end: int, step: int) -> None:
    assert charts.scale(highest) == (end, step)
    assert charts.scale(highest)[0] >= highest


def test_charts_say_their_numbers_as_words_and_hold_no_picture() -> None:
    def fill(sheet: Sheet) -> None:
        names = ["w1", "w2"]
        sheet.picture(charts.lines(names, [charts.Series("Replies", [0, 4])]))
        sheet.picture(charts.lines(names, [charts.Series("R", [1, 2]), charts.Series("M", [0, 0])]))
        sheet.picture(charts.bars([("Came in", 0, "0"), ("A very long name of a step", 0, "x")]))
        sheet.picture(charts.bands([charts.Band("Nov", 0, 0, 0, 0, "P50 0 EUR")]))
        sheet.picture(charts.bands([charts.Band("Dec", 10, 20, 90, 15, "P50 20 EUR")]))
        sheet.picture(charts.bars([]))

    sheet = Sheet("Charts", "Halden")
    fill(sheet)
    pdf = sheet.pdf()
    assert b"/Subtype /Image" not in pdf
    (page,) = pages(pdf)
    for word in ("Replies", "P50 20 EUR", "w2", "Came in", "Dec"):
        assert word in page


def test_the_same_content_is_the_same_file() -> None:
    def one() -> bytes:
        sheet = Sheet("T", "C")
        sheet.part("P")
        sheet.facts([("A", "1", "")])
        return sheet.pdf()

    assert one() == one()

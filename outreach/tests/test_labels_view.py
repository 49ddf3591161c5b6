"""Labels and letters as PDFs: right names, right place on the sheet, own letters only."""

import re
import zlib
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone

from outreach.models import Task, Touch
from outreach.services import labels
from outreach.tests.work import another_lead

pytestmark = pytest.mark.django_db


def letter(owner: Any, number: int = 1, **values: Any) -> Task:
    given = {"street": "Kanalgade 4", "postcode": "5000", "city": "Odense", "country": "DK"}
    lead = another_lead(owner, number, **{**given, **values})
    touch = Touch.objects.create(
        lead=lead, channel="post", state="todo", body="Dear Lead,\n\nhello.", due_at=timezone.now()
    )
    return Task.objects.create(
        kind="touch", channel="post", lead=lead, owner=owner, touch=touch, title="Letter",
        due_at=timezone.now(),
    )  # fmt: skip


def pages(content: bytes) -> int:
    return len(re.findall(rb"/Type /Page\b", content))


def moves(content: bytes) -> list[tuple[float, float]]:
    """Where each line of text stands, in points, of all pages."""
    import base64

    found = []
    for raw in re.findall(rb"stream\r?\n(.*?)endstream", content, re.S):
        try:
            text = zlib.decompress(base64.a85decode(raw.strip(), adobe=False))
        except (ValueError, zlib.error):
            try:
                text = zlib.decompress(base64.a85decode(b"<~" + raw.strip(), adobe=True))
            except (ValueError, zlib.error):
                continue
        spots = re.findall(rb"1 0 0 1 ([\d.]+) ([\d.]+) Tm", text)
        found += [(float(x), float(y)) for x, y in spots]
    return found


def test_every_european_name_can_be_printed() -> None:
    names = "Łódź Żółć Ωμέγα Ιωάννης Göteborg Šárka Țăndărică Đặng Иван ß ő ñ ø å æ"
    assert labels.missing_letters(names) == ""
    assert labels.missing_letters("李 A 李") == "李"


def test_the_country_stands_only_abroad(rep: Any, workspace: Any) -> None:
    lead = letter(rep, country="PL").lead
    assert lead is not None
    assert labels.address_lines(lead, "DK")[-1] == "POLAND"
    assert labels.address_lines(lead, "pl")[-1] == "5000 Odense"
    lead.street = ""
    assert labels.address_lines(lead, "DK") == []


def test_a_sheet_starts_at_the_chosen_label() -> None:
    sheet = labels.LAYOUTS["sheet"]
    left, top = moves(labels.labels_pdf([["A"]], sheet, 1))[0]
    assert left < 70 * labels.MM and top > (297 - 4.5 - 36) * labels.MM
    left, low = moves(labels.labels_pdf([["A"]], sheet, 24))[0]
    assert left > 140 * labels.MM and low < (4.5 + 36) * labels.MM


@pytest.mark.parametrize(
    ("count", "start", "sheets"), [(1, 24, 1), (2, 24, 2), (24, 1, 1), (25, 1, 2)]
)
def test_as_many_sheets_as_needed(count: int, start: int, sheets: int) -> None:
    made = labels.labels_pdf([["A", "B"]] * count, labels.LAYOUTS["sheet"], start)
    assert pages(made) == sheets
    assert pages(labels.labels_pdf([["A"]] * count, labels.LAYOUTS["single"])) == count


def test_long_lines_stay_on_the_label() -> None:
    made = labels.labels_pdf(
        [["W" * 80, "x" * 80, "y" * 80, "z", "COUNTRY"]], labels.LAYOUTS["sheet"]
    )
    assert all(0 < x < 70 * labels.MM and y > (297 - 4.5 - 36) * labels.MM for x, y in moves(made))


def test_the_page_and_its_pdf(as_user: Any, rep: Any, mate: Any, workspace: Any) -> None:
    mine, bare, foreign = letter(rep), letter(rep, 2, street=""), letter(mate, 3)
    client = as_user(rep)
    page = client.get(reverse("outreach:labels")).content.decode()
    assert "Lead1 Test" in page and "Street or town is missing" in page
    assert "Lead3 Test" not in page
    where = reverse("outreach:labels_pdf")
    made = client.get(where, {"task": [mine.pk], "layout": "sheet", "start": "3"})
    assert made["Content-Type"] == "application/pdf" and made.content.startswith(b"%PDF")
    assert "attachment" in made["Content-Disposition"]
    assert client.get(where, {"task": [foreign.pk], "layout": "sheet"}).status_code == 422
    assert client.get(where, {"layout": "sheet"}).status_code == 422
    assert client.get(where, {"task": [mine.pk], "layout": "x"}).status_code == 422
    assert client.get(where, {"task": [bare.pk], "layout": "sheet"}).status_code == 302


def test_the_letter(as_user: Any, rep: Any, stranger: Any, workspace: Any) -> None:
    mine, bare = letter(rep), letter(rep, 2, street="")
    where = reverse("outreach:task_letter", args=[mine.pk])
    made = as_user(rep).get(where)
    assert made.content.startswith(b"%PDF") and pages(made.content) == 1
    assert as_user(stranger).get(where).status_code == 404
    assert as_user(rep).get(reverse("outreach:task_letter", args=[bare.pk])).status_code == 302
    assert mine.touch is not None
    mine.touch.body = "word " * 900
    assert pages(labels.letter_pdf(mine.touch, ["A"], workspace)) == 2


def test_a_task_shows_the_country_as_the_post_knows_it(as_user: Any, rep: Any) -> None:
    row = letter(rep, country="PT", city="Porto")
    shown = as_user(rep).get(reverse("outreach:today_task", args=[row.pk])).content.decode()
    assert "5000 Porto<br>Portugal" in shown

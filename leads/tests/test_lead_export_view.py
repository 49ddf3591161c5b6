"""The CSV of a view: safe in a spreadsheet, complete, and the same when it comes back."""

import csv
import io
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from leads.models import Lead, Pain
from leads.services import export
from salesagent.accounts.models import AuditEntry
from salesagent.lib.text import FORMULA_STARTS, formula_plain, formula_safe

EXPORT = reverse("leads:export")
Make = Callable[..., Lead]
AsUser = Callable[[Any], Client]
DANGEROUS = [
    "=1+1",
    "+45 20",
    "-2",
    "@SUM(A1)",
    "\t=1",
    "\r=1",
    "＝1",
    "＋1",
    "－1",
    "＠1",
    "'=already guarded",
    "''=twice",
]
HARMLESS = ["O'Neil", "'quoted'", "a=b", "", "Müller & Søn", "5 - 4", 'say "hi"', "two\nlines"]


@pytest.mark.parametrize("text", DANGEROUS)
def test_no_cell_starts_like_a_formula(text: str) -> None:
    safe = formula_safe(text)
    assert safe[0] not in FORMULA_STARTS
    assert formula_plain(safe) == text


@pytest.mark.parametrize("text", HARMLESS)
def test_harmless_text_stays_as_it_is(text: str) -> None:
    assert formula_safe(text) == text == formula_plain(text)


@given(st.text(alphabet=st.sampled_from("'=+-@\t\rａ＝ x1"), max_size=8))
def test_guard_and_unguard_lose_nothing(text: str) -> None:
    assert formula_plain(formula_safe(text)) == text
    assert not formula_safe(text).startswith(FORMULA_STARTS)


def rows(client: Client, query: str = "") -> list[dict[str, str]]:
    response = client.get(EXPORT + query)
    assert response["Content-Type"] == "text/csv; charset=utf-8"
    assert (
        f'filename="leads-{timezone.localdate():%Y-%m-%d}.csv"' in (response["Content-Disposition"])
    )
    text = b"".join(response).decode("utf-8")
    assert text.startswith("\ufeff")
    return list(csv.DictReader(io.StringIO(text[1:], newline="")))


def test_every_column_of_a_lead_is_there(lead: Lead, rep: Any, as_user: AsUser) -> None:
    lead.tags, lead.custom, lead.stage = ["fair", "vip"], {"Rooms": "=4", "=evil": "x"}, "engaged"
    lead.save()
    Pain.objects.create(lead=lead, text="@night", source="s", noted_at=timezone.localdate())
    (row,) = rows(as_user(rep))
    assert row["Email"] == "m.kowalczyk@polna.example"
    assert row["Phone"] == "'+48615550127"
    assert (row["Company"], row["Website"]) == ("Polna Bakeries", "polna.example")
    assert (row["Tags"], row["Stage"], row["Owner"]) == ("fair, vip", "Engaged", "Jonas Weber")
    assert (row["Pain or need"], row["Rooms"], row["'=evil"]) == ("'@night", "'=4", "x")
    assert row["Lawful basis"] == "Legitimate interest, B2B"


def test_the_export_is_the_view_in_its_order(make_lead: Make, rep: Any, as_user: AsUser) -> None:
    for n in range(5):
        make_lead(rep, first_name=f"L{n}", score=n * 10)
    make_lead(rep, first_name="Gone", score=99, archived_at=timezone.now())
    found = rows(as_user(rep), "?view=all&score=20")
    assert [row["First name"] for row in found] == ["L4", "L3", "L2"]


def test_it_goes_on_over_many_batches(
    rep: Any, as_user: AsUser, monkeypatch: Any, make_lead: Make
) -> None:
    monkeypatch.setattr(export, "BATCH", 3)
    for n in range(10):
        make_lead(rep, first_name=f"L{n}", score=n % 2)
    for sort in ("score", "newest", "sign", "name"):
        found = [row["First name"] for row in rows(as_user(rep), f"?sort={sort}")]
        assert sorted(found) == [f"L{n}" for n in range(10)]


def test_an_export_is_noted(lead: Lead, rep: Any, as_user: AsUser) -> None:
    rows(as_user(rep))
    entry = AuditEntry.objects.get(action="leads.exported")
    assert (entry.user, entry.data) == (rep, {"rows": 1})


def test_a_stranger_gets_a_header_only(lead: Lead, stranger: Any, as_user: AsUser) -> None:
    assert rows(as_user(stranger)) == []


def test_export_needs_a_login(client: Client, db: None) -> None:
    assert client.get(EXPORT).status_code == 302
    assert not AuditEntry.objects.filter(action="leads.exported").exists()

"""Every address of a do-not-contact list counts, and nothing that only looks like one."""

from typing import Any

import pytest
from django.urls import reverse

from leads.models import Lead, Suppression
from leads.services import suppression
from leads.services import suppression_lists as lists

pytestmark = pytest.mark.django_db
FULL = "+48600700800"


@pytest.fixture(autouse=True)
def _polish(workspace: Any) -> None:
    workspace.country = "PL"
    workspace.save()


def take(text: str) -> lists.Imported:
    return lists.import_list(text, channel="all", source="old", actor="user:1")


def on(address: str) -> bool:
    return Suppression.objects.filter(address_hash=suppression.address_hash(address)).exists()


def kinds() -> list[str]:
    return sorted(row.kind for row in Suppression.objects.all())


@pytest.mark.parametrize(
    "text",
    [
        "first@x.example, second@x.example\n",
        "first@x.example;second@x.example",
        "first@x.example second@x.example",
        "first@x.example / second@x.example",
        "first@x.example/second@x.example",
        "First <first@x.example>, Second <second@x.example>",
        'email;why\n"first@x.example, second@x.example";asked',
        "E-mail: first@x.example\nmailto:second@x.example",
    ],
)
def test_every_address_of_a_line(text: str) -> None:
    done = take(text)
    assert (done.added, done.taken, done.bad) == (2, done.lines, 0)
    assert on("first@x.example") and on("second@x.example")
    assert kinds() == ["address", "address"]


def test_a_line_longer_than_any_page() -> None:
    done = take(";".join(f"p{number}@x.example" for number in range(1200)))
    assert (done.added, done.lines) == (1200, 1)


@pytest.mark.parametrize(
    "text",
    [
        f"email,phone\nzz@x.example,{FULL}\n",
        "email,phone\nzz@x.example,600 700 800\n",
        "sep=;\nName;E-Mail;Telefon\nZ Z;zz@x.example;600-700-800\n",
        f"zz@x.example,{FULL}",
        "zz@x.example; +48 600 700 800",
        "Email;Phone;Country\nzz@x.example;600.700.800;Poland",
        "Email;WhatsApp no.\nzz@x.example;0048 600 700 800",
    ],
)
def test_the_address_and_the_number(text: str) -> None:
    assert take(text).added == 2
    assert on("zz@x.example") and on(FULL)


def test_the_number_is_read_with_the_country_of_its_line() -> None:
    take("phone,country\n20 12 34 56,Denmark\n")
    assert on("+4520123456")


def test_address_number_and_profile() -> None:
    profile = "https://de.linkedin.com/in/marta-k/"
    assert take(f"Marta K, m@x.example, {FULL}, {profile}").added == 3
    assert on("https://www.linkedin.com/in/marta-k")
    assert take("linkedin.com/in/a linkedin.com/in/b").added == 2
    assert take("https://linkedin.com/in/c c@x.example").added == 2


@pytest.mark.parametrize(
    "line",
    [
        "zz@x.example;12345678;600700800",
        "zz@x.example;2026-11-21;21.11.2026",
        "zz@x.example;AB.12.CD;hates.us",
        "zz@x.example;www.acme.example;55.676098;+55.676098",
        "zz@x.example;https://acme.example/?q=+48600700800",
        "zz+48600700801@x.example;Müller, Dr. P.",
    ],
)
@pytest.mark.parametrize(
    "heading", ["", "Email;Customer ID;Website\n", "Email;Kundennummer;Datum\n"]
)
def test_what_stands_beside_is_something_else(heading: str, line: str) -> None:
    assert take(heading + line).added == 1
    assert kinds() == ["address"]


@pytest.mark.parametrize("heading", ["Phone ID", "Phone verified date", "Fax status"])
def test_a_heading_that_only_mentions_a_phone(heading: str) -> None:
    assert take(f"Email;{heading}\nzz@x.example;600700800").added == 1


def test_dates_in_a_column_of_numbers() -> None:
    done = take("Phone\n2026-11-21\n21.11.2026 10:30\n12345\n600700800\n")
    assert (done.added, done.taken, done.lines) == (1, 1, 4)


def test_alone_in_its_line() -> None:
    done = take("600 700 800\nacme.example\n+48 600 700 801\n2026-11-21\n1.234.567.890\nab.12\n")
    assert (done.added, done.taken, done.lines, done.bad) == (3, 3, 6, 3)
    assert on(FULL) and on("acme.example") and on("+48600700801")


def test_ids_below_another_heading_are_no_numbers() -> None:
    with pytest.raises(suppression.SuppressionError):
        take("Customer ID\n600700800\nacme.example\n")
    done = take("Email;Website\nzz@x.example;\n;acme.example\nother.example;\n")
    assert (done.added, done.bad_lines) == (2, ("acme.example",))
    assert on("other.example") and not on("acme.example")


def test_the_same_twice_counts_once() -> None:
    done = take("a@x.example, A@X.example\na@x.example")
    assert (done.added, done.known, done.taken, done.lines) == (1, 0, 2, 2)


def test_whoever_is_a_lead_is_told(rep: Any) -> None:
    second = Lead.objects.create(owner=rep, email="second@x.example")
    number = Lead.objects.create(owner=rep, phone=FULL)
    take(f"email,phone\nzz@x.example;second@x.example,{FULL}\n")
    assert suppression.is_suppressed(second, "email")
    assert suppression.is_suppressed(number, "sms")


def test_the_page_says_how_many_from_how_many_lines(manager: Any, as_user: Any) -> None:
    data = {
        "channel": "all",
        "source": "x",
        "text": "a@x.example, b@x.example\nnobody\nc@x.example",
    }
    page = as_user(manager).post(reverse("leads:suppression_import"), data).content.decode()
    assert "3 addresses added, 0 known already, from 2 of 3 lines." in page
    assert "nobody" in page


@pytest.mark.parametrize(
    "text", ["+" * 60_000, "+1" * 30_000, "1 " * 30_000, "a@" * 30_000, '"' * 9]
)
def test_odd_lines_end_soon(text: str) -> None:
    with pytest.raises(suppression.SuppressionError):
        take(text)

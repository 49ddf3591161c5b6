"""The public form in the hands of somebody who means ill."""

import time

import pytest

from leads.intake.extract import extract
from leads.services import inquiry

GOOD = {"name": "Marta Kowalczyk", "company": "Polna", "email": "m@polna.example"}


@pytest.mark.parametrize(
    "name",
    [
        "http://evil.example/win",
        "You won. WWW.evil",
        "claim at evil.example",
        "boss@evil.example",
        "Evil.Com",
    ],
)
def test_a_name_carries_no_link_into_the_confirmation(name: str) -> None:
    enquiry, errors = inquiry.read({**GOOD, "name": name})
    assert enquiry is None and "name only" in errors["name"]


@pytest.mark.parametrize("name", ["Dr.Marta Kowalczyk", "J.R. Kowalczyk", "Prof.Kern", "Kern, A."])
def test_ordinary_names_pass(name: str) -> None:
    enquiry, errors = inquiry.read({**GOOD, "name": name})
    assert enquiry is not None and not errors


def test_a_company_may_be_named_like_a_host_but_is_no_link() -> None:
    assert inquiry.read({**GOOD, "company": "Booking.com"})[0] is not None
    assert "company" in inquiry.read({**GOOD, "company": "See https://evil.example"})[1]


@pytest.mark.parametrize("piece", ["1", "1 ", "1.", "1.111.", "€", "1 €", "on ", "in A", "a"])
def test_reading_an_enquiry_takes_no_longer_for_hostile_text(piece: str) -> None:
    text = (piece * 5000)[:5000]
    started = time.process_time()
    extract(text, "DK")
    assert time.process_time() - started < 0.5


def test_amounts_are_still_read() -> None:
    for text, value in {
        "Budget 12.000 €": "12,000 EUR",
        "about USD 1,250,000.50": "1,250,000 USD",
        "wir haben 15 Tsd. EUR": "15,000 EUR",
        "800 zł": "800 ZŁ",
    }.items():
        found = extract(text)["budget"].value
        assert found.upper() in (value, "800 PLN")

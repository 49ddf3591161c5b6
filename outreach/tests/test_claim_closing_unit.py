"""Closings and signatures of nine languages state nothing; what they smuggle in does."""

import time
from datetime import date

import pytest

from outreach.services import receipts
from outreach.services.claim_closing import closing
from outreach.services.receipts import Source, Sources

FACTS = Sources(
    (
        Source("sender", "Sender", "Jonas Weber"),
        Source("workspace", "Our service", "Wir warten Kühlräume. We maintain cold rooms."),
    ),
    today=date(2026, 11, 21),
)
GERMAN = "Guten Tag,\n\nwir warten Kühlräume und möchten wissen, wie Sie das handhaben.\n\n"
ENGLISH = "Hello,\n\nwe maintain cold rooms and would like to know how you handle it.\n\n"


def wrong(body: str) -> list[str]:
    return [one.text for one in receipts.check("", body, FACTS) if not one.ok]


@pytest.mark.parametrize("before", [GERMAN, ENGLISH])
@pytest.mark.parametrize(
    "end",
    [
        "Mit freundlichen Grüßen\nJonas Weber\nHalden Klimaservice GmbH\nVertriebsleiter",
        "Mit freundlichen Grüßen aus Svendborg\n\nJonas Weber\nInhaber, Halden GmbH & Co. KG",
        "Freundliche Grüße\nJonas Weber\nLeiter Service bei Halden in Svendborg",
        "Beste Grüße\nJonas Weber | Halden Climate Services | Svendborg",
        "Viele Grüße, Jonas", "Liebe Grüße aus Leipzig\nJonas", "LG\nJonas",
        "Kind regards,\nJonas Weber\nHead of Sales, Halden Climate Services",
        "Best regards from Svendborg,\nJonas", "Best,\nJonas Weber\nHalden Group",
        "Cordialement,\nJonas Weber\nDirecteur Commercial, Halden SA",
        "Saludos cordiales,\nJonas Weber\nDirector de Ventas",
        "Cordiali saluti\nJonas Weber\nResponsabile Vendite",
        "Com os melhores cumprimentos,\nJonas Weber\nDiretor Comercial",
        "Met vriendelijke groet,\nJonas Weber\nVerkoopleider bij Halden BV",
        "Z poważaniem\nJonas Weber\nDyrektor Sprzedaży",
        "Med vänliga hälsningar\nJonas Weber\nFörsäljningschef, Halden AB",
    ],
)  # fmt: skip
def test_a_closing_states_nothing(before: str, end: str) -> None:
    assert wrong(before + end) == []


@pytest.mark.parametrize(
    ("end", "text"),
    [
        ("Kind regards,\nPeter Schmidt\nHalden Climate Services", "Peter Schmidt"),
        ("Kind regards,\nJonas Weber\nTrusted by 400 bakeries", "400"),
        ("Mit freundlichen Grüßen\nJonas Weber\nMarktführer für Kühlung", "Marktführer"),
        ("Kind regards,\nJonas Weber\nP.S. Marta Nowak told me about your outage.", "Marta Nowak"),
        ("Best of all, Peter Schmidt of Bosch said yes.", "Peter Schmidt"),
        ("Cheers to Siemens for the prize.\nJonas Weber", "Siemens"),
    ],
)
def test_what_is_smuggled_into_it_does(end: str, text: str) -> None:
    assert any(text in one for one in wrong(ENGLISH + end))


@pytest.mark.parametrize(
    "text", ["best " * 1800, "grüße\n" * 1500, "\n" * 9000, "kind regards, " * 600]
)
def test_any_text_is_read_quickly(text: str) -> None:
    started = time.perf_counter()
    closing(text)
    assert time.perf_counter() - started < 0.2


def test_a_signature_is_read_whatever_its_words() -> None:
    body = ENGLISH + "Kind regards,\nJonas Weber\nHalden Kjøleservice, Kanalgade Fire, Svendborg"
    assert receipts.unread(body, [], body, "", FACTS) == []

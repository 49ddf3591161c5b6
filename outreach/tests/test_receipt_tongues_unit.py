"""Prices, promises and news in everyday words of nine languages; languages that nobody reads."""

from datetime import date

import pytest

from outreach.services import model_facts, receipts
from outreach.services.receipt_tongues import unread
from outreach.services.receipts import Source, Sources
from salesagent.ai.base import Sentence

TODAY = date(2026, 11, 21)
US = Source("workspace", "Our service", "We maintain cold rooms", told="We maintain cold rooms.")
PAIN = Source("pain", "Pain, call", "alarms at night", told="Their trouble: alarms at night.")
SNIPPET = Source(
    "snippet", "Snippet", "We keep 40 cold rooms running since 2009.", "snippet:a",
    told="We keep 40 cold rooms running since 2009.",
)  # fmt: skip


def kinds(text: str, *facts: Source) -> set[str]:
    sources = Sources((US, *facts), today=TODAY)
    return {one.kind for one in receipts.check("", text, sources) if not one.ok}


@pytest.mark.parametrize(
    "text",
    [
        "It is a fiver a day.", "It costs two grand a year.", "A tenner per room is all it takes.",
        "You save a couple hundred bucks a month.", "You save a few hundred euros a month.",
        "Das kostet einen Zehner am Tag.", "Sie sparen zwei Riesen im Jahr.",
        "Ein paar hundert Euro im Monat sind drin.", "Cela coûte cinq balles par jour.",
        "Quelques centaines d'euros par mois.", "Son cincuenta pavos al mes.",
        "Unos cientos de euros al mes.", "Costa cento sacchi al mese.",
        "Qualche centinaio di euro al mese.", "Custa vinte paus por mês.",
        "Umas centenas de euros por mês.", "Het kost een tientje per dag.",
        "Een paar honderd euro per maand.", "To kosztuje stówę miesięcznie.",
        "Kilkaset złotych miesięcznie.", "Det kostar femtio spänn om dagen.",
        "Några hundra kronor i månaden.",
    ],
)  # fmt: skip
def test_a_price_in_everyday_words_wants_a_source(text: str) -> None:
    assert "money" in kinds(text)
    assert "money" not in kinds(text, Source("catalogue", "Prices", text))


@pytest.mark.parametrize(
    "text",
    [
        "The first month is free.", "We guarantee the result.", "It is risk-free.",
        "You pay nothing.", "Das Audit ist kostenfrei.", "Der erste Monat ist umsonst.",
        "Wir geben eine Garantie.", "Sie zahlen nichts.", "Le premier mois est offert.",
        "Nous garantissons le résultat.", "Vous ne payez rien.", "El primer mes es gratis.",
        "Sin coste para usted.", "Garantizamos el resultado.", "Il primo mese è in omaggio.",
        "Diamo una garanzia scritta.", "Non paga nulla.", "O primeiro mês é de graça.",
        "Garantimos o resultado.", "Sem custo para si.", "De eerste maand is kosteloos.",
        "Wij garanderen het resultaat.", "U betaalt niets.", "Pierwszy miesiąc jest za darmo.",
        "Dajemy gwarancję.", "Bez kosztów dla Państwa.", "Första månaden är kostnadsfri.",
        "Vi garanterar resultatet.", "Helt utan kostnad.",
    ],
)  # fmt: skip
def test_a_gift_or_a_guarantee_wants_a_source(text: str) -> None:
    assert "promise" in kinds(text)


@pytest.mark.parametrize(
    "text",
    [
        "Sie haben gerade Ihren größten Kunden verloren.",
        "Vous venez d'ouvrir un deuxième magasin.", "Ha abierto una segunda tienda.",
        "Avete vinto un premio importante.", "Abriu uma segunda loja no centro.",
        "U hebt vorige week een tweede winkel geopend.",
        "Państwo niedawno otworzyli drugi sklep.", "Ni har nyligen öppnat en andra butik.",
    ],
)  # fmt: skip
def test_news_about_the_reader_wants_a_source(text: str) -> None:
    assert "event" in kinds(text)


def test_news_in_another_language_than_the_source_is_known() -> None:
    told = Source("event", "Note", "They opened a second shop in Odense", "event:1")
    assert kinds("Sie haben in Odense einen zweiten Laden eröffnet.", told) == set()


@pytest.mark.parametrize(
    "text",
    ["Is there a grand opening?", "Feel free to call me.", "Are you free on Tuesday?",
     "Vielleicht zwei Riesenräder", "Wir keine Garantie", "A note for you, hands-free."],
)  # fmt: skip
def test_words_that_only_look_so(text: str) -> None:
    assert not kinds(text) & {"money", "promise"}


UNREAD = [
    "Vaše chladírny jsou v noci často mimo provoz.",
    "Právě jste ztratili svého největšího zákazníka.",
    "Tocmai ați pierdut cel mai mare client.",
    "Kylmähuoneenne ovat öisin usein rikki.",
    "Soğuk odalarınız geceleri sık sık bozuluyor.",
    "Ваши холодильные камеры ночью часто ломаются.",
    "お客様は最近大きな賞を受賞されましたね。",
    "Nagyon sok ügyfél bízik bennünk már évek óta.",
]


@pytest.mark.parametrize("text", UNREAD)
def test_other_languages_are_not_read(text: str) -> None:
    assert unread(text)


@pytest.mark.parametrize(
    "text",
    [
        "Cold rooms serviced nightly, records included.", "Kind regards from Svendborg to Poznań",
        "Ich schreibe ihr direkt und melde mich dann.", "Wolę to zrozumieć, niż się spierać.",
        "Grazie per avermi indicato la persona giusta.", "Kies een tijd die u schikt.",
        "Vi gör service på kylrum varje dag.", "Se for mais fácil, escolha a hora aqui.",
    ],
)  # fmt: skip
def test_the_nine_are_read(text: str) -> None:
    assert not unread(text)


def test_danish_is_told_by_the_reader() -> None:
    text = "Send pris nu i dag så tager vi det."
    assert unread(text, "da") and not unread("We maintain cold rooms every day.", "da")


# --- what a model names as its source ---


def named(text: str, *cited: str) -> list[tuple[str, bool]]:
    sources = Sources((PAIN, SNIPPET), today=TODAY)
    rows = model_facts.named([], text, [Sentence(text, cited)], sources)
    return [(row.kind, row.ok) for row in rows]


@pytest.mark.parametrize("text", UNREAD[:6])
def test_a_source_named_in_a_language_nobody_reads_vouches_for_nothing(text: str) -> None:
    assert named(text, "F1") == [("unread", False)]


@pytest.mark.parametrize(
    "text",
    [
        "Nachts klingelt es bei Ihnen im Schnitt vier Mal wegen der Anlage.",
        "Seit dem 3. März klingelt es nachts bei Ihnen in der Halle.",
        "Das Nachtproblem beheben wir für einen Zehner am Tag.",
        "Den nächtlichen Alarm stellen wir Ihnen kostenfrei ab.",
        "Sie haben wegen der Alarme einen großen Kunden verloren.",
        "Nachts klingelt es bei der Kühlhaus Nord GmbH ständig.",
        "Nous réglons ces alarmes pour cinq balles par jour.",
        "Państwo niedawno stracili klienta, i to przez alarmy w nocy.",
    ],
)
def test_the_fact_has_to_carry_what_the_sentence_says(text: str) -> None:
    assert named(text, "F1") == [("told", False)]


def test_what_the_fact_carries_stays_the_models_word() -> None:
    assert named("Nachts klingelt es bei Ihnen oft wegen der Anlage.", "F1") == [("told", True)]
    assert named("Wir halten seit 2009 rund 40 Kühlräume in Betrieb.", "F2") == [("told", True)]
    assert named("Wir halten seit 2009 rund 70 Kühlräume in Betrieb.", "F2") == [("told", False)]

"""Statements and their sources: what is a claim, what supports it, what does not."""

from dataclasses import replace
from datetime import date

import pytest

from outreach.services.receipts import Source, Sources, check

TODAY = date(2026, 11, 21)  # a Saturday
KNOWN = Sources(
    (
        Source("field", "Name of the lead", "Marta Kowalczyk"),
        Source("field", "Company", "Bäckerei Müller, bakery, 4 Lee Street, Poznań"),
        Source("field", "Company size", "12 people"),
        Source("pain", "Pain", "8 years old cooling units, 1.200 EUR a month", when=TODAY),
        Source("event", "Their answer", "The boiler in hall B stops", "event:3",
               date(2026, 11, 17), True),
        Source("note", "Note", "They opened a new branch on 3 March"),
        Source("snippet", "Snippet", "We keep cold rooms running for 40 bakeries."),
        Source("sender", "Sender", "Jonas Weber"),
    ),
    talked=True, wrote=True, today=TODAY, kinds=frozenset({"inbound"}),
)  # fmt: skip


def open_kinds(text: str, known: Sources = KNOWN) -> set[str]:
    return {receipt.kind for receipt in check("", text, known) if not receipt.ok}


@pytest.mark.parametrize(
    "text",
    [
        "You are a team of twelve.",
        "Your 12 employees know it best.",
        "Your cooling units are eight years old.",
        "You pay 1,200 euros a month for the units.",
        "You pay €1200 a month for the units.",
        "We come to 4 Lee St in Poznań.",
        "I like what Müller does.",
        "You opened a new branch on March 3.",
        "Last Tuesday you wrote that the boiler stops.",
        "You mentioned that the boiler stops.",
        "We keep cold rooms running for forty bakeries.",
        "Hi Marta,\n\nBest regards,\nJonas Weber",
        "Buongiorno Marta, come va?",
        "Olá Marta,",
        "Ihre 12 Mitarbeitern kennen es.",
        "Miło, że Panią to zajmuje.",
        "Vielen Dank für Ihre Nachricht vom 17. November.",
    ],
)
def test_what_a_stored_fact_says_in_other_words_has_a_source(text: str) -> None:
    assert open_kinds(text) == set()


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("12 clients saved time.", "number"),
        ("Your team of 13 is busy.", "number"),
        ("You pay 1,300 euros a month for the units.", "money"),
        ("It saves forty percent.", "percent"),
        ("You opened a new branch on 4 March.", "date"),
        ("Last Thursday you wrote that the boiler stops.", "date"),
        ("You mentioned that the lift is loud.", "earlier"),
        ("As discussed on the phone, here it is.", "earlier"),
        ("Hi Nina,", "person"),
        ("We work in Leeds.", "place"),
        ("Congratulations on the award.", "event"),
        ("Your colleague Anna told me to write.", "relation"),
        ("I attached the plan.", "attachment"),
        ("The first visit is free.", "promise"),
        ("We are the leading provider.", "proof"),
        ("Our clients doubled their output.", "multiple"),
        ("We come within 24 hours.", "duration"),
        # other languages: numbers, money, dates, names
        ("Wir sparen Ihnen 30 Prozent.", "percent"),
        ("Unsere Kunden sparen fünfhundert Euro.", "money"),
        ("Herr Schmidt hat mir das erzählt, und wir sind für Sie da.", "person"),
        ("Nous avons 25 clients dans votre région.", "number"),
        ("Ahorra 300 euros al mes.", "money"),
        ("Abbiamo iniziato il 4 luglio 2019.", "date"),
        ("Wij werken voor 80 klanten.", "number"),
        ("Temos 15 por cento de desconto.", "percent"),
        ("Pracujemy dla firmy Nowak od 5 maja 2018.", "date"),
        # and how a talk, proof, a factor, a promise or a congratulation is said there
        ("Schön, dass wir uns auf der Messe kennengelernt haben.", "earlier"),
        ("Comme nous nous sommes rencontrés, voici la suite.", "earlier"),
        ("Fijn dat ik langs mocht komen.", "earlier"),
        ("Wir wurden gerade als Testsieger ausgezeichnet.", "proof"),
        ("Nos produits sont certifiés.", "proof"),
        ("Las ausencias bajan a la mitad.", "multiple"),
        ("Il primo mese è gratuito.", "promise"),
        ("Parabéns pela nova fábrica em Lisboa.", "event"),
        ("Barilla ci affida le etichette.", "name"),
        ("Julien, votre chef, serait soulagé.", "name"),
        ("Der zweite Standort in Fulda öffnet bald.", "place"),
        ("La semaine dernière, le four est tombé en panne.", "date"),
        ("You moved in on 4 June, shall we talk about it?", "date"),
        ("Roofers who use it halve their calls.", "multiple"),
        ("If you sign now I can knock a third off the bill.", "promise"),
    ],
)
def test_what_no_stored_fact_says_has_none(text: str, kind: str) -> None:
    assert kind in open_kinds(text)


@pytest.mark.parametrize(
    "text",
    [
        "Would Tuesday at 10 suit you?",
        "It takes 15 minutes.",
        "I can call you on Thursday at 14:00.",
        "Feel free to write back.",
        "Two questions, if I may.",
        "May I ask who looks after it?",
        "Who gets the call when a storm hits?",
        "I look forward to your answer, any time before Friday works for me.",
        "Are you free next week for a coffee?",
        "I can send you two screenshots.",
        "Otherwise I would stop here.",
        "Hier spricht niemand, das geht in 15 Minuten am Telefon.",
        "Souhaitez-vous en parler ?",
        "¿Quiere verlo?",
        "Buongiorno, salve, dobry wieczór.",
    ],
)
def test_what_asserts_nothing_is_no_statement(text: str) -> None:
    assert check("", text, Sources(today=TODAY)) == []


def test_a_receipt_says_where_it_stands_and_what_it_rests_on() -> None:
    text = "Hello,\n\nyou are a team of 12."
    (found,) = check("", text, KNOWN)
    assert text[found.start : found.end] == found.text == "12"
    assert found.source == {"kind": "field", "label": "Company size", "ref": ""}
    assert found.as_json()["sentence"] == "you are a team of 12."


def test_an_attachment_that_is_there_may_be_named() -> None:
    assert open_kinds("I attached the plan.", replace(KNOWN, attachments=1)) == set()


def test_nobody_talked() -> None:
    silent = replace(KNOWN, talked=False, wrote=False)
    assert open_kinds("As discussed, here it is.", silent) == {"earlier"}
    assert open_kinds("I am following up on my last mail.", silent) == {"wrote"}

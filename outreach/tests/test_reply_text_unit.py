"""The new words of a reply: in many languages, in linear time, and never a word lost."""

import json
import random
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from outreach.mail import reply_words
from outreach.mail.html_text import to_text
from outreach.mail.reply_text import extract, extract_detail

ATTRIBUTIONS = [
    "On Mon, Nov 23, 2026 at 9:00 AM Jonas Weber <jonas@halden.example> wrote:",
    "On 23/11/2026 09:00, Jonas Weber wrote:",
    "On Mon, Nov 23, 2026 at 9:00 AM Jonas Weber\n<jonas@halden.example> wrote:",
    "Am Mo., 23. Nov. 2026 um 09:00 Uhr schrieb Jonas Weber <jonas@halden.example>:",
    "Am 23.11.26 um 09:00 schrieb Jonas Weber:",
    "Le lun. 23 nov. 2026 à 09:00, Jonas Weber <jonas@halden.example> a écrit :",
    "El lun, 23 nov 2026 a las 9:00, Jonas Weber (<jonas@halden.example>) escribió:",
    "Il giorno lun 23 nov 2026 alle ore 09:00 Jonas Weber <jonas@halden.example> ha scritto:",
    "Op ma 23 nov 2026 om 09:00 schreef Jonas Weber <jonas@halden.example>:",
    "pon., 23 lis 2026 o 09:00 Jonas Weber <jonas@halden.example> napisał(a):",
    "W dniu 23.11.2026 o 09:00, Jonas Weber pisze: <jonas@halden.example> napisał:",
    "Em seg., 23 de nov. de 2026 às 09:00, Jonas Weber <jonas@halden.example> escreveu:",
    "Jonas Weber <jonas@halden.example> escreveu no dia segunda, 23/11/2026 à(s) 09:00:",
    "Den mån 23 nov. 2026 kl 09:00 skrev Jonas Weber <jonas@halden.example>:",
    "Den man. 23. nov. 2026 kl. 09.00 skrev Jonas Weber <jonas@halden.example>:",
    "man. 23. nov. 2026 kl. 09:00 skrev Jonas Weber <jonas@halden.example>:",
    "ma 23. marrask. 2026 klo 9.00 Jonas Weber (jonas@halden.example) kirjoitti:",
    "po 23. 11. 2026 v 9:00 odesílatel Jonas Weber <jonas@halden.example> napsal:",
    "пн, 23 нояб. 2026 г. в 09:00, Jonas Weber <jonas@halden.example>:",
    "Jonas Weber <jonas@halden.example>, 23 Kas 2026 Pzt, 09:00 tarihinde şunu yazdı:",
    "Jonas Weber <jonas@halden.example> ezt írta (időpont: 2026. nov. 23., H, 9:00):",
    "În lun., 23 nov. 2026 la 09:00, Jonas Weber <jonas@halden.example> a scris:",
    "2026年11月23日(月) 9:00 Jonas Weber <jonas@halden.example>:",
    "Jonas Weber <jonas@halden.example> 于2026年11月23日周一 09:00写道：",
]

BLOCKS = [
    ("From", "Sent", "To", "Subject"),
    ("Von", "Gesendet", "An", "Betreff"),
    ("De", "Envoyé", "À", "Objet"),
    ("De", "Enviado el", "Para", "Asunto"),
    ("Da", "Inviato", "A", "Oggetto"),
    ("Van", "Verzonden", "Aan", "Onderwerp"),
    ("Od", "Wysłano", "Do", "Temat"),
    ("De", "Enviada em", "Para", "Assunto"),
    ("Från", "Skickat", "Till", "Ämne"),
    ("Fra", "Sendt", "Til", "Emne"),
    ("Lähettäjä", "Lähetetty", "Vastaanottaja", "Aihe"),
    ("От", "Отправлено", "Кому", "Тема"),
    ("Od", "Odesláno", "Komu", "Předmět"),
    ("Kimden", "Gönderildi", "Kime", "Konu"),
]


@pytest.mark.parametrize("line", ATTRIBUTIONS)
@pytest.mark.parametrize(
    "quote", ["> How do you handle alarms?\n>\n> Jonas", "How do you?\n\nJonas"]
)
def test_what_stands_under_an_attribution_is_cut(line: str, quote: str) -> None:
    assert extract(f"Tuesday works.\n\nMarta\n\n{line}\n\n{quote}\n") == "Tuesday works.\n\nMarta"


@pytest.mark.parametrize("labels", BLOCKS)
@pytest.mark.parametrize("style", ["{}: x", "*{}:* x", "{} : x", "> {}: x"])
def test_header_blocks_of_outlook(labels: tuple[str, ...], style: str) -> None:
    block = "\n".join(style.format(label) for label in labels)
    text = f"Tuesday works.\n\n________________________________\n{block}\n\nHow do you?"
    if style.startswith(">"):
        text = f"Tuesday works.\n\n{block}\n> How do you?"
    assert extract(text) == "Tuesday works."


@pytest.mark.parametrize(
    "words", ["original message", "ursprüngliche nachricht", "wiadomość oryginalna"]
)
def test_original_message_lines(words: str) -> None:
    assert extract(f"Yes.\n\n-----{words.title()}-----\nFrom somebody\nHello") == "Yes."


@pytest.mark.parametrize(
    "line",
    [
        "Sent from my iPhone", "Von meinem iPhone gesendet", "Envoyé de mon iPhone",
        "Enviado desde mi iPhone", "Inviato da iPhone", "Verstuurd vanaf mijn iPhone",
        "Wysłano z iPhone'a", "Enviado do meu iPhone", "Skickat från min iPhone",
        "Get Outlook for iOS<https://aka.ms/o0ukef>", "Отправлено с iPhone",
        "iPhoneから送信", "从我的 iPhone 发送", "iPhone'umdan gönderildi",
    ],
)  # fmt: skip
def test_device_lines(line: str) -> None:
    assert extract(f"Yes.\n\n{line}\n") == "Yes."
    assert extract(f"Yes.\n\n{line}\n\nOn 23/11/2026 09:00, J wrote:\n> x") == "Yes."


def test_signatures() -> None:
    assert extract("Yes.\n\n-- \nMarta Kowalczyk\n+48 61 555 01 27\n") == "Yes."
    assert extract("Yes.\n--\nMarta\n\nOn 23/11/2026 09:00, J wrote:\n> x") == "Yes."


KEPT = [
    "On Monday we wrote: the alarm list.",
    "On 3 May you wrote to us about alarms. We liked it.",
    "Please write to bob@polna.example, he wrote: yes",
    "From: our side all is fine.\nTo: be honest, no.",
    "Date: Tuesday.\n\nTo do: nothing.",
    "Von mir aus gerne.\nAn wen soll ich schreiben?",
    "> This is a quote.\n\nAnd this is some text.",
    "a\n---\nb",
    "1. one\n2. two",
    "2026-11-24 10:00 suits us",
    "24.11.2026, 10:00: call me",
    "Le 24 novembre à 10:00 :\nparfait",
    "I have sent from my side everything",
    "Original message was fine",
]


@pytest.mark.parametrize("text", KEPT)
def test_when_in_doubt_the_words_stay(text: str) -> None:
    assert extract(text) == text


def test_answers_between_quotes_stay_with_their_questions() -> None:
    text = (
        "Hi Jonas,\n\nOn 23/11/2026 09:00, Jonas wrote:\n> long pitch\n\nYes we do.\n\n"
        "> Who decides?\n\nI do.\n\nOn 20/11/2026 09:00, X wrote:\n> old\n"
    )
    assert extract(text) == "Hi Jonas,\n\nYes we do.\n\n> Who decides?\n\nI do."


def test_an_answer_under_the_quote_stays() -> None:
    assert extract("On 23/11/2026 09:00, J wrote:\n> pitch\n\nWe are fine.") == "We are fine."


def test_when_nothing_is_new_all_is_given_and_marked() -> None:
    text = "From: J\nSent: Monday\nTo: M\nSubject: x\n\nHello below the header"
    found = extract_detail(text)
    assert found.whole and "Hello below the header" in found.text
    assert not extract_detail("Yes.").whole


def test_html_is_used_when_the_plain_part_is_empty() -> None:
    html = "<p>Yes.</p><div>On 23/11/2026 09:00, J wrote:<blockquote>x</blockquote>"
    assert extract("", to_text(html)) == "Yes."


def test_line_ends_and_invisible_characters() -> None:
    assert extract("a\r\nb\u200b\u00a0c\r\n\r\n\r\n\r\nd\x00") == "a\nb c\n\n\nd"


CASES = Path(__file__).resolve().parents[3] / "shared" / "fixtures" / "reply" / "cases.json"


@pytest.mark.skipif(not CASES.exists(), reason="the public corpus is not here")
def test_public_cases() -> None:
    """63 of 64 when this was written; the one that is left keeps words on purpose."""
    cases = json.loads(CASES.read_text())
    good = 0
    for case in cases:
        found = extract(case.get("text", ""), to_text(case.get("html", "")))
        good += found.split() == case["exp"].split()
    assert good >= 0.95 * len(cases)


def _milliseconds(text: str) -> float:
    begin = time.process_time()
    extract(text)
    return (time.process_time() - begin) * 1000


HOSTILE = [
    "On On On ", "> ", ">\n", "a\n", "\n", "On 1\n", "On 1:\n", "From:\n", "-- \n", "wrote: ",
    "12:30 x@y <\n", "On 12:30 a@b.c wxyz, " * 6 + ":\n", "a" * 120 + ":\n", "Le 12:30 é:\n",
    "De: a\n", "a <b@c>\n", "Sent from my \n", "-----\n", "> " + "a" * 70 + ",\nb\n", "é" * 50,
    "2026-01-01 10:00 GMT+1:00\n", " \n", "\u200b", "<a@b.c> wrote\n",
]  # fmt: skip


@pytest.mark.parametrize("piece", HOSTILE)
def test_any_64_kb_take_less_than_50_ms(piece: str) -> None:
    text = (piece * 65_536)[:65_536]
    assert min(_milliseconds(text) for _ in range(3)) < 50


def test_mixtures_of_all_markers_are_fast_too() -> None:
    dice = random.Random(4)
    pieces = [*reply_words.WROTE, *reply_words.OPENERS, *reply_words.HEADER_LABELS]
    pieces += [*reply_words.ORIGINAL, *reply_words.DEVICE_STARTS, ":", ">", "<", "@", "12:30", "--"]
    for _ in range(30):
        words = (dice.choice(pieces) + dice.choice(" \n:") for _ in range(12_000))
        text = "".join(words)[:65_536]
        assert min(_milliseconds(text) for _ in range(2)) < 50


@settings(max_examples=300, deadline=None)
@given(st.text(alphabet=st.characters(codec="utf-8"), max_size=3000))
def test_any_text_gives_only_words_of_it(text: str) -> None:
    found = extract(text)
    assert set("".join(found.split())) <= set(text)
    assert bool(found.strip()) or not any(
        line.strip() and not line.lstrip(" ").startswith(">") for line in extract_lines(text)
    )


def extract_lines(text: str) -> list[str]:
    from outreach.mail.reply_text import _lines

    return _lines(text)


@settings(max_examples=200, deadline=None)
@given(st.lists(st.sampled_from([*KEPT, "Fine.", "", "Best regards", "Marta"]), max_size=8))
def test_plain_words_above_a_quote_are_never_lost(parts: list[str]) -> None:
    own = "\n".join(part for part in parts if not part.startswith((">", "From", "Date", "a\n")))
    text = f"{own}\n\n{ATTRIBUTIONS[0]}\n> pitch"
    assert extract(text).split() == own.split() or not own.strip()

"""The new words of a reply: in many languages, in linear time, and never a word lost."""

import json
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

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
    assert (
        extract(f"Tuesday works.\n\nMarta\n\n{line}\n\n{quote}\n", None)
        == "Tuesday works.\n\nMarta"
    )


@pytest.mark.parametrize("labels", BLOCKS)
@pytest.mark.parametrize("style", ["{}: x", "*{}:* x", "{} : x", "> {}: x"])
def test_header_blocks_of_outlook(labels: tuple[str, ...], style: str) -> None:
    block = "\n".join(style.format(label) for label in labels)
    text = f"Tuesday works.\n\n________________________________\n{block}\n\nHow do you?"
    if style.startswith(">"):
        text = f"Tuesday works.\n\n{block}\n> How do you?"
    assert extract(text, None) == "Tuesday works."


@pytest.mark.parametrize(
    "words", ["original message", "ursprüngliche nachricht", "wiadomość oryginalna"]
)
def test_original_message_lines(words: str) -> None:
    assert extract(f"Yes.\n\n-----{words.title()}-----\nFrom somebody\nHello", None) == "Yes."


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
    assert extract(f"Yes.\n\n{line}\n", None) == "Yes."
    assert extract(f"Yes.\n\n{line}\n\nOn 23/11/2026 09:00, J wrote:\n> x", None) == "Yes."


def test_signatures() -> None:
    assert extract("Yes.\n\n-- \nMarta Kowalczyk\n+48 61 555 01 27\n", None) == "Yes."
    assert extract("Yes.\n--\nMarta\n\nOn 23/11/2026 09:00, J wrote:\n> x", None) == "Yes."


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
    assert extract(text, None) == text


def test_answers_between_quotes_stay_with_their_questions() -> None:
    text = (
        "Hi Jonas,\n\nOn 23/11/2026 09:00, Jonas wrote:\n> long pitch\n\nYes we do.\n\n"
        "> Who decides?\n\nI do.\n\nOn 20/11/2026 09:00, X wrote:\n> old\n"
    )
    assert extract(text, None) == (
        "Hi Jonas,\n\n> long pitch\n\nYes we do.\n\n> Who decides?\n\nI do."
    )


def test_an_answer_under_the_quote_stays() -> None:
    assert extract("On 23/11/2026 09:00, J wrote:\n> pitch\n\nWe are fine.", None) == "We are fine."


def test_when_nothing_is_new_all_is_given_and_marked() -> None:
    text = "From: J\nSent: Monday\nTo: M\nSubject: x\n\nHello below the header"
    found = extract_detail(text, None)
    assert found.whole and "Hello below the header" in found.text
    assert not extract_detail("Yes.", None).whole


def test_html_is_used_when_the_plain_part_is_empty() -> None:
    html = "<p>Yes.</p><div>On 23/11/2026 09:00, J wrote:<blockquote>x</blockquote>"
    assert extract(None, html) == "Yes."
    assert extract_detail("", to_text(html)).text == "Yes."


def test_line_ends_and_invisible_characters() -> None:
    assert extract("a\r\nb\u200b\u00a0c\r\n\r\n\r\n\r\nd\x00", None) == "a\nb c\n\n\nd"


CASES = Path(__file__).resolve().parents[3] / "shared" / "fixtures" / "reply" / "cases.json"


@pytest.mark.skipif(not CASES.exists(), reason="the public corpus is not here")
def test_public_cases() -> None:
    """63 of 64 when this was written; the one that is left keeps words on purpose."""
    cases = json.loads(CASES.read_text())
    good = 0
    for case in cases:
        found = extract(case.get("text"), case.get("html"))
        good += found.split() == case["exp"].split()
    assert good >= 0.95 * len(cases)


FIXTURES = Path(__file__).parent / "fixtures"
SETS = ("reply_cases.json", "reply_more.json", "reply_blind.json")
OWN = [case for name in SETS for case in json.loads((FIXTURES / name).read_text())]


@pytest.mark.parametrize("case", OWN, ids=[case["id"] for case in OWN])
def test_replies_as_mail_programs_write_them(case: dict[str, str]) -> None:
    assert extract(case.get("text"), case.get("html")).split() == case["exp"].split()


PROSE = [
    "Thanks, Thursday suits me.", "Danke, Donnerstag passt.", "Merci, jeudi me convient.",
    "Gracias, el jueves va bien.", "Das Angebot wurde gestern von uns gesendet.",
    "Sent by courier yesterday.", "Enviado por correo ayer.", "Wysłano z magazynu wczoraj.",
    "Teklif dün gönderildi.", "文件已发送", "Von meinem Telefon aus geht das nicht.",
    "On Monday at 10:30 we meet.", "From our side: yes.", "To be honest: no.", "1. first",
    "- second",
    "Спасибо, четверг подходит.", "ありがとうございます。", "תודה רבה", "شكرا جزيلا", "12:30 geht",
    "My address is anna@lindt.example", "a > b and c < d", "He wrote that it is fine.",
    "Sent from my desk it takes ten minutes because we are far.", "Best regards", "Anna",
    "Original message was fine", "Date: open", "-- not me --", "Le prix : 12 EUR", "Re: yes",
]  # fmt: skip
SHAPES = [line + "\n> old words" for line in ATTRIBUTIONS] + [
    "\n".join([f"{label}: x" for label in labels]) + "\n\nold words" for labels in BLOCKS
]
prose = st.lists(st.sampled_from(PROSE), min_size=1, max_size=6).map("\n".join)


@settings(max_examples=400, deadline=None)
@given(prose, prose, st.sampled_from(SHAPES))
def test_no_word_above_a_quote_is_lost(first: str, second: str, shape: str) -> None:
    found = extract(f"{first}\n\n{second}\n\n{shape}\n", None)
    assert found.split() == [*first.split(), *second.split()]


@settings(max_examples=400, deadline=None)
@given(prose, prose, st.sampled_from(SHAPES[: len(ATTRIBUTIONS)]), st.booleans())
def test_no_word_below_or_between_quotes_is_lost(
    first: str, second: str, shape: str, above: bool
) -> None:
    head = f"{first}\n\n" if above else ""
    found = extract(f"{head}{shape}\n\n{first}\n\n> more\n\n{second}\n", None)
    quoted = shape.split("\n")[-1].split()
    expected = (first.split() if above else []) + [*quoted, *first.split(), ">", "more"]
    expected += second.split()
    assert found.split() == expected


HOSTILE = [
    "On 1 a@b.c\n", "> x\n", "From: a\n", "_" * 20 + "\n", "A B wrote:\n> x\n", "a:\n>\n",
    "Date: a\n\n", "Date: a\nTo: b\n\n", "From: a\nTo: b\nX: c\n\n",
    "-----\n", "From:\n>\n<a@b.c> wrote\n", "From: a <b@c.d>\n\n", "Sent from my iPhone\n\n",
    "On 1/1/2026 10:00 <a@b>:\n\n",
]  # fmt: skip


@pytest.mark.parametrize("piece", HOSTILE)
def test_work_grows_with_the_lines_and_not_with_their_square(piece: str) -> None:
    """Counted in executed lines of our code, so the machine's speed does not matter."""
    small, large = (_steps((piece * 3000)[: size * len(piece)]) for size in (400, 800))
    assert large < 2.5 * small


def _steps(text: str) -> int:
    count = 0

    def tracer(frame: object, event: str, _arg: object) -> object:
        nonlocal count
        count += event == "line"
        return tracer

    sys.settrace(tracer)  # type: ignore[arg-type]
    try:
        extract(text, None)
    finally:
        sys.settrace(None)
    return count


@settings(max_examples=300, deadline=None)
@given(st.text(alphabet=st.characters(codec="utf-8"), max_size=3000))
def test_any_text_gives_only_words_of_it(text: str) -> None:
    found = extract(text, None)
    assert set("".join(found.split())) <= set(text)
    assert bool(found.strip()) or not any(
        line.strip() and not line.lstrip(" ").startswith(">") for line in extract_lines(text)
    )


def extract_lines(text: str) -> list[str]:
    from outreach.mail.reply_text import _lines

    return _lines(text)


TAGS = [
    "<div>", "</div>", "<p>", "<blockquote>", "</blockquote>", "<pre>", "</pre>", "<b>", "<br>",
    "<td>", "<li>", "<hr id=stopSpelling>", "<style>", "</style", "<!--", "-->", "<![CDATA[", "<",
    "&#0;", "&#x110000;", "&lt;", "&", "'", '="', "<div class=\"gmail_quote\">", "> ", "\n", "a@b:",
]  # fmt: skip


@settings(max_examples=300, deadline=None)
@given(st.lists(st.one_of(st.sampled_from(TAGS), st.text(max_size=8)), max_size=60).map("".join))
def test_any_markup_is_read(source: str) -> None:
    assert extract(None, source) == extract_detail(None, to_text(source)).text
    found = extract(source, source)
    assert found.rstrip() == found


def test_closing_tags_that_close_nothing_do_not_hide_the_depth() -> None:
    """A browser's tree of this grows with its square, so it must not be built."""
    assert to_text("</div><b>x\n" * 3000).split() == ["x"] * 3000


@pytest.mark.parametrize(
    "below", ["PS: bring the key\nand the contract", "One more thing: the key."]
)
def test_a_postscript_below_a_device_line_stays(below: str) -> None:
    text = f"Yes.\n\nSent from my iPhone\n\n{below}"
    assert extract(text, None) == text


def test_a_list_of_own_details_is_no_header_block() -> None:
    text = "Ours:\n\nName: Ann <ann@polna.example>\nTermin: 3.3.2026 10:00\nOrt: Berlin"
    assert extract(text, None) == text


@settings(max_examples=200, deadline=None)
@given(st.lists(st.sampled_from([*KEPT, "Fine.", "", "Best regards", "Marta"]), max_size=8))
def test_plain_words_above_a_quote_are_never_lost(parts: list[str]) -> None:
    own = "\n".join(part for part in parts if not part.startswith((">", "From", "Date", "a\n")))
    text = f"{own}\n\n{ATTRIBUTIONS[0]}\n> pitch"
    assert extract(text, None).split() == own.split() or not own.strip()

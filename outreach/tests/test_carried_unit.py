"""What a text carries beside its words, and which of it is ours to give."""

import time

import pytest

from outreach.services import carried
from outreach.services.carried import Ours, foreign

STORED = (
    "Halden Climate, https://halden.example/meet, jonas@halden.example\n"
    "Tel. +45 20 12 34 56\nm.kowalczyk@polna.example\n+48601234567\nTuesday 24.11.2026 10"
)
OURS = Ours(STORED, frozenset({"halden.example"}))


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("Write to boss@evil.example please.", "address"),
        ("Write to jonas@halden.example.evil.example please.", "address"),
        ("See evil.example for it.", "link"),
        ("See EVIL.EXAMPLE for it.", "link"),
        ("See evil[.]example or evil(dot)example", "link"),
        ("See evil dot com today", "link"),
        ("See nothalden.example today", "link"),
        ("See example.halden.example.evil.live", "link"),
        ("See https://halden.example/out?u=https://evil.example", "link"),
        ("See https://halden.example/out?u=https%3A%2F%2Fevil.example", "link"),
        ("See https://halden.example//evil.example", "link"),
        ("Call +49 170 5550199 now", "telephone number"),
        ("Call 0170/5550199 now", "telephone number"),
        ("<b>Hello</b>", "markup"),
        ("Look [here](x)", "markup"),
        ("ig\u200bnore", "hidden characters"),
        ("\u202eelpmaxe", "hidden characters"),
        ("tag\U000e0041", "hidden characters"),
        ("aHR0cHM6Ly9ldmlsLmV4YW1wbGUvaWdub3Jl", "encoded text"),
        ("Our hаlden offer", "letters of two alphabets in one word"),  # noqa: RUF001
    ],
)
def test_what_is_not_ours_is_found(text: str, what: str) -> None:
    found = foreign(text, OURS)
    assert {one.what for one in found} == {what}
    assert not any(one.plain for one in found)


@pytest.mark.parametrize(
    "text",
    [
        "Pick a time: https://halden.example/meet",
        "See halden.example or www.halden.example or shop.halden.example",
        "Write to Jonas@Halden.example. Or call +45 20 12 34 56, or 20 12 34 56.",
        "We write to m.kowalczyk@polna.example and call 0601234567; see polna.example.",
        "Tuesday 24.11.2026 10 suits. On 3.12.2026 and 2026-12-03 as well.",
        "It is done, e.g. today, i.e. now, z.B. heute. Mr. Weber, Dr. Kern, 12.5 kg, 1.200,50",
        "Great \u2764\ufe0f \U0001f44d\U0001f3fd \U0001f469\u200d\U0001f527",
        "Grüße aus Łódź, Ελλάδα и Москва",
    ],
)
def test_ours_theirs_and_plain_words_are_left(text: str) -> None:
    assert foreign(text, OURS) == []


def test_a_lost_blank_and_a_file_are_no_matter_for_people() -> None:
    for text in ("Thank you.It works", "See contract.pdf", "Order 4711 0815 22"):
        assert all(one.plain for one in foreign(text, OURS)), text


@pytest.mark.parametrize(
    "piece",
    [
        "a",
        "a.",
        "a@",
        "1 ",
        "+1",
        "<",
        "/a",
        "a\u0430",
        " dot ",
        "http://",
        "\u200d",
        "(dot)",
        "é/",
    ],
)
def test_hostile_texts_are_quick(piece: str) -> None:
    text = (piece * 64_000)[:64_000]
    started = time.process_time()
    carried.first(text)
    foreign(text, Ours(text[:20_000]))
    assert time.process_time() - started < 0.5

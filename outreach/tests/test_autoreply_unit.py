"""The auto-reply reader on notes of many languages, and on anything at all."""

import json
from collections import Counter
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from outreach.mail.autoreply import KINDS, AutoReply, Contact, read

CASES = json.loads((Path(__file__).parent / "fixtures" / "autoreply_cases.json").read_text())
MORE = json.loads((Path(__file__).parent / "fixtures" / "autoreply_more.json").read_text())
MONDAY = datetime(2026, 6, 1, 9, tzinfo=UTC)


def _read(case: dict[str, Any]) -> AutoReply:
    now = datetime.fromisoformat(case["now"])
    return read(case["subject"], case["text"], case["locale"], now, case["headers"])


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["id"])
def test_case(case: dict[str, Any]) -> None:
    found = _read(case)
    until = found.until.isoformat() if found.until else None
    assert (found.kind, until) == (case["kind"], case["until"])
    assert found.contact == (Contact(*case["contact"]) if case["contact"] else None)


@pytest.mark.parametrize("case", MORE, ids=lambda case: case["id"])
def test_case_of_a_second_author(case: dict[str, Any]) -> None:
    found = _read(case)
    until = found.until.isoformat() if found.until else None
    assert (found.kind, until) == (case["kind"], case["until"])
    if case["contact"]:
        assert found.contact is not None
        assert found.contact.email == case["contact"]["email"]
        assert case["contact"]["name"] in ("", found.contact.name)


def test_the_cases_are_many_and_of_many_languages() -> None:
    languages = Counter(case["locale"][:2] for case in CASES if case["until"])
    assert len(CASES) >= 250 and len(languages) >= 12


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("I am out of the office until Monday 15 June.", date(2026, 6, 15)),
        ("I am out of the office until Friday 12 June.", date(2026, 6, 15)),
        ("I am not back until Wednesday 10 June.", date(2026, 6, 10)),
        ("Ich bin bis Mittwoch, 10. Juni, nicht im Büro.", date(2026, 6, 11)),
        ("I am away and back on Sunday 14 June.", date(2026, 6, 15)),
        ("I am out of the office until further notice.", None),
        ("I am out of the office. Back on 15 May 2026.", None),
        ("I am out of the office. Back on 15 June 2028.", None),
    ],
)
def test_what_until_means(text: str, day: date | None) -> None:
    assert read("Automatic reply", text, "", MONDAY, {}) == AutoReply("out_of_office", day)


@pytest.mark.parametrize(
    ("locale", "text", "day"),
    [
        ("en-US", "I am away, back on 07/06/2026.", date(2026, 7, 6)),
        ("en-GB", "I am away, back on 08/06/2026.", date(2026, 6, 8)),
        ("en-GB", "I am away, back on Monday, 07/06/2026.", date(2026, 7, 6)),
        ("en-US", "Ich bin nicht im Büro und ab 08.06.2026 wieder da.", date(2026, 6, 8)),
        ("", "I am away, back on 2026-06-08.", date(2026, 6, 8)),
    ],
)
def test_day_and_month_by_locale_and_weekday(locale: str, text: str, day: date) -> None:
    assert read("Automatic reply", text, locale, MONDAY, {}).until == day


def test_a_machines_mark_weighs_more_than_a_program_that_marks_everything() -> None:
    text = "I am on holiday next week. Call me on the 15th?"
    suppressed = {"x-auto-response-suppress": "All"}
    assert read("Re: Hello", text, "en-GB", MONDAY, suppressed).kind == "human"
    assert read("Re: Hello", text, "en-GB", MONDAY, {"Auto-Submitted": "auto-replied"}).kind != (
        "human"
    )


NOTE = """until bis 12.06.2026 15 June 31/31 back wieder week KW 53 99 0 from to - – 2026 . , < > @
a@b.example +49 301 not Monday next for days ten please contact Sara é 月 日 6 ticket #1"""
WORDS = st.sampled_from([*NOTE.split(), "\n"])

EARLY, LATE = datetime(2000, 1, 1), datetime(2100, 1, 1)  # noqa: DTZ001  as hypothesis wants


@settings(max_examples=300, deadline=None)
@given(
    st.one_of(st.text(max_size=300), st.lists(WORDS, max_size=60).map(" ".join)),
    st.text(max_size=40),
    st.sampled_from(["", "de", "en-US", "xx-YY", "-", "pt_BR"]),
    st.datetimes(EARLY, LATE),
)
def test_it_never_raises(text: str, subject: str, locale: str, now: datetime) -> None:
    found = read(subject, text, locale, now.replace(tzinfo=UTC), {"Precedence": "bulk"})
    assert found.kind in KINDS
    assert found.until is None or (now.date() < found.until and found.until.weekday() < 5)


def test_only_64_kb_are_read() -> None:
    text = "x " * 40_000 + "I am out of the office until 12 June."
    assert read("", text, "en", MONDAY, {}) == AutoReply("human")

"""92 enquiries as people send them: forms, mails, chats, ten languages. See docs/enquiries.md.

1 to 60 were written beside the rules and read while they grew; 61 to 80 were read after their first
run; 81 to 92 were never read for the rules, so no line of theirs may become one.
"""

import json
import time
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from leads.intake.extract import extract

ROWS = [
    json.loads(line)
    for line in (Path(__file__).parent / "enquiries.jsonl").read_text("utf-8").splitlines()
]
FIELDS = ("need", "urgency", "budget", "location")
TODAY = date(2026, 11, 24)


def read(row: dict[str, Any]) -> dict[str, str]:
    return {k: v.value for k, v in extract(row["text"], row["country"], TODAY).items()}


def right(field: str, wanted: str, got: str) -> bool:
    """The need stands in a sentence that holds it; urgency says why it is urgent."""
    if not wanted or not got:
        return wanted == got
    if field == "need":
        return wanted.casefold() in got.casefold()
    return got.startswith(wanted) if field == "urgency" else wanted.casefold() == got.casefold()


@pytest.mark.parametrize(("first", "last", "share"), [(1, 60, 0.95), (61, 80, 0.85), (81, 92, 0.7)])
def test_the_four_facts_are_read(first: int, last: int, share: float) -> None:
    rows = [row for row in ROWS if first <= row["id"] <= last]
    assert len(rows) == last - first + 1
    hits = [right(field, row[field], read(row).get(field, "")) for row in rows for field in FIELDS]
    assert sum(hits) / len(hits) >= share


def test_what_is_told_is_seldom_wrong() -> None:
    """Silence is filled in by a person in a second; a wrong amount or number may be believed."""
    told = [(f, row[f], got) for row in ROWS for f, got in read(row).items() if f in row]
    for field in ("budget", "location", "phone", "urgency"):
        wrong = [(want, got) for name, want, got in told if name == field]
        assert [pair for pair in wrong if not right(field, *pair)] == []


def test_the_words_stand_in_the_text() -> None:
    for row in ROWS:
        flat = " ".join(row["text"].split())
        found = extract(row["text"], row["country"], TODAY)
        assert all(item.words in flat for item in found.values()), row["id"]


@pytest.mark.parametrize(
    "text",
    [
        "26e of 14e", "in PDF und in Excel", "Cómo va", "Nice!", "in Raum 3", "4711 Rev", "im Q3",
        "Budget for 2027", "We turn over £2m a year", "> Budget 500 EUR\n> in Berlin",
        "Agent: Budget 500 EUR?\nBot: in Berlin",
    ],
)  # fmt: skip
def test_no_place_and_no_budget(text: str) -> None:
    assert not {"location", "budget"} & set(extract(text, "DE"))


@pytest.mark.parametrize(
    "piece", ["a: ", "Ort: A", "12:00 ", "in Ab ", "1 k", "bis ", "A b ", "on a wrote:", "12345 A"]
)
def test_hostile_texts_are_quick(piece: str) -> None:
    for text in ((piece * 5000)[:5000], f"{piece}\n" * 1000):
        started = time.process_time()
        extract(text, "DK", TODAY)
        assert time.process_time() - started < 0.5

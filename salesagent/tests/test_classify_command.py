"""`manage.py classify`: a line in, a line out, whatever the line is."""

import io
import json
import sys
from typing import Any

import pytest
from django.core.management import call_command


def classify(*lines: Any, monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    told = [line if isinstance(line, str) else json.dumps(line) for line in lines]
    monkeypatch.setattr(sys, "stdin", io.StringIO("\n".join(told) + "\n"))
    out = io.StringIO()
    call_command("classify", stdout=out)
    return [json.loads(line) for line in out.getvalue().splitlines()]


def test_the_form_of_an_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    told = {"subject": "Re: hi", "text": "Please remove me from your list.", "headers": {}}
    (found,) = classify(told, monkeypatch=monkeypatch)
    assert found["labels"][0] == "unsubscribe"
    assert found["confidence"]["unsubscribe"] >= 0.8
    assert (found["abstained"], found["language"]) == (False, "en")


def test_bad_lines_do_not_stop_the_rest(monkeypatch: pytest.MonkeyPatch) -> None:
    lines = ["{", "[]", "7", "[" * 5000, {"text": 5}, {"headers": [[1]]}, {"text": "No thanks."}]
    found = classify(*lines, monkeypatch=monkeypatch)
    assert ["error" in one for one in found] == [True] * 6 + [False]


def test_odd_but_whole_lines(monkeypatch: pytest.MonkeyPatch) -> None:
    lines = [
        {"text": None, "subject": None, "headers": None, "more": 1},
        {"text": "ok " * 22_000},
        {"text": "a" * 65_536, "headers": {"X\nY": "a\r\nb", "": 3}},
        {"text": "\ud83d \x00\u202e", "subject": "\udc00"},
        {},
    ]
    found = classify(*lines, monkeypatch=monkeypatch)
    assert len(found) == 5
    assert all(one["labels"] for one in found)


def test_no_header_stops_it(monkeypatch: pytest.MonkeyPatch) -> None:
    headers: list[Any] = [
        {"Zażółć": "x"},
        {"Content-Type": "message/rfc822"},
        {"Content-Type": "message/partial"},
        {"Content-Type": "multipart/report; report-type=delivery-status"},
        {"Content-Type": "text/plain; charset=\x00"},
        {"From": "\ud83d", "a b": "c", "X:Y": "z", "": "q"},
        [["From", "Ann <ann@x.example>"], ["X-\u00fc", "\u00fc"]],
        [],
    ]
    found = classify(*({"text": "hi", "headers": one} for one in headers), monkeypatch=monkeypatch)
    assert [list(one)[0] for one in found] == ["labels"] * len(headers)


def test_headers_as_pairs_are_read(monkeypatch: pytest.MonkeyPatch) -> None:
    headers = [["Auto-Submitted", "auto-replied"]]
    told = {"text": "I am away until 12 May.", "headers": headers}
    assert classify(told, monkeypatch=monkeypatch)[0]["labels"][0] == "out_of_office"


def test_headers_speak_first(monkeypatch: pytest.MonkeyPatch) -> None:
    away = {
        "subject": "Automatic reply",
        "text": "I am away until 12 May.",
        "headers": {"Auto-Submitted": "auto-replied"},
    }
    failed = {
        "subject": "Undelivered Mail Returned to Sender",
        "text": "<a@b.example>: 550 5.1.1 User unknown",
        "headers": {"From": "MAILER-DAEMON@mx.example", "Auto-Submitted": "auto-replied"},
    }
    found = classify(away, failed, monkeypatch=monkeypatch)
    assert [one["labels"][0] for one in found] == ["out_of_office", "bounce"]


def test_quoted_words_are_not_theirs(monkeypatch: pytest.MonkeyPatch) -> None:
    text = "Yes, send me the details.\n\nOn Mon, 2 Mar 2026 Ann wrote:\n> reply STOP to end this"
    assert classify({"text": text}, monkeypatch=monkeypatch)[0]["labels"][0] == "interested"

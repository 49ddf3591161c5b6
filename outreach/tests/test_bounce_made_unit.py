"""Reports written by hand after what some sixty mail systems answer.

Labels follow the labelled set: a bare 550 "user unknown" that names neither a code of RFC 3463 nor
the command it answers is soft, for filters say it too; a mailbox that is off or full is soft.
"""

import json
from pathlib import Path

import pytest

from outreach.mail.bounce import Bounce, classify

CASES: list[dict[str, str]] = json.loads(
    (Path(__file__).parent / "fixtures" / "bounce_made.json").read_text()
)


@pytest.fixture(scope="module")
def found() -> list[tuple[dict[str, str], Bounce]]:
    return [(case, classify(case["raw"].encode())) for case in CASES]


def test_kinds(found: list[tuple[dict[str, str], Bounce]]) -> None:
    wrong = [(case["id"], case["kind"], b.kind) for case, b in found if case["kind"] != b.kind]
    assert not wrong


def test_recipients(found: list[tuple[dict[str, str], Bounce]]) -> None:
    wrong = [
        (case["id"], b.recipient)
        for case, b in found
        if "=" not in case.get("recipient", "=")  # an X.500 name of Exchange is no address
        and b.kind in ("hard", "soft")
        and b.recipient != case["recipient"].lower()
    ]
    assert not wrong


def test_statuses(found: list[tuple[dict[str, str], Bounce]]) -> None:
    """A reply's own code may say more than the report's; hard and soft classes agree."""
    wrong = [
        (case["id"], case["status"], b.status)
        for case, b in found
        if case.get("status") and b.status and b.status[0] != case["status"][0]
    ]
    assert len(wrong) <= len(CASES) // 50, wrong

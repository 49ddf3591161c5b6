"""What replies mean: one JSON object a line in, one a line out. The product's own code."""

import json
import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from django.core.management.base import BaseCommand

from outreach.mail import reply_text
from outreach.services import understanding
from salesagent.ai.base import Classification

NAMES = {"opt_out": "unsubscribe"}
FURTHER = 0.6  # from which chance on a second label is told
MOST = 256 * 1024  # characters of one text


class Command(BaseCommand):
    requires_system_checks = []  # it touches neither pages nor tables
    help = (
        'Reads {"subject", "text", "headers"} a line from standard input and writes '
        '{"labels", "confidence", "abstained", "language"} a line. A line that cannot be read gets '
        '{"error"}.'
    )

    def handle(self, *args: object, **options: object) -> None:
        now = datetime.now(UTC)
        for line in sys.stdin:
            if line.strip():
                told = answer(line, now)
                self.stdout.write(json.dumps(told, ensure_ascii=False))


def answer(line: str, now: datetime) -> dict[str, Any]:
    try:
        told = json.loads(line)
    except (ValueError, RecursionError):
        return {"error": "This line is no JSON."}
    if not isinstance(told, dict):
        return {"error": "This line is no JSON object."}
    subject, text = (_text(told.get(name)) for name in ("subject", "text"))
    if subject is None or text is None:
        return {"error": "Subject and text must be strings."}
    headers = told.get("headers")
    pairs = _pairs(headers)
    if pairs is None:
        return {"error": "Headers must be an object, or a list of pairs, of names and values."}
    return read(subject, text[:MOST], _headers(pairs), now)


def _pairs(told: object) -> list[tuple[object, object]] | None:
    """As an object or as mail programs list them; of a name that comes twice the last counts."""
    if told is None:
        return []
    if isinstance(told, dict):
        return list(told.items())
    if not isinstance(told, list) or any(
        not isinstance(one, list) or len(one) != 2 for one in told
    ):
        return None
    return [(name, value) for name, value in told]


def _text(value: object) -> str | None:
    if value is None:
        return ""
    # lone surrogates are no text; they would break the way out
    return value.encode("utf-8", "replace").decode() if isinstance(value, str) else None


def _headers(told: list[tuple[object, object]]) -> dict[str, str]:
    return {_text(str(name)) or "": _text(str(value)) or "" for name, value in told}


def read(subject: str, text: str, headers: dict[str, str], now: datetime) -> dict[str, Any]:
    if understanding.bounced(subject, text, headers):
        return _out({"bounce": 1.0}, Classification("bounce", 1.0, language="und"))
    machine = understanding.is_machine(subject, text, headers)
    received = understanding.Received(
        subject, reply_text.extract(text, None), headers, "", now, machine
    )
    found, _ = understanding.understand(received)
    return _out(found.labels, found)


def _out(labels: Mapping[str, float], found: Classification) -> dict[str, Any]:
    """The best guess first, then further classes that are likely enough."""
    chances = {**labels, found.disposition: found.confidence}
    others = [
        one
        for one in sorted(chances, key=lambda one: -chances[one])
        if one != found.disposition and chances[one] >= FURTHER
    ]
    told: dict[str, Any] = {
        "labels": [NAMES.get(one, one) for one in (found.disposition, *others)],
        "confidence": {NAMES.get(one, one): round(value, 3) for one, value in chances.items()},
        "abstained": found.abstained,
        "language": found.language or "und",
    }
    if found.kind:
        told["kind"] = found.kind
    if found.sentiment:
        told |= {"sentiment": found.sentiment, "urgency": found.urgency}
    return told

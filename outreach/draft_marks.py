"""The text of a draft with its statements marked: which rest on a fact, which on nothing."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from outreach.models import Touch
from outreach.services.receipts import NAMES

PLAIN = ("field", "sender", "workspace")  # a lead's name and our own need no footnote
_GAP = re.compile(r"\n\s*\n")


@dataclass(frozen=True)
class Piece:
    """Part of a paragraph. `state`: "" plain, "fact" with the number of its source, "open"."""

    text: str
    state: str = ""
    number: int = 0
    note: str = ""


@dataclass(frozen=True)
class Marked:
    """What the pane shows. `sources`: numbered from 1; `open`: statements without a source."""

    paragraphs: list[list[Piece]]
    subject: list[Piece]
    sources: list[dict[str, str]]
    open: list[dict[str, Any]]


def marked(touch: Touch) -> Marked:
    """The draft as it is shown. Receipts of another text than this one are left out."""
    shown = [item for item in touch.receipts if isinstance(item, dict) and _worth(item)]
    sources: list[dict[str, str]] = []
    for item in shown:
        if item["ok"] and item["source"] not in sources:
            sources.append(item["source"])
    body = _pieces(touch.body, [i for i in shown if i.get("where") == "body"], sources)
    subject = _pieces(touch.subject, [i for i in shown if i.get("where") == "subject"], sources)
    return Marked(list(_paragraphs(body)), subject, sources, _open(shown, touch))


def _worth(item: dict[str, Any]) -> bool:
    source = item.get("source") or {}
    return not (item.get("ok") and item.get("kind") in NAMES and source.get("kind") in PLAIN)


def _fits(item: dict[str, Any], text: str) -> bool:
    return bool(text[item["start"] : item["end"]][:200] == item["text"])


def _pieces(text: str, items: list[dict[str, Any]], sources: list[dict[str, str]]) -> list[Piece]:
    """The text cut at its statements; of two that overlap the open one is marked."""
    found, position = [], 0
    for item in _apart([item for item in items if _fits(item, text)]):
        found.append(Piece(text[position : item["start"]]))
        words = text[item["start"] : item["end"]]
        if item["ok"]:
            found.append(Piece(words, "fact", sources.index(item["source"]) + 1))
        else:
            found.append(Piece(words, "open", note=item["note"]))
        position = item["end"]
    return [*found, Piece(text[position:])]


def _apart(items: list[dict[str, Any]]) -> list[dict[str, Any]]:
    kept: list[dict[str, Any]] = []
    for item in sorted(items, key=lambda i: (i["ok"], i["start"] - i["end"])):
        if all(item["end"] <= one["start"] or one["end"] <= item["start"] for one in kept):
            kept.append(item)
    return sorted(kept, key=lambda item: int(item["start"]))


def _paragraphs(pieces: list[Piece]) -> Iterator[list[Piece]]:
    """Cut at empty lines, as the page shows any text."""
    current: list[Piece] = []
    for piece in pieces:
        parts = _GAP.split(piece.text) if not piece.state else [piece.text]
        for index, part in enumerate(parts):
            if index:
                yield from _full(current)
                current = []
            current.append(Piece(part, piece.state, piece.number, piece.note))
    yield from _full(current)


def _full(pieces: list[Piece]) -> Iterator[list[Piece]]:
    if any(piece.text.strip() for piece in pieces):
        yield [piece for piece in pieces if piece.text]


def _open(items: list[dict[str, Any]], touch: Touch) -> list[dict[str, Any]]:
    """Each sentence with what in it has no source, once."""
    found: dict[str, dict[str, Any]] = {}
    for item in items:
        text = touch.body if item.get("where") == "body" else touch.subject
        if item["ok"] or not _fits(item, text):
            continue
        row = found.setdefault(item["sentence"], {"sentence": item["sentence"], "items": []})
        row["items"].append({"text": item["text"], "note": item["note"]})
        row.setdefault("place", f"{item['where']}:{item['start']}")
    return list(found.values())
